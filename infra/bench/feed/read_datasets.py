"""Reads the same samples from Parquet with Hugging Face datasets and prints a line of JSON for each measurement.

    python read_datasets.py <samples.parquet> <repetitions>

As a stream, for that is what a feed is, in stored order: with `shuffle`, datasets 5.0.1 sleeps five seconds at the end of a
file, which would be most of what is measured.
"""

import json
import sys
import time

try:
    import datasets
    import pyarrow.parquet
except ImportError:
    sys.exit("MISSING: Hugging Face datasets, so nothing beside: pip install datasets pyarrow pillow")

path, repetitions = sys.argv[1], int(sys.argv[2])
datasets.disable_progress_bars()


def stream(what):
    if what == "no images":
        names = [name for name in pyarrow.parquet.read_schema(path).names if name != "image"]
        return datasets.load_dataset("parquet", data_files=path, split="train", streaming=True, columns=names)
    data = datasets.load_dataset("parquet", data_files=path, split="train", streaming=True)
    return data.cast_column("image", datasets.Image(decode=what == "images, decoded"))


def measure(what):
    for repetition in range(repetitions + 1):
        data = stream(what)
        started, samples, size = time.perf_counter(), 0, 0
        for sample in data:
            samples += 1
            if what == "images, encoded":
                size += len(sample["image"]["bytes"])
            elif what == "images, decoded":
                sample["image"].load()
        seconds = time.perf_counter() - started
        row = {"reader": f"datasets {datasets.__version__}", "what": what, "samples": samples, "seconds": seconds}
        print(json.dumps({**row, "bytes": size, "warm": repetition > 0}), flush=True)


for what in ("no images", "images, encoded", "images, decoded"):
    measure(what)

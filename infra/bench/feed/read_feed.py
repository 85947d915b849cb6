"""Reads epochs of a served feed with the Python client and prints a line of JSON for each measurement.

    python read_feed.py <folder of fld_feed.py> <url> <repetitions> <samples.parquet to write, or ->
"""

import json
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from fld_feed import FldFeed

url, repetitions, keep = sys.argv[2], int(sys.argv[3]), sys.argv[4]


def measure(name, images):
    for repetition in range(repetitions + 1):
        started, samples, size = time.perf_counter(), 0, 0
        for sample in FldFeed(url, images=images, epoch=repetition):
            samples += 1
            size += len(sample["image"]) if images == "bytes" else 0
        seconds = time.perf_counter() - started
        # Each epoch has its own windows, which the server loads from the store; the first repetition warms up.
        row = {"reader": "fld_feed.py", "what": name, "samples": samples, "seconds": seconds, "bytes": size}
        print(json.dumps({**row, "warm": repetition > 0}), flush=True)


def pillow():
    try:
        import PIL  # noqa: F401
    except ImportError:
        print("MISSING: Pillow, so no decoded images: pip install pillow", file=sys.stderr)
        return False
    return True


def write_parquet(path):
    """The same samples, with their images in the form of Hugging Face's Image feature."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        print("MISSING: pyarrow, so nothing beside: pip install datasets pyarrow pillow", file=sys.stderr)
        return
    rows = []
    for sample in FldFeed(url, images="bytes"):
        rows.append({**sample, "image": {"bytes": sample["image"], "path": None}})
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=100)


measure("no images", None)
measure("images, encoded", "bytes")
if pillow():
    measure("images, decoded", "pil")
if keep != "-":
    write_parquet(keep)

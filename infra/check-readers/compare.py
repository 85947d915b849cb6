"""Compares what pyarrow and Hugging Face datasets read from a store's Parquet files with expected rows.

compare.py <store folder> <expected JSON lines> <cache folder>

The JSON lines hold, for each file, a line {"table", "key", "rows"} and then its rows. Prints one line per table and
reader, and the first differences; ends with status 1 when there is one.
"""

import itertools
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"

import datasets  # noqa: E402  (reads its settings when it is imported)
import pyarrow  # noqa: E402
import pyarrow.parquet  # noqa: E402

SHOWN = 10


def index_tables(path):
    """The files of each table: {table: [(key, number of rows, where its rows start in the JSON lines)]}."""
    tables = {}
    with open(path, "rb") as lines:
        while line := lines.readline():
            head = json.loads(line)
            tables.setdefault(head["table"], []).append((head["key"], head["rows"], lines.tell()))
            for _ in range(head["rows"]):
                lines.readline()
    return tables


def expected_rows(path, files):
    """Yields the rows of the files, one file after another."""
    with open(path, "rb") as lines:
        for _, count, start in files:
            lines.seek(start)
            for _ in range(count):
                yield json.loads(lines.readline())


def differences(expected, found):
    """Yields what differs between expected rows and those of a reader, in words."""
    for index, (want, have) in enumerate(itertools.zip_longest(expected, found)):
        if want is None or have is None:
            yield f"row {index} is {'one too many' if want is None else 'missing'}"
            return
        for column in sorted(want.keys() | have.keys()):
            if column not in want or column not in have or want[column] != have[column]:
                yield f"row {index}, column {column}: {have.get(column)!r} and not {want.get(column)!r}"


def check(expected, read):
    """The differences as one reader sees them; a file that it cannot open is one too."""
    try:
        return list(itertools.islice(differences(expected, read()), SHOWN))
    except Exception as error:  # any failure of a reader is what this program is here to find
        return [f"cannot be read: {type(error).__name__}: {error.__cause__ or error}"]


def check_pyarrow(folder, path, files):
    """Each file on its own."""
    for file in files:
        read = lambda: pyarrow.parquet.read_table(folder / file[0]).to_pylist()  # noqa: B023 (called in this turn)
        for difference in check(expected_rows(path, [file]), read):
            yield f"{file[0]}: {difference}"


def check_datasets(folder, path, files, cache):
    """All files of a table as one data set; those without rows as a stream, since a data set must have a row."""
    filled = [file for file in files if file[1] > 0]
    load = lambda some, **how: datasets.load_dataset(
        "parquet", data_files=[str(folder / key) for key, *_ in some], split="train", cache_dir=cache, **how
    )
    if filled:
        yield from check(expected_rows(path, filled), lambda: load(filled))
    for file in files:
        if file[1] == 0:
            for difference in check([], lambda: load([file], streaming=True)):  # noqa: B023 (called in this turn)
                yield f"{file[0]}: {difference}"


def main(folder, path, cache):
    datasets.disable_progress_bars()
    folder, faults = Path(folder), []
    for table, files in index_tables(path).items():
        readers = {
            f"pyarrow {pyarrow.__version__}": lambda: check_pyarrow(folder, path, files),
            f"datasets {datasets.__version__}": lambda: check_datasets(folder, path, files, cache),
        }
        for reader, run in readers.items():
            found = list(run())
            faults += found
            print(f"{table:14} {reader:16} {len(files):6} files {sum(rows for _, rows, _ in files):9} rows", end="  ")
            print("as expected" if not found else f"DIFFERENT\n  " + "\n  ".join(found[:SHOWN]), flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

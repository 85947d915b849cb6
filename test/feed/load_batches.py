"""Batches of a feed as torch's loaders make them, as JSON.

    python load_batches.py <folder of fld_feed.py> <url>
"""

import json
import sys

sys.dont_write_bytecode = True
client, url = sys.argv[1:3]
sys.path.insert(0, client)
from fld_feed import FldFeed
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader


def as_it_is(batch):
    return [sample["sample_id"] for sample in batch]


def feed(**options):
    return FldFeed(url, images="bytes", **options)


def load(loader, **options):
    return loader(feed(**options), batch_size=4, num_workers=2, collate_fn=as_it_is)


def resumed(stop):
    """The batches of a loader that is given up after some, and of another that goes on from its state."""
    loader = load(StatefulDataLoader, epochs=2)
    batches = iter(loader)
    head = [next(batches) for _ in range(stop)]
    # As a checkpoint keeps it.
    state = loader.state_dict()
    del batches
    other = load(StatefulDataLoader, epochs=2)
    other.load_state_dict(state)
    return head + list(other)


if __name__ == "__main__":
    result = {
        "whole": [sample["sample_id"] for sample in feed()],
        "processes": list(load(DataLoader)),
        "ranks": [list(load(DataLoader, rank=rank, world_size=2, tail="all")) for rank in range(2)],
        "uninterrupted": list(load(StatefulDataLoader, epochs=2)),
        "resumed": [resumed(stop) for stop in (1, 7, 20)],
    }
    print(json.dumps(result))

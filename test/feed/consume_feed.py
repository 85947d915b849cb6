"""Reads a feed and keeps what it got with where it stands: started again, it goes on from there.

    python3 consume_feed.py <folder of fld_feed.py> <url> <state file> <epochs>

Prints a line for each sample and waits for a line on its standard input after every eighth, so that whoever ends it knows
about where it is. Keeps state and samples together, in one file that is there whole or as it was before, and how many
connections it took. They have small buffers: little of an epoch is under way at a time.
"""

import json
import os
import socket
import sys

client, url, path, epochs = sys.argv[1:5]
sys.dont_write_bytecode = True
sys.path.insert(0, client)
from fld_feed import FldFeed

connect = socket.create_connection
kept = {"state": None, "taken": [], "connections": 0}


def narrow(*args, **options):
    kept["connections"] += 1
    connection = connect(*args, **options)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    return connection


socket.create_connection = narrow
feed = FldFeed(url, images="bytes", epochs=int(epochs), patience=60.0)
if os.path.exists(path):
    with open(path) as file:
        kept.update(json.load(file))
    feed.load_state_dict(kept["state"])


def keep():
    kept["state"] = feed.state_dict()
    with open(path + ".new", "w") as file:
        json.dump(kept, file)
    os.replace(path + ".new", path)


for count, sample in enumerate(feed, start=1):
    kept["taken"].append([sample["sample_id"], len(sample["image"])])
    if count % 3 == 0:
        keep()
    print(sample["sample_id"], flush=True)
    if count % 8 == 0:
        sys.stdin.readline()
keep()

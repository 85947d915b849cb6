"""Training samples from `fld feed serve`: one file, Python 3.9 or later and its standard library.

    from fld_feed import FldFeed

    feed = FldFeed("http://127.0.0.1:8717", rank=0, world_size=1)
    for sample in feed:                      # one epoch
        sample["image"], sample["prompt"], sample["target"]

`FldFeed` is a torch IterableDataset where torch can be imported. `state_dict()` says where the reader stands, and
`load_state_dict()` goes on from there: no sample twice, none missing, the same order. Lost connections, and a server that
is started again, are bridged in the same way. Pillow is needed for `images="pil"`, numpy too for `images="numpy"`.
"""

import argparse
import http.client
import io
import json
import os
import struct
import sys
import time
import urllib.parse
import warnings

try:
    from torch.utils.data import IterableDataset as _Dataset
    from torch.utils.data import get_worker_info as _worker_info
except ImportError:
    _Dataset = object

    def _worker_info():
        return None


__all__ = ["FeedError", "FldFeed"]

_IMAGES = ("pil", "numpy", "bytes", None)
_FRAMES, _LINES = "application/vnd.fld.feed", "application/x-ndjson"
# What a server says that will be better later: its store is away, or it is being stopped.
_PASSING = ("store_unavailable", "aborted")
# A weight of 0.1 gives a sample in every tenth epoch; after so many with nothing there is nothing.
_EMPTY_EPOCHS = 20


class FeedError(RuntimeError):
    """The feed refused a request, or was away for too long ("feed_lost"). `code` is for programs and `parameter` the one
    that was refused; both are None where a DataLoader of several processes says it: it keeps the message alone."""

    def __init__(self, message, code=None, parameter=None):
        super().__init__(message)
        self.code = code
        self.parameter = parameter


class FldFeed(_Dataset):
    """The samples of one rank, as dicts: image, prompt, target, task, sample_id, image_id, shard, sources, target_tokens,
    width, height (pixels after EXIF orientation), format, epoch, cursor.

    url          of the server
    rank, world_size   of the training job; the processes of a DataLoader share a rank's samples among them
    images       "pil" (RGB, EXIF orientation applied), "numpy" (height x width x 3, uint8), "bytes" (the file as it
                 is), or None: no images are sent
    tail         "even": all ranks get equally many, fewer than world_size samples of an epoch are left out;
                 "all": none is, and the first ranks may get one more
    epoch        the first one
    epochs       how many an iteration goes through; None: without end
    patience     for how many seconds in a row the server may be away before FeedError is raised
    timeout      for how many seconds a connection may be silent before it is given up for another
    """

    def __init__(
        self,
        url,
        *,
        rank=0,
        world_size=1,
        images="pil",
        tail="even",
        epoch=0,
        epochs=1,
        patience=300.0,
        timeout=120.0,
    ):
        super().__init__()
        if images not in _IMAGES:
            raise ValueError(f"images is {images!r}; it must be one of {', '.join(map(repr, _IMAGES))}")
        if epochs is not None and epochs < 1:
            raise ValueError(f"epochs is {epochs!r}; it must be a number from 1 up, or None")
        address = urllib.parse.urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"url is {url!r}; it must be as http://127.0.0.1:8717")
        self.url = url.rstrip("/")
        self.rank = rank
        self.world_size = world_size
        self.images = images
        self.tail = tail
        self.epochs = epochs
        self.patience = patience
        self.timeout = timeout
        self._epoch = epoch
        self._cursor = None
        self._left = epochs
        self._reading = False

    def __iter__(self):
        """Goes on from where the reader stands, to the end of the epochs. The next iteration begins with the next epoch."""
        if self._reading and _worker_info() is not None:
            warnings.warn("a loop over persistent workers was left: what they had read ahead is not given again")
        if self._left == 0:
            self._left = self.epochs
        self._reading = True
        empty = 0
        while self._left is None or self._left > 0:
            empty += 1
            for record, image in self._epoch_records():
                empty = 0
                yield {"image": _decoded(image, record, self.images), **record}
            if empty == _EMPTY_EPOCHS:
                share = f"rank {self.rank} of {self.world_size}"
                raise FeedError(f"{self.url} had no sample for {share} in {empty} epochs", "feed_empty")
        self._reading = False

    def state_dict(self):
        """Where the reader stands after the sample it gave last; JSON can hold it."""
        return {"cursor": self._cursor, "epoch": self._epoch, "epochs_left": self._left}

    def load_state_dict(self, state):
        """Goes on from there. A state of another snapshot or of other options is refused by the server: FeedError."""
        try:
            self._cursor, self._epoch, self._left = state["cursor"], state["epoch"], state["epochs_left"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"{state!r} is no state of a FldFeed: it has cursor, epoch and epochs_left") from error

    def set_epoch(self, epoch):
        """Begins an epoch, as DistributedSampler does it; what stands in the middle of that very epoch stays there."""
        if epoch != self._epoch:
            self._cursor, self._epoch, self._left = None, epoch, self.epochs

    def info(self):
        """What the server says of its feed: run, round, snapshot, options, counts, readers."""
        connection, response = self._get("/info", {})
        try:
            return json.loads(response.read())
        finally:
            connection.close()

    def _epoch_records(self):
        """What is left of the epoch, over as many connections as it takes."""
        pause, heard = 0.05, time.monotonic()
        while True:
            try:
                for record, image in self._connection_records():
                    self._cursor = record["cursor"]
                    pause = 0.05
                    if "end" in record:
                        self._epoch += 1
                        self._left = None if self._left is None else self._left - 1
                        return
                    self._epoch = record["epoch"]
                    yield record, image
                    # However long the consumer took: the server was there.
                    heard = time.monotonic()
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() - heard > self.patience:
                    message = f"{self.url} has been away for {self.patience:g} s: {error}"
                    raise FeedError(message, "feed_lost") from error
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _connection_records(self):
        """Records and their images, until the connection ends; ConnectionError where it ends too early."""
        connection, response = self._get("/feed", self._parameters())
        read = _read_line if self.images is None else _read_frame
        try:
            while True:
                record, image = read(response)
                if "error" in record:
                    raise _error(record["error"])
                yield record, image
        finally:
            connection.close()

    def _parameters(self):
        info = _worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        place = {"epoch": self._epoch} if self._cursor is None else {"cursor": self._cursor}
        images = 0 if self.images is None else 1
        share = {"rank": self.rank, "world": self.world_size, "worker": worker, "workers": workers}
        return {**share, "images": images, "tail": self.tail, **place}

    def _get(self, path, parameters):
        address = urllib.parse.urlsplit(self.url)
        secure = address.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(address.hostname, address.port, timeout=self.timeout)
        try:
            query = urllib.parse.urlencode(parameters)
            connection.request("GET", f"{address.path}{path}?{query}", headers={"Accept": f"{_FRAMES}, {_LINES}, */*"})
            response = connection.getresponse()
            if response.status != 200:
                raise _refusal(self.url, response)
            return connection, response
        except BaseException:
            connection.close()
            raise


def _read_frame(response):
    """A record and its image: 4 bytes of length, big-endian, JSON, and the image's bytes."""
    (length,) = struct.unpack(">I", _exactly(response, 4))
    record = json.loads(_exactly(response, length))
    return record, _exactly(response, record.get("image_bytes", 0))


def _read_line(response):
    line = response.readline()
    if not line.endswith(b"\n"):
        raise ConnectionError("the connection ended in the middle of an epoch")
    return json.loads(line), None


def _exactly(response, length):
    data = response.read(length) if length > 0 else b""
    if len(data) < length:
        raise ConnectionError("the connection ended in the middle of an epoch")
    return data


def _refusal(url, response):
    """The error of an answer that is no stream."""
    body = response.read()
    try:
        return _error(json.loads(body)["error"], passing=response.status == 503)
    except (ValueError, KeyError, TypeError):
        text = f"{url} answered {response.status}: {body[:200].decode(errors='replace')}"
        return ConnectionError(text) if response.status >= 500 else FeedError(text, "feed_refused")


def _error(error, passing=False):
    if passing or error.get("code") in _PASSING:
        return ConnectionError(error["message"])
    return FeedError(error["message"], error.get("code"), error.get("parameter"))


def _decoded(data, record, images):
    if images is None or images == "bytes":
        return data
    from PIL import Image, ImageOps

    try:
        picture = Image.open(io.BytesIO(data))
        # Boxes are in pixels after EXIF orientation (tag 274). Pillow copies even where there is nothing to do.
        if picture.getexif().get(274, 1) != 1:
            picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):
            # 16 bits, of which the high byte is what annotators saw; Pillow would clip them to white.
            picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        picture = picture if picture.mode == "RGB" else picture.convert("RGB")
        picture.load()
    except (OSError, Image.DecompressionBombError) as error:
        message = f"image {record['image_id']} ({record['format']}) cannot be decoded by this Pillow: {error}"
        raise FeedError(message, "image_refused") from error
    if images == "pil":
        return picture
    import numpy

    # A copy: torch warns of arrays that cannot be written to.
    return numpy.array(picture)


def _main():
    parser = argparse.ArgumentParser(description="Prints samples of a feed, one JSON object a line.")
    parser.add_argument("url", help="of the server: http://127.0.0.1:8717")
    parser.add_argument("--count", type=int, default=10, help="how many samples (10)")
    parser.add_argument("--info", action="store_true", help="print what is served, and no samples")
    asked = parser.parse_args()
    feed = FldFeed(asked.url, images=None, epochs=None, patience=10.0)
    if asked.info:
        print(json.dumps(feed.info(), indent=1))
        return
    for _, sample in zip(range(asked.count), feed):
        print(json.dumps({name: value for name, value in sample.items() if name not in ("image", "cursor")}))


if __name__ == "__main__":
    try:
        _main()
    except (FeedError, ValueError) as error:
        sys.exit(f"fld_feed: {error}")
    except BrokenPipeError:
        # Whoever reads has seen enough; what is buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

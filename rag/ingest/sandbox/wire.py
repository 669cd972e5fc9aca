"""What is said between this process and a worker: frames of JSON, read strictly, so that a worker can lie but not do harm.

A task goes over with the open file itself, never its path. Back come, for each part of the file, `AT` and its name, then
an `ARTICLE` or `REJECTED` each, and at the end `DONE`; or `MEMORY`, and the worker is gone. Where the task says so, it asks
before it reads a record: `ASK` and the record's digest, and waits for the one byte `READ` or `LEAVE`.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from rag.config import IngestConfig
from rag.ingest.article import SILENT
from rag.ingest.metadata import Facts
from rag.ingest.walk import Rejected
from rag.types import Article

TASK, AT, ASK, ARTICLE, REJECTED, DONE, MEMORY = b"T", b"@", b"?", b"A", b"R", b".", b"M"

READ, LEAVE = b"0", b"1"
"""The answers to `ASK`."""

MAX_FRAME_BYTES = 64_000_000
"""No article comes near it: its text has at most two million characters, and what was removed from it a file's bytes."""

_HEADER = struct.Struct(">cI")


@dataclass(frozen=True, slots=True)
class Task:
    """A file for a worker to read, or, of a file of lines, the bytes from `start` to `stop`, which begin with line `first`.

    The first `skip` parts of it were dealt with before. `feed` is what the feed says that led to it. A worker `asks` before it
    reads a record where somebody may know it.
    """

    kind: str
    name: str
    origin: str
    limits: IngestConfig
    manifest: Facts
    now: datetime | None
    skip: int = 0
    start: int = 0
    stop: int = 0
    first: int = 1
    feed: Facts = SILENT
    asks: bool = False

    @property
    def shaping(self) -> bytes:
        """All of it that shapes what is read of the file, wherever a piece of it begins."""
        limits = self.limits.model_copy(update={"workers": 0, "queue": False})
        return tasks.dump_json(replace(self, limits=limits, now=None, skip=0, start=0, stop=0, first=1, asks=False))


tasks = TypeAdapter(Task)
articles = TypeAdapter(Article)
rejections = TypeAdapter(Rejected)


def send(channel: socket.socket, kind: bytes, body: bytes = b"") -> None:
    """Send a frame."""
    channel.sendall(_HEADER.pack(kind, len(body)) + body)


def receive(channel: socket.socket) -> tuple[bytes, bytes]:
    """Return the kind and body of the next frame.

    Raises:
        EOFError: the other side is gone, in the middle of a frame or not.
        ValueError: a frame over the limit.
        TimeoutError: the channel has a timeout, and it passed.
    """
    kind, length = _HEADER.unpack(_exactly(channel, _HEADER.size))
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length:,} bytes")
    return kind, _exactly(channel, length)


def _exactly(channel: socket.socket, n_bytes: int) -> bytes:
    data = bytearray()
    while len(data) < n_bytes:
        block = channel.recv(min(n_bytes - len(data), 1 << 20))
        if not block:
            raise EOFError
        data += block
    return bytes(data)

"""A worker's side: `python -m rag.ingest.sandbox.worker FD MEMORY_MB`, started by `process`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from rag.ingest.formats.parts import Part, Source, guarded, parts_of
from rag.ingest.recall import PASSED, Item, Known
from rag.ingest.sandbox import jail, wire
from rag.ingest.walk import Rejected


def main(fd: int, memory_mb: int) -> None:
    """Read one file after the other, until the other side hangs up or memory runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the person started
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    jail.lock_in(memory_mb)
    with socket.socket(fileno=fd) as channel:
        while task := _next(channel):
            try:
                _work(channel, *task)
                wire.send(channel, wire.DONE)
            except MemoryError:
                wire.send(channel, wire.MEMORY)
                return
            except (BrokenPipeError, ConnectionResetError):
                return


def _next(channel: socket.socket) -> tuple[wire.Task, int] | None:
    """Return the next task with its open file; None when there are no more."""
    _, handles, _, _ = socket.recv_fds(channel, 1, 1)
    if not handles:
        return None
    _, body = wire.receive(channel)
    return wire.tasks.validate_json(body), handles[0]


def _work(channel: socket.socket, task: wire.Task, handle: int) -> None:
    jail.allow_seconds(task.limits.seconds)
    with os.fdopen(handle, "rb") as stream:
        stream.seek(task.start)
        piece = cast(BinaryIO, _Piece(stream, task.stop)) if task.stop else stream
        source = Source(
            piece,
            task.kind,
            task.name,
            task.origin,
            task.limits,
            task.manifest,
            task.now,
            first=task.first,
            feed=task.feed,
            ask=partial(_ask, channel) if task.asks else None,
        )
        whole = Part("", lambda: _part_by_part(channel, source, task.skip))
        for item in guarded(source, whole):
            _tell(channel, item)
            jail.allow_seconds(task.limits.seconds)


class _Piece:
    """As much of a file as the reader of lines asks for, up to an end."""

    def __init__(self, stream: BinaryIO, stop: int) -> None:
        self._stream = stream
        self._stop = stop

    def readline(self, size: int) -> bytes:
        return self._stream.readline(max(min(size, self._stop - self._stream.tell()), 0))

    def seekable(self) -> bool:
        return False


def _part_by_part(channel: socket.socket, source: Source, skip: int) -> Iterator[Item]:
    for number, part in enumerate(parts_of(source)):
        if number >= skip:
            wire.send(channel, wire.AT, part.name.encode("utf-8", "replace"))
            jail.allow_seconds(source.limits.seconds)
            yield from guarded(source, part)


def _ask(channel: socket.socket, key: bytes) -> Known | None:
    """Return whether the other side knows a record, and tells what has to be told of it."""
    wire.send(channel, wire.ASK, key)
    answer = channel.recv(1)
    if not answer:
        raise BrokenPipeError
    return PASSED if answer == wire.LEAVE else None


def _tell(channel: socket.socket, item: Item) -> None:
    if isinstance(item, Known):
        return
    if isinstance(item, Rejected):
        wire.send(channel, wire.REJECTED, wire.rejections.dump_json(item))
    else:
        wire.send(channel, wire.ARTICLE, wire.articles.dump_json(item))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""Feeds and sitemaps are read in a process of their own: some make their parsers work for minutes.

`python -m rag.fetch.listing` is that process. It locks itself in as the workers that parse pages do, and then answers one
request after the other: a frame is its length and JSON, and a request is followed by a frame of the bytes to read.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Literal, Self

from pydantic import TypeAdapter, ValidationError

from rag.errors import InputError, MissingExtraError
from rag.fetch.entry import Listing
from rag.fetch.url import Allowed

Kind = Literal["feed", "sitemap"]

MAX_BYTES: dict[Kind, int] = {"feed": 5_000_000, "sitemap": 52_428_800}
"""Most bytes of each; for sitemaps the protocol says so."""

_CPU_S = 30
_WALL_S = 120.0
_MEMORY_MB = 1500
_KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT")
_HTML = (b"<!doctype html", b"<html")
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class _Request:
    kind: Kind
    url: str
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class _Reply:
    listing: Listing | None = None
    problem: str = ""
    lacks_extra: bool = False


_requests = TypeAdapter(_Request)
_replies = TypeAdapter(_Reply)


class ListingReader:
    """The process, started when it is first needed and again when a file was too much for it; any thread may use it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes, kind: Kind, *, url: str, allowed: Allowed) -> Listing:
        """Return what a feed or sitemap names; of a web page asked for a feed, the feeds that it leads to.

        Args:
            url: Where it was fetched from.
            allowed: What may never be asked for is passed over.

        Raises:
            InputError: it is neither, or reading it takes too long or too much.
            MissingExtraError: the parser of feeds is not installed.
        """
        if len(data) > MAX_BYTES[kind]:
            raise InputError(f"{len(data):,} bytes, over the limit of {MAX_BYTES[kind]:,} for a {kind}")
        with self._lock:
            try:
                reply = self._ask(_Request(kind, url, allowed), data)
            except (OSError, EOFError, ValidationError):
                self.close()
                raise InputError(
                    f"it could not be read within {_WALL_S:g} s, {_CPU_S} s of processor time and {_MEMORY_MB:,} MB"
                ) from None
            except BaseException:
                self.close()  # it would answer the next request with what this one asked
                raise
        if reply.lacks_extra:
            raise MissingExtraError(reply.problem)
        if reply.listing is None:
            raise InputError(reply.problem)
        return reply.listing

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, request: _Request, data: bytes) -> _Reply:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-B", "-P", "-m", "rag.fetch.listing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,  # Ctrl-C is for the process that the person started
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_WALL_S, process.kill)
        timer.daemon = True
        timer.start()
        try:
            _send(process.stdin, _requests.dump_json(request))
            _send(process.stdin, data)
            return _replies.validate_json(_receive(process.stdout))
        finally:
            timer.cancel()


def _send(stream: IO[bytes], body: bytes) -> None:
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """Return the next frame; EOFError where the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    body = stream.read(_LENGTH.unpack(head)[0])
    if len(body) < _LENGTH.unpack(head)[0]:
        raise EOFError
    return body


def _read(request: _Request, data: bytes) -> Listing:
    # Imported when needed, and only in this process: feedparser takes a third of a second.
    if request.kind == "sitemap":
        from rag.fetch.sitemap import read_sitemap

        return read_sitemap(data, url=request.url, allowed=request.allowed)
    if data.lstrip()[:512].lower().startswith(_HTML):
        from rag.fetch.discover import feeds_of

        if feeds := feeds_of(data, url=request.url, allowed=request.allowed):
            return Listing(feeds=tuple(feeds))
        raise InputError("it is a web page that names no feed; give the address of the feed itself")
    from rag.fetch.feed import read_feed

    return read_feed(data, url=request.url, allowed=request.allowed)


def _main() -> None:
    import warnings

    from rag.ingest.sandbox import jail

    warnings.simplefilter("ignore")
    jail.lock_in(_MEMORY_MB)
    while True:
        try:
            request = _requests.validate_json(_receive(sys.stdin.buffer))
            data = _receive(sys.stdin.buffer)
        except EOFError:
            return
        jail.allow_seconds(_CPU_S)
        try:
            reply = _Reply(_read(request, data))
        except MissingExtraError as error:
            reply = _Reply(problem=str(error), lacks_extra=True)
        except InputError as error:
            reply = _Reply(problem=str(error))
        _send(sys.stdout.buffer, _replies.dump_json(reply))


if __name__ == "__main__":
    _main()

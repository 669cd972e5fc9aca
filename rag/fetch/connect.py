"""A connection to an address that was checked, and to no other, with one deadline for all that happens on it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from rag.errors import InputError
from rag.fetch.address import Reach, reach
from rag.fetch.url import Allowed, Target

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a host, those to try first in front; raises OSError where there is none."""


class NotAllowedError(InputError):
    """The URL leads to an address that is never connected to."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system resolves it; a plain address is its own."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG if not _is_ip(host) else 0)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_addresses(target: Target, allowed: Allowed, resolved: list[str]) -> list[str]:
    """Return the addresses that a target resolved to.

    A host that the settings name may lie in a private network; link-local, metadata and other special addresses must be
    named themselves.

    Raises:
        NotAllowedError: one of them may not be connected to, even where others may.
    """
    named = allowed.names(target)
    for address in resolved:
        try:
            how_far = reach(address)
        except ValueError:
            how_far = Reach.NEVER
        if how_far is Reach.PUBLIC or (named and (how_far is Reach.PRIVATE or address == target.host)):
            continue
        where = "" if address == target.host else f", which is {address!r},"
        what = "in a private network" if how_far is Reach.PRIVATE else "at a special address"
        raise NotAllowedError(f"the host {target.host!r}{where} is {what}; only fetch.allow_hosts opens those")
    if not resolved:
        raise OSError("it has no address")
    return resolved


@dataclass(slots=True)
class Deadline:
    """The moment by which everything must be done."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def cap(self, timeout: float | None, error: type[Exception]) -> float:
        """Return how long one step may wait, at most `timeout`; raise `error` where no time is left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise error("no time left")
        return left if timeout is None else min(timeout, left)


class Streams:
    """The sockets in use, so that another thread can break them all off."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def add(self, sock: socket.socket) -> None:
        """Watch a socket."""
        with self._lock:
            self._open.add(sock)

    def drop(self, sock: socket.socket) -> None:
        """Forget a socket that is done with."""
        with self._lock:
            self._open.discard(sock)

    def abort(self) -> None:
        """Break off every socket: whoever waits on one gets an error."""
        with self._lock:
            for sock in self._open:
                _shut(sock)


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to given addresses, whatever host httpcore asks for: the host stays that of the Host header and of TLS."""

    def __init__(self, addresses: list[str], deadline: Deadline, streams: Streams) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._streams = streams

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  (checked and resolved before)
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a stream to the first of the addresses that answers."""
        backend = httpcore.SyncBackend()
        error: Exception = httpcore.ConnectError("it has no address")
        for address in self._addresses:
            try:
                wait = self._deadline.cap(timeout, httpcore.ConnectTimeout)
                stream = backend.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
                continue
            return _TimedStream(stream, self._deadline, self._streams)
        raise error


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends by the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, streams: Streams) -> None:
        self._stream = stream
        self._deadline = deadline
        self._streams = streams
        self._socket: socket.socket = stream.get_extra_info("socket")
        streams.add(self._socket)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.cap(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.cap(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._streams.drop(self._socket)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = self._deadline.cap(timeout, httpcore.ConnectTimeout)
        self._streams.drop(self._socket)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, wait), self._deadline, self._streams)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _is_ip(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdecimal()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # never connected, or the other side was quicker
        sock.shutdown(socket.SHUT_RDWR)

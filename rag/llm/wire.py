"""The connections that a hosted model holds open: how to tell that it fell silent, and how to hang up at once.

LlamaIndex hands out text, not connections. It leaves a stopped stream to the garbage collector, so that the service
goes on writing (and billing), and it takes a service's keep-alive comments for life. So each hosted backend gives its
HTTP client the event hook `Wire.on_response`, which ties a response to the call that waits for it in the same thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import cast

import httpx

from rag.llm.breaker import Breaker


class Line:
    """One request: the response it got, if any, and how long the model has been silent since."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._heard_at = time.monotonic()
        self._response: httpx.Response | None = None
        self._is_closed = False

    @property
    def status(self) -> int:
        """The HTTP status, or 0 where no response came."""
        return self._response.status_code if self._response else 0

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response; empty where none came."""
        return self._response.headers if self._response else {}

    @property
    def is_free(self) -> bool:
        """Whether a response may still be tied to this call: after a redirect, another one comes."""
        return not self._is_closed and (self._response is None or self._response.is_redirect)

    def attach(self, response: httpx.Response) -> None:
        """Tie `response` to this call, and watch its body."""
        self._response = response
        # `Response.stream` is typed for blocking and async clients alike.
        response.stream = _WatchedStream(cast(httpx.SyncByteStream, response.stream), self)
        self.heard()

    def heard(self) -> None:
        """Note that the model said something."""
        self._heard_at = time.monotonic()

    def check(self) -> None:
        """Raise TimeoutError when bytes still come but the model has said nothing for the time allowed."""
        if time.monotonic() - self._heard_at > self._timeout_s:
            raise TimeoutError(f"nothing but keep-alive signals for {self._timeout_s:g} s")

    def close(self) -> None:
        """Hang up; a second time changes nothing."""
        self._is_closed = True
        if self._response:
            self._response.close()


class Wire:
    """The lines of one model, and what limits them. Threads may share it: each gets the responses to its own calls."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self._waiting = threading.local()

    def open(self, timeout_s: float) -> Line:
        """Return the line that the next response in this thread will be tied to."""
        line = self._waiting.line = Line(timeout_s)
        return line

    def on_response(self, response: httpx.Response) -> None:
        """Tie a response to the call that waits for it; the event hook of the HTTP client."""
        line: Line | None = getattr(self._waiting, "line", None)
        if line is not None and line.is_free:
            line.attach(response)


class _WatchedStream(httpx.SyncByteStream):
    """A response body that stops when only keep-alive signals come."""

    def __init__(self, stream: httpx.SyncByteStream, line: Line) -> None:
        self._stream = stream
        self._line = line

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._line.check()
            yield chunk

    def close(self) -> None:
        self._stream.close()

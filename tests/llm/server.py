"""A model service on the loopback interface: it speaks OpenAI's, Ollama's and Anthropic's protocols and fails to order.

    with model_service("Ana won.") as service:
        ...                                    # ask openai:m at service.openai_url
        service.requests[0].prompt             # what was asked

The reply is a text, or a function from the last user message to one. `service.faults` are taken one a request; when
they are used up, it behaves.
"""

from __future__ import annotations

import json
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.llm.protocols import AnthropicWire, OllamaWire, OpenAIWire, WireProtocol

PROTOCOLS: Mapping[str, WireProtocol] = {
    "/v1/chat/completions": OpenAIWire(),
    "/api/chat": OllamaWire(),
    "/v1/messages": AnthropicWire(),
}
USAGE = (42, 7)
LONG_S = 30.0


class Fault(StrEnum):
    """A way to misbehave."""

    HANG = "hang"  # takes the request and says nothing
    KEEP_ALIVE = "keep_alive"  # only signs of life
    STALL = "stall"  # falls silent after the first piece
    CUT = "cut"  # the connection breaks after the first piece
    CUT_EARLY = "cut_early"  # the connection breaks before it
    UNFINISHED = "unfinished"  # ends well-formed after the first piece, but never says that it is done
    MALFORMED = "malformed"
    MALFORMED_LATE = "malformed_late"
    NO_CHOICES = "no_choices"
    NO_USAGE = "no_usage"
    EMPTY = "empty"
    LENGTH = "length"
    LENGTH_EMPTY = "length_empty"
    SPLIT = "split"  # three bytes a packet
    HTML = "html"
    ERROR_EVENT = "error_event"
    ERROR_EVENT_LATE = "error_event_late"
    RATE_LIMITED = "429"
    NO_CREDIT = "429_no_credit"
    SERVER_ERROR = "500"
    BAD_KEY = "401"
    FORBIDDEN = "403"
    NO_MODEL = "404"
    NO_PATH = "404_path"
    TOO_LONG = "400_too_long"
    REFUSED = "400"


# (status, code, message); {model} and {key} are those of the request: some services do quote the key.
_ERRORS: Mapping[Fault, tuple[int, str, str]] = {
    Fault.RATE_LIMITED: (429, "rate_limit_error", "slow down"),
    Fault.NO_CREDIT: (429, "insufficient_quota", "You exceeded your current quota"),
    Fault.SERVER_ERROR: (500, "api_error", "it broke, {key}"),
    Fault.BAD_KEY: (401, "authentication_error", "Incorrect API key provided: {key}"),
    Fault.FORBIDDEN: (403, "permission_error", "not for {key}"),
    Fault.NO_MODEL: (404, "not_found_error", "model {model} not found"),
    Fault.NO_PATH: (404, "not_found", "no such path"),
    Fault.TOO_LONG: (400, "invalid_request_error", "This model's maximum context length is 10 tokens"),
    Fault.REFUSED: (400, "invalid_request_error", "temperature must be 1, {key}"),
}


@dataclass(slots=True)
class Request:
    """One request for a reply, and whether its client hung up before the end."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    prompt: str
    hung_up: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class ModelService:
    """The service's state; tests read `requests` and set the rest."""

    reply: str | Callable[[str], str]
    origin: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    models: tuple[str, ...] = ("m",)
    owner: str = "tests"
    listing_status: int = 200
    retry_after: str = "1"
    pace_s: float = 0.0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def openai_url(self) -> str:
        """The base URL for `openai:`."""
        return f"{self.origin}/v1"

    def reset(self, reply: str | Callable[[str], str]) -> None:
        """Forget all requests and behave again."""
        fresh = ModelService(reply, self.origin, closing=self.closing)
        for name in ModelService.__slots__:
            setattr(self, name, getattr(fresh, name))

    def text_for(self, prompt: str) -> str:
        """Return the reply to a prompt."""
        return self.reply if isinstance(self.reply, str) else self.reply(prompt)


@contextmanager
def model_service(reply: str | Callable[[str], str] = "Hello, world.") -> Iterator[ModelService]:
    """Serve `reply` on a free port of 127.0.0.1 until the block ends."""
    service = ModelService(reply)

    class Handler(_Handler):
        state = service

    server = _Server(("127.0.0.1", 0), Handler)
    service.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _GoneError(Exception):
    """The client hung up."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up between requests; a bug here fails the test that waits for a reply."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each small packet waits for the last one's receipt
    state: ModelService

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer for the lists of models."""
        names = self.state.models
        if self.state.listing_status != 200:
            self._send_json(self.state.listing_status, {"error": "no"})
        elif self.path == "/v1/models":
            self._send_json(200, {"data": [{"id": name, "owned_by": self.state.owner} for name in names]})
        elif self.path == "/api/tags":
            self._send_json(200, {"models": [{"name": name, "model": name} for name in names]})
        elif self.path.removeprefix("/v1/models/") in names:
            self._send_json(200, {"id": self.path.removeprefix("/v1/models/"), "type": "model"})
        else:
            self._send_json(404, {"error": "not found"})

    def do_POST(self) -> None:
        """Answer a request for a reply."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wire = PROTOCOLS.get(self.path)
        if wire is None:
            self._send_json(404, {"error": "not found"})
            return
        request = Request(self.path, dict(self.headers), body, wire.prompt(body))
        self.state.requests.append(request)
        fault = self.state.faults.pop(0) if self.state.faults else None
        try:
            self._respond(request, wire, fault)
        except (_GoneError, ConnectionError):
            request.hung_up.set()
            self.close_connection = True
        finally:
            request.ended.set()

    def _respond(self, request: Request, wire: WireProtocol, fault: Fault | None) -> None:
        if fault in _ERRORS:
            self._send_error(request, wire, fault)
        elif fault is Fault.HANG:
            self._wait(LONG_S)
        elif fault is Fault.HTML:
            self._send(200, "text/html", b"<!doctype html><title>Welcome</title>")
        elif request.body.get("stream", request.path == "/api/chat"):
            self._stream(request, wire, fault)
        else:
            usage = None if fault is Fault.NO_USAGE else USAGE
            self._send_json(200, wire.whole(self.state.text_for(request.prompt), "stop", usage))

    def _send_error(self, request: Request, wire: WireProtocol, fault: Fault) -> None:
        status, code, message = _ERRORS[fault]
        headers = {key.lower(): value for key, value in request.headers.items()}
        key = headers.get("authorization", headers.get("x-api-key", "")).removeprefix("Bearer ")
        said = message.format(model=request.body["model"], key=key)
        retry = {"Retry-After": self.state.retry_after} if status == 429 else {}
        self._send(status, "application/json", json.dumps(wire.error(status, code, said)).encode(), retry)

    def _stream(self, request: Request, wire: WireProtocol, fault: Fault | None) -> None:
        """Send the reply in pieces, up to where the fault strikes."""
        self.send_response(200)
        self.send_header("Content-Type", wire.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        usage = None if fault is Fault.NO_USAGE else USAGE
        text = "" if fault in (Fault.EMPTY, Fault.LENGTH_EMPTY) else self.state.text_for(request.prompt)
        pieces = re.findall(r"\s*\S+\s*$|\s*\S+", text) or ([text] if text else [])
        packets = [wire.start(usage), *map(wire.piece, pieces)]
        if fault is Fault.SPLIT:
            joined = b"".join(packets)
            packets = [joined[i : i + 3] for i in range(0, len(joined), 3)]
        for n, packet in enumerate(packets):
            if self._strike(wire, fault, n_sent=n):
                return
            self._chunk(packet)
            self._wait(self.state.pace_s)
        finish = "length" if fault in (Fault.LENGTH, Fault.LENGTH_EMPTY) else "stop"
        self._chunk(wire.end(finish, usage))
        self._end()

    def _strike(self, wire: WireProtocol, fault: Fault | None, *, n_sent: int) -> bool:
        """Misbehave if now is the time; return True when that ended the stream. The first word is in packet two."""
        before, after = n_sent == 0, n_sent == 2
        if (before and fault is Fault.CUT_EARLY) or (after and fault is Fault.CUT):
            self._break()
        elif before and fault is Fault.KEEP_ALIVE:
            deadline = time.monotonic() + LONG_S
            while time.monotonic() < deadline and not self.state.closing.is_set():
                self._chunk(wire.keep_alive())
                self._wait(0.02)
        elif after and fault is Fault.STALL:
            self._wait(LONG_S)
        elif after and fault is Fault.UNFINISHED:
            self._end()
        elif said := self._last_words(wire, fault, before=before, after=after):
            self._chunk(said)
            self._end()
        else:
            return False
        return True

    def _last_words(self, wire: WireProtocol, fault: Fault | None, *, before: bool, after: bool) -> bytes:
        """Return what ends the stream in place of the rest of the reply; empty when nothing does."""
        error = wire.error_event("overloaded_error", "try later")
        early = {Fault.MALFORMED: wire.malformed(), Fault.NO_CHOICES: wire.no_choices(), Fault.ERROR_EVENT: error}
        late = {Fault.MALFORMED_LATE: wire.malformed(), Fault.ERROR_EVENT_LATE: error}
        if fault is None:
            return b""
        return early.get(fault, b"") if before else late.get(fault, b"") if after else b""

    def _chunk(self, data: bytes) -> None:
        """Send one chunk, unless the client is gone."""
        if self._is_gone():
            raise _GoneError
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def _end(self) -> None:
        """End a chunked body."""
        self.wfile.write(b"0\r\n\r\n")

    def _break(self) -> None:
        """Break the connection."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _wait(self, seconds: float) -> None:
        """Wait, but not for a client that is gone or a service that closes."""
        deadline = time.monotonic() + seconds
        while (left_s := deadline - time.monotonic()) > 0 and not self.state.closing.wait(min(0.005, left_s)):
            if self._is_gone():
                raise _GoneError

    def _is_gone(self) -> bool:
        """Say whether the client closed its side: then there is something to read, and it is nothing."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def _send_json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

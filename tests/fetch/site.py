"""A web server on this machine that says what a test wants, well or badly, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STORY = (
    "The harbour strike began on Monday and stopped every ship. Dockers in Valparaíso want 12% more pay than last year. "
    "The port handled 310 ships in May, the union said on Tuesday, and none has left since the walkout."
)


def story(title: str = "Dockers walk out", *, text: str = STORY, head: str = "") -> bytes:
    """Return the page of an article."""
    body = f"<article><h1>{title}</h1>" + "".join(f"<p>{text} Part {n}.</p>" for n in range(3)) + "</article>"
    head = f'<head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    return f'<!doctype html><html lang="en">{head}<body>{body}</body></html>'.encode()


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass
class Reply:
    """One answer; `headers` override those that are added."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    type: str = "text/html; charset=utf-8"


Answer = Reply | bytes | Callable[["Handler"], Reply | bytes | None]
"""A body, a whole reply, or what makes one or writes to the connection itself."""


class Handler(BaseHTTPRequestHandler):
    """Answers from the site's table."""

    site: Site

    def do_GET(self) -> None:
        self.site.asked.append(
            Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, time.monotonic())
        )
        answer = self.site.answers.get(self.path, Reply(b"nothing here", 404, type="text/plain"))
        reply = answer(self) if callable(answer) else answer
        if reply is None:
            return
        if isinstance(reply, bytes):
            reply = Reply(reply)
        self.send_response(reply.status)
        headers = {"Content-Type": reply.type, "Content-Length": str(len(reply.body)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Site:
    """The server; `answers` is its table from path to answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        handler = type("SiteHandler", (Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port: int = self._server.server_address[1]
        self.netloc = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path: str = "/", host: str = "") -> str:
        """Return the URL of a path."""
        return f"http://{host or '127.0.0.1'}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return the paths asked for, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """Yield the port of a socket on all of this machine's addresses, and the list of those who connected to it."""
    came: list[object] = []
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("", 0)))
        port = listener.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, peer = listener.accept()
                    came.append(peer)
                    connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield port, came
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()

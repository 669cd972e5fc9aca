"""Fixtures of the page: a server over a scripted assistant, a browser, and a listener that must hear nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.scripted import ScriptedAssistant, ScriptedBackend
from ui.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Serve = Callable[..., str]
Open = Callable[..., "Page"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a page over a scripted assistant until the test is over; gives its address."""
    with ExitStack() as stack:

        def start(assistant: ScriptedAssistant, **options: Any) -> str:
            backend: Any = ScriptedBackend(assistant, **options)
            return stack.enter_context(Server(backend)).url

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    if not CHROMIUM.exists():
        pytest.skip("no chromium; type: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open an address in a window of its own; afterwards nothing may have asked another host, complained or crashed."""
    troubles: list[str] = []
    contexts = []

    def open_(url: str, *, width: int = 1280, height: int = 860, tolerated: str = "no such trouble", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: None if _is_inside(request.url, url) else troubles.append(f"asked {request.url}"))
        page.on(
            "console",
            lambda said: (
                troubles.append(said.text)
                if said.type == "error" and tolerated not in said.text and "app_id" not in said.location.get("url", "")
                else None  # a page that outlives its server looks for it
            ),
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(url)
        page.wait_for_selector("#question textarea")
        page.wait_for_selector("#title .library")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


def _is_inside(url: str, base: str) -> bool:
    return url.startswith((f"{base}/", "data:", "blob:"))


@dataclass
class Listener:
    """Counts who connects to a port of the loopback interface."""

    port: int
    hits: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener to whom hostile text points."""
    with _listening() as found:
        yield found


@contextmanager
def _listening() -> Iterator[Listener]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        found = Listener(server.getsockname()[1])

        def accept() -> None:
            while True:
                connection, _ = server.accept()
                with connection:
                    data = connection.recv(1000)
                    if data == b"over":
                        return
                    found.hits.append(data)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield found
        with socket.create_connection(("127.0.0.1", found.port)) as last:
            last.sendall(b"over")
        thread.join(5)

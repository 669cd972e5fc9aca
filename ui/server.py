"""The page on its address, from the first look at the port to the last closed connection."""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import logging
import socket
import threading
import time
from contextlib import closing, suppress
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import uvicorn

from rag.config import Config, PageConfig
from rag.errors import ConfigError, EmptyLibraryError
from ui.accounts.book import Accounts
from ui.backend import Backend
from ui.guard import is_loopback
from ui.worker import all_done

if TYPE_CHECKING:
    from ui.app import Page

UP_WITHIN_S = 60.0
DOWN_WITHIN_S = 3.0
LOOK_S = 0.05
LAST_WORDS_S = 0.3
"""What the end of an answer takes to its reader once it is written."""


class Server:
    """The page served from a thread, for as long as the `with` block lasts."""

    def __init__(self, backend: Backend) -> None:
        """Bind nothing yet."""
        self.backend = backend
        self._config = backend.config.page
        self._running: _Running | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the page, as a browser on this machine opens it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._config.host, self._config.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self._config.port}"

    @property
    def is_up(self) -> bool:
        """Whether the server runs."""
        return self._thread is not None and self._thread.is_alive()

    def __enter__(self) -> Server:
        """Return once the page answers.

        Raises:
            ConfigError: the address is in use or not ours, or others could open the page and nobody would ask who they are.

        The port is taken first and held: one in use is told at once, and nobody else can take it while the rest, which
        is slow, is imported.
        """
        check_exposure(self.backend.config)
        listening = listen(self._config)
        try:
            self.backend.entrance()  # here, where what is wrong with it is told
            with suppress(EmptyLibraryError):
                self.backend.assistant()
            self._start(listening)
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__(None, None, None)
            listening.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop models, connections and the server, in a few seconds at most."""
        if self._running is not None and self._thread is not None:
            self._running.should_exit = True
            self._thread.join(DOWN_WITHIN_S)
        if all_done(within_s=1.0):  # else a model is still at work, and what it reads stays open
            self.backend.close()

    def drain(self, within_s: float, *, hurried: threading.Event) -> None:
        """Take no more questions, and return once those under way are answered, at the latest after `within_s` seconds.

        Args:
            hurried: Set, it ends the wait.
        """
        running = self._running
        if running is not None and self.is_up:
            with suppress(concurrent.futures.CancelledError):  # the server ended meanwhile
                asyncio.run_coroutine_threadsafe(self._drained(running, within_s, hurried), running.loop).result()

    async def _drained(self, running: _Running, within_s: float, hurried: threading.Event) -> None:
        line, until = self.backend.line, time.monotonic() + within_s
        line.close()
        was_busy = False
        while time.monotonic() < until and not hurried.is_set():
            if not (line.n_running or line.n_waiting or running.page.is_busy):
                break
            was_busy = True
            await asyncio.sleep(LOOK_S)
        if was_busy:
            await asyncio.sleep(LAST_WORDS_S)

    def _start(self, listening: socket.socket) -> None:
        import ui.app
        import ui.assets  # noqa: F401  # here, where an error in them is seen

        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(listening)), name="page", daemon=True)
        self._thread.start()

    async def _run(self, listening: socket.socket) -> None:
        """Make the page in the event loop that serves it: outside of one, Gradio makes a loop and leaves it open."""
        from ui.app import Page
        from ui.assets import mounted

        page = Page(self.backend)
        app = mounted(page.blocks, self.backend)
        settings = uvicorn.Config(
            app,
            log_config=None,  # its lines go where ours go
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._running = _Running(settings, page)
        await self._running.serve(sockets=[listening])

    def _wait_until_it_answers(self) -> None:
        """Return once the server answers.

        Raises:
            ConfigError: it did not come up.
        """
        fetch = build_opener(ProxyHandler({})).open  # a proxy of the environment's is not asked for our own page
        deadline = time.monotonic() + UP_WITHIN_S
        while self.is_up and time.monotonic() < deadline:
            with suppress(URLError, TimeoutError, ConnectionError), fetch(f"{self.url}/healthz", timeout=UP_WITHIN_S):
                return  # the page itself may be for those alone who log in
            time.sleep(0.1)
        raise ConfigError(f"the page did not come up at {self.url}; type: rag chat --port {_other(self._config.port)}")


class _Running(uvicorn.Server):
    """Uvicorn, which ends the page's streams before it waits for connections to close."""

    def __init__(self, settings: uvicorn.Config, page: Page) -> None:
        super().__init__(settings)
        self.page = page
        self.loop = asyncio.get_running_loop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the models and Gradio's heartbeats, then shut down; a connection that is cut now is no error."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.page.close()
        await super().shutdown(sockets)


def check_exposure(config: Config) -> None:
    """Refuse to let other machines open the page before there are accounts, unless that is wanted.

    Raises:
        ConfigError: it would.
    """
    page = config.page
    if is_loopback(page.host) or page.exposed or config.auth.required:
        return
    with closing(Accounts.of(config)) as accounts:
        if accounts.names():
            return
    raise ConfigError(
        f"page.host {page.host!r} lets other machines open the page, and nobody would be asked for a password; make an account "
        "with: rag auth add NAME, or allow it with: rag chat --exposed"
    )


def listen(page: PageConfig) -> socket.socket:
    """Return a socket that listens on the page's address.

    Raises:
        ConfigError: it is in use, or cannot be ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigError(f"page.host {page.host!r} is no address: {error.strerror}; type: rag chat --host 127.0.0.1") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError as error:
        listening.close()
        raise ConfigError(_why_not(page, error)) from None
    return listening


def _why_not(page: PageConfig, error: OSError) -> str:
    """Return why an address cannot be listened on, and what to type instead."""
    if error.errno == errno.EADDRINUSE:
        return f"port {page.port} is in use, perhaps by a page that is open already; type: rag chat --port {_other(page.port)}"
    if error.errno == errno.EACCES:
        return f"port {page.port} needs more rights than you have; type: rag chat --port 7860"
    return f"cannot listen on {page.host!r}, port {page.port}: {error.strerror}; type: rag chat --host 127.0.0.1"


def _other(port: int) -> int:
    """Return a port to try instead."""
    return port + 1 if port < 65535 else port - 1

"""`rag chat`: the page, until somebody stops it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType

from rag import logs
from rag.config import Config
from ui.accounts.book import Accounts
from ui.backend import Backend
from ui.guard import is_loopback
from ui.line import Rates
from ui.server import Server
from ui.worker import all_done


def serve(config: Config, *, may_stand_in: bool) -> None:
    """Serve the page until Ctrl-C or SIGTERM; its address is printed on standard output once it answers.

    SIGTERM lets the answers under way go on for `page.drain_s` seconds, unless it comes twice; Ctrl-C does not.

    Args:
        may_stand_in: When the local model was never downloaded, answer with the extractive backend and say so.

    Raises:
        ConfigError: the address is in use, or not this machine's; or it is for others too, without accounts.
        StoreError: another embedder built the library, or it is damaged. A missing or empty one is no error.
        KeyboardInterrupt: Ctrl-C, once everything is closed; SIGTERM just returns.
    """
    logs.configure(config.log)
    if config.page.exposed and not is_loopback(config.page.host):
        with closing(Accounts.of(config)) as accounts:
            if not accounts.names():
                _say(f"Warning: {config.page.host!r} lets other machines open the page, and it asks nobody for a password.")
    backend = Backend(config, may_stand_in=may_stand_in)
    try:
        with _termination() as (terminated, hurried), Server(backend) as server:
            print(server.url, flush=True)
            _say("Press Ctrl-C to stop.")
            backend.warm()
            while server.is_up and not terminated.wait(0.5):
                pass
            server.drain(config.page.drain_s, hurried=hurried)
    except KeyboardInterrupt:
        _leave_if_busy(130)
        raise
    _leave_if_busy(0)


def serve_tools(config: Config, *, may_stand_in: bool) -> None:
    """Serve the tools on standard input and output until the input ends.

    Args:
        may_stand_in: As for `serve`.

    Raises:
        MissingExtraError: the package `mcp` is not installed.
        EmptyLibraryError: there is no library.
        KeyboardInterrupt: Ctrl-C, once everything is closed.
    """
    from ui.api.tools import tools

    logs.configure(config.log)
    backend = Backend(config, may_stand_in=may_stand_in)
    backend.assistant()
    try:
        tools(backend, Rates(0, what="requests")).run()
    except KeyboardInterrupt:
        _leave_if_busy(130)
        raise
    _leave_if_busy(0)
    backend.close()


def _leave_if_busy(code: int) -> None:
    """End the process here where a model is still at work.

    It is deep in native code, which cannot be interrupted; the interpreter's own way out would take the library from
    under it, which ends in an abort. Everything of ours is closed by now.
    """
    if all_done(within_s=0):
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


@contextmanager
def _termination() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Give an event that SIGTERM sets, and one that a second SIGTERM sets."""
    terminated, hurried = threading.Event(), threading.Event()

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        (hurried if terminated.is_set() else terminated).set()

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield terminated, hurried
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

"""`rag chat`: the page, until somebody stops it."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rag.config import Config
from ui.backend import Backend
from ui.guard import is_loopback
from ui.server import Server


def serve(config: Config, *, may_stand_in: bool) -> None:
    """Serve the page until Ctrl-C or SIGTERM; its address is printed on standard output once it answers.

    Args:
        may_stand_in: When the local model was never downloaded, answer with the extractive backend and say so.

    Raises:
        ConfigError: the address is in use, or not this machine's.
        StoreError: another embedder built the library, or it is damaged. A missing or empty one is no error.
        KeyboardInterrupt: Ctrl-C, once everything is closed; SIGTERM just returns.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if not is_loopback(config.page.host):
        _say(f"Warning: {config.page.host!r} lets other machines open the page, and it asks nobody for a password.")
    with _termination() as terminated, Server(Backend(config, may_stand_in=may_stand_in)) as server:
        print(server.url, flush=True)
        _say("Press Ctrl-C to stop.")
        server.backend.warm()
        while server.is_up and not terminated.wait(0.5):
            pass


@contextmanager
def _termination() -> Iterator[threading.Event]:
    """Give an event that SIGTERM sets."""
    terminated = threading.Event()

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        terminated.set()

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield terminated
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

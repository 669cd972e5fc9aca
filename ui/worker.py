"""Threads in which models load and write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from weakref import WeakSet

_workers: WeakSet[threading.Thread] = WeakSet()


def work(task: Callable[[], None], *, name: str) -> threading.Thread:
    """Start a task in a thread of its own and return it.

    It is a daemon: a model that reads a long prompt cannot be interrupted, and must not hold up the end of the program.
    """
    worker = threading.Thread(target=task, name=name, daemon=True)
    _workers.add(worker)
    worker.start()
    return worker


def all_done(*, within_s: float) -> bool:
    """Wait until no task is running, for so long at most, and return whether that came true."""
    deadline = time.monotonic() + within_s
    for worker in list(_workers):
        worker.join(max(0.0, deadline - time.monotonic()))
    return not any(worker.is_alive() for worker in list(_workers))

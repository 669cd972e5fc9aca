"""A turn that is taken in a thread of its own and read from the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import closing, suppress
from dataclasses import replace

from ui.turn import Turn
from ui.worker import work

BEAT_S = 0.1
"""Shortest time between two states that are shown: faster than reading, slow enough for a browser that redraws."""


class Run:
    """Takes one turn. States that nobody had time to read are passed over; the last one never is."""

    def __init__(self, turn: Turn, states: Generator[Turn, None, None]) -> None:
        """Take the states of `turn` from `states`, which is run and closed in the thread."""
        self._latest = turn
        self._states = states
        self._is_begun = False
        self._stopping = threading.Event()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def is_begun(self) -> bool:
        """Whether its turn in the line has come."""
        return self._is_begun

    async def states(self) -> AsyncIterator[Turn]:
        """Yield the newest state when it has changed, and a last one that is done; leaving early stops the model."""
        self._is_begun = True
        if not self._stopping.is_set():  # while it waited in line
            work(self._work, name="turn")
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                latest = self._latest
                if self._stopping.is_set() and not latest.is_done:
                    latest = replace(latest, is_stopped=True)
                yield latest
                if latest.is_done:
                    return
                await asyncio.sleep(BEAT_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """End the states now, and the model at its next word. Any thread may call it, also when all is over."""
        self._stopping.set()
        self._wake()

    def _work(self) -> None:
        with closing(self._states):
            for turn in self._states:
                if self._stopping.is_set():
                    return
                self._latest = turn
                self._wake()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server shuts down and nobody reads on
            self._loop.call_soon_threadsafe(self._changed.set)

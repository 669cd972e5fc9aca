"""A turn that is taken in a thread of its own and read from the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import closing, suppress
from dataclasses import replace

from rag.logs import on_behalf_of
from ui.line import BusyError, Line, Seat
from ui.turn import BUG, Turn
from ui.worker import work

log = logging.getLogger(__name__)

BEAT_S = 0.1
"""Shortest time between two states that are shown: faster than reading, slow enough for a browser that redraws."""


class Run:
    """Takes one turn. States that nobody had time to read are passed over; the last one never is."""

    def __init__(self, turn: Turn, states: Generator[Turn, None, None], *, line: Line | None = None, who: str = "") -> None:
        """Take the states of `turn` from `states`, which is run and closed in the thread.

        Args:
            line: Where the turn waits before it is taken; None takes it at once.
            who: The person in that line.
        """
        self._latest = turn
        self._states = states
        self._line = line
        self._who = who
        self._seat: Seat | None = None
        self._is_begun = False
        self._is_working = False
        self._stopping = threading.Event()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def is_begun(self) -> bool:
        """Whether somebody reads its states."""
        return self._is_begun

    async def states(self) -> AsyncIterator[Turn]:
        """Yield the newest state when it has changed, and a last one that is done; leaving early stops the model.

        While it waits in line, the states say at which `place`; where the line is full, the only one tells that as its error.
        """
        self._is_begun = True
        try:
            if self._line is not None and not self._stopping.is_set():
                try:
                    self._seat = self._line.join(self._who)
                except BusyError as busy:
                    yield replace(self._latest, error=f"{str(busy)[0].upper()}{str(busy)[1:]}.")
                    return
                async for place in self._seat.places():
                    yield replace(self._latest, place=place)
            if not self._stopping.is_set():  # while it waited in line
                self._is_working = True
                work(self._work, name="turn")
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
        self._in_loop(self._stopped)

    def _stopped(self) -> None:
        self._changed.set()
        if self._seat is not None and not self._is_working:
            self._seat.leave()

    def _work(self) -> None:
        try:
            with on_behalf_of(self._who), closing(self._states):
                for turn in self._states:
                    if self._stopping.is_set():
                        return
                    self._tell(turn)
        except Exception:  # `take` tells its own errors; should it fail itself, the reader must not wait for ever
            log.exception("a turn broke off")
            self._tell(replace(self._latest, error=BUG))
        finally:
            if self._seat is not None:  # only now: a model that is stopped is still at work up to its next word
                self._in_loop(self._seat.leave)

    def _tell(self, turn: Turn) -> None:
        self._latest = turn
        self._in_loop(self._changed.set)

    def _in_loop(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server shuts down and nobody reads on
            self._loop.call_soon_threadsafe(call)

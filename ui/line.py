"""The line that questions wait in: everybody in turn, however many questions one person has in it."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

from rag.errors import NewsRagError

_MOST = 10_000
"""People who are remembered before those that can be forgotten are."""


class BusyError(NewsRagError):
    """More is asked than is allowed now; `retry_after_s` is after how many seconds it may do."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ClosingError(BusyError):
    """The server is about to stop and takes no more questions."""


class Rates:
    """Counts what each person does, and refuses what comes faster than is allowed. Used in the event loop alone."""

    def __init__(self, per_minute: int, *, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow so many a minute, all of them at once if need be; 0 allows everything. `what` names them in the error."""
        self._per_minute = per_minute
        self._what = what
        self._clock = clock
        self._full_at: dict[str, float] = {}  # when a person has all of their allowance again
        self._most = _MOST

    def count(self, who: str) -> None:
        """Count one more.

        Raises:
            BusyError: that is one too many.
        """
        if not self._per_minute:
            return
        now, each = self._clock(), 60 / self._per_minute
        full_at = max(now, self._full_at.get(who, now)) + each
        if full_at - now > 60 + each / 2:
            wait = full_at - now - 60
            raise BusyError(f"more than {self._per_minute} {self._what} a minute; wait {math.ceil(wait)} s", retry_after_s=wait)
        if len(self._full_at) > self._most:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
            self._most = max(_MOST, 2 * len(self._full_at))  # so that looking through all of them is rare
        self._full_at[who] = full_at


class Line:
    """Lets so many questions be answered at once, and has the others wait. Used in the event loop alone.

    Whoever waits is served in rounds: one question of each person a round, in the order in which they came.
    """

    def __init__(self, *, at_once: int, waiting: int, person_at_once: int, person_waiting: int, per_minute: int = 0) -> None:
        """Set the limits: of all and of each person, and the questions that each may ask a minute, 0 for any number."""
        self._at_once = at_once
        self._most_waiting = waiting
        self._person_at_once = person_at_once
        self._person_waiting = person_waiting
        self._rates = Rates(per_minute, what="questions")
        self._waiting: list[Seat] = []
        self._running: Counter[str] = Counter()
        self._round = 0
        self._last_round: dict[str, int] = {}
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more questions."""
        return self._is_closed

    @property
    def n_waiting(self) -> int:
        """Questions that wait."""
        return len(self._waiting)

    @property
    def n_running(self) -> int:
        """Questions that are being answered."""
        return self._running.total()

    def close(self) -> None:
        """Take no more questions; those that are in line are answered."""
        self._is_closed = True

    def join(self, who: str) -> Seat:
        """Return a person's seat in line; whoever takes one has to `leave` it.

        Raises:
            ClosingError: the line is closed.
            BusyError: the line, or the person's part of it, is full, or they ask too fast.
        """
        if self._is_closed:
            raise ClosingError(
                "the server is about to stop and takes no more questions; ask again in a moment", retry_after_s=5
            )
        must_wait = self.n_running >= self._at_once or self._running[who] >= self._person_at_once
        if must_wait and len(self._waiting) >= self._most_waiting:
            raise BusyError("too many questions are waiting; ask again in a moment", retry_after_s=10)
        if must_wait and sum(seat.who == who for seat in self._waiting) >= self._person_waiting:
            raise BusyError(f"{self._person_waiting} of your questions are waiting; let them be answered", retry_after_s=10)
        self._rates.count(who)
        round_ = max(self._round, self._last_round.get(who, -1) + 1)
        self._last_round[who] = round_
        seat = Seat(self, who, round_)
        self._waiting.append(seat)
        self._waiting.sort(key=lambda one: one.round)  # stable: who came first stays first within a round
        self._serve()
        return seat

    def _leave(self, seat: Seat) -> None:
        if seat.is_served:
            self._running[seat.who] -= 1
            self._running += Counter()  # forget those who have none
        else:
            self._waiting.remove(seat)
        self._serve()

    def _serve(self) -> None:
        """Call those whose turn it is, and tell the others their place."""
        for seat in list(self._waiting):
            if self.n_running >= self._at_once:
                break
            if self._running[seat.who] < self._person_at_once:
                self._waiting.remove(seat)
                self._running[seat.who] += 1
                self._round = seat.round
                seat.move(0)
        if not self._waiting and not self._running:
            self._round, self._last_round = 0, {}
        for place, seat in enumerate(self._waiting, 1):
            seat.move(place)


class Seat:
    """One question's place in the line: 0 once its turn has come, else counted from 1."""

    def __init__(self, line: Line, who: str, round_: int) -> None:
        """Use `Line.join`."""
        self.who = who
        self.round = round_
        self.place = -1
        self._line = line
        self._has_left = False
        self._moved = asyncio.Event()

    @property
    def is_served(self) -> bool:
        """Whether its turn has come."""
        return self.place == 0

    def move(self, place: int) -> None:
        """Take another place."""
        if place != self.place:
            self.place = place
            self._moved.set()

    async def places(self) -> AsyncIterator[int]:
        """Yield the place whenever it changed, and end once its turn has come or it was left."""
        while not (self.is_served or self._has_left):
            self._moved.clear()
            yield self.place
            await self._moved.wait()

    def leave(self) -> None:
        """Give the seat up, so that the next may have its turn; leaving twice is harmless."""
        if not self._has_left:
            self._has_left = True
            self._line._leave(self)
            self._moved.set()

"""Where searches read: the server that is written, or replicas of it while one answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import LockedError
from rag.store.postgres.faults import LostError
from rag.store.postgres.pool import Pool

if TYPE_CHECKING:
    from psycopg import Connection

T = TypeVar("T")

_REST_S = 10.0
"""How long a replica that did not answer is left alone."""


class Reading:
    """Asks the replicas in turn, and the server that is written where none answers. Safe to share between threads."""

    def __init__(self, primary: Pool, replicas: Sequence[str] = ()) -> None:
        """Read from `primary`, or from `replicas` by their addresses, which lag behind it by what replication takes."""
        self._primary = primary
        self._replicas = [Pool(address, writes=False) for address in replicas]
        self._rests_until = [0.0] * len(self._replicas)
        self._next = 0
        self._changing = Lock()

    def close(self) -> None:
        """Give the replicas' connections up; closing twice is harmless."""
        for pool in self._replicas:
            pool.close()

    def rows(self, sql: str, values: Any = None, *, binary: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows of a query, as `Pool.rows` does."""
        return self.read(lambda connection: connection.execute(sql.encode(), values, binary=binary).fetchall())

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, which only reads and may be done again elsewhere."""
        for place in self._awake():
            try:
                with self._replicas[place].connection() as connection:
                    return work(connection)
            except (LostError, LockedError):  # the latter: what it was reading was removed meanwhile
                self._rests_until[place] = time.monotonic() + _REST_S
        return self._primary.read(work)

    def _awake(self) -> list[int]:
        """Return the replicas to ask, the one whose turn it is first."""
        if not self._replicas:
            return []
        with self._changing:
            first = self._next
            self._next = (first + 1) % len(self._replicas)
        now = time.monotonic()
        places = [(first + place) % len(self._replicas) for place in range(len(self._replicas))]
        return [place for place in places if self._rests_until[place] <= now]

"""What was read from a database, kept until anything in it changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from rag.store.database import Database

T = TypeVar("T")


class Memo(Generic[T]):
    """Up to `size` results by key, the last used ones. Safe to share between threads."""

    def __init__(self, database: Database, *, size: int) -> None:
        """Keep what is read from `database`."""
        self._database = database
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._state: tuple[int, int] | None = None

    def __contains__(self, key: Hashable) -> bool:
        """Whether something is kept under the key that still holds."""
        with self._database.lock:
            return key in self._kept and self._now() == self._state

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what is kept under the key, else what `read` returns."""
        with self._database.lock:
            state = self._now()
            if state != self._state:
                self._kept.clear()
                self._state = state
            if key not in self._kept:
                self._kept[key] = read()
                if len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _now(self) -> tuple[int, int]:
        """Return what differs after any commit: of another connection, or of our own."""
        return int(self._database.rows("PRAGMA data_version")[0][0]), self._database.connection.total_changes()

"""What was read from a database, kept until anything in it changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Generic, TypeVar

from rag.store.database import Database

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Memo(Generic[T]):
    """Results by key, the last used ones, up to `size` by their weights together. Safe to share between threads."""

    def __init__(self, database: Database, *, size: int, weight: Callable[[T], int] = lambda _result: 1) -> None:
        """Keep what is read from `database`."""
        self._database = database
        self._size = size
        self._weight = weight
        self._weighs = 0
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._state: tuple[int, int] | None = None

    def __contains__(self, key: Hashable) -> bool:
        """Whether something is kept under the key that still holds."""
        with self._database.lock:
            return key in self._kept and self._now() == self._state

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what is kept under the key, else what `read` returns."""
        with self._database.lock:
            self._forget_the_past()
            return self._one(key, read)

    def get_all(self, keys: Iterable[K], read: Callable[[K], T]) -> dict[K, T]:
        """Return what is kept under each key, else what `read` returns for it: all of one state of the database."""
        with self._database.lock:
            self._forget_the_past()
            return {key: self._one(key, partial(read, key)) for key in keys}

    def _forget_the_past(self) -> None:
        state = self._now()
        if state != self._state:
            self._kept.clear()
            self._weighs, self._state = 0, state

    def _one(self, key: Hashable, read: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = read()
            self._weighs += self._weight(self._kept[key])
            while self._weighs > self._size and len(self._kept) > 1:
                self._weighs -= self._weight(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return self._kept[key]

    def _now(self) -> tuple[int, int]:
        """Return what differs after any commit: of another connection, or of our own."""
        return int(self._database.rows("PRAGMA data_version")[0][0]), self._database.connection.total_changes()

"""What was found out lately, given again while it holds: bounded by count and by age."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Uses:
    """How often something was asked for that was there, and that was not."""

    hits: int
    misses: int


class Recent(Generic[V]):
    """The values that were used last. Safe to share between threads.

    A key has to name all that its value was made of: nothing is ever taken back.
    """

    def __init__(self, most: int, *, longest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep at most `most` values, each for `longest_s` seconds; 0 keeps none."""
        self._most = most
        self._longest_s = longest_s
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()
        self._hits = self._misses = 0
        self._changing = Lock()

    @property
    def is_on(self) -> bool:
        """Whether anything is kept at all."""
        return self._most > 0

    @property
    def uses(self) -> Uses:
        """How it was used so far."""
        return Uses(self._hits, self._misses)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> V | None:
        """Return the value of a key, None where there is none or it is too old."""
        with self._changing:
            made_at, value = self._kept.get(key, (0.0, None))
            if value is None or self._clock() - made_at > self._longest_s:
                self._kept.pop(key, None)
                self._misses += self.is_on
                return None
            self._kept.move_to_end(key)
            self._hits += 1
            return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep a value; what was used longest ago makes room."""
        with self._changing:
            self._kept[key] = (self._clock(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

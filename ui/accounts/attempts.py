"""Logins that failed, and how long the next one has to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

LONGEST_S = 900.0
FORGOTTEN_S = 3600.0

_FREE_HERE, _FREE_ADDRESS, _FREE_NAME = 5, 20, 100
"""Failures without a wait: of one name from one address, of one address, of one name from anywhere."""

_MOST = 10_000
"""Names and addresses that are remembered before those that can be forgotten are."""


class Attempts:
    """Counts failures by name and address: each wait is twice the one before. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none."""
        self._clock = clock
        self._failed: dict[str, tuple[int, float]] = {}
        self._most = _MOST
        self._counting = Lock()

    def close(self) -> None:
        """Do nothing: they live as long as the process."""

    def admit(self, name: str, address: str) -> float:
        """Return the seconds until that name may be tried from that address; 0 where it may be now, which is noted.

        An attempt counts as failed until it succeeds: many at once are no way around the wait.
        """
        with self._counting:
            wait_s = self.wait_s(name, address)
            if not wait_s:
                self._begin(name, address)
        return wait_s

    def wait_s(self, name: str, address: str) -> float:
        """Return the seconds until that name may be tried from that address, 0 where it may be now."""
        return max(self._wait(key, free) for key, free in keys_of(name, address))

    def _begin(self, name: str, address: str) -> None:
        now = self._clock()
        if len(self._failed) > self._most:
            self._failed = {key: (n, at) for key, (n, at) in self._failed.items() if now - at < FORGOTTEN_S}
            self._most = max(_MOST, 2 * len(self._failed))  # so that looking through all of them is rare
        for key, _ in keys_of(name, address):
            self._failed[key] = (self._count(key) + 1, now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget that name's failures from that address, and that the last attempt was one."""
        (here, _), *others = keys_of(name, address)
        with self._counting:
            self._failed.pop(here, None)
            for key, _ in others:
                count, at = self._failed.get(key, (0, 0.0))
                self._failed[key] = (max(0, count - 1), at)

    def _count(self, key: str) -> int:
        count, at = self._failed.get(key, (0, 0.0))
        return count if self._clock() - at < FORGOTTEN_S else 0

    def _wait(self, key: str, free: int) -> float:
        count, at = self._failed.get(key, (0, 0.0))
        return wait_of(count, free, self._clock() - at)


def wait_of(count: int, free: int, age_s: float) -> float:
    """Return the seconds still to wait after so many failures, the last of them so long ago."""
    if count < free or age_s >= FORGOTTEN_S:
        return 0.0
    return max(0.0, min(LONGEST_S, 2.0 ** min(count - free, 20)) - age_s)


def keys_of(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """Return what failures are counted by, and how many of each are without a wait."""
    return ((f"{address} {name}", _FREE_HERE), (f"address {address}", _FREE_ADDRESS), (f"name {name}", _FREE_NAME))

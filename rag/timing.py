"""How long each stage took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Adds up the milliseconds of named stages; `total` runs from its making."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block; a stage entered again adds to its time."""
        begun = perf_counter()
        try:
            yield
        finally:
            self.add(name, (perf_counter() - begun) * 1000)

    def add(self, name: str, milliseconds: float) -> None:
        """Add to a stage."""
        self._stages[name] = self._stages.get(name, 0.0) + milliseconds

    def mark(self, name: str) -> None:
        """Note how long after the start something happened, at its first mark."""
        self._stages.setdefault(name, (perf_counter() - self._begun) * 1000)

    def timings_ms(self) -> dict[str, float]:
        """Return milliseconds by stage, to a tenth, and `total`."""
        stages = {name: round(value, 1) for name, value in self._stages.items()}
        return {**stages, "total": round((perf_counter() - self._begun) * 1000, 1)}

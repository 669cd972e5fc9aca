"""How long each stage took, and where that is told besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import TracebackType
from typing import Protocol


class Span(Protocol):
    """A piece of work that is told to somebody outside while it goes on; leaving its `with` block ends it.

    An exception that leaves the block marks it as failed.
    """

    def child(self, name: str, ago_s: float = 0.0) -> Span:
        """Begin a piece of this work, or tell of one that began so many seconds ago."""

    def note(self, **facts: str | int | float | bool) -> None:
        """Tell facts of it."""

    def __enter__(self) -> Span:
        """Return itself."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""


class _Untold:
    """The span that is told to nobody."""

    def child(self, name: str, ago_s: float = 0.0) -> Span:  # noqa: ARG002
        return self

    def note(self, **facts: str | int | float | bool) -> None:
        pass

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        pass


UNTOLD: Span = _Untold()


class Stopwatch:
    """Adds up the milliseconds of named stages; `total` runs from its making."""

    def __init__(self, span: Span = UNTOLD) -> None:
        """Start; each stage is told as a child of `span`."""
        self.span = span
        self._begun = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Span]:
        """Time the block, whose span it gives; a stage entered again adds to its time."""
        begun = perf_counter()
        try:
            with self.span.child(name) as span:
                yield span
        finally:
            self.add(name, (perf_counter() - begun) * 1000)

    def passed(self, name: str, seconds: float) -> None:
        """Take a stage that ends now, after so many seconds."""
        with self.span.child(name, seconds):
            self.add(name, seconds * 1000)

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

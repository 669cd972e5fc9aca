"""What every place that traces are kept in offers."""

from __future__ import annotations

from typing import Protocol

from rag.errors import InputError
from rag.trace.record import Trace

LISTED = 5
"""Most ids that the error of an ambiguous prefix lists."""


class Traces(Protocol):
    """The newest traces of one library. Any number of processes may read and add at once."""

    @property
    def place(self) -> str:
        """Where they are, to be named in messages: a folder, or an address without its password."""

    def close(self) -> None:
        """Give up what is held open; closing twice is harmless."""

    def add(self, trace: Trace) -> None:
        """Store a trace, and drop the oldest beyond those to be kept.

        Raises:
            StoreError: it cannot be written.
        """

    def ids(self) -> list[str]:
        """Return the ids of all traces, newest first.

        Raises:
            StoreError: they cannot be read.
        """

    def load(self, prefix: str) -> Trace:
        """Return the trace whose id begins so.

        Raises:
            InputError: none or several do, or it is damaged.
            StoreError: it cannot be read.
        """


def no_trace(prefix: str, place: str) -> InputError:
    """Return the error of a prefix that no id has."""
    return InputError(f"no trace {prefix!r} in {place!r}; `rag trace list` shows those kept")


def ambiguous(prefix: str, ids: list[str]) -> InputError:
    """Return the error of a prefix that several ids have."""
    listed = ", ".join(ids[:LISTED]) + (", …" if len(ids) > LISTED else "")
    return InputError(f"{len(ids):,} traces begin with {prefix!r}: {listed}; type more of the id")

"""The folder that traces are kept in: one file each, the newest ones only, for the owner's eyes alone.

A trace is written beside and then renamed, so that processes that write at once need no lock and no reader meets half a
trace. Names begin with the time, so that their order is that of the answers.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.errors import InputError, StoreError
from rag.files import write_private
from rag.trace.contract import ambiguous, no_trace
from rag.trace.record import Trace, decode, encode

FOLDER = "traces"
SUFFIX = ".json"
PARTIAL = ".part"
STALE = timedelta(hours=1)
"""Age from which on a partial file is one that a killed process left."""

_STAMP = "%Y%m%dT%H%M%S%fZ"


class TraceStore:
    """The traces of one library. Any number of processes may read and add at once."""

    def __init__(self, library: Path, *, keep: int = 1) -> None:
        """Use the folder of a library; nothing is made before the first trace.

        Args:
            keep: Most traces that `add` leaves, >= 1.
        """
        self.folder = library / FOLDER
        self._keep = keep

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def add(self, trace: Trace) -> None:
        """Store a trace, and drop the oldest beyond those to be kept.

        Raises:
            StoreError: the folder cannot be written.
        """
        file = self.folder / f"{_stamp(trace.time)}-{trace.id}{SUFFIX}"
        partial = self.folder / f"{_stamp(datetime.now(UTC))}-{trace.id}{PARTIAL}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(partial, encode(trace))
            partial.replace(file)
            self._prune()
        except OSError as error:
            raise StoreError(
                f"no trace of this answer was kept in {str(self.folder)!r}: {error.strerror}; free some room or check the "
                "permissions, or keep none with: export NEWSRAG_TRACE_KEEP=0"
            ) from error

    def ids(self) -> list[str]:
        """Return the ids of all traces, newest first.

        Raises:
            StoreError: the folder cannot be read.
        """
        return [_id(name) for name in self._names(SUFFIX)]

    def load(self, prefix: str) -> Trace:
        """Return the trace whose id begins so.

        Raises:
            InputError: none or several do, or its file is damaged.
            StoreError: the folder cannot be read.
        """
        found = [name for name in self._names(SUFFIX) if prefix and _id(name).startswith(prefix)]
        if not found:
            raise no_trace(prefix, self.place)
        if len(found) > 1:
            raise ambiguous(prefix, [_id(name) for name in found])
        file = self.folder / found[0]
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(
                f"the trace {str(file)!r} cannot be read: {error.strerror}; `rag trace list` shows others"
            ) from error
        return decode(data, name=str(file))

    def _names(self, suffix: str) -> list[str]:
        """Return the names of the files that end so, newest first; none where there is no folder.

        Raises:
            StoreError: the folder cannot be read.
        """
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"cannot read the traces in {str(self.folder)!r}: {error.strerror}; check its permissions"
            ) from error
        return sorted((name for name in names if "-" in name and name.endswith(suffix)), reverse=True)

    def _prune(self) -> None:
        """Delete the oldest traces beyond those to be kept, and what killed processes left."""
        before = _stamp(datetime.now(UTC) - STALE)
        left = [name for name in self._names(PARTIAL) if name < before]
        for name in [*self._names(SUFFIX)[self._keep :], *left]:
            (self.folder / name).unlink(missing_ok=True)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime(_STAMP)


def _id(name: str) -> str:
    return name.removesuffix(SUFFIX).rpartition("-")[2]

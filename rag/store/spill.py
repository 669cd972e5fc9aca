"""Rows of numbers that need not be in memory: a file without a name that the system reads back as they are looked at."""

from __future__ import annotations

import mmap
import tempfile
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


class Spill:
    """Rows appended one block after another, then read: these outlive it, and their room on the disk is free when they go."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep them in a folder's file system, None for that of temporary files.

        Raises:
            OSError: it cannot be written.
        """
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this
        self._mapped: mmap.mmap | None = None

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, rows: NDArray[np.generic]) -> None:
        """Add rows behind those that are there.

        Raises:
            OSError: the disk is full or refuses.
        """
        self._file.write(np.ascontiguousarray(rows).data)

    def rows(self, dtype: type[Number], width: int) -> NDArray[Number]:
        """Return all rows, shape (n, width), read-only; nothing may be appended afterwards.

        Raises:
            OSError: the disk is full or refuses.
        """
        self._file.flush()
        if self._file.tell() == 0:  # nothing cannot be mapped
            return np.zeros((0, width), dtype)
        self._mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(self._mapped, dtype).reshape(-1, width)

    def let_go(self) -> None:
        """Count what was looked at no longer as this process's memory; it is read again when it is looked at again."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)

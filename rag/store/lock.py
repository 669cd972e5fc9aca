"""One writer at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import LockedError, StoreError


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's write lock.

    Raises:
        LockedError: another process holds it; the message names its pid.
        StoreError: the folder cannot be written.
    """
    file = folder / "writer.lock"
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"cannot write the library {str(folder)!r}: {error.strerror}; check the folder's permissions and the disk, or "
            "name another with --library"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"the library {str(folder)!r} is being written by {_holder(descriptor)}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Return who holds the lock and what to do, as far as the file tells."""
    pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    if not pid.isascii() or not pid.isdigit():
        return "another process; wait for it and try again"
    return f"process {pid}; wait for it, or end it with: kill {pid}"

"""Files that last, and files that their owner alone may read."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have a file, or the entries of a folder and with them the renames in it, on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_private(file: Path, data: bytes) -> None:
    """Write a new file that its owner alone may read, and have it on disk before going on.

    Raises:
        OSError: there is such a file already, or it cannot be written.
    """
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())

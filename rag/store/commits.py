"""A count of commits beside the database, so that a lost journal is noticed.

SQLite takes a damaged or missing `library.db-wal` for one that ends earlier, and opens the library as it was before: what was
reported done since would be gone without a word. So every commit counts one up in the database and, once it is durable, in
the file COMMITTED. A library that counts less than the file has lost something.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

_FILE = "COMMITTED"


def write(folder: Path, library_id: str, count: int) -> None:
    """Note that `count` commits of the library are durable.

    The text has one length and stays within a sector, so that it is replaced as a whole and needs no room on a full disk.
    """
    body = f"{library_id} {count:020d}"
    descriptor = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(descriptor, f"{body} {zlib.crc32(body.encode()):08x}\n".encode(), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path, library_id: str) -> int:
    """Return how many commits of the library are known to have been durable; 0 where the file is gone or damaged."""
    owner, count = _noted(folder)
    return count if owner == library_id else 0


def are_noted(folder: Path) -> bool:
    """Return whether any library in the folder is known to have had a durable commit."""
    return _noted(folder)[1] > 0


def _noted(folder: Path) -> tuple[str, int]:
    """Return a library's id and its commits; none where the file is gone or damaged."""
    try:
        body, _, checksum = (folder / _FILE).read_text("ascii").rstrip().rpartition(" ")
        owner, count = body.split(" ")
        return (owner, int(count)) if int(checksum, 16) == zlib.crc32(body.encode()) else ("", 0)
    except (OSError, ValueError):
        return "", 0

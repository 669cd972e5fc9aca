"""SQLite as the library uses it: page checksums, transactions, and errors that say what to type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import apsw
import apsw.sqlite_extra

from rag.errors import CorruptError, DiskFullError, LockedError, StoreError

RESERVED = 8
"""Bytes at the end of each page that hold its checksum."""

# SQLite itself does not notice a flipped bit within a text, a vector or a list of words. With this extension of its makers
# each page ends in a checksum that is compared whenever the page is read; reading and writing took 2 % longer.
_EXTENSION = "cksumvfs"
_VFS = "cksmvfs"

_REFUSED = {apsw.SQLITE_IOERR_WRITE, apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_TRUNCATE, apsw.SQLITE_IOERR_FSYNC}
_DAMAGED = {apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_CORRUPTFS, apsw.SQLITE_IOERR_SHORT_READ}


def connect(file: Path | None, *, create: bool) -> apsw.Connection:
    """Return a connection, to a file with page checksums unless it was made without, or to a database in memory."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    if file is None:
        return apsw.Connection(":memory:", flags=flags)
    _load_extension()
    connection = apsw.Connection(str(file), flags=flags, vfs=_VFS)
    connection.set_busy_timeout(10_000)
    connection.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -64000")
    return connection


@cache
def _load_extension() -> None:
    """Make the checksums available to this process."""
    connection = apsw.Connection(":memory:")
    try:
        apsw.sqlite_extra.load(connection, _EXTENSION)
    except (apsw.sqlite_extra.NotAvailable, LookupError, apsw.Error) as error:
        raise StoreError(
            f"this build of apsw {apsw.apsw_version()} lacks SQLite's page checksums ({error}); "
            "type: pip install --force-reinstall --only-binary :all: apsw"
        ) from error
    finally:
        connection.close()


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what the block does, or undo all of it.

    Not apsw's own `with connection`: a full disk makes SQLite roll back by itself, and that then fails to do so again.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def translated(file: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into ours within the block."""
    name = str(file) if file else "in memory"
    try:
        yield
    except apsw.FullError as error:
        raise _full(name, "no room on the disk") from error
    except apsw.BusyError as error:
        raise LockedError(f"the library {name!r} is busy in another process; try again in a moment") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise damaged(name, str(error)) from error
    except apsw.IOError as error:
        if getattr(error, "extendedresult", 0) in _DAMAGED:
            raise damaged(name, "a page differs from its checksum") from error
        if getattr(error, "extendedresult", 0) in _REFUSED:  # a quota, or a limit on the size of a file
            raise _full(name, "the disk takes no more") from error
        raise _unusable(name, error) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise _unusable(name, error) from error


def damaged(name: str, why: str) -> CorruptError:
    """Return the error of a damaged database file."""
    return CorruptError(
        f"the library's database {name!r} is damaged ({why}); type: rag library verify, or restore a backup with: rag library "
        "restore FILE, or move its folder away and ingest the articles again"
    )


def _full(name: str, why: str) -> DiskFullError:
    return DiskFullError(
        f"{why} for the library {name!r}; free some room and repeat the command: what was stored before is intact"
    )


def _unusable(name: str, error: apsw.Error) -> StoreError:
    return StoreError(
        f"cannot open or write the library {name!r}: {error}; even its readers must be able to write its folder: check the "
        "permissions and the disk, or copy the folder and name the copy with --library"
    )

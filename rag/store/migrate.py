"""A database made by an older version, brought up to date when it is opened; a newer one is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import apsw

from rag.errors import LockedError, MismatchError
from rag.files import sync
from rag.store import commits, journal, schema
from rag.store.copies import remake, teach
from rag.store.lock import writer_lock
from rag.store.sqlite import RESERVED, connect, damaged, transaction

_PAGE_BYTES = 8192
"""Five vectors of 384 numbers fill a page of this size, two one of SQLite's default: a fifth less on disk."""


def connect_current(file: Path | None, *, create: bool) -> apsw.Connection:
    """Return a connection to a database of our version, which is made or brought up to date where it is not.

    Raises:
        MismatchError: a newer version of this program made it.
        LockedError: it must be brought up to date, and another process writes.
        CorruptError: it is not a database, or a damaged one.
    """
    connection = connect(file, create=create)
    try:
        version = _version(connection, file)
        if version == 0:
            if file and commits.are_noted(file.parent):  # SQLite takes an empty file for a new database
                raise damaged(str(file), "it is empty and held articles before")
            _make(connection, file)
        elif version < schema.VERSION and file:
            connection.close()
            _bring_up_to_date(file)
            connection = connect(file, create=False)
        if file:
            journal.choose(connection, file)
            _check_checksums(connection, file)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: apsw.Connection, file: Path | None) -> int:
    """Return the version of the schema, 0 where there is none yet."""
    version = int(connection.pragma("user_version") or 0)
    if version > schema.VERSION:
        raise MismatchError(
            f"the library {str(file)!r} has schema {version}, this program knows {schema.VERSION}; "
            "type: pip install --upgrade newsrag"
        )
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise damaged(str(file), "it holds the tables of another program")
    return version


def _make(connection: apsw.Connection, file: Path | None) -> None:
    """Make the schema in a new file."""
    if file:
        _lay_out(connection)
        journal.choose(connection, file)
    with transaction(connection):
        if int(connection.pragma("user_version") or 0) == 0:  # another process may have made it since we looked
            schema.make(connection)


def _bring_up_to_date(file: Path) -> None:
    """Bring a file from its version to ours; where that is killed, whoever opens the library next begins it again."""
    try:
        with writer_lock(file.parent):
            connection = connect(file, create=False)
            try:
                version = _version(connection, file)
            finally:
                connection.close()
            if version < schema.VERSION:  # another process may have done it since we looked
                _STEPS[version](file)
    except (LockedError, apsw.BusyError, apsw.LockedError) as error:
        raise LockedError(
            f"an older version made the library {str(file)!r} and it must be brought up to date, but it is in use: {error}; "
            "end the programs that have it open and try again"
        ) from error


def _from_1(file: Path) -> None:
    """Write the library into a new file, whose pages have checksums, and put that in the place of the old one.

    Not in place: pages written before the first one says that there are checksums get none, or wrong ones if another process
    has the file open; and a killed rewriting is undone page by page, with checksums over the ends of pages that had none.
    """
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.with_name(fresh.name + "-journal").unlink(missing_ok=True)
    connection = connect(fresh, create=True)
    try:
        _lay_out(connection)
        with transaction(connection):
            schema.make(connection)
        connection.execute("ATTACH ? AS old", (str(file),))
        # Alone, and without a log beside it that the new file would be taken to belong to.
        connection.execute("PRAGMA old.locking_mode = EXCLUSIVE")
        if connection.pragma("journal_mode", "delete", schema="old") != "delete":
            raise apsw.BusyError("another process has it open")
        with transaction(connection):
            connection.execute("DELETE FROM meta WHERE key IN (SELECT key FROM old.meta)")
            teach(connection)
            schema.take_over_1(connection)
            remake(connection)
        if (found := connection.pragma("quick_check", schema="main")) != "ok":
            raise damaged(str(file), str(found))
        # Its manifests do not name the library: whoever writes next makes it again.
        shutil.rmtree(file.parent / "index", ignore_errors=True)
        fresh.rename(file)
        sync(file.parent)
    finally:
        connection.close()


def _from_2(file: Path) -> None:
    """Change the tables in one transaction, which a kill undoes."""
    connection = connect(file, create=False)
    try:
        teach(connection)
        with transaction(connection):
            schema.alter_2(connection)
            remake(connection)
    finally:
        connection.close()


def _from_3(file: Path) -> None:
    """Add what version 4 brought, in one transaction."""
    connection = connect(file, create=False)
    try:
        with transaction(connection):
            schema.alter_3(connection)
    finally:
        connection.close()


def _lay_out(connection: apsw.Connection) -> None:
    """Settle size and checksums of the pages of an empty file."""
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.reserve_bytes(reserve=RESERVED)


_STEPS: Mapping[int, Callable[[Path], None]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""By version, what brings a file of that version to ours, wholly or not at all."""


def _check_checksums(connection: apsw.Connection, file: Path) -> None:
    """Refuse a file of our version that says it has no checksums: the byte that says so was changed."""
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # reads the page that says so
    if connection.reserve_bytes() != RESERVED or str(connection.pragma("checksum_verification")) != "1":
        raise damaged(str(file), "its page checksums are switched off")

"""The SQLite file of a library: its schema, its settings, and what its errors mean to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import apsw

from rag.errors import CorruptError, DiskFullError, LockedError, MismatchError, StoreError

SCHEMA_VERSION = 1

# Vectors are kept by (hash of the embedded text, model): equal text is embedded once, and a removed article's vectors serve
# again when it comes back. Passage text is not stored: it is the article's text from start to end.
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, url TEXT NOT NULL, publisher TEXT NOT NULL,
    author TEXT NOT NULL, published TEXT, published_from TEXT, language TEXT NOT NULL, fetched_at TEXT, flags TEXT NOT NULL,
    content_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE origins (origin TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id)) WITHOUT ROWID;
CREATE INDEX origins_article ON origins (article_id);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL REFERENCES articles (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, text_hash TEXT NOT NULL
);
CREATE INDEX passages_article ON passages (article_id);
CREATE TABLE vectors (
    text_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (text_hash, model)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "porter unicode61 remove_diacritics 2"
);
"""


class Database:
    """A connection that threads may share: one statement, or one transaction, at a time."""

    def __init__(self, file: Path | None, *, create: bool) -> None:
        """Open the database, its schema present and of our version.

        Args:
            file: None for one in memory.
            create: Make the file when there is none.

        Raises:
            CorruptError: the file is not a database, or a damaged one.
            MismatchError: a newer version of this program made it.
        """
        self.lock = RLock()
        self._file = file
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
        with translated(file):
            self.connection = apsw.Connection(str(file) if file else ":memory:", flags=flags)
            try:
                self.connection.set_busy_timeout(10_000)
                self.connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
                _prepare(self.connection, file)
            except BaseException:
                self.connection.close()
                raise

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        with self.lock:
            self.connection.close()

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query with named values."""
        with self.lock, translated(self._file):
            return list(self.connection.execute(sql, values))

    def run(self, sql: str, *values: Any, **named: Any) -> None:
        """Run a statement with values by place or by name."""
        with self.lock, translated(self._file):
            self.connection.execute(sql, values or named)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or undo all of it."""
        with self.lock, translated(self._file), _transaction(self.connection):
            yield


def _prepare(connection: apsw.Connection, file: Path | None) -> None:
    """Make the schema in a new file, and refuse one from a later version."""
    version = int(connection.pragma("user_version") or 0)
    if version > SCHEMA_VERSION:
        raise MismatchError(
            f"the library {str(file)!r} has schema {version}, this program knows {SCHEMA_VERSION}; "
            "type: pip install --upgrade newsrag"
        )
    if version == 0:
        with _transaction(connection):
            # Another process may have made it since the look above.
            if int(connection.pragma("user_version") or 0) == 0:
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
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
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CorruptError(
            f"the library's database {name!r} is damaged ({error}); move its folder away and ingest the articles again"
        ) from error
    except apsw.FullError as error:
        raise DiskFullError(
            f"no room on the disk for the library {name!r}; free some and repeat the command: what was stored before is intact"
        ) from error
    except apsw.BusyError as error:
        raise LockedError(f"the library {name!r} is busy in another process; try again in a moment") from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.IOError) as error:
        raise StoreError(
            f"cannot open or write the library {name!r}: {error}; check the folder's permissions and the disk, or name another "
            "with --library"
        ) from error

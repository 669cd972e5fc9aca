"""What is remembered of pages, feeds and robots.txt between two runs: one SQLite file in the library's folder.

Nothing here cannot be fetched again: a damaged file is deleted and begun anew. A page counts as visited only once what came
of it is stored in the library, so that a killed run asks for it again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from rag.errors import StoreError
from rag.fetch.entry import Entry
from rag.fetch.revisit import Page, Revisiting, SourceState, Validators
from rag.fetch.robots import Found, Rules

FILE = "fetch.db"
_VERSION = 1
_entries = TypeAdapter(Entry)

_SCHEMA = """
CREATE TABLE pages (
    url TEXT PRIMARY KEY, source TEXT NOT NULL DEFAULT '', entry TEXT NOT NULL DEFAULT '', stamp TEXT NOT NULL DEFAULT '',
    etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '',
    first_read_at REAL, visited_at REAL, n_failures INTEGER NOT NULL DEFAULT 0, due_at REAL
);
CREATE INDEX pages_by_due ON pages (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE sources (
    url TEXT PRIMARY KEY, feed TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '',
    changed TEXT NOT NULL DEFAULT '', due_at REAL NOT NULL DEFAULT 0, n_failures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE robots (
    origin TEXT PRIMARY KEY, found TEXT NOT NULL, body TEXT NOT NULL, read_at REAL NOT NULL, holds_until REAL NOT NULL,
    problem TEXT NOT NULL
);
"""


class Visits(Revisiting):
    """The memory of one library. One thread uses it at a time; several processes may."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `open` or `in_memory`."""
        self._db = connection

    @classmethod
    def open(cls, library: Path) -> Self:
        """Return the memory that lies in a library's folder, made when there is none.

        Raises:
            StoreError: the folder cannot be written.
        """
        file = library / FILE
        try:
            library.mkdir(parents=True, exist_ok=True)
            try:
                return cls(_connected(str(file)))
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                for left in library.glob(f"{FILE}*"):
                    left.unlink()
                return cls(_connected(str(file)))
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot write {str(file)!r} ({error}); check the folder's permissions and the disk") from None

    @classmethod
    def in_memory(cls) -> Self:
        """Return a memory that lives as long as the process."""
        return cls(_connected(":memory:"))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def page(self, url: str) -> Page | None:
        """Return what is remembered of a page."""
        return next(self._pages("WHERE url = ?", (url,)), None)

    def due_pages(self, sources: Iterable[str], now: float) -> Iterator[Page]:
        """Yield the pages of some feeds and sitemaps that are due, oldest first, as they stand now."""
        marks = json.dumps(list(sources))
        query = "SELECT url FROM pages WHERE due_at <= ? AND source IN (SELECT value FROM json_each(?)) ORDER BY due_at, rowid"
        urls = self._db.execute(query, (now, marks)).fetchall()
        for (url,) in urls:
            yield from self._pages("WHERE url = ? AND due_at <= ?", (url, now))

    def next_due_page(self, sources: Iterable[str]) -> float | None:
        """Return when the next page of some feeds and sitemaps is due."""
        query = "SELECT min(due_at) FROM pages WHERE due_at IS NOT NULL AND source IN (SELECT value FROM json_each(?))"
        found: float | None = self._db.execute(query, (json.dumps(list(sources)),)).fetchone()[0]
        return found

    def listed(self, source: SourceState, entries: Iterable[Entry], *, root: str, now: float) -> int:
        """Take in what a feed or sitemap lists, with its own state, at once; return how many pages are new or changed.

        Those become due, as pages of `root`, which led to it. A page that another feed lists too is one page.
        """
        n_due = 0
        with self._writing():
            for entry in entries:
                values = (entry.url, root, dumped(entry), entry.stamp, now)
                n_due += self._db.execute(
                    "INSERT INTO pages (url, source, entry, stamp, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE "
                    "SET source = excluded.source, entry = excluded.entry, stamp = excluded.stamp, due_at = excluded.due_at, "
                    "n_failures = 0 WHERE stamp != excluded.stamp AND source IN ('', excluded.source)",
                    values,
                ).rowcount
            self._store_source(source)
        return n_due

    def keep_page(self, page: Page, due_at: float | None) -> None:
        """Remember what came of a visit, and when the page is due if a feed lists it; what the feed says of it stays."""
        with self._writing():
            self._db.execute("INSERT INTO pages (url) VALUES (?) ON CONFLICT DO NOTHING", (page.url,))
            self._db.execute(
                "UPDATE pages SET etag = ?, modified = ?, first_read_at = ?, visited_at = ?, n_failures = ?, "
                "due_at = iif(source = '', NULL, ?) WHERE url = ?",
                (*page_values(page), due_at, page.url),
            )

    def source(self, url: str) -> SourceState:
        """Return what is remembered of a feed or sitemap."""
        row = self._db.execute(
            "SELECT url, feed, etag, modified, changed, due_at, n_failures FROM sources WHERE url = ?", (url,)
        ).fetchone()
        return SourceState(row[0], row[1], Validators(row[2], row[3]), *row[4:]) if row else SourceState(url)

    def keep_source(self, source: SourceState) -> None:
        """Remember the state of a feed or sitemap."""
        with self._writing():
            self._store_source(source)

    def recall_rules(self, origin: str) -> Rules | None:
        """Return the robots.txt that was read of an origin."""
        query = "SELECT found, body, read_at, holds_until, problem FROM robots WHERE origin = ?"
        row = self._db.execute(query, (origin,)).fetchone()
        return Rules(Found(row[0]), *row[1:]) if row else None

    def keep_rules(self, origin: str, rules: Rules) -> None:
        """Remember the robots.txt of an origin."""
        with self._writing():
            self._db.execute(
                "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?, ?, ?)",
                (origin, rules.found.value, rules.body, rules.read_at, rules.holds_until, rules.problem),
            )

    def _pages(self, where: str, values: tuple[object, ...]) -> Iterator[Page]:
        columns = "url, entry, etag, modified, first_read_at, visited_at, n_failures"
        for row in self._db.execute(f"SELECT {columns} FROM pages {where}", values).fetchall():
            yield Page(row[0], loaded(row[0], row[1]), Validators(row[2], row[3]), *row[4:])

    def _store_source(self, source: SourceState) -> None:
        self._db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)", source_values(source))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error as error:
            raise StoreError(f"cannot write {FILE!r} in the library's folder ({error}); check the disk") from None


def _connected(file: str) -> sqlite3.Connection:
    """Return a connection to a database of this version; one of another is emptied."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                connection.execute(f"DROP TABLE {table}")
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
    return connection


def page_values(page: Page) -> tuple[object, ...]:
    """Return what a visit changes of a page, in the order of the columns from `etag` to `n_failures`."""
    validators = page.validators
    return validators.etag, validators.modified, page.first_read_at, page.visited_at, page.n_failures


def source_values(source: SourceState) -> tuple[object, ...]:
    """Return the values of a feed's or sitemap's row."""
    validators = source.validators
    return source.url, source.feed, validators.etag, validators.modified, source.changed, source.due_at, source.n_failures


def dumped(entry: Entry) -> str:
    """Return what a feed says of a page as JSON; nothing where there is no feed."""
    return _entries.dump_json(entry, exclude_defaults=True).decode()


def loaded(url: str, text: str) -> Entry:
    """Return what `dumped` wrote."""
    return _entries.validate_json(text) if text else Entry(url)

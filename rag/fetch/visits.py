"""What is remembered of pages, feeds and robots.txt between two runs: one SQLite file in the library's folder.

Nothing here cannot be fetched again: a damaged file is deleted and begun anew. A page counts as visited only once what came
of it is stored in the library, so that a killed run asks for it again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from rag.errors import StoreError
from rag.fetch.entry import Entry
from rag.fetch.robots import Found, Rules

FILE = "fetch.db"
_VERSION = 1
_entries = TypeAdapter(Entry)

HOUR_S, DAY_S = 3600.0, 86_400.0
REVISIT_AFTER_S = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S)
"""When a page of a feed is looked at again after it was first read, to notice corrections: most come within a day."""

RETRY_AFTER_S = (HOUR_S, 6 * HOUR_S, DAY_S)
"""When a page that could not be had is tried again; after that it is given up until its feed says something new of it."""

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


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version it sent, to be asked whether there is a newer one."""

    etag: str = ""
    modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request; none where nothing is known."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Page:
    """What is remembered of a page. Times are Unix times, None where there was none."""

    url: str
    entry: Entry
    validators: Validators
    first_read_at: float | None
    visited_at: float | None
    n_failures: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a feed or sitemap. `feed` is the address that its page led to."""

    url: str
    feed: str = ""
    validators: Validators = NO_VALIDATORS
    changed: str = ""
    due_at: float = 0.0
    n_failures: int = 0


class Visits:
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

    def read(self, url: str, validators: Validators, *, now: float) -> None:
        """Note that what a page gave is stored, and when to look at it again if a feed lists it."""
        self._visited(url, now, validators)

    def unchanged(self, url: str, *, now: float) -> None:
        """Note that a page is as it was when it was read."""
        self._visited(url, now, None)

    def failed(self, url: str, *, now: float, is_final: bool) -> None:
        """Note that a page gave no article, and when to try again, unless that is final."""
        page = self.page(url)
        n_failures = (page.n_failures if page else 0) + 1
        due = next_try(n_failures, now=now, is_final=is_final)
        with self._writing():
            self._db.execute("INSERT INTO pages (url) VALUES (?) ON CONFLICT DO NOTHING", (url,))
            self._db.execute(
                "UPDATE pages SET visited_at = ?, n_failures = ?, due_at = iif(source = '', NULL, ?) WHERE url = ?",
                (now, n_failures, due, url),
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

    def _visited(self, url: str, now: float, validators: Validators | None) -> None:
        page = self.page(url)
        first = page.first_read_at if page and page.first_read_at is not None else now
        due = next_look(first, now=now)
        kept = validators or (page.validators if page else Validators())
        with self._writing():
            self._db.execute("INSERT INTO pages (url) VALUES (?) ON CONFLICT DO NOTHING", (url,))
            self._db.execute(
                "UPDATE pages SET etag = ?, modified = ?, first_read_at = ?, visited_at = ?, n_failures = 0, "
                "due_at = iif(source = '', NULL, ?) WHERE url = ?",
                (kept.etag, kept.modified, first, now, due, url),
            )

    def _store_source(self, source: SourceState) -> None:
        values = (source.url, source.feed, source.validators.etag, source.validators.modified, source.changed)
        self._db.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, source.due_at, source.n_failures)
        )

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


def next_look(first: float, *, now: float) -> float | None:
    """Return when a page that was first read then is looked at again, None where it no longer is."""
    return next((first + after for after in REVISIT_AFTER_S if first + after > now), None)


def next_try(n_failures: int, *, now: float, is_final: bool) -> float | None:
    """Return when a page that could not be had is tried again, None where it is given up."""
    retries = () if is_final else RETRY_AFTER_S
    return now + retries[n_failures - 1] if n_failures <= len(retries) else None


def dumped(entry: Entry) -> str:
    """Return what a feed says of a page as JSON; nothing where there is no feed."""
    return _entries.dump_json(entry, exclude_defaults=True).decode()


def loaded(url: str, text: str) -> Entry:
    """Return what `dumped` wrote."""
    return _entries.validate_json(text) if text else Entry(url)

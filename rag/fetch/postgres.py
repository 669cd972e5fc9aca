"""What is remembered of pages, feeds and robots.txt, in PostgreSQL: whichever machine fetches next knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Self

from rag.fetch.entry import Entry
from rag.fetch.revisit import Page, Revisiting, SourceState, Validators
from rag.fetch.robots import Found, Rules
from rag.fetch.visits import dumped, loaded, page_values, source_values
from rag.store.postgres.part import open_part

if TYPE_CHECKING:
    from psycopg import Connection

PART = "visits"

STEPS = (
    """
CREATE TABLE newsrag.fetched_pages (
    key bigint GENERATED ALWAYS AS IDENTITY, url text COLLATE "C" PRIMARY KEY, source text COLLATE "C" NOT NULL DEFAULT '',
    entry text NOT NULL DEFAULT '', stamp text NOT NULL DEFAULT '', etag text NOT NULL DEFAULT '',
    modified text NOT NULL DEFAULT '', first_read_at float8, visited_at float8, n_failures integer NOT NULL DEFAULT 0,
    due_at float8
);
CREATE INDEX fetched_pages_by_due ON newsrag.fetched_pages (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE newsrag.fetched_sources (
    url text COLLATE "C" PRIMARY KEY, feed text NOT NULL, etag text NOT NULL, modified text NOT NULL, changed text NOT NULL,
    due_at float8 NOT NULL, n_failures integer NOT NULL
);
CREATE TABLE newsrag.fetched_robots (
    origin text COLLATE "C" PRIMARY KEY, found text NOT NULL, body text NOT NULL, read_at float8 NOT NULL,
    holds_until float8 NOT NULL, problem text NOT NULL
);
""",
)

_LISTED = (
    "INSERT INTO newsrag.fetched_pages AS p (url, source, entry, stamp, due_at) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (url) DO UPDATE SET source = excluded.source, entry = excluded.entry, stamp = excluded.stamp, "
    "due_at = excluded.due_at, n_failures = 0 WHERE p.stamp <> excluded.stamp AND p.source IN ('', excluded.source)"
)
_SOURCE = (
    "INSERT INTO newsrag.fetched_sources VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (url) DO UPDATE SET "
    "feed = excluded.feed, etag = excluded.etag, modified = excluded.modified, changed = excluded.changed, "
    "due_at = excluded.due_at, n_failures = excluded.n_failures"
)
_RULES = (
    "INSERT INTO newsrag.fetched_robots VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (origin) DO UPDATE SET "
    "found = excluded.found, body = excluded.body, read_at = excluded.read_at, holds_until = excluded.holds_until, "
    "problem = excluded.problem"
)
_KNOWN = "INSERT INTO newsrag.fetched_pages (url) VALUES (%s) ON CONFLICT DO NOTHING"
_VISITED = (
    "UPDATE newsrag.fetched_pages SET etag = %s, modified = %s, first_read_at = %s, visited_at = %s, n_failures = %s, "
    "due_at = CASE WHEN source = '' THEN NULL ELSE %s::float8 END WHERE url = %s"
)


class PostgresVisits(Revisiting):
    """The memory in one database, as `VisitMemory` says."""

    def __init__(self, address: str) -> None:
        """Use the database at an address; its tables are made where there are none.

        Raises:
            StoreError: it cannot be reached, or a newer version of this program made the tables.
        """
        self._pool = open_part(address, PART, STEPS)

    def close(self) -> None:
        """Give the connections up; closing twice is harmless."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def page(self, url: str) -> Page | None:
        """Return what is remembered of a page."""
        return next(self._pages("url = %s", url), None)

    def due_pages(self, sources: Iterable[str], now: float) -> Iterator[Page]:
        """Yield the pages of some feeds and sitemaps that are due, oldest first, as they stand now."""
        sql = "SELECT url FROM newsrag.fetched_pages WHERE due_at <= %s AND source = ANY(%s) ORDER BY due_at, key"
        for (url,) in self._pool.rows(sql, [now, list(sources)]):
            yield from self._pages("url = %s AND due_at <= %s", url, now)

    def next_due_page(self, sources: Iterable[str]) -> float | None:
        """Return when the next page of some feeds and sitemaps is due."""
        sql = "SELECT min(due_at) FROM newsrag.fetched_pages WHERE due_at IS NOT NULL AND source = ANY(%s)"
        found: float | None = self._pool.rows(sql, [list(sources)])[0][0]
        return found

    def listed(self, source: SourceState, entries: Iterable[Entry], *, root: str, now: float) -> int:
        """Take in what a feed or sitemap lists, with its own state, at once; return how many pages are new or changed."""
        pages = [(entry.url, root, dumped(entry), entry.stamp, now) for entry in entries]

        def taken(connection: Connection) -> int:
            n_due = 0
            if pages:
                with connection.cursor() as cursor:
                    cursor.executemany(_LISTED, pages)
                    n_due = cursor.rowcount
            connection.execute(_SOURCE, source_values(source))
            return n_due

        return self._pool.write(taken)

    def keep_page(self, page: Page, due_at: float | None) -> None:
        """Remember what came of a visit, and when the page is due if a feed lists it; what the feed says of it stays."""

        def kept(connection: Connection) -> None:
            connection.execute(_KNOWN, [page.url])
            connection.execute(_VISITED, [*page_values(page), due_at, page.url])

        self._pool.write(kept)

    def source(self, url: str) -> SourceState:
        """Return what is remembered of a feed or sitemap."""
        sql = "SELECT url, feed, etag, modified, changed, due_at, n_failures FROM newsrag.fetched_sources WHERE url = %s"
        rows = self._pool.rows(sql, [url])
        return SourceState(rows[0][0], rows[0][1], Validators(*rows[0][2:4]), *rows[0][4:]) if rows else SourceState(url)

    def keep_source(self, source: SourceState) -> None:
        """Remember the state of a feed or sitemap."""
        self._pool.write(lambda connection: connection.execute(_SOURCE, source_values(source)))

    def recall_rules(self, origin: str) -> Rules | None:
        """Return the robots.txt that was read of an origin."""
        sql = "SELECT found, body, read_at, holds_until, problem FROM newsrag.fetched_robots WHERE origin = %s"
        rows = self._pool.rows(sql, [origin])
        return Rules(Found(rows[0][0]), *rows[0][1:]) if rows else None

    def keep_rules(self, origin: str, rules: Rules) -> None:
        """Remember the robots.txt of an origin."""
        values = (rules.found.value, rules.body.replace("\0", ""), rules.read_at, rules.holds_until, rules.problem)
        self._pool.write(lambda connection: connection.execute(_RULES, [origin, *values]))

    def _pages(self, where: str, *values: object) -> Iterator[Page]:
        columns = "url, entry, etag, modified, first_read_at, visited_at, n_failures"
        for row in self._pool.rows(f"SELECT {columns} FROM newsrag.fetched_pages WHERE {where}", list(values)):
            yield Page(row[0], loaded(row[0], row[1]), Validators(row[2], row[3]), *row[4:])

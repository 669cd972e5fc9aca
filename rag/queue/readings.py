"""Which of several readings of an article is the last, so that whenever a job is done no older one takes its place.

A later time of reading counts first, and what was submitted later among those of one time, as all of one submission are. What
a job read is remembered until every job submitted before it is done or dropped: also where it was stored already, since then
the library bears the time of the first reading that found it so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rag.store.rows import stored_flags
from rag.store.tables import text_hash
from rag.types import Article

if TYPE_CHECKING:
    from psycopg import Connection

FORGET = b"DELETE FROM ingest_readings WHERE job < coalesce((SELECT min(id) FROM procrastinate_jobs), 9223372036854775807)"
"""Jobs are numbered in the order of their submission, and those that are done are gone: nothing older can come any more."""

_AT_ORIGIN = "SELECT o.key, a.id, a.fetched_at FROM origins o JOIN articles a ON a.number = o.article WHERE o.key = ANY(%s)"

_NOTE = (
    b"INSERT INTO ingest_readings (key, read_at, job, place) VALUES (%s, %s, %s, %s) ON CONFLICT (key) DO UPDATE SET "
    b"read_at = excluded.read_at, job = excluded.job, place = excluded.place"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """When an article was read, None where that is not known, and its place in a job."""

    read_at: datetime | None
    job: int
    place: int

    def is_before(self, other: Reading) -> bool:
        """Return whether the other one is the later."""
        if self.read_at and other.read_at and self.read_at != other.read_at:
            return self.read_at < other.read_at
        return (self.job, self.place) < (other.job, other.place)


@dataclass(frozen=True, slots=True)
class _Held:
    """An article that the library holds."""

    id: str
    content: tuple[str, str]
    read_at: datetime | None


class Readings:
    """The readings of one job, whose articles no other worker has in hand meanwhile."""

    def __init__(self, connection: Connection, job: int, articles: Sequence[Article]) -> None:
        """Look up what is known of the articles, by a connection that is within a transaction."""
        self._connection = connection
        self._articles = articles
        self._mine = [Reading(article.fetched_at, job, place) for place, article in enumerate(articles)]
        rows = self._rows("SELECT key, read_at, job, place FROM ingest_readings WHERE key = ANY(%s)", sorted(keys(articles)))
        self._known = {key: Reading(*reading) for key, *reading in rows}

    def late(self) -> set[int]:
        """Return the places of the articles of which a later reading is there."""
        ids, origins = [each.id for each in self._articles], [text_hash(each.origin) for each in self._articles]
        rows = self._rows("SELECT id, content_hash, flags, fetched_at FROM articles WHERE id = ANY(%s)", ids)
        by_id = {id_: _Held(id_, (content, flags), _time(read_at)) for id_, content, flags, read_at in rows}
        by_origin = {key: _Held(id_, ("", ""), _time(read_at)) for key, id_, read_at in self._rows(_AT_ORIGIN, origins)}
        return {
            mine.place
            for mine, article, origin in zip(self._mine, self._articles, origins, strict=True)
            if self._is_late(mine, article, by_id.get(article.id), by_origin.get(origin))
        }

    def _is_late(self, mine: Reading, article: Article, held: _Held | None, there: _Held | None) -> bool:
        """Return whether a reading is older than what it would take the place of.

        Args:
            held: What the library holds under the article's id.
            there: What stands at its origin.
        """
        is_held = held is not None and held.content == (article.content_hash, stored_flags(article))
        if is_held and (not article.origin or (there is not None and there.id == article.id)):
            return False  # it changes nothing
        names = [article.origin] if is_held else [article.id, article.origin]
        known = [self._known[key] for key in map(key_of, filter(None, names)) if key in self._known]
        times = [None if is_held or held is None else held.read_at]
        times += [there.read_at] if article.origin and there is not None and there.id != article.id else []
        read_at = mine.read_at
        return any(map(mine.is_before, known)) or any(time > read_at for time in times if time and read_at)

    def note(self, places: Iterable[int]) -> None:
        """Remember the readings at these places, which are stored."""
        latest: dict[int, Reading] = {}
        for mine in (self._mine[place] for place in places):
            for key in keys([self._articles[mine.place]]):
                other = latest.get(key) or self._known.get(key)
                if other is None or other.is_before(mine):
                    latest[key] = mine
        rows = [(key, one.read_at, one.job, one.place) for key, one in sorted(latest.items())]
        self._connection.cursor().executemany(_NOTE, rows)

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode(), [list(values)]).fetchall()


def keys(articles: Iterable[Article]) -> set[int]:
    """Return the keys of the ids and origins of articles."""
    return {key_of(name) for article in articles for name in (article.id, article.origin) if name}


def key_of(name: str) -> int:
    """Return a name as a number, in [-2**63, 2**63)."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _time(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None

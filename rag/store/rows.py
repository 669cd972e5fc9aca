"""Between the nouns and the rows of the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from rag.types import DUPLICATE_OF, Article, DateOrigin, Passage, Removed, Source, Version

ARTICLE_COLUMNS = (
    "id, title, text, url, publisher, author, published, published_from, language, fetched_at, flags, content_hash, section, "
    "canonical_url, updated, provenance"
)

# The id of the article that `articles a` is a copy of, NULL where it is none.
CANONICAL = "(SELECT c.id FROM copies k JOIN articles c ON c.number = k.canonical WHERE k.number = a.number)"

SOURCE_COLUMNS = f"a.id, a.title, a.publisher, a.published, a.url, a.flags, {CANONICAL}"

# A passage with its article's source; `substr` counts characters as Python does.
HIT_COLUMNS = f'p.id, p.start, p."end", substr(a.text, p.start + 1, p."end" - p.start), p.heading, {SOURCE_COLUMNS}'

VERSION_COLUMNS = "v.version, v.title, v.text, v.published, v.updated, v.content_hash, v.replaced_at"


def article_row(article: Article) -> tuple[Any, ...]:
    """Return the values of `ARTICLE_COLUMNS`."""
    return (
        article.id,
        article.title,
        article.text,
        article.url,
        article.publisher,
        article.author,
        article.published.isoformat() if article.published else None,
        article.published_from.value if article.published_from else None,
        article.language,
        to_time(article.fetched_at),
        stored_flags(article),
        article.content_hash,
        article.section,
        article.canonical_url,
        article.updated.isoformat() if article.updated else None,
        json.dumps(dict(article.provenance), ensure_ascii=False) if article.provenance else "",
    )


def version_row(version: Version) -> tuple[Any, ...]:
    """Return the values of `VERSION_COLUMNS`."""
    published, updated = (day.isoformat() if day else None for day in (version.published, version.updated))
    at = to_time(version.replaced_at)
    return version.number, version.title, version.text, published, updated, version.content_hash, at


def stored_flags(article: Article) -> str:
    """Return the flags of an article as they are stored; whose copy it is stands elsewhere."""
    return ",".join(flag for flag in article.flags if not flag.startswith(DUPLICATE_OF))


def to_article(row: Sequence[Any], *, origin: str = "", canonical: str | None = None, pieces: str = "") -> Article:
    """Return the article of a row of `ARTICLE_COLUMNS`.

    Args:
        canonical: The id of the article that it is a copy of.
        pieces: What `removed` holds of it.
    """
    id_, title, text, url, publisher, author, published, published_from, language, fetched_at, flags, content_hash, *rest = row
    section, canonical_url, updated, provenance = rest
    return Article(
        id=id_,
        text=text,
        title=title,
        url=url,
        publisher=publisher,
        author=author,
        published=to_day(published),
        published_from=DateOrigin(published_from) if published_from else None,
        language=language,
        origin=origin,
        fetched_at=datetime.fromisoformat(fetched_at) if fetched_at else None,
        flags=to_flags(flags, canonical),
        content_hash=content_hash,
        section=section,
        canonical_url=canonical_url,
        updated=to_day(updated),
        provenance=to_provenance(provenance),
        removed=tuple(Removed(rule, piece) for rule, piece in json.loads(pieces)) if pieces else (),
    )


def pieces_of(article: Article) -> str:
    """Return what `removed` holds of an article; empty where nothing was taken out."""
    pieces = [(piece.rule, piece.text) for piece in article.removed]
    return json.dumps(pieces, ensure_ascii=False) if pieces else ""


def to_passage(row: tuple[Any, ...]) -> tuple[Passage, Source]:
    """Return the passage and its source of a row of `HIT_COLUMNS`."""
    id_, start, end, text, heading, *rest = row
    source = to_source(rest)
    return Passage(id_, source.article_id, start, end, text, heading), source


def to_source(row: Sequence[Any]) -> Source:
    """Return the source of a row of `SOURCE_COLUMNS`."""
    article_id, title, publisher, published, url, flags, canonical = row
    return Source(article_id, title, publisher, to_day(published), url, to_flags(flags, canonical))


def to_version(row: Sequence[Any]) -> Version:
    """Return the version of a row of `VERSION_COLUMNS`."""
    number, title, text, published, updated, content_hash, replaced_at = row
    at = datetime.fromisoformat(replaced_at) if replaced_at else None
    return Version(number, title, text, to_day(published), to_day(updated), content_hash, at)


def to_flags(flags: str, canonical: str | None) -> tuple[str, ...]:
    """Return the stored flags, and that of a copy where it is one."""
    stored = tuple(flags.split(",")) if flags else ()
    return (*stored, DUPLICATE_OF + canonical) if canonical else stored


def to_provenance(stored: str) -> dict[str, str]:
    """Return how each fact is known."""
    return dict(json.loads(stored)) if stored else {}


@lru_cache(maxsize=20_000)
def to_day(value: str | None) -> date | None:
    """Return the day of an ISO date, or None."""
    return date.fromisoformat(value) if value else None


def to_time(value: datetime | None) -> str | None:
    """Return a time as it is stored, or None."""
    return value.isoformat() if value else None

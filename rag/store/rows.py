"""Between the nouns and the rows of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from rag.types import Article, DateOrigin, Passage, Source

ARTICLE_COLUMNS = (
    "id, title, text, url, publisher, author, published, published_from, language, fetched_at, flags, content_hash"
)

SOURCE_COLUMNS = "a.id, a.title, a.publisher, a.published, a.url"

# A passage with its article's source; `substr` counts characters as Python does.
HIT_COLUMNS = f'p.id, p.start, p."end", substr(a.text, p.start + 1, p."end" - p.start), p.heading, {SOURCE_COLUMNS}'


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
        article.fetched_at.isoformat() if article.fetched_at else None,
        ",".join(article.flags),
        article.content_hash,
    )


def to_article(row: tuple[Any, ...], *, origin: str = "") -> Article:
    """Return the article of a row of `ARTICLE_COLUMNS`."""
    id_, title, text, url, publisher, author, published, published_from, language, fetched_at, flags, content_hash = row
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
        flags=tuple(flags.split(",")) if flags else (),
        content_hash=content_hash,
    )


def to_passage(row: tuple[Any, ...]) -> tuple[Passage, Source]:
    """Return the passage and its source of a row of `HIT_COLUMNS`."""
    id_, start, end, text, heading, *rest = row
    source = to_source(rest)
    return Passage(id_, source.article_id, start, end, text, heading), source


def to_source(row: Sequence[Any]) -> Source:
    """Return the source of a row of `SOURCE_COLUMNS`."""
    article_id, title, publisher, published, url = row
    return Source(article_id, title, publisher, to_day(published), url)


@lru_cache(maxsize=20_000)
def to_day(value: str | None) -> date | None:
    """Return the day of an ISO date, or None."""
    return date.fromisoformat(value) if value else None

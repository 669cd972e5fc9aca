"""Between the nouns and the rows of the tables in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from rag.errors import InputError
from rag.store import rows
from rag.store.rows import pieces_of
from rag.types import Article

UNDATED = "-infinity"
"""The month of an article without a date."""


def day(column: str) -> str:
    """Return SQL that writes a day as ISO does, whatever style the server is set to."""
    return f"to_char({column}, 'YYYY-MM-DD')"


ARTICLE_COLUMNS = (
    f"a.id, a.title, t.text, a.url, a.publisher, a.author, {day('a.published')}, a.published_from, a.language, a.fetched_at, "
    f"a.flags, a.content_hash, a.section, a.canonical_url, {day('a.updated')}, a.provenance"
)
"""What `rag.store.rows.to_article` reads, of `ARTICLES`."""

TEXTS = "JOIN texts t ON t.month = a.month AND t.number = a.number"
"""Both columns, so that one partition is opened and no other."""

ARTICLES = f"articles a {TEXTS}"

CANONICAL = "(SELECT c.id FROM copies k JOIN articles c ON c.number = k.canonical WHERE k.number = a.number)"

SOURCE_COLUMNS = f"a.id, a.title, a.publisher, {day('a.published')}, a.url, a.flags, {CANONICAL}"

HIT_COLUMNS = f'p.id, p.start, p."end", substr(t.text, p.start + 1, p."end" - p.start), p.heading, {SOURCE_COLUMNS}'

VERSION_COLUMNS = f"v.version, v.title, v.text, {day('v.published')}, {day('v.updated')}, v.content_hash, v.replaced_at"

# Of `articles`, in the order of `article_row`, with their types.
FACTS = {
    "id": "text",
    "month": "date",
    "title": "text",
    "url": "text",
    "publisher": "text",
    "author": "text",
    "published": "date",
    "published_from": "text",
    "language": "text",
    "fetched_at": "text",
    "flags": "text",
    "content_hash": "text",
    "section": "text",
    "canonical_url": "text",
    "updated": "date",
    "provenance": "text",
    "n_bytes": "integer",
    "marks": "bytea",
}


def article_row(article: Article, marks: bytes) -> tuple[Any, ...]:
    """Return the values of `FACTS`.

    Raises:
        InputError: a text holds what PostgreSQL cannot keep.
    """
    id_, title, text, *rest = rows.article_row(article)
    row = (id_, month_of(article.published), title, *rest, len(text.encode("utf-8", "surrogatepass")), marks)
    _check(article, (*row, text, article.origin, pieces_of(article)))
    return row


def month_of(published: date | None) -> str:
    """Return the first day of the month of publication, as the partitions are told apart by."""
    return published.replace(day=1).isoformat() if published else UNDATED


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows of `width` values as columns, for `unnest`; so many empty ones where there are no rows."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def _check(article: Article, values: Iterable[Any]) -> None:
    for value in values:
        if not isinstance(value, str):
            continue
        if "\x00" in value:
            raise InputError(
                f"the article {article.id!r} holds a null character, which PostgreSQL cannot keep; take it out of the source"
            )
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise InputError(
                f"the article {article.id!r} holds half of a character (a lone surrogate), which PostgreSQL cannot keep; mend "
                "the source"
            )

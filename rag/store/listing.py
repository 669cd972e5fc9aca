"""What a library holds, listed: its articles, those that a filter lets through, and the groups of copies among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rag.store.database import Database
from rag.store.rows import SOURCE_COLUMNS, to_day, to_provenance, to_source
from rag.types import Source

_ORDER = "ORDER BY a.published IS NULL, a.published DESC, a.title, a.id"


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of an article, without its text; `versions` counts those that it had before."""

    source: Source
    author: str = ""
    language: str = ""
    section: str = ""
    updated: date | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    versions: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Copies of one text: the article that speaks for them, and the others, in the order of the list of articles."""

    canonical: Source
    copies: tuple[Source, ...]


def listed(
    database: Database, *, publisher: str = "", flag: str = "", after: date | None = None, before: date | None = None
) -> list[Listed]:
    """Return the articles, newest first, then those without a date; ties by title and id.

    Args:
        publisher: Only its articles; case does not matter.
        flag: Only those that bear it, whatever follows its colon: `wire` admits `wire:Reuters`.
        after: Only those published on this day or later.
        before: Only those published before this day.
    """
    rows = database.rows(
        f"SELECT {SOURCE_COLUMNS}, a.author, a.language, a.section, a.updated, a.provenance, "
        "(SELECT count(*) FROM versions v WHERE v.number = a.number) FROM articles a "
        f"WHERE (:after IS NULL OR a.published >= :after) AND (:before IS NULL OR a.published < :before) {_ORDER}",
        after=after.isoformat() if after else None,
        before=before.isoformat() if before else None,
    )
    articles = [
        Listed(to_source(source), author, language, section, to_day(updated), to_provenance(provenance), versions)
        for *source, author, language, section, updated, provenance, versions in rows
    ]
    wanted = publisher.casefold()
    return [
        article
        for article in articles
        if (not wanted or article.source.publisher.casefold() == wanted) and (not flag or _bears(article.source, flag))
    ]


def groups(database: Database) -> list[Group]:
    """Return the groups of copies, the largest first; of one size in the order of the list of articles."""
    rows = database.rows(f"SELECT k.canonical, {SOURCE_COLUMNS} FROM copies k JOIN articles a ON a.number = k.number {_ORDER}")
    copies: dict[int, list[Source]] = {}
    for canonical, *source in rows:
        copies.setdefault(canonical, []).append(to_source(source))
    first = database.rows(
        f"SELECT a.number, {SOURCE_COLUMNS} FROM articles a WHERE a.number IN (SELECT canonical FROM copies) {_ORDER}"
    )
    found = [Group(to_source(source), tuple(copies[number])) for number, *source in first if number in copies]
    return sorted(found, key=lambda group: -len(group.copies))


def _bears(source: Source, flag: str) -> bool:
    return any(each == flag or each.partition(":")[0] == flag for each in source.flags)

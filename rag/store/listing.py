"""What a library holds, listed: its articles, those that a filter lets through, and the groups of copies among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from rag.store.rows import to_day, to_provenance, to_source
from rag.types import Source

if TYPE_CHECKING:
    from rag.store.contract import Store


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


@runtime_checkable
class Catalogued(Protocol):
    """A store that tells of all its articles at once."""

    def catalogue(self) -> list[Listed]:
        """Return all articles in the order of `Store.sources`."""


def listed(
    store: Store, *, publisher: str = "", flag: str = "", after: date | None = None, before: date | None = None
) -> list[Listed]:
    """Return the articles, newest first, then those without a date; ties by title and id.

    Args:
        publisher: Only its articles; case does not matter.
        flag: Only those that bear it, whatever follows its colon: `wire` admits `wire:Reuters`.
        after: Only those published on this day or later.
        before: Only those published before this day.
    """
    articles = store.catalogue() if isinstance(store, Catalogued) else _one_by_one(store)
    wanted = publisher.casefold()
    return [
        article
        for article in articles
        if (not wanted or article.source.publisher.casefold() == wanted)
        and (not flag or _bears(article.source, flag))
        and (not after or (article.source.published or date.min) >= after)
        and (not before or (article.source.published or date.max) < before)
    ]


def catalogue(rows: Iterable[Sequence[Any]]) -> list[Listed]:
    """Return the articles of rows: the columns of a source, then those of `Listed` in its order."""
    return [
        Listed(to_source(source), author, language, section, to_day(updated), to_provenance(provenance), versions)
        for *source, author, language, section, updated, provenance, versions in rows
    ]


def groups(store: Store) -> list[Group]:
    """Return the groups of copies, the largest first; of one size in the order of the list of articles."""
    sources = store.sources()
    copies: dict[str, list[Source]] = {}
    for source in sources:
        if source.original != source.article_id:
            copies.setdefault(source.original, []).append(source)
    found = [Group(source, tuple(copies[source.article_id])) for source in sources if source.article_id in copies]
    return sorted(found, key=lambda group: -len(group.copies))


def _one_by_one(store: Store) -> list[Listed]:
    found = [(source, store.article(source.article_id)) for source in store.sources()]
    return [
        Listed(
            source,
            article.author,
            article.language,
            article.section,
            article.updated,
            article.provenance,
            len(store.versions(article.id)),
        )
        for source, article in found
    ]


def _bears(source: Source, flag: str) -> bool:
    return any(each == flag or each.partition(":")[0] == flag for each in source.flags)

"""A filter as SQL: which rows of `articles a` a search may find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rag.types import Filter


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition over `articles a`, true for all where `sql` is empty, with its named values."""

    sql: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def condition(where: Filter, publishers: Iterable[str], *, name: str = "f") -> Condition:
    """Return the condition of a filter.

    Args:
        publishers: The store's own. The filter's are matched against them without regard to case.
        name: Begins the names of the values, so that several conditions stand in one statement.
    """
    terms: list[str] = []
    values: dict[str, Any] = {}

    def add(term: str, key: str, value: object) -> None:
        terms.append(term.format(f"%({name}_{key})s"))
        values[f"{name}_{key}"] = value

    if where.publishers:
        wanted = {publisher.casefold() for publisher in where.publishers}
        add("a.publisher = ANY({}::text[])", "publishers", [one for one in publishers if one.casefold() in wanted])
    if where.language:
        add("a.language = {}", "language", where.language.lower())
    if where.articles:
        add("a.id = ANY({}::text[])", "articles", list(where.articles))
    if where.published_from:
        add("a.published >= {}", "published_from", where.published_from)
    if where.published_to:
        add("a.published <= {}", "published_to", where.published_to)
    if where.as_of:
        add("(a.published IS NULL OR a.published <= {})", "as_of", where.as_of)
    return Condition(" AND ".join(terms), values)

"""A filter as SQL: which rows of `passages p JOIN articles a` a search may find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import apsw

from rag.types import Filter


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition over `articles a`, true for all where `sql` is empty, with its named values."""

    sql: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def condition(where: Filter, publishers: Iterable[str]) -> Condition | None:
    """Return the condition of a filter, or None where it can admit nothing.

    Args:
        publishers: The library's own. The filter's are matched against them without regard to case.
    """
    terms: list[str] = []
    values: dict[str, Any] = {}
    if where.publishers:
        wanted = {publisher.casefold() for publisher in where.publishers}
        known = tuple(publisher for publisher in publishers if publisher.casefold() in wanted)
        if not known:  # and an array of SQL cannot be empty
            return None
        terms.append("a.publisher IN (SELECT value FROM carray(:publishers))")
        values["publishers"] = apsw.carray(known)
    if where.language:
        terms.append("a.language = :language")
        values["language"] = where.language.lower()
    if where.articles:
        terms.append("a.id IN (SELECT value FROM carray(:articles))")
        values["articles"] = apsw.carray(where.articles)
    if where.published_from:
        terms.append("a.published >= :published_from")
        values["published_from"] = where.published_from.isoformat()
    if where.published_to:
        terms.append("a.published <= :published_to")
        values["published_to"] = where.published_to.isoformat()
    if where.as_of:
        terms.append("(a.published IS NULL OR a.published <= :as_of)")
        values["as_of"] = where.as_of.isoformat()
    return Condition(" AND ".join(terms), values)

"""One search's view of the passages: a state of them that does not change while the search goes on."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import apsw
import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.store.database import Database
from rag.store.facts import NO_FACTS, Facts, Mask, Names
from rag.store.serving import Served
from rag.store.vectors import Numbers, StoredVectors, carray, column, cosines
from rag.types import ANY, Filter

_OVERFETCH = (4, 16)
"""Candidates looked at for each wanted hit, before the passages that the filter admits are looked at alone."""

_ALSO = 5
"""Least passages wanted beyond those asked for: fewer bits a dimension rank neighbours a little differently."""

_FEW = 3
"""Where a filter admits less than one candidate of so many, an index that is not exact looks at what it admits alone."""

_SCORED = 1000
"""Most admitted passages that are scored exactly without asking an index."""

_KEPT = 64_000_000
"""Bytes of what filters admit that are kept."""


@dataclass(frozen=True, slots=True)
class Described:
    """Some passages as a search weighs them, before it reads any; all columns of shape (n,).

    Attributes:
        numbers: Ascending.
        ids: In UTF-8.
        articles: The numbers of their articles.
        groups: The numbers of the articles that these are copies of, or their own.
        publishers: Of their articles.
        days: Of publication, as `date.toordinal` counts; 0 where that is unknown.
        vectors: Shape (n, dimensions), a cosine by which is right to three digits at least.
    """

    numbers: Numbers
    ids: Names = field(repr=False)
    articles: Numbers = field(repr=False)
    groups: Numbers = field(repr=False)
    publishers: tuple[str, ...] = field(repr=False)
    days: NDArray[np.int32] = field(repr=False)
    vectors: Vectors = field(repr=False)


class Masks:
    """Which passages the last filters admit, kept until there are other passages. Safe to share between threads."""

    def __init__(self) -> None:
        self._facts = NO_FACTS
        self._kept: OrderedDict[Filter, tuple[Mask, Numbers]] = OrderedDict()
        self._lock = Lock()

    def of(self, facts: Facts, where: Filter, database: Database) -> tuple[Mask, Numbers]:
        """Return which passages the filter admits, and their numbers."""
        with self._lock:
            if self._facts is not facts:
                self._facts = facts
                self._kept.clear()
            found = self._kept.get(where)
        if found is None:
            mask = facts.admitted(where, _article_numbers(where.articles, database))
            found = (mask, facts.numbers[mask])
            with self._lock:
                if self._facts is facts:
                    self._kept[where] = found
                    while (
                        len(self._kept) > 1
                        and sum(len(kept) + 8 * len(numbers) for kept, numbers in self._kept.values()) > _KEPT
                    ):
                        self._kept.popitem(last=False)
        return found


class View:
    """What one search sees. Of what is removed while it is looked at, some may be found still."""

    def __init__(self, database: Database, stored: StoredVectors, served: Served, masks: Masks, *, count: int) -> None:
        """Look at what is served.

        Args:
            stored: Every vector, for those that are not in memory.
            count: How many passages there are now; where that is how many are served, none of these was removed.
        """
        self.newest = served.newest
        self._database = database
        self._stored = stored
        self._served = served
        self._facts = served.facts
        self._masks = masks
        self._is_whole = served.count == count

    def near(self, vector: Vectors, *, k: int, where: Filter = ANY, roughly: bool = False) -> Numbers:
        """Return the numbers of the `k` or more passages nearest to a unit vector, about in order; fewer only of fewer.

        Args:
            where: Only these; however few they are, the nearest of them are found.
            roughly: Some of those may be missed: the filter only says where to look as well.
        """
        served = self._served
        k = k if served.is_exact else k + max(_ALSO, k // 5)
        among = None if where == ANY else self._admitted_by(where)[1]
        if among is None and self._is_whole:
            found = served.search(vector, k)
            if len(found) >= min(k, served.count):  # else more was wanted than the lists hold that a search looks into
                return found
        if among is not None and len(among) <= _SCORED:
            return self._nearest_of(among, vector, k)
        if among is not None and roughly and self._is_whole:
            return served.search(vector, k, among=among, roughly=True)
        # What few pass may lie beyond the lists that a search looks into.
        is_dense = among is None or served.is_exact or len(among) * _FEW >= len(self._facts.numbers)
        for factor in _OVERFETCH if is_dense else ():
            numbers = served.search(vector, k * factor, among=among if served.is_exact else None)
            found = self._living(numbers if served.is_exact else self.admitted(numbers, k=len(numbers), where=where))
            is_enough = served.is_exact or len(found) * _FEW >= len(numbers)
            if (len(found) >= k and is_enough) or (served.is_exact and len(numbers) < k * factor):
                return found[:k]
            if not is_enough:
                break
        living = self._living(self._facts.numbers if among is None else among)
        if len(living) <= _SCORED:
            return self._nearest_of(living, vector, k)
        return served.search(vector, k, among=living)

    def admitted(self, numbers: Numbers, *, k: int, where: Filter) -> Numbers:
        """Return the first `k` of the numbers whose passages the filter admits, in the order given."""
        if where == ANY:
            return numbers[:k]
        known, places = self._facts.places(numbers)
        return numbers[known][self._admitted_by(where)[0][places]][:k]

    def lengths(self, numbers: Numbers) -> NDArray[np.float32]:
        """Return how many terms each of the passages has, shape (n,); 0 for one that is not seen."""
        known, places = self._facts.places(numbers)
        lengths = np.zeros(len(numbers), dtype=np.float32)
        lengths[known] = self._facts.terms[places]
        return lengths

    def ids(self, numbers: Numbers) -> list[str]:
        """Return the ids of those of the passages that are seen."""
        _, places = self._facts.places(numbers)
        return [id_.decode() for id_ in self._facts.ids[places].tolist()]

    def described(self, numbers: Numbers) -> Described:
        """Return what a search must know of those of the passages that are still there, each once, in order of number."""
        numbers = self._living(np.unique(numbers))
        known, places = self._facts.places(numbers)
        has_vector, vectors = self._vectors(numbers[known])
        places = places[has_vector]
        facts = self._facts
        articles = facts.articles[places]
        return Described(
            numbers=facts.numbers[places],
            ids=facts.ids[places],
            articles=articles,
            groups=self._groups(articles),
            publishers=tuple(facts.publisher_names[code] for code in facts.publishers[places].tolist()),
            days=facts.days[places],
            vectors=vectors[has_vector],
        )

    def _admitted_by(self, where: Filter) -> tuple[Mask, Numbers]:
        return self._masks.of(self._facts, where, self._database)

    def _nearest_of(self, numbers: Numbers, vector: Vectors, k: int) -> Numbers:
        """Return the `k` nearest of the passages that are still there, by their exact vectors."""
        numbers = self._living(numbers)
        held, vectors = self._vectors(numbers)
        return numbers[held][np.argsort(-cosines(vectors[held], vector), kind="stable")[:k]]

    def _vectors(self, numbers: Numbers) -> tuple[Mask, Vectors]:
        """Return which of the passages have vectors, and these, as `Served.vectors` does; what is not in memory is read."""
        held, vectors = self._served.vectors(numbers)
        missing = np.flatnonzero(~held)
        if len(missing):
            known, places = self._facts.places(numbers[missing])
            missing = missing[known]
        if len(missing):
            found, read = self._stored.at(self._facts.vector_rows[places], self._facts.vector_keys[places])
            if found.any():
                vectors[missing[found]] = read[found]
                held[missing[found]] = True
            missing = missing[~found]
        if len(missing):
            block = self._stored.of(numbers[missing])
            at = missing[np.searchsorted(numbers[missing], block.numbers)]
            if len(block.numbers):
                vectors[at] = block.vectors
                held[at] = True
        return held, vectors

    def _living(self, numbers: Numbers) -> Numbers:
        """Return the numbers of those passages that were not removed, in the order given."""
        if self._is_whole or len(numbers) == 0:  # an array of SQL cannot be empty
            return numbers
        return column(
            self._database.rows(
                "SELECT p.number FROM carray(:numbers) c CROSS JOIN passages p ON p.number = c.value", numbers=carray(numbers)
            )
        )

    def _groups(self, articles: Numbers) -> Numbers:
        """Return the number of the article that speaks for each of the articles."""
        if len(articles) == 0:  # an array of SQL cannot be empty
            return articles
        distinct, places = np.unique(articles, return_inverse=True)
        speaking = distinct.copy()
        for number, canonical in self._database.rows(
            "SELECT k.number, k.canonical FROM carray(:numbers) c CROSS JOIN copies k ON k.number = c.value",
            numbers=carray(distinct),
        ):
            speaking[np.searchsorted(distinct, number)] = canonical
        return speaking[places]


def _article_numbers(ids: tuple[str, ...], database: Database) -> Numbers:
    """Return the numbers of those articles that there are."""
    if not ids:  # an array of SQL cannot be empty
        return np.zeros(0, dtype=np.int64)
    return column(
        database.rows("SELECT number FROM articles WHERE id IN (SELECT value FROM carray(:ids))", ids=apsw.carray(ids))
    )

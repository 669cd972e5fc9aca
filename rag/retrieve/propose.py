"""Candidates out of the library on this machine: both retrievers asked, their rankings put side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.retrieve.candidates import Candidates, Matches
from rag.retrieve.lexical import LexicalRetriever, Ranking
from rag.store.vectors import Numbers, cosines, places_of
from rag.store.view import View
from rag.timing import Stopwatch
from rag.types import Filter, Query, Understanding

if TYPE_CHECKING:
    from rag.store.index import PassageIndex


class Proposer:
    """Asks both retrievers: for the question, for each sub-question, and again among the publishers and days that it names."""

    def __init__(self, index: PassageIndex, view: View, *, depth: int) -> None:
        """Propose what `view` shows of `index`; each ranking is read `depth` deep, half as deep for a question of one part."""
        self._view = view
        self._lexical = LexicalRetriever(index, view)
        self._depth = depth

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, watch: Stopwatch) -> Candidates:
        """Return the candidates.

        Args:
            vectors: Of the sub-questions, shape (parts, dimensions).
            watch: Takes the stages `lexical` and `dense`.
        """
        narrow = narrowed(query.where, understood)
        depth = max(query.k, self._depth if len(understood.parts) > 1 else -(-self._depth // 2))
        with watch.stage("lexical"):
            whole = self._lexical.rank(query.text, k=depth, filters=(query.where, *narrow))
            parts = [
                whole if part == query.text else self._lexical.rank(part, k=depth, filters=(query.where,))
                for part in understood.parts
            ]
            phrases = [self._lexical.phrase(phrase, k=depth, where=query.where) for phrase in understood.phrases]
        with watch.stage("dense"):
            near = [self._view.near(vector, k=depth, where=query.where) for vector in vectors]
            if narrow:
                mean = vectors.mean(axis=0)
                mean /= np.linalg.norm(mean)
                near += [self._view.near(mean, k=depth, where=where, roughly=True) for where in narrow]
            found = self._view.described(np.concatenate([*near, *(numbers for numbers, _ in (whole, *parts, *phrases))]))
            order = np.argsort(found.ids, kind="stable")
            places = _Places(found.numbers, order)
            matrix = found.vectors[order] if len(order) else np.zeros((0, vectors.shape[1]), dtype=np.float32)
        return Candidates(
            ids=tuple(id_.decode() for id_ in found.ids[order].tolist()),
            articles=found.articles[order],
            groups=found.groups[order],
            publishers=tuple(found.publishers[place] for place in order.tolist()),
            days=found.days[order],
            whole=places.row(whole),
            lexical=np.stack([places.row(part) for part in parts]),
            # The last bits differ between processors.
            dense=np.stack([cosines(matrix, vector) for vector in vectors]).round(6).astype(np.float32),
            phrases=np.max([places.none, *((places.row(phrase) > 0).astype(np.float32) for phrase in phrases)], axis=0),
            vectors=matrix,
            ranks={"lexical": places.ranks([numbers for numbers, _ in (whole, *parts)]), "dense": places.ranks(near)},
        )


class _Places:
    """Where passages stand among the candidates."""

    def __init__(self, numbers: Numbers, order: Numbers) -> None:
        """Of candidates with these numbers, ascending, of which `order` tells the first, the second, …"""
        self._numbers = numbers
        self._place = np.argsort(order)
        self.none = np.zeros(len(numbers), dtype=np.float32)

    def row(self, ranking: Ranking) -> Matches:
        """Return the score of each candidate in a ranking, shape (n,), 0 where it is not in it."""
        numbers, scores = ranking
        row = self.none.copy()
        known, places = self._of(numbers)
        row[places] = scores[known]
        return row

    def ranks(self, rankings: Sequence[Numbers]) -> Numbers:
        """Return the best 1-based rank of each candidate, shape (n,), 0 where it is in no ranking."""
        unranked = np.iinfo(np.int64).max
        best = np.full(len(self.none), unranked, dtype=np.int64)
        for numbers in rankings:
            known, places = self._of(numbers)
            best[places] = np.minimum(best[places], np.flatnonzero(known) + 1)
        best[best == unranked] = 0
        return best

    def _of(self, numbers: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
        """Return which of the passages are candidates, the rest being removed meanwhile, and the places of those."""
        known, places = places_of(numbers, self._numbers)
        return known, self._place[places[known]]


def narrowed(where: Filter, understood: Understanding) -> list[Filter]:
    """Return narrower filters for what the question names, so that a large library does not drown it."""
    filters: list[Filter] = []
    if understood.publishers and not where.publishers:
        filters += [replace(where, publishers=(publisher,)) for publisher in understood.publishers]
    if understood.days and not (where.published_from or where.published_to):
        filters += [replace(where, published_from=days.first, published_to=days.last) for days in understood.days]
    return filters

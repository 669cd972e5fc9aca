"""The passages that may answer a question, and how well each matches it in each way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.retrieve.lexical import LexicalRetriever
from rag.store.index import PassageIndex
from rag.timing import Stopwatch
from rag.types import Filter, Query, Source, Understanding

Matches = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that any retriever proposed, in order of id.

    Attributes:
        ids: n passages, with their `sources`.
        whole: BM25 of the whole question, shape (n,), >= 0; 0 also for a passage that is not among the best.
        lexical: BM25 of each sub-question, shape (parts, n), >= 0, likewise.
        dense: Cosine of each sub-question, shape (parts, n), exact.
        phrases: Which hold a quoted phrase of the question, shape (n,), 0 or 1.
        vectors: Of the passages, shape (n, dimensions).
        ranks: By id, the best 1-based rank of a passage in the rankings of each retriever that proposed it.
    """

    ids: tuple[str, ...]
    sources: tuple[Source, ...]
    whole: Matches = field(repr=False)
    lexical: Matches = field(repr=False)
    dense: Matches = field(repr=False)
    phrases: Matches = field(repr=False)
    vectors: Vectors = field(repr=False)
    ranks: dict[str, dict[str, int]] = field(repr=False)


class Proposer:
    """Asks both retrievers: for the question, for each sub-question, and again among the publishers and days that it names."""

    def __init__(self, index: PassageIndex, *, depth: int) -> None:
        """Propose from `index`; each ranking is read `depth` deep, half as deep for a question of one part."""
        self._index = index
        self._lexical = LexicalRetriever(index)
        self._depth = depth

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, watch: Stopwatch) -> Candidates:
        """Return the candidates.

        Args:
            vectors: Of the sub-questions, shape (parts, dimensions).
            watch: Takes the stages `lexical` and `dense`.
        """
        narrow = _narrowed(query.where, understood)
        depth = max(query.k, self._depth if len(understood.parts) > 1 else -(-self._depth // 2))
        with watch.stage("lexical"):
            whole = self._words(query.text, [query.where, *narrow], depth)
            parts = [whole if part == query.text else self._words(part, [query.where], depth) for part in understood.parts]
            phrases = dict(
                hit for phrase in understood.phrases for hit in self._lexical.phrase(phrase, k=depth, where=query.where)
            )
        with watch.stage("dense"):
            near = [self._near(vector, [query.where], depth) for vector in vectors]
            if narrow:
                mean = vectors.mean(axis=0)
                near.append(self._near(mean / np.linalg.norm(mean), narrow, depth))
            proposed = sorted({id_ for found in (whole, *parts, phrases, *near) for id_ in found})
            stored = self._index.described(proposed)
            ids = tuple(id_ for id_ in proposed if id_ in stored)  # the rest was removed meanwhile
            matrix = np.stack([stored[id_][1] for id_ in ids]) if ids else np.zeros((0, vectors.shape[1]), dtype=np.float32)
        return Candidates(
            ids=ids,
            sources=tuple(stored[id_][0] for id_ in ids),
            whole=_row(whole, ids),
            lexical=np.stack([_row(part, ids) for part in parts]),
            # The last bits differ between processors.
            dense=np.round(vectors @ matrix.T, 6),
            phrases=(_row(phrases, ids) > 0).astype(np.float32),
            vectors=matrix,
            ranks=_ranks(lexical=[whole, *parts], dense=near),
        )

    def _words(self, text: str, filters: Sequence[Filter], depth: int) -> dict[str, float]:
        """Return {id: BM25}, what the first filter admits best first, then what only the others brought."""
        expression = self._lexical.expression(text)
        found: dict[str, float] = {}
        for where in filters if expression else ():
            found |= self._index.matching(expression, k=depth, where=where)
        return found

    def _near(self, vector: Vectors, filters: Sequence[Filter], depth: int) -> dict[str, float]:
        """Return {id: cosine} likewise."""
        found: dict[str, float] = {}
        for where in filters:
            found |= self._index.nearest(vector, k=depth, where=where)
        return found


def _narrowed(where: Filter, understood: Understanding) -> list[Filter]:
    """Return narrower filters for what the question names, so that a large library does not drown it."""
    filters: list[Filter] = []
    if understood.publishers and not where.publishers:
        filters += [replace(where, publishers=(publisher,)) for publisher in understood.publishers]
    if understood.days and not (where.published_from or where.published_to):
        filters += [replace(where, published_from=days.first, published_to=days.last) for days in understood.days]
    return filters


def _row(scores: dict[str, float], ids: Sequence[str]) -> Matches:
    return np.array([scores.get(id_, 0.0) for id_ in ids], dtype=np.float32)


def _ranks(**rankings: list[dict[str, float]]) -> dict[str, dict[str, int]]:
    """Return the best rank of each id in each retriever's rankings, which are best first."""
    ranks: dict[str, dict[str, int]] = {}
    for retriever, lists in rankings.items():
        for ranking in lists:
            for rank, id_ in enumerate(ranking, 1):
                mine = ranks.setdefault(id_, {})
                mine[retriever] = min(rank, mine.get(retriever, rank))
    return ranks

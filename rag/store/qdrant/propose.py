"""Candidates out of Qdrant: both retrievers asked in one request each, and what they found weighed as the library weighs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qdrant_client import models

from rag.ports import Vectors
from rag.retrieve.candidates import Candidates, Matches, Numbers
from rag.retrieve.propose import narrowed
from rag.store.qdrant.client import Connection
from rag.store.qdrant.head import State
from rag.store.qdrant.passages import QdrantPassages, dense_of, dense_request
from rag.store.qdrant.points import DENSE, WORDS, stems_stand
from rag.store.qdrant.words import Asked, terms_of
from rag.store.vectors import cosines
from rag.timing import Stopwatch
from rag.types import Filter, Query, Understanding

_FIELDS = ["id", "number", "publisher", "day", "stems", "n_terms"]

_OVERFETCH = 2
"""Passages of a ranking looked at for each wanted: their exact BM25 may put them in another order than Qdrant did."""

Found = Mapping[str, models.Record]
"""Passages by point."""

Scores = dict[str, float]
"""BM25 > 0 by point, best first."""


class Proposer:
    """Asks for the question, for each sub-question, and again among the publishers and days that it names."""

    def __init__(self, passages: QdrantPassages, connection: Connection, *, depth: int) -> None:
        """Propose from `passages`; each ranking is read `depth` deep, half as deep for a question of one part."""
        self._passages = passages
        self._connection = connection
        self._depth = depth

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, watch: Stopwatch) -> Candidates:
        """Return the candidates.

        Args:
            vectors: Of the sub-questions, shape (parts, dimensions).
            watch: Takes the stages `lexical` and `dense`.
        """
        state = self._passages.searched()
        if self._passages.admitted(query.where, state) is None:
            return _nothing(vectors)
        narrow = narrowed(query.where, understood)
        depth = max(query.k, self._depth if len(understood.parts) > 1 else -(-self._depth // 2))
        collection = self._passages.collection(state)
        with watch.stage("lexical"):
            wheres = {part: [query.where] for part in understood.parts} | {query.text: [query.where, *narrow]}
            asked = {text: self._passages.vocabulary.asked(text, collection, state) for text in (*wheres, *understood.phrases)}
            ranked = self._ranked(asked, wheres, state, depth * _OVERFETCH)
            quoted = self._quoted(asked, understood.phrases, query.where, state, depth)
        with watch.stage("dense"):
            near = self._near(query.where, narrow, vectors, state, depth)
            points = {*(point for lists in ranked.values() for one in lists for point in one), *quoted}
            points |= {point for one in near for point in one}
            records = self._connection.by_ids(collection, sorted(points), fields=_FIELDS, vectors=[DENSE])
            found = {str(record.id): record for record in records}
        with watch.stage("lexical"):
            scores = {text: _rescored(asked[text], lists, found, depth) for text, lists in ranked.items()}
        kept = {*quoted, *(point for one in near for point in one), *(point for one in scores.values() for point in one)}
        return self._candidates(
            query, understood, vectors, state, {one: found[one] for one in kept & found.keys()}, scores, near, quoted
        )

    def _ranked(
        self, asked: Mapping[str, Asked], wheres: Mapping[str, Sequence[Filter]], state: State, k: int
    ) -> dict[str, list[list[str]]]:
        """Return for each text and each of its filters the `k` points that its words find, about best first."""
        requests, labels = [], []
        for text, filters in wheres.items():
            for where in filters:
                admitted = self._passages.admitted(where, state)
                if admitted is not None and asked[text].words:
                    requests.append(_sparse_request(asked[text], k=k, where=admitted))
                    labels.append(text)
        ranked: dict[str, list[list[str]]] = {text: [] for text in wheres}
        for text, points in zip(labels, self._connection.query(self._passages.collection(state), requests), strict=True):
            ranked[text].append([str(point.id) for point in points])
        return ranked

    def _quoted(
        self, asked: Mapping[str, Asked], phrases: Sequence[str], where: Filter, state: State, k: int
    ) -> dict[str, None]:
        """Return the points of passages that have one of the phrases, up to `k` of each."""
        admitted = self._passages.admitted(where, state) or []
        requests = [
            _sparse_request(asked[phrase], k=k, where=[*admitted, stems_stand(" ".join(terms_of(phrase)))])
            for phrase in phrases
            if asked[phrase].words
        ]
        answers = self._connection.query(self._passages.collection(state), requests)
        return {str(point.id): None for points in answers for point in points}

    def _near(self, where: Filter, narrow: Sequence[Filter], vectors: Vectors, state: State, k: int) -> list[list[str]]:
        """Return the points nearest to each vector, and those nearest to their mean that each narrower filter admits."""
        if vectors.shape[1] != state.dimensions:
            return []
        mean = vectors.mean(axis=0)
        mean /= max(float(np.linalg.norm(mean)), 1e-12)
        wanted = [*((vector, where) for vector in vectors), *((mean, one) for one in narrow)]
        admitted = [(vector, self._passages.admitted(one, state)) for vector, one in wanted]
        requests = [dense_request(vector, k=k, where=one, fields=[]) for vector, one in admitted if one is not None]
        answers = self._connection.query(self._passages.collection(state), requests)
        return [[str(point.id) for point in points] for points in answers]

    def _candidates(
        self,
        query: Query,
        understood: Understanding,
        vectors: Vectors,
        state: State,
        found: Found,
        scores: Mapping[str, Scores],
        near: Sequence[Sequence[str]],
        quoted: Mapping[str, None],
    ) -> Candidates:
        if not found:
            return _nothing(vectors)
        payloads = {point: record.payload or {} for point, record in found.items()}
        order = sorted(found, key=lambda point: str(payloads[point]["id"]))
        places = {point: place for place, point in enumerate(order)}
        columns = [payloads[point] for point in order]
        articles = [int(payload["number"]) for payload in columns]
        groups = self._passages.groups(sorted({*articles}), state)
        matrix = dense_of([found[point] for point in order])
        return Candidates(
            ids=tuple(str(payload["id"]) for payload in columns),
            articles=np.array(articles, dtype=np.int64),
            groups=np.array([groups.get(number, number) for number in articles], dtype=np.int64),
            publishers=tuple(str(payload["publisher"]) for payload in columns),
            days=np.array([payload["day"] for payload in columns], dtype=np.int32),
            whole=_row(places, scores[query.text]),
            lexical=np.stack([_row(places, scores[part]) for part in understood.parts]),
            # The last bits differ between processors.
            dense=np.stack([cosines(matrix, vector) for vector in vectors]).round(6).astype(np.float32),
            phrases=_row(places, dict.fromkeys(quoted, 1.0)),
            vectors=matrix,
            ranks={"lexical": _ranks(places, [list(one) for one in scores.values()]), "dense": _ranks(places, near)},
        )


def _sparse_request(asked: Asked, *, k: int, where: list[models.Condition]) -> models.QueryRequest:
    return models.QueryRequest(query=asked.vector, using=WORDS, filter=models.Filter(must=where), limit=k, with_payload=False)


def _rescored(asked: Asked, lists: Sequence[Sequence[str]], found: Found, depth: int) -> Scores:
    """Return the best `depth` of each list by their exact BM25, the first list's first."""
    payloads: dict[str, dict[str, Any]] = {
        point: found[point].payload or {} for one in lists for point in one if point in found
    }
    scores = {point: asked.score(payload["stems"], payload["n_terms"]) for point, payload in payloads.items()}
    chosen: Scores = {}
    for one in lists:
        best = sorted((point for point in one if scores.get(point, 0) > 0), key=lambda p: (-scores[p], payloads[p]["id"]))
        chosen |= {point: scores[point] for point in best[:depth] if point not in chosen}
    return chosen


def _row(places: Mapping[str, int], scores: Scores) -> Matches:
    """Return the score of each candidate, shape (n,), 0 where it has none."""
    row = np.zeros(len(places), dtype=np.float32)
    for point, score in scores.items():
        if point in places:
            row[places[point]] = score
    return row


def _ranks(places: Mapping[str, int], rankings: Sequence[Sequence[str]]) -> Numbers:
    """Return the best 1-based rank of each candidate, shape (n,), 0 where it is in no ranking."""
    ranks = np.zeros(len(places), dtype=np.int64)
    for ranking in rankings:
        for rank, point in enumerate((point for point in ranking if point in places), 1):
            place = places[point]
            ranks[place] = min(ranks[place] or rank, rank)
    return ranks


def _nothing(vectors: Vectors) -> Candidates:
    """Return no candidates, for as many parts as there are vectors of."""
    none, numbers = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
    parts = np.zeros((len(vectors), 0), dtype=np.float32)
    ranks = {"lexical": numbers, "dense": numbers}
    empty = np.zeros((0, vectors.shape[1]), dtype=np.float32)
    return Candidates((), numbers, numbers, (), np.zeros(0, dtype=np.int32), none, parts, parts, none, empty, ranks)

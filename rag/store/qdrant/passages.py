"""Searching a store in Qdrant: passages by meaning, by words and by id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np
from qdrant_client import models

from rag.errors import MismatchError
from rag.ports import Vectors
from rag.retrieve.candidates import Candidates
from rag.store.qdrant.client import Connection, runs_of
from rag.store.qdrant.head import Head, State
from rag.store.qdrant.points import DENSE, admitting, among, equal, passages_name, seen
from rag.store.qdrant.rows import ARTICLE, COPY, HIT_FIELDS, passage_of, source_of
from rag.store.qdrant.words import Vocabulary
from rag.store.vectors import cosines
from rag.timing import Stopwatch
from rag.types import ANY, Filter, Passage, Query, Source, Understanding

T = TypeVar("T")

_ALSO = 5
"""Passages looked at beyond the wanted, so that those of equal score are put in order."""


class QdrantPassages:
    """The passages of one store as one embedder sees them. Safe to share between threads."""

    def __init__(self, connection: Connection, head: Head, prefix: str, records: str, model: str) -> None:
        """Search by `connection`; `model` names the embedder."""
        self.vocabulary = Vocabulary(connection)
        self._connection = connection
        self._head = head
        self._prefix = prefix
        self._records = records
        self._model = model
        self._kept: dict[str, tuple[int, Any]] = {}
        self._keeping = Lock()

    @property
    def number(self) -> int:
        """Number of the present state; 0 while nothing was stored."""
        return self._head.read().number

    @property
    def revision(self) -> int:
        """The same: nothing is found that is of no state."""
        return self.number

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, *, depth: int, watch: Stopwatch) -> Candidates:
        """Return the passages that may answer a question, as `Passages.propose` says."""
        from rag.store.qdrant.propose import Proposer

        return Proposer(self, self._connection, depth=depth).propose(query, understood, vectors, watch)

    def nearest(self, vector: Vectors, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` passages nearest to a unit vector, as (passage id, cosine rounded to six digits); ties by id."""
        state = self.searched()
        admitted = self.admitted(where, state)
        if admitted is None or state.dimensions != len(vector):
            return []
        request = dense_request(vector, k=k + _ALSO, where=admitted, fields=["id"], vectors=[DENSE])
        (found,) = self._connection.query(self.collection(state), [request])
        if not found:
            return []
        scores = cosines(dense_of(found), vector).round(6)
        ids = [str((point.payload or {})["id"]) for point in found]
        scored = [(id_, round(score, 6)) for id_, score in zip(ids, scores.tolist(), strict=True)]
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Source]]:
        """Return those of the passages that are still there, by id, each with its source."""
        state = self._head.read()
        payloads = self._payloads(ids, state, HIT_FIELDS)
        canonicals = self.canonicals([payload["article_id"] for payload in payloads], state)
        return {
            payload["id"]: (
                passage_of(payload),
                source_of(payload, payload["article_id"], canonicals.get(payload["article_id"])),
            )
            for payload in payloads
        }

    def neighbours(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the ids of the passages before and after each in its article; empty where there is none."""
        payloads = self._payloads(ids, self._head.read(), ["id", "before", "after"])
        return {payload["id"]: (payload["before"], payload["after"]) for payload in payloads}

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers of all articles, in no order; the empty one where an article has none."""
        return self.publishers_in(self._head.read())

    def newest(self) -> date | None:
        """Return the day of the newest article, None where none has a date."""
        state = self._head.read()
        return self.kept("newest", state, lambda: self._edge(state, descending=True))

    def oldest(self) -> date | None:
        """Return the day of the oldest article, None where none has a date."""
        return self._edge(self._head.read(), descending=False)

    def count(self) -> int:
        """Return how many passages there are."""
        return self._head.read().passages

    # What searches, here and in `propose`, share

    def searched(self) -> State:
        """Return the present state, for one search.

        Raises:
            MismatchError: it was embedded anew by another embedder than ours.
        """
        state = self._head.read()
        if state.embedder and state.embedder != self._model:
            raise MismatchError(
                f"the store {self._connection.location!r} was embedded with {state.embedder!r}, not {self._model!r}; set "
                "embed.model to that, and start again"
            )
        return state

    def collection(self, state: State) -> str:
        """Return the collection of the passages of a state."""
        return passages_name(self._prefix, state.embedder)

    def admitted(self, where: Filter, state: State) -> list[models.Condition] | None:
        """Return the conditions of passages that a filter admits and a state has, None where it can admit none."""
        found = admitting(where, self.publishers_in(state) if where.publishers else ())
        return None if found is None or not state.dimensions else [*found, *seen(state.number)]

    def publishers_in(self, state: State) -> tuple[str, ...]:
        """Return the publishers of all articles of a state."""
        where = [equal("kind", ARTICLE), *seen(state.number)]
        return self.kept("publishers", state, lambda: tuple(self._connection.values(self._records, "publisher", where)))

    def canonicals(self, article_ids: Sequence[str], state: State) -> dict[str, str]:
        """Return by copy the article that it leads to, both by id."""
        found: dict[str, str] = {}
        for ids in runs_of(list(dict.fromkeys(article_ids))):
            where = [equal("kind", COPY), among("id", ids), *seen(state.number)]
            for record in self._connection.scroll(self._records, where, fields=["id", "canonical_id"]):
                payload = record.payload or {}
                found[payload["id"]] = payload["canonical_id"]
        return found

    def groups(self, numbers: Sequence[int], state: State) -> dict[int, int]:
        """Return by copy the article that it leads to, both by number."""
        where = [equal("kind", COPY), among("number", numbers), *seen(state.number)]
        found = self._connection.scroll(self._records, where, fields=["number", "canonical"]) if numbers else ()
        return {payload["number"]: payload["canonical"] for payload in (record.payload or {} for record in found)}

    def kept(self, name: str, state: State, read: Callable[[], T]) -> T:
        """Return what `read` returned in this state, or returns now."""
        with self._keeping:
            number, value = self._kept.get(name, (-1, None))
            if number == state.number:
                return cast("T", value)
        found = read()
        with self._keeping:
            self._kept[name] = (state.number, found)
        return found

    def _edge(self, state: State, *, descending: bool) -> date | None:
        dated = models.FieldCondition(key="day", range=models.Range(gte=1))
        where = [equal("kind", ARTICLE), dated, *seen(state.number)]
        found = self._connection.first(self._records, where, by="day", descending=descending, fields=["day"])
        return date.fromordinal((found[0].payload or {})["day"]) if found else None

    def _payloads(self, ids: Sequence[str], state: State, fields: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if state.dimensions:
            for some in runs_of(list(dict.fromkeys(ids))):
                where = [among("id", some), *seen(state.number)]
                found += [
                    record.payload or {} for record in self._connection.scroll(self.collection(state), where, fields=fields)
                ]
        return found


def dense_request(
    vector: Vectors, *, k: int, where: list[models.Condition], fields: list[str], vectors: list[str] | bool = False
) -> models.QueryRequest:
    """Return the query for the `k` passages nearest to a unit vector."""
    return models.QueryRequest(
        query=vector.tolist(),
        using=DENSE,
        filter=models.Filter(must=where),
        limit=k,
        with_payload=models.PayloadSelectorInclude(include=fields),
        with_vector=vectors,
    )


def dense_of(points: Sequence[models.ScoredPoint] | Sequence[models.Record]) -> Vectors:
    """Return the dense vectors of points, shape (n, dimensions)."""
    return np.array([point.vector[DENSE] for point in points], dtype=np.float32)  # type: ignore[call-overload,index]

"""Searching a library in PostgreSQL: what is near, what words say, and passages by id."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date

from rag.ports import Vectors
from rag.retrieve.candidates import Candidates
from rag.store.postgres.asked import Asked
from rag.store.postgres.columns import HIT_COLUMNS, TEXTS
from rag.store.postgres.filters import condition
from rag.store.postgres.near import Near, nearest_of_all
from rag.store.postgres.propose import Proposal
from rag.store.postgres.replicas import Reading
from rag.store.postgres.state import States
from rag.store.postgres.vectors import unpacked
from rag.store.rows import to_passage
from rag.store.vectors import cosines
from rag.timing import Stopwatch
from rag.types import ANY, Filter, Passage, Query, Source, Understanding

_ALSO = 5
"""Least passages looked at beyond the wanted: half precision ranks neighbours a little differently."""


class StoredPassages:
    """The passages of one library as one embedder sees them. Safe to share between threads."""

    def __init__(self, reading: Reading, model: str) -> None:
        """Search by `reading`; `model` names the embedder."""
        self._reading = reading
        self._states = States(reading, model)
        self._asked = Asked(reading)

    @property
    def number(self) -> int:
        """Number of the commits that searches see: each is published as it is made."""
        return self._states.now().commits

    @property
    def revision(self) -> Hashable:
        """What differs whenever a search may find something else: each commit is published as it is made."""
        return self.number

    def count(self) -> int:
        """Return how many passages there are."""
        return self._states.now().passages

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers of all articles, in no order; the empty one where an article has none."""
        return self._states.now().publishers

    def newest(self) -> date | None:
        """Return the day of the newest article, None where none has a date."""
        return self._states.now().newest

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, *, depth: int, watch: Stopwatch) -> Candidates:
        """Return the passages that may answer a question, as `Passages.propose` says."""
        with watch.stage("lexical"):
            state = self._states.now()
            proposal = Proposal(query, understood, vectors, state, self._asked, depth=depth)
        with watch.stage("dense"):
            return proposal.candidates(self._reading)

    def nearest(self, vector: Vectors, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` passages whose vectors are nearest to a unit vector, as (passage id, cosine rounded to six digits).

        Best first, ties by id; however few the filter admits, the nearest of those are found.
        """
        state = self._states.now()
        if state.dimensions != len(vector):
            return []
        near = Near(state, condition(where, state.publishers if where.publishers else ()))
        rows = nearest_of_all(self._reading, near, vector, k=k + _ALSO)
        scores = cosines(unpacked([row[1] for row in rows], len(vector)), vector).round(6).tolist()
        scored = [(id_, round(score, 6)) for (id_, _), score in zip(rows, scores, strict=True)]
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Source]]:
        """Return those of the passages that are still there, by id, each with its source."""
        rows = self._reading.rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.number = p.article {TEXTS} WHERE p.id = ANY(%s)",
            [list(ids)],
        )
        return {row[0]: to_passage(row) for row in rows}

    def neighbours(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the ids of the passages before and after each in its article; empty where there is none."""
        rows = self._reading.rows(
            "SELECT p.id, coalesce((SELECT id FROM passages b WHERE b.article = p.article AND b.start < p.start "
            "ORDER BY b.start DESC LIMIT 1), ''), coalesce((SELECT id FROM passages b WHERE b.article = p.article "
            "AND b.start > p.start ORDER BY b.start LIMIT 1), '') FROM passages p WHERE p.id = ANY(%s)",
            [list(ids)],
        )
        return {id_: (before, after) for id_, before, after in rows}

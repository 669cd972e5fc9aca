"""Candidates out of a library in PostgreSQL by one statement: what is near, what words say, and all that is told of each.

The statement counts words itself: BM25 needs how often a word stands in a passage, and `ts_rank` over one lexeme, all weights
being 1, is the sum of 1/i² for its places i = 1 … n over pi²/6, from which n is read off a table of bounds between the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.retrieve.candidates import Candidates, Numbers
from rag.retrieve.lexical import K1, B
from rag.retrieve.propose import narrowed
from rag.store.postgres.asked import Asked, Item
from rag.store.postgres.filters import Condition, condition
from rag.store.postgres.near import Near
from rag.store.postgres.replicas import Reading
from rag.store.postgres.state import State
from rag.store.postgres.vectors import packed, unpacked
from rag.store.vectors import cosines
from rag.types import Query, Understanding

_MOST_COUNTED = 60
_SUMS = list(accumulate(1 / i**2 for i in range(1, _MOST_COUNTED + 1)))
_BOUNDS = [(before + after) / 2 / 1.64493406685 for before, after in zip([0.0, *_SUMS], _SUMS, strict=False)]
_TABLE = f"ARRAY[{', '.join(f'{bound:.9f}' for bound in _BOUNDS)}]::float8[]"

_SCORES = f"""
items AS MATERIALIZED (
    SELECT n.item, n.found::tsquery AS found,
        ARRAY(SELECT quote_literal(lexeme)::tsquery FROM string_to_table(n.counted, ' ') lexeme) AS counted
    FROM unnest(%(found)s::text[], %(counted)s::text[]) WITH ORDINALITY n (found, counted, item)
),
held AS MATERIALIZED (
    SELECT i.item, w.number, w.terms,
        (SELECT sum(width_bucket(ts_rank('{{1,1,1,1}}', w.words, one)::float8, {_TABLE})) FROM unnest(i.counted) one) AS n
    FROM items i JOIN words w ON w.words @@ i.found
),
gains AS (
    SELECT item, number, greatest(ln(greatest(%(passages)s - rows + 0.5, 0.5) / (rows + 0.5)), 1e-6)
        * n * {K1 + 1} / (n + {K1} * ({1 - B} + {B} * terms / %(average)s)) AS gain
    FROM (SELECT *, count(*) OVER (PARTITION BY item)::float8 AS rows FROM held) counted
),
scores AS MATERIALIZED (
    SELECT m.ranking, g.number, sum(g.gain)::real AS score
    FROM unnest(%(texts)s::integer[], %(members)s::integer[]) m (ranking, member) JOIN gains g ON g.item = m.member
    GROUP BY m.ranking, g.number
)"""


@dataclass(frozen=True, slots=True)
class _ByWords:
    """A ranking by words: of which text, whom it admits, and what else a passage must hold, a `tsquery`."""

    text: int
    condition: Condition
    must_hold: str = ""


@dataclass(frozen=True, slots=True)
class _ByMeaning:
    """A ranking by meaning: nearest to which vector, by its name, among which passages."""

    vector: str
    near: Near


class Proposal:
    """One question as a statement, and the candidates out of its rows."""

    def __init__(
        self, query: Query, understood: Understanding, vectors: Vectors, state: State, asked: Asked, *, depth: int
    ) -> None:
        """Read the question's words; what stands for them is asked of the library where it was not lately.

        Args:
            vectors: Of the sub-questions, shape (parts, dimensions).
        """
        self._state = state
        self._vectors = vectors
        self._depth = max(query.k, depth if len(understood.parts) > 1 else -(-depth // 2))
        wheres = [query.where, *narrowed(query.where, understood)]
        known = state.publishers if any(where.publishers for where in wheres) else ()
        conditions = [condition(where, known, name=f"f{place}") for place, where in enumerate(wheres)]
        texts = list(dict.fromkeys([query.text, *understood.parts]))
        # Of the whole question first what its own filter admits, then what only the narrower ones bring.
        self._whole = [_ByWords(0, each) for each in conditions]
        self._others = [_ByWords(text, conditions[0]) for text in range(1, len(texts))]
        self._part_texts = [texts.index(part) for part in understood.parts]
        quoted = [(phrase, asked.phrase(phrase, state)) for phrase in understood.phrases]
        quoted = [(phrase, must_hold) for phrase, must_hold in quoted if must_hold]
        self._phrases = [_ByWords(len(texts) + place, conditions[0], held) for place, (_, held) in enumerate(quoted)]
        self._items = [asked.items(text, state) for text in [*texts, *(phrase for phrase, _ in quoted)]]
        self._values: dict[str, Any] = {f"v{place}": packed(vector) for place, vector in enumerate(vectors)}
        for each in conditions:
            self._values |= each.values
        own = Near(state, conditions[0], "f0")
        self._meaning = [_ByMeaning(f"v{place}", own) for place in range(len(vectors))]
        if len(conditions) > 1:
            mean = vectors.mean(axis=0)
            self._values["mean"] = packed(mean / np.linalg.norm(mean))
            self._meaning += [
                _ByMeaning("mean", Near(state, each, f"f{place}")) for place, each in enumerate(conditions[1:], 1)
            ]

    def candidates(self, reading: Reading) -> Candidates:
        """Return the candidates, in order of id."""
        if not self._state.passages or self._state.dimensions != self._vectors.shape[1]:
            return self._told([])
        return self._told(reading.rows(*self._statement(), binary=True))

    def _statement(self) -> tuple[str, dict[str, Any]]:
        """Return the statement and its values. Each row bears the codes of the rankings that the passage is in."""
        distinct: dict[Item, int] = {}
        for items in self._items:
            for item in items:
                distinct.setdefault(item, len(distinct) + 1)
        members = [(text, distinct[item]) for text, items in enumerate(self._items) for item in items]
        values = self._values | {
            "found": [item.found for item in distinct],
            "counted": [" ".join(item.counted) for item in distinct],
            "texts": [text for text, _ in members],
            "members": [item for _, item in members],
            "passages": float(self._state.passages),
            "average": max(self._state.terms, 1) / max(self._state.passages, 1),
        }
        rankings = [self._by_words(one, f"must_{place}", values) for place, one in enumerate(self._words())]
        rankings += [
            f"SELECT number, rank, 0::real AS score FROM ({one.near.ranked(one.vector, k=self._depth)}) n"
            for one in self._meaning
        ]
        ranked = " UNION ALL ".join(f"SELECT {code} AS code, r.* FROM ({sql}) r" for code, sql in enumerate(rankings))
        tables = [_SCORES, *dict.fromkeys(table for one in self._meaning for table in one.near.tables())]
        return (
            f"WITH {', '.join(tables)}, ranked AS ({ranked}), found AS (SELECT number, array_agg(code) AS codes, "
            "array_agg(rank::integer) AS ranks, array_agg(score) AS scores FROM ranked GROUP BY number) "
            "SELECT p.id, p.article, coalesce(k.canonical, p.article), a.publisher, "
            "coalesce(a.published - date '0001-01-01' + 1, 0), v.vector, f.codes, f.ranks, f.scores "
            "FROM found f JOIN passages p USING (number) JOIN articles a ON a.number = p.article "
            f"JOIN vectors v ON v.text_hash = p.text_hash AND v.model = {self._state.model} "
            "LEFT JOIN copies k ON k.number = p.article ORDER BY p.id"
        ), values

    def _words(self) -> list[_ByWords]:
        return [*self._whole, *self._others, *self._phrases]

    def _by_words(self, one: _ByWords, name: str, values: dict[str, Any]) -> str:
        joined, admitted = "", [f"s.ranking = {one.text}"]
        if one.condition.sql:
            joined = "JOIN passages p ON p.number = s.number JOIN articles a ON a.number = p.article"
            admitted.append(one.condition.sql)
        if one.must_hold:
            joined += " JOIN words w ON w.number = s.number"
            admitted.append(f"w.words @@ %({name})s::tsquery")
            values[name] = one.must_hold
        return (
            f"SELECT s.number, row_number() OVER (ORDER BY s.score DESC, s.number) AS rank, s.score FROM scores s {joined} "
            f"WHERE {' AND '.join(admitted)} ORDER BY rank LIMIT {self._depth}"
        )

    def _told(self, rows: Sequence[tuple[Any, ...]]) -> Candidates:
        """Return the candidates of the statement's rows."""
        n, n_words = len(rows), len(self._words())
        n_codes = n_words + len(self._meaning)
        scores = np.zeros((n_codes, n), dtype=np.float32)
        ranks = np.zeros((n_codes, n), dtype=np.int64)
        for place, row in enumerate(rows):
            codes, its_ranks, its_scores = row[6:]
            scores[codes, place] = its_scores
            ranks[codes, place] = its_ranks
        n_whole = len(self._whole)
        whole = scores[:n_whole].max(axis=0, initial=0)
        by_text = [whole, *scores[n_whole : n_whole + len(self._others)]]
        lexical_ranks = [_one_after_another(ranks[:n_whole]), *ranks[n_whole : n_whole + len(self._others)]]
        phrases = scores[n_words - len(self._phrases) : n_words]
        vectors = unpacked([bytes(row[5]) for row in rows], self._vectors.shape[1])
        return Candidates(
            ids=tuple(row[0] for row in rows),
            articles=_numbers([row[1] for row in rows]),
            groups=_numbers([row[2] for row in rows]),
            publishers=tuple(row[3] for row in rows),
            days=np.array([row[4] for row in rows], dtype=np.int32),
            whole=whole,
            lexical=np.stack([by_text[text] for text in self._part_texts]),
            # The last bits differ between processors.
            dense=np.stack([cosines(vectors, vector) for vector in self._vectors]).round(6).astype(np.float32),
            phrases=np.any(phrases > 0, axis=0).astype(np.float32),
            vectors=vectors,
            ranks={"lexical": _best(lexical_ranks, n), "dense": _best([*ranks[n_words:]], n)},
        )


def _one_after_another(ranks: NDArray[np.int64]) -> Numbers:
    """Return the ranks in one list of all of some rankings, shape (rankings, n), the first whole, then what is new in each."""
    joined: Numbers = ranks[0].copy()
    for later in ranks[1:]:
        new = np.flatnonzero((later > 0) & (joined == 0))
        joined[new[np.argsort(later[new])]] = joined.max(initial=0) + 1 + np.arange(len(new))
    return joined


def _best(rankings: Sequence[Numbers], n: int) -> Numbers:
    """Return the best rank of each of n passages, shape (n,), 0 where it is in no ranking."""
    last = np.iinfo(np.int64).max
    best = np.full(n, last, dtype=np.int64)
    for ranks in rankings:
        best = np.minimum(best, np.where(ranks > 0, ranks, last))
    best[best == last] = 0
    return best


def _numbers(values: Sequence[int]) -> Numbers:
    return np.array(values, dtype=np.int64)

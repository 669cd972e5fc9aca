"""The passages nearest to a vector as SQL: compared one by one while they are few, else through the index, losing no hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rag.ports import Vectors
from rag.store.postgres.filters import Condition
from rag.store.postgres.replicas import Reading
from rag.store.postgres.state import State
from rag.store.postgres.upkeep import EXACT, MOST_DIMENSIONS
from rag.store.postgres.vectors import packed


@dataclass(frozen=True, slots=True)
class Near:
    """The passages among which to look: those that a condition admits.

    `name` tells it apart from others in one statement.
    """

    state: State
    condition: Condition
    name: str = "0"

    @property
    def is_always_exact(self) -> bool:
        """Whether all passages are few enough to be compared one by one."""
        return self.state.passages <= EXACT or self.state.dimensions > MOST_DIMENSIONS

    def tables(self) -> list[str]:
        """Return what `ranked` needs before it in a WITH clause."""
        if self.is_always_exact or not self.condition.sql:
            return []
        return [
            f"admitted_{self.name} AS MATERIALIZED (SELECT p.number, p.text_hash FROM articles a "
            f"JOIN passages p ON p.article = a.number WHERE {self.condition.sql} LIMIT {EXACT + 1})",
            f"few_{self.name} AS MATERIALIZED (SELECT count(*) <= {EXACT} AS are_few FROM admitted_{self.name})",
        ]

    def ranked(self, vector: str, *, k: int) -> str:
        """Return a query for the `k` nearest to the value named `vector`: number, and rank from 1 on.

        Where a filter admits few, the index would go through most of what there is to find them, and might give up: these are
        compared one by one. Which of the two it is, the server decides as it runs the statement.
        """
        if self.is_always_exact:
            found = self._exact(vector, k)
        elif not self.condition.sql:
            found = self._indexed(vector, k)
        else:
            few = f"(SELECT are_few FROM few_{self.name})"
            among = f"admitted_{self.name} p JOIN vectors v ON v.text_hash = p.text_hash AND v.model = {self.state.model}"
            found = (
                f"SELECT * FROM ({_ordered(among, '', vector, k)}) one_by_one WHERE {few} "
                f"UNION ALL SELECT * FROM ({self._indexed(vector, k)}) indexed WHERE NOT {few}"
            )
        return (
            f"SELECT number, row_number() OVER (ORDER BY distance, number) AS rank FROM ({found}) near ORDER BY rank LIMIT {k}"
        )

    def ranked_one_by_one(self, vector: str, *, k: int) -> str:
        """Return the same query so that it compares whatever is admitted: what to do when the index gave up."""
        return f"SELECT number, row_number() OVER (ORDER BY distance, number) AS rank FROM ({self._exact(vector, k)}) near"

    def _exact(self, vector: str, k: int) -> str:
        among, admitted = self._among()
        return _ordered(among, admitted, vector, k)

    def _indexed(self, vector: str, k: int) -> str:
        """Return a query through the index of half precision, for some more than wanted, with their exact distances."""
        among, admitted = self._among()
        half = f"halfvec({self.state.dimensions})"
        return (
            f"SELECT p.number, v.vector <=> %({vector})s::vector AS distance FROM {among} WHERE {admitted} "
            f"ORDER BY v.vector::{half} <=> %({vector})s::vector::{half} LIMIT {k + max(5, k // 5)}"
        )

    def _among(self) -> tuple[str, str]:
        """Return the tables, and the condition on their rows; the model's number is written out, as its index knows it."""
        admitted = f"v.model = {self.state.model}"
        tables = "vectors v JOIN passages p ON p.text_hash = v.text_hash"
        if self.condition.sql:
            return f"{tables} JOIN articles a ON a.number = p.article", f"{admitted} AND {self.condition.sql}"
        return tables, admitted


def nearest_of_all(reading: Reading, near: Near, vector: Vectors, *, k: int) -> list[tuple[str, bytes]]:
    """Return the ids and vectors, packed, of the `k` passages nearest to a vector, about in order; fewer only of fewer."""
    values: dict[str, Any] = {"vector": packed(vector), **near.condition.values}

    def ask(ranked: str, tables: list[str]) -> list[tuple[str, bytes]]:
        before = f"WITH {', '.join(tables)} " if tables else ""
        sql = (
            f"{before}SELECT p.id, v.vector FROM ({ranked}) found JOIN passages p USING (number) "
            f"JOIN vectors v ON v.text_hash = p.text_hash AND v.model = {near.state.model} ORDER BY found.rank"
        )
        return [(id_, bytes(value)) for id_, value in reading.rows(sql, values, binary=True)]

    rows = ask(near.ranked("vector", k=k), near.tables())
    if len(rows) < k and not near.is_always_exact:
        rows = ask(near.ranked_one_by_one("vector", k=k), [])
    return rows


def _ordered(among: str, admitted: str, vector: str, k: int) -> str:
    where = f"WHERE {admitted} " if admitted else ""
    return (
        f"SELECT p.number, v.vector <=> %({vector})s::vector AS distance FROM {among} {where}"
        f"ORDER BY distance, p.number LIMIT {k}"
    )

"""Searching a library: vectors through FAISS, words through FTS5, and passages by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import apsw
import numpy as np

from rag.errors import DiskFullError
from rag.ports import Vectors
from rag.store import ann
from rag.store import generation as generations
from rag.store.build import build, extent, is_due
from rag.store.database import Database
from rag.store.filters import Condition, condition
from rag.store.generation import Generation
from rag.store.memo import Memo
from rag.store.postings import Posting, Postings
from rag.store.rows import CANONICAL, HIT_COLUMNS, to_day, to_flags, to_passage
from rag.store.serving import Served, Serving
from rag.store.vectors import Block, Numbers, carray, column, cosines, decode
from rag.store.vocabulary import Vocabulary
from rag.types import ANY, Filter, Passage, Query, Source, Understanding

if TYPE_CHECKING:
    from rag.retrieve.candidates import Candidates
    from rag.timing import Stopwatch

# In the table itself what filters look at stands behind the text: reading it there took seven times as long.
_FACTS = "articles a INDEXED BY articles_facts"

_OVERFETCH = (4, 16)
"""Candidates looked at for each wanted hit, before the passages that the filter admits are looked at alone."""

_ALSO = 5
"""Least passages scored exactly beyond the wanted: fewer bits a dimension rank neighbours a little differently."""

_FEW = 3
"""Where a filter admits less than one candidate of so many, an index that is not exact looks at what it admits alone."""

_SCORED = 1000
"""Most admitted passages that are scored exactly without asking an index."""

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Described:
    """Some passages as a search weighs them, before it reads any.

    Attributes:
        ids: n passage ids.
        sources: Of their articles: id, publisher, day, and which they are copies of; nothing else.
        numbers: Their numbers, shape (n,), ascending.
        vectors: Exact, shape (n, dimensions); (0, 0) for none.
    """

    ids: tuple[str, ...]
    sources: tuple[Source, ...]
    numbers: Numbers
    vectors: Vectors = field(repr=False)


class PassageIndex:
    """The passages of one library as one embedder sees them. Safe to share between threads."""

    def __init__(self, database: Database, path: Path | None, model: str, *, flat_limit: int = ann.FLAT_LIMIT) -> None:
        """Search `database`; `path` is the library's folder, None in memory, and `model` names the embedder.

        Args:
            flat_limit: Most passages that are searched exactly.
        """
        self._database = database
        self._folder = path / "index" if path else None
        self._model = model
        self._flat_limit = flat_limit
        self._serving = Serving(database, self._folder, model)
        self._publishing = Lock()
        self._vocabulary = Vocabulary(database)
        self._postings = Postings(database)
        self._admitted: Memo[Numbers] = Memo(database, size=8)
        self._facts: Memo[tuple[str, ...]] = Memo(database, size=1)
        self._newest: Memo[date | None] = Memo(database, size=1)

    def publish(self, *, force: bool = False) -> bool:
        """Publish a new generation if the current one lacks much or holds much that was removed; return whether it did.

        Args:
            force: Build it from the start, and publish it whether that is worth its time or not.

        Raises:
            DiskFullError: the index cannot be written; the current one stays what it was.
        """
        with self._publishing:
            previous = self._serving.sound()
            now = extent(self._database, upto=previous.manifest.highest if previous else 0)
            if previous and not force and not is_due(previous.manifest, now):
                return False
            dimensions = self._serving.vectors.dimensions() or (previous.manifest.dimensions if previous else 0)
            if dimensions == 0:  # nothing was ever stored
                return False
            built = build(
                self._serving.vectors,
                now,
                model=self._model,
                dimensions=dimensions,
                previous=None if force else previous,
                flat_limit=self._flat_limit,
            )
            self._serving.serve(self._written(built))
            return True

    @property
    def number(self) -> int:
        """Number of the generation that searches use; 0 while none was published."""
        if self._model:
            return self._serving.current().manifest.number
        return generations.current_number(self._folder) if self._folder else 0

    # Searching

    def nearest(self, vector: Vectors, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` passages whose vectors are nearest to `vector`, as (passage id, cosine).

        Args:
            vector: A unit vector of shape (dimensions,).
            where: Only these; however few they are, the nearest of them are found.

        Returns:
            Best first, exact cosines in [-1, 1] rounded to six digits; ties by id.
        """
        near = self.described(self.near(vector, k=k + _ALSO, where=where))
        scored = [(id_, _rounded(score)) for id_, score in zip(near.ids, cosines(near.vectors, vector).tolist(), strict=True)]
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]

    def near(self, vector: Vectors, *, k: int, where: Filter = ANY) -> Numbers:
        """Return the numbers of the `k` or more passages nearest to a unit vector, about in order; fewer only of fewer."""
        admitted = self._condition(where)
        found = np.zeros(0, dtype=np.int64)
        for _ in range(_ATTEMPTS if admitted else 0):
            served = self._serving.current()
            wanted = k if served.is_exact else k + max(_ALSO, k // 5)
            found = self._among(served, vector, wanted, where, admitted or Condition())
            # A passage that was stored again meanwhile has gone under its old number and was not seen under its new one.
            if self._serving.vectors.newest() <= served.newest:
                break
        return found

    def postings(self, terms: Sequence[str]) -> dict[str, Posting]:
        """Return the passages of each term, as `terms` gives it; none of a term that stands nowhere."""
        return self._postings.of(terms)

    def holding(self, expression: str) -> Numbers:
        """Return the numbers, ascending, of all passages that an FTS5 expression matches."""
        return self._postings.of_phrase(expression)

    def admitted(self, numbers: Numbers, *, k: int, where: Filter) -> Numbers:
        """Return the first `k` of the numbers whose passages the filter admits, in the order given."""
        admitted = self._condition(where)
        if admitted is None:
            return numbers[:0]
        if not admitted.sql:
            return numbers[:k]
        first = self._living(numbers[: k * _OVERFETCH[0]], admitted)
        if len(first) >= k or len(numbers) <= k * _OVERFETCH[0]:
            return first[:k]
        return numbers[np.isin(numbers, self._all_of(where, admitted))][:k]

    def matching(self, expression: str, *, k: int, where: Filter = ANY) -> list[tuple[int, float]]:
        """Return the `k` best passages for an FTS5 expression, as (number, BM25 > 0), best first; ties by number."""
        admitted = self._condition(where)
        if admitted is None:
            return []
        joined = f"CROSS JOIN passages p ON p.number = words.rowid CROSS JOIN {_FACTS} ON a.id = p.article_id "
        return self._database.rows(
            f"SELECT words.rowid, -bm25(words) AS score FROM words {joined if admitted.sql else ''}"
            f"WHERE words MATCH :expression {'AND ' + admitted.sql if admitted.sql else ''} "
            "ORDER BY score DESC, words.rowid LIMIT :k",
            expression=expression,
            k=k,
            **admitted.values,
        )

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, *, depth: int, watch: Stopwatch) -> Candidates:
        """Return the passages that may answer a question, as `Passages.propose` says."""
        from rag.retrieve.propose import Proposer

        return Proposer(self, depth=depth).propose(query, understood, vectors, watch)

    # Reading

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Source]]:
        """Return those of the passages that are still there, by id, each with its source."""
        if not ids:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id "
            "WHERE p.id IN (SELECT value FROM carray(:ids))",
            ids=apsw.carray(tuple(ids)),
        )
        return {row[0]: to_passage(row) for row in rows}

    def described(self, numbers: Numbers) -> Described:
        """Return what a search must know of those of the passages that are still there, in order of number.

        Cheaper than the passages themselves: no row of an article is read, only an index.
        """
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return Described((), (), np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
        rows = self._database.rows(
            f"SELECT p.number, p.id, v.vector, a.id, a.publisher, a.published, {CANONICAL} FROM carray(:numbers) c "
            f"CROSS JOIN passages p ON p.number = c.value CROSS JOIN {_FACTS} ON a.id = p.article_id "
            "CROSS JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model",
            model=self._model,
            numbers=carray(np.unique(numbers)),
        )
        return Described(
            tuple(row[1] for row in rows),
            tuple(
                Source(article, publisher=publisher, published=to_day(day), flags=to_flags("", canonical))
                for *_, article, publisher, day, canonical in rows
            ),
            np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows)),
            decode([row[2] for row in rows]),
        )

    def neighbours(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the ids of the passages before and after each in its article; empty where there is none."""
        if not ids:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            "SELECT p.id, "
            "coalesce((SELECT id FROM passages b WHERE b.article_id = p.article_id AND b.start < p.start "
            "ORDER BY b.start DESC LIMIT 1), ''), "
            "coalesce((SELECT id FROM passages b WHERE b.article_id = p.article_id AND b.start > p.start "
            "ORDER BY b.start LIMIT 1), '') "
            "FROM passages p WHERE p.id IN (SELECT value FROM carray(:ids))",
            ids=apsw.carray(tuple(ids)),
        )
        return {id_: (before, after) for id_, before, after in rows}

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text as the full-text index holds them: stemmed, without accents, in order, repeats kept."""
        return self._vocabulary.terms(text)

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term, as `terms` gives it, stands, to about a hundredth; 0 where in none."""
        return self._vocabulary.document_frequencies(terms)

    def terms_beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""
        return self._vocabulary.beginning(prefix, least=least, most=most)

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers of all articles, in no order; the empty one where an article has none."""
        return self._facts.get("publishers", self._publishers)

    def newest(self) -> date | None:
        """Return the day of the newest article, None where none has a date."""
        return self._newest.get("newest", lambda: to_day(self._database.rows("SELECT max(published) FROM articles")[0][0]))

    def count(self) -> int:
        """Return how many passages there are."""
        return self._vocabulary.count()

    # Parts

    def _condition(self, where: Filter) -> Condition | None:
        """Return the filter as SQL, None where it admits nothing."""
        return condition(where, self.publishers() if where.publishers else ())

    def _publishers(self) -> tuple[str, ...]:
        return tuple(publisher for (publisher,) in self._database.rows("SELECT DISTINCT publisher FROM articles"))

    def _among(self, served: Served, vector: Vectors, k: int, where: Filter, admitted: Condition) -> Numbers:
        """Return the `k` nearest of what is served, admitted and still there, about in order; fewer only of fewer."""
        if not admitted.sql and served.count == self.count():  # what is served holds all there are: nothing was removed
            found = served.search(vector, k)
            if len(found) >= min(k, served.count):  # else more was wanted than the lists hold that a search looks into
                return found
        if not where.articles and where not in self._admitted:
            for factor in _OVERFETCH:
                wanted = k * factor
                numbers = served.search(vector, wanted)
                found = self._living(numbers, admitted)
                # What few pass may lie beyond the lists that a search looks into.
                is_enough = served.is_exact or len(found) * _FEW >= len(numbers)
                if (len(found) >= k and is_enough) or (served.is_exact and wanted >= served.count):
                    return found[:k]
                if not is_enough:
                    break
        among = self._all_of(where, admitted)
        if len(among) <= _SCORED:
            block = self._serving.vectors.of(among) if len(among) else Block(among, np.zeros((0, len(vector)), np.float32))
            return block.numbers[np.argsort(-cosines(block.vectors, vector), kind="stable")[:k]]
        return self._living(served.search(vector, k * _OVERFETCH[0], among=among), admitted)[:k]

    def _living(self, numbers: Numbers, admitted: Condition) -> Numbers:
        """Return the numbers of those passages that exist and are admitted, in the order given."""
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return numbers
        rows = self._database.rows(
            "SELECT p.number FROM carray(:numbers) c CROSS JOIN passages p ON p.number = c.value"
            + (f" CROSS JOIN {_FACTS} ON a.id = p.article_id WHERE {admitted.sql}" if admitted.sql else ""),
            numbers=carray(numbers),
            **admitted.values,
        )
        return column(rows)

    def _all_of(self, where: Filter, admitted: Condition) -> Numbers:
        """Return the numbers of all passages that a filter admits."""
        return self._admitted.get(where, lambda: self._numbers(admitted))

    def _numbers(self, admitted: Condition) -> Numbers:
        rows = self._database.rows(
            f"SELECT p.number FROM {_FACTS} CROSS JOIN passages p ON p.article_id = a.id WHERE {admitted.sql}"
            if admitted.sql
            else "SELECT number FROM passages",
            **admitted.values,
        )
        return column(rows)

    def _written(self, built: Generation) -> Generation:
        """Return a generation as published; as it is, in memory."""
        if not self._folder:
            return built
        try:
            return generations.publish(self._folder, built)
        except OSError as error:
            raise DiskFullError(
                f"cannot write the index of {str(self._folder.parent)!r}: {error.strerror}; every stored article is intact. "
                "Free some room, then type: rag library rebuild"
            ) from error


def _rounded(cosine: float) -> float:
    """Return a cosine without its last bits, which differ between processors."""
    return round(cosine, 6)

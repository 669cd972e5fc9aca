"""Searching a library: vectors through FAISS, words through FTS5, and passages by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock

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
from rag.store.rows import HIT_COLUMNS, SOURCE_COLUMNS, to_day, to_passage, to_source
from rag.store.serving import Served, Serving
from rag.store.vectors import Numbers, carray, cosines, decode
from rag.store.vocabulary import Vocabulary
from rag.types import ANY, Filter, Passage, Source

# In the table itself what filters look at stands behind the text: reading it there took seven times as long.
_FACTS = "articles a INDEXED BY articles_facts"

_OVERFETCH = (4, 16)
"""Candidates looked at for each wanted hit, before the passages that the filter admits are looked at alone."""

_ALSO = 5
"""Least hits scored exactly beyond the wanted: a byte a dimension ranks neighbours a little differently."""

_FEW = 3
"""Where a filter admits less than one candidate of so many, an index that is not exact looks at what it admits alone."""

_SCORED = 1000
"""Most admitted passages that are scored exactly without asking an index."""

_ATTEMPTS = 3


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
        admitted = self._condition(where)
        if admitted is None:
            return []
        found: list[tuple[str, float]] = []
        for _ in range(_ATTEMPTS):
            served = self._serving.current()
            found = self._among(served, vector, k, where, admitted)
            # A passage that was stored again meanwhile has gone under its old number and was not seen under its new one.
            if self._serving.vectors.newest() <= served.newest:
                break
        return found

    def matching(self, expression: str, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` best passages for an FTS5 expression, as (passage id, BM25 > 0), best first; ties by id."""
        admitted = self._condition(where)
        if admitted is None:
            return []
        wanted = k * _OVERFETCH[0] if admitted.sql else k
        # Only the best are joined with their passages: many times faster on common words.
        rows = self._database.rows(
            "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH :expression ORDER BY score DESC LIMIT :wanted",
            expression=expression,
            wanted=wanted,
        )
        living = dict(self._living(np.array([number for number, _ in rows], dtype=np.int64), admitted))
        if len(living) < k and len(rows) == wanted and admitted.sql:
            rows = self._database.rows(
                "SELECT words.rowid, -bm25(words) AS score FROM words CROSS JOIN passages p ON p.number = words.rowid "
                f"CROSS JOIN {_FACTS} ON a.id = p.article_id WHERE words MATCH :expression AND {admitted.sql} "
                "ORDER BY score DESC LIMIT :k",
                expression=expression,
                k=k,
                **admitted.values,
            )
            living = dict(self._living(np.array([number for number, _ in rows], dtype=np.int64), admitted))
        found = [(living[number], float(score)) for number, score in rows if number in living]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

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

    def described(self, ids: Sequence[str]) -> dict[str, tuple[Source, Vectors]]:
        """Return the source and the exact vector, of shape (dimensions,), of those of the passages that are still there.

        Cheaper than the passages themselves: no text is read.
        """
        if not ids:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            f"SELECT p.id, v.vector, {SOURCE_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id "
            "JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model WHERE p.id IN (SELECT value FROM carray(:ids))",
            model=self._model,
            ids=apsw.carray(tuple(ids)),
        )
        vectors = decode([row[1] for row in rows])
        return {id_: (to_source(source), vector) for (id_, _, *source), vector in zip(rows, vectors, strict=True)}

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

    def _among(self, served: Served, vector: Vectors, k: int, where: Filter, admitted: Condition) -> list[tuple[str, float]]:
        """Return the `k` nearest of what is served and admitted, best first; fewer only where there are no more."""
        if not where.articles and where not in self._admitted:
            for factor in _OVERFETCH:
                wanted = (k + _ALSO) * factor
                numbers = served.search(vector, wanted)
                found = self._living(numbers, admitted)
                # What few pass may lie beyond the lists that a search looks into.
                is_enough = served.is_exact or len(found) * _FEW >= len(numbers)
                if (len(found) >= k and is_enough) or (served.is_exact and wanted >= served.count):
                    return self._exact(found[: _rescored(k)], vector, k)
                if not is_enough:
                    break
        among = self._admitted.get(where, lambda: self._numbers(admitted))
        if len(among) <= _SCORED:
            return self._exact(self._living(among, admitted), vector, k)
        found = self._living(served.search(vector, (k + _ALSO) * _OVERFETCH[0], among=among), admitted)
        return self._exact(found[: _rescored(k)], vector, k)

    def _living(self, numbers: Numbers, admitted: Condition) -> list[tuple[int, str]]:
        """Return those passages that exist and are admitted as (number, id), in the order given."""
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return []
        rows = self._database.rows(
            "SELECT p.number, p.id FROM carray(:numbers) c CROSS JOIN passages p ON p.number = c.value"
            + (f" CROSS JOIN {_FACTS} ON a.id = p.article_id WHERE {admitted.sql}" if admitted.sql else ""),
            numbers=carray(numbers),
            **admitted.values,
        )
        living = dict(rows)
        return [(number, living[number]) for number in numbers.tolist() if number in living]

    def _exact(self, found: list[tuple[int, str]], vector: Vectors, k: int) -> list[tuple[str, float]]:
        """Return the `k` best of the found passages by their exact cosines, best first."""
        ids = dict(found)
        if not ids:
            return []
        block = self._serving.vectors.of(np.fromiter(ids, dtype=np.int64, count=len(ids)))
        scores = cosines(block.vectors, vector).tolist()
        scored = [(ids[number], _rounded(score)) for number, score in zip(block.numbers.tolist(), scores, strict=True)]
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]

    def _numbers(self, admitted: Condition) -> Numbers:
        """Return the numbers of all admitted passages."""
        rows = self._database.rows(
            f"SELECT p.number FROM {_FACTS} CROSS JOIN passages p ON p.article_id = a.id WHERE {admitted.sql}"
            if admitted.sql
            else "SELECT number FROM passages",
            **admitted.values,
        )
        return np.fromiter((number for (number,) in rows), dtype=np.int64, count=len(rows))

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


def _rescored(k: int) -> int:
    """Return how many of the passages that an index ranks first are scored exactly for `k` hits."""
    return k + max(_ALSO, k // 5)


def _rounded(cosine: float) -> float:
    """Return a cosine without its last bits, which differ between processors."""
    return round(cosine, 6)

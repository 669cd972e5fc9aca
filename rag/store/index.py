"""Searching a library: vectors through FAISS, words through FTS5, and passages by id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import apsw
import numpy as np

from rag.errors import DiskFullError
from rag.ports import Vectors
from rag.store import ann
from rag.store import generation as generations
from rag.store.build import Extent, build, extent, identity, is_due
from rag.store.database import Database
from rag.store.generation import Generation
from rag.store.memo import Memo
from rag.store.postings import Counts, Posting, Postings
from rag.store.rows import HIT_COLUMNS, to_day, to_passage
from rag.store.serving import Serving
from rag.store.vectors import Numbers, cosines
from rag.store.view import Masks, View
from rag.store.vocabulary import Vocabulary
from rag.types import ANY, Filter, Passage, Query, Source, Understanding

if TYPE_CHECKING:
    from rag.retrieve.candidates import Candidates
    from rag.timing import Stopwatch

_ALSO = 5
"""Passages scored exactly beyond the wanted: fewer bits a dimension rank neighbours a little differently."""

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
        self._postings = Postings(database)
        self._masks = Masks()
        self._names: Memo[tuple[str, ...]] = Memo(database, size=1)
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
            self._publish(now, dimensions, None if force else previous)
            return True

    @property
    def number(self) -> int:
        """Number of the generation that searches use; 0 while none was published."""
        if self._model:
            return self._serving.current().manifest.number
        return generations.current_number(self._folder) if self._folder else 0

    @property
    def revision(self) -> Hashable:
        """What differs whenever a search may find something else."""
        return (*identity(self._database), self.number)

    # Searching

    def nearest(self, vector: Vectors, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` passages whose vectors are nearest to `vector`, as (passage id, cosine).

        Args:
            vector: A unit vector of shape (dimensions,).
            where: Only these; however few they are, the nearest of them are found.

        Returns:
            Best first, exact cosines in [-1, 1] rounded to six digits; ties by id.
        """
        scored: list[tuple[str, float]] = []
        for view in self.views():
            near = self._serving.vectors.of(np.unique(view.near(vector, k=k + _ALSO, where=where)))
            scores = (_rounded(score) for score in cosines(near.vectors, vector).tolist())
            scored = list(zip(view.ids(near.numbers), scores, strict=True))
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]

    def views(self) -> Iterator[View]:
        """Yield a view of the passages, and another one for as long as any was stored while that was looked at.

        A passage that was stored again meanwhile has gone under its old number, and was not seen under its new one.
        """
        for _ in range(_ATTEMPTS):
            view = View(self._database, self._serving.vectors, self._serving.current(), self._masks, count=self.count())
            yield view
            if self._serving.vectors.newest() <= view.newest:
                return

    def postings(self, terms: Sequence[str], lengths: Callable[[Numbers], Counts]) -> dict[str, Posting]:
        """Return the passages of each term, as `terms` gives it; none of a term that stands nowhere.

        Args:
            lengths: Tells how many terms passages have.
        """
        return self._postings.of(terms, lengths)

    def holding(self, expression: str) -> Numbers:
        """Return the numbers, ascending, of all passages that an FTS5 expression matches."""
        return self._postings.of_phrase(expression)

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, *, depth: int, watch: Stopwatch) -> Candidates:
        """Return the passages that may answer a question, as `Passages.propose` says."""
        from rag.retrieve.propose import Proposer

        *_, proposed = (Proposer(self, view, depth=depth).propose(query, understood, vectors, watch) for view in self.views())
        return proposed

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
        """Return in how many passages each term, as `terms` gives it, stands, to some hundredths; 0 where in none."""
        return self._vocabulary.document_frequencies(terms, self._serving.frequencies())

    def terms_beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""
        return self._vocabulary.beginning(prefix, least=least, most=most)

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers of all articles, in no order; the empty one where an article has none."""
        return self._names.get("publishers", self._publishers)

    def newest(self) -> date | None:
        """Return the day of the newest article, None where none has a date."""
        return self._newest.get("newest", lambda: to_day(self._database.rows("SELECT max(published) FROM articles")[0][0]))

    def count(self) -> int:
        """Return how many passages there are."""
        return self._vocabulary.count()

    # Parts

    def _publishers(self) -> tuple[str, ...]:
        return tuple(publisher for (publisher,) in self._database.rows("SELECT DISTINCT publisher FROM articles"))

    def _publish(self, now: Extent, dimensions: int, previous: Generation | None) -> None:
        """Publish all passages; a search loads them when there is one. A library in memory serves them at once."""
        make = partial(
            build,
            self._database,
            now,
            model=self._model,
            dimensions=dimensions,
            previous=previous,
            flat_limit=self._flat_limit,
        )
        if not self._folder:
            self._serving.serve(make())
            return
        try:
            with generations.draft(self._folder) as place:
                generations.publish(self._folder, make(file=place / generations.VECTORS), place=place)
        except OSError as error:
            raise DiskFullError(
                f"cannot write the index of {str(self._folder.parent)!r}: {error.strerror}; every stored article is intact. "
                "Free some room, then type: rag library rebuild"
            ) from error


def _rounded(cosine: float) -> float:
    """Return a cosine without its last bits, which differ between processors."""
    return round(cosine, 6)

"""Searching a library: vectors through FAISS, words through FTS5, and passages by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import apsw
import numpy as np

from rag.errors import DiskFullError
from rag.ports import Vectors
from rag.store import generation as generations
from rag.store.database import Database
from rag.store.generation import Generation, Numbers
from rag.store.rows import HIT_COLUMNS, to_passage
from rag.types import Passage, Source

_VISIBLE = "(a.published IS NULL OR a.published <= coalesce(:as_of, '9999'))"


class PassageIndex:
    """The passages of one library as one embedder sees them."""

    def __init__(self, database: Database, path: Path | None, model: str) -> None:
        """Search `database`; `path` is the library's folder, None in memory, and `model` names the embedder."""
        self._database = database
        self._path = path
        self._model = model
        self._generation: Generation | None = None

    def publish(self) -> None:
        """Publish a new generation if the current one lacks passages or holds removed ones."""
        with self._database.lock:
            highest, count = self._database.rows("SELECT coalesce(max(number), 0), count(*) FROM passages")[0]
            current = self._current()
            if (current.manifest.highest, current.manifest.count) == (highest, count) and (
                current.manifest.number or self._path is None
            ):
                return
            self._generation = generations.build(*self._vectors(above=0), model=self._model)
            if self._path:
                try:
                    self._generation = generations.publish(self._path / "index", self._generation)
                except OSError as error:
                    raise DiskFullError(
                        f"cannot write the index of {str(self._path)!r}: {error.strerror}; every stored article is intact. "
                        "Free some room, then type: rag library rebuild"
                    ) from error

    @property
    def number(self) -> int:
        """Number of the generation that searches use; 0 while none was published."""
        return self._current().manifest.number if self._model else generations.current_number((self._path or Path()) / "index")

    def nearest(self, vector: Vectors, *, k: int, as_of: date | None = None) -> list[tuple[str, float]]:
        """Return the `k` passages whose vectors are nearest to `vector`, as (passage id, cosine), best first."""
        with self._database.lock:
            current = self._current()
            fresh_numbers, fresh_vectors = self._vectors(above=current.manifest.highest)
            fresh_scores = fresh_vectors @ vector if len(fresh_numbers) else fresh_vectors[:, 0]
            want = k
            while True:
                numbers, scores = current.search(vector, want)
                alive = self._alive(np.concatenate([numbers, fresh_numbers]), as_of)
                found = [
                    (alive[number], round(float(score), 6))  # the last bits differ between processors
                    for number, score in zip(
                        [*numbers.tolist(), *fresh_numbers.tolist()], [*scores.tolist(), *fresh_scores.tolist()], strict=True
                    )
                    if number in alive
                ]
                if len(found) >= k or want >= current.manifest.count:
                    return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]
                want *= 4  # removed or hidden passages took places: look further

    def matching(self, expression: str, *, k: int, as_of: date | None = None) -> list[tuple[str, float]]:
        """Return the `k` best passages for an FTS5 expression, as (passage id, BM25), best first."""
        rows = self._database.rows(
            "SELECT p.id, -bm25(words) AS score FROM words JOIN passages p ON p.number = words.rowid "
            f"JOIN articles a ON a.id = p.article_id WHERE words MATCH :expression AND {_VISIBLE} "
            "ORDER BY score DESC, p.id LIMIT :k",
            expression=expression,
            k=k,
            as_of=as_of.isoformat() if as_of else None,
        )
        return [(id_, float(score)) for id_, score in rows]

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

    def _alive(self, numbers: Numbers, as_of: date | None) -> dict[int, str]:
        """Return {number: passage id} of those passages that exist and are visible."""
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            "SELECT p.number, p.id FROM passages p JOIN articles a ON a.id = p.article_id "
            f"WHERE p.number IN (SELECT value FROM carray(:numbers)) AND {_VISIBLE}",
            numbers=apsw.carray(np.ascontiguousarray(numbers, dtype=np.int64), flags=apsw.SQLITE_CARRAY_INT64),
            as_of=as_of.isoformat() if as_of else None,
        )
        return dict(rows)

    def _current(self) -> Generation:
        """Return the generation to search, read again when another process has published."""
        with self._database.lock:
            loaded = self._generation
            folder = self._path / "index" if self._path else None
            if loaded and (folder is None or loaded.manifest.number == generations.current_number(folder)):
                return loaded
            found = generations.load(folder, model=self._model) if folder else None
            self._generation = found or generations.build(*self._vectors(above=0), model=self._model)
            return self._generation

    def _vectors(self, *, above: int) -> tuple[Numbers, Vectors]:
        """Return the numbers, shape (n,), and vectors, shape (n, dimensions), of the passages numbered above `above`."""
        rows = self._database.rows(
            "SELECT p.number, v.vector FROM passages p JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model "
            "WHERE p.number > :above ORDER BY p.number",
            model=self._model,
            above=above,
        )
        if not rows:
            dimensions = self._generation.manifest.dimensions if self._generation else 1
            return np.zeros(0, dtype=np.int64), np.zeros((0, dimensions), dtype=np.float32)
        numbers = np.array([number for number, _ in rows], dtype=np.int64)
        return numbers, np.stack([np.frombuffer(blob, dtype="<f4") for _, blob in rows]).astype(np.float32)

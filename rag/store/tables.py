"""Articles, passages, words and vectors into the tables of a library, and out of them; always within a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import apsw
import numpy as np

from rag.ports import Vectors
from rag.store.database import Database
from rag.store.rows import ARTICLE_COLUMNS, article_row
from rag.types import Article, Passage


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to store: for each passage, `texts` holds the words it is found by, `embedded` what its vector means."""

    article: Article
    passages: Sequence[Passage] = field(repr=False)
    texts: Sequence[str] = field(repr=False)
    embedded: Sequence[str] = field(repr=False)


class Tables:
    """Many rows at a time, in as few statements as that takes."""

    def __init__(self, database: Database) -> None:
        """Write `database`."""
        self._database = database

    def put(self, entries: Sequence[Entry]) -> None:
        """Store articles, no two of one id or origin; each replaces what its id, or its origin, held before."""
        self._delete_passages(self.existing([entry.article.id for entry in entries]))
        self._put_articles([entry.article for entry in entries])
        self._put_passages(entries)

    def put_vectors(self, model: str, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of a model by text hash."""
        self._database.run_many(
            "INSERT OR REPLACE INTO vectors (text_hash, model, vector) VALUES (?, ?, ?)",
            [(key, model, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()],
        )

    def _put_articles(self, articles: Sequence[Article]) -> None:
        """Insert articles, or replace those of the same id, and settle where each stands."""
        values = ", ".join("?" * (ARTICLE_COLUMNS.count(",") + 1))
        self._database.run_many(
            f"INSERT OR REPLACE INTO articles ({ARTICLE_COLUMNS}) VALUES ({values})", map(article_row, articles)
        )
        self.set_origins([article for article in articles if article.origin])

    def _put_passages(self, entries: Sequence[Entry]) -> None:
        """Insert the passages of articles and their words, under numbers that were never used before."""
        used = self._database.rows("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")
        rows = [row for entry in entries for row in zip(entry.passages, entry.texts, entry.embedded, strict=True)]
        numbered = list(enumerate(rows, used[0][0] + 1 if used else 1))
        self._database.run_many(
            'INSERT INTO passages (number, id, article_id, start, "end", heading, text_hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
            [
                (number, p.id, p.article_id, p.start, p.end, p.heading, text_hash(embedded))
                for number, (p, _, embedded) in numbered
            ],
        )
        self._database.run_many(
            "INSERT INTO words (rowid, text) VALUES (?, ?)", [(number, text) for number, (_, text, _) in numbered]
        )

    def set_origins(self, articles: Sequence[Article]) -> None:
        """Point the articles' origins at them, and remove the articles that stood there if they stand nowhere else."""
        if not articles:
            return
        before = self._database.rows(
            "SELECT DISTINCT article_id FROM origins WHERE origin IN (SELECT value FROM carray(:origins))",
            origins=apsw.carray(tuple(article.origin for article in articles)),
        )
        self._database.run_many("INSERT OR REPLACE INTO origins VALUES (?, ?)", [(a.origin, a.id) for a in articles])
        standing = "SELECT 1 FROM origins WHERE article_id = :id"
        self.delete([old for (old,) in before if not self._database.rows(standing, id=old)])

    def existing(self, article_ids: Sequence[str]) -> list[str]:
        """Return those of the ids that the library holds."""
        if not article_ids:
            return []
        rows = self._database.rows(
            "SELECT id FROM articles WHERE id IN (SELECT value FROM carray(:ids))", ids=apsw.carray(tuple(article_ids))
        )
        return [id_ for (id_,) in rows]

    def delete(self, article_ids: Sequence[str]) -> None:
        """Delete articles with all that belongs to them but the vectors, which serve again when an article comes back."""
        self._delete_passages(article_ids)
        ids = [(id_,) for id_ in article_ids]
        self._database.run_many("DELETE FROM origins WHERE article_id = ?", ids)
        self._database.run_many("DELETE FROM articles WHERE id = ?", ids)

    def _delete_passages(self, article_ids: Sequence[str]) -> None:
        ids = [(id_,) for id_ in article_ids]
        self._database.run_many("DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = ?)", ids)
        self._database.run_many("DELETE FROM passages WHERE article_id = ?", ids)


def text_hash(text: str) -> str:
    """Return the key under which the vector of a text is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

"""Articles, passages, words and vectors into the tables of a library, and out of them; always within a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import apsw
import numpy as np

from rag.ports import Vectors
from rag.similar.prints import Print, print_of
from rag.store.copies import Copies, marks_blob
from rag.store.database import Database
from rag.store.rows import ARTICLE_COLUMNS, article_row, pieces_of, stored_flags, to_time
from rag.types import Article, Passage

# An article's text and title among the versions of an article, if they are others than those that take their place.
_KEEP = """
INSERT INTO versions (number, version, title, published, updated, content_hash, replaced_at, text)
SELECT {number}, 1 + coalesce((SELECT max(version) FROM versions WHERE number = {number}), 0), title, published, updated,
    content_hash, ?, text FROM articles a WHERE id = ? AND (text, title) IS NOT (?, ?)
"""


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
        """Store articles, no two of one id or origin; each replaces what its id, or its origin, held before.

        What an article was before its text or title changed is kept among its versions.
        """
        articles = [entry.article for entry in entries]
        copies = Copies(self._database.connection)
        before = self._numbers(articles)
        self._keep_versions(articles)
        orphans = copies.withdraw(before.values())
        self._delete_passages(list(before))
        prints = {article.id: print_of(article.text) for article in articles}
        self._put_articles(articles, prints)
        numbers = self._numbers(articles)
        self._database.run_many("UPDATE origins SET reading = NULL WHERE article_id = ?", [(a.id,) for a in articles])
        orphans |= self._settle(articles, copies, numbers)
        self.note_readings(articles)
        self._put_removed(articles, numbers)
        self._put_passages(entries)
        copies.enter({numbers[id_]: text_print for id_, text_print in prints.items()}, orphans)

    def put_vectors(self, model: str, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of a model by text hash."""
        self._database.run_many(
            "INSERT OR REPLACE INTO vectors (text_hash, model, vector) VALUES (?, ?, ?)",
            [(key, model, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()],
        )

    def _keep_versions(self, articles: Sequence[Article]) -> None:
        """Keep what those articles were whose text or title is about to change."""
        self._database.run_many(
            _KEEP.format(number="a.number"),
            [(to_time(article.fetched_at), article.id, article.text, article.title) for article in articles],
        )

    def _put_articles(self, articles: Sequence[Article], prints: Mapping[str, Print]) -> None:
        """Insert articles, or change those of the same id, which keep their numbers."""
        columns = f"{ARTICLE_COLUMNS}, marks"
        names = columns.split(", ")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        self._database.run_many(
            f"INSERT INTO articles ({columns}) VALUES ({', '.join('?' * len(names))}) ON CONFLICT (id) DO UPDATE SET {changes}",
            [(*article_row(article), marks_blob(prints[article.id])) for article in articles],
        )

    def _put_removed(self, articles: Sequence[Article], numbers: Mapping[str, int]) -> None:
        """Store what cleaning took out of articles, in place of what was stored before."""
        self._database.run_many("DELETE FROM removed WHERE number = ?", [(number,) for number in numbers.values()])
        pieces = [(numbers[article.id], pieces_of(article)) for article in articles if article.removed]
        self._database.run_many("INSERT INTO removed VALUES (?, ?)", pieces)

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
        copies = Copies(self._database.connection)
        copies.enter({}, self._settle(articles, copies, {}))

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from, where they are stored just so and stand at their origins."""
        self._database.run_many(
            "UPDATE origins SET reading = ? WHERE origin = ? AND article_id = ? "
            "AND EXISTS (SELECT 1 FROM articles a WHERE a.id = article_id AND (a.content_hash, a.flags) = (?, ?))",
            [
                (bytes.fromhex(a.reading), a.origin, a.id, a.content_hash, stored_flags(a))
                for a in articles
                if a.reading and a.origin
            ],
        )

    def _settle(self, articles: Sequence[Article], copies: Copies, heirs: Mapping[str, int]) -> set[int]:
        """Do that, and return the articles whose copies must be placed again.

        Args:
            heirs: By id, the numbers of the articles that take over what stood at their origins before as versions of theirs.
        """
        origins = {article.origin: article for article in articles if article.origin}
        if not origins:
            return set()
        before = self._database.rows(
            "SELECT origin, article_id FROM origins WHERE origin IN (SELECT value FROM carray(:origins))",
            origins=apsw.carray(tuple(origins)),
        )
        self._database.run_many(
            "INSERT OR REPLACE INTO origins (origin, article_id) VALUES (?, ?)", [(a.origin, a.id) for a in origins.values()]
        )
        standing = "SELECT 1 FROM origins WHERE article_id = :id"
        gone = {old: origins[origin] for origin, old in before if not self._database.rows(standing, id=old)}
        for old, article in gone.items():
            if article.id in heirs:
                self._hand_on(old, article, heirs[article.id])
        return self._delete(list(gone), copies)

    def _hand_on(self, old: str, article: Article, heir: int) -> None:
        """Make an article that is about to go, and its versions, versions of the one that took its place."""
        used = self._database.rows("SELECT coalesce(max(version), 0) FROM versions WHERE number = :heir", heir=heir)[0][0]
        self._database.run(
            "UPDATE versions SET number = ?, version = version + ? WHERE number = (SELECT number FROM articles WHERE id = ?)",
            heir,
            used,
            old,
        )
        self._database.run(_KEEP.format(number=heir), to_time(article.fetched_at), old, article.text, article.title)

    def existing(self, article_ids: Sequence[str]) -> list[str]:
        """Return those of the ids that the library holds."""
        return list(self._known(article_ids))

    def delete(self, article_ids: Sequence[str]) -> None:
        """Delete articles with all that belongs to them but the vectors, which serve again when an article comes back."""
        copies = Copies(self._database.connection)
        copies.enter({}, self._delete(article_ids, copies))

    def _delete(self, article_ids: Sequence[str], copies: Copies) -> set[int]:
        """Do that, and return the articles whose copies must be placed again."""
        numbers = self._known(article_ids)
        orphans = copies.withdraw(numbers.values())
        self._delete_passages(article_ids)
        for table in ("removed", "versions"):
            self._database.run_many(f"DELETE FROM {table} WHERE number = ?", [(number,) for number in numbers.values()])
        ids = [(id_,) for id_ in article_ids]
        self._database.run_many("DELETE FROM origins WHERE article_id = ?", ids)
        self._database.run_many("DELETE FROM articles WHERE id = ?", ids)
        return orphans

    def _numbers(self, articles: Sequence[Article]) -> dict[str, int]:
        return self._known([article.id for article in articles])

    def _known(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of those of the articles that the library holds, by id."""
        if not article_ids:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            "SELECT id, number FROM articles WHERE id IN (SELECT value FROM carray(:ids))", ids=apsw.carray(tuple(article_ids))
        )
        return dict(rows)

    def _delete_passages(self, article_ids: Sequence[str]) -> None:
        ids = [(id_,) for id_ in article_ids]
        self._database.run_many("DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = ?)", ids)
        self._database.run_many("DELETE FROM passages WHERE article_id = ?", ids)


def text_hash(text: str) -> str:
    """Return the key under which the vector of a text is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

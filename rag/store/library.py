"""The library: articles, passages, vectors and words on disk, or in memory for a handful of passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rag.errors import EmptyLibraryError, InputError, MismatchError, StoreError
from rag.ports import Vectors
from rag.store.database import Database
from rag.store.index import PassageIndex
from rag.store.lock import writer_lock
from rag.store.rows import ARTICLE_COLUMNS, HIT_COLUMNS, article_row, to_article, to_day, to_passage
from rag.types import Action, Article, LibraryStats, Passage, Source

DATABASE = "library.db"

_VISIBLE = "(a.published IS NULL OR a.published <= coalesce(:as_of, '9999'))"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to store: `texts` are what its passages are indexed by, one for each."""

    article: Article
    passages: Sequence[Passage] = field(repr=False)
    texts: Sequence[str] = field(repr=False)


class Library:
    """Everything the assistant may quote. Safe to share between threads; one writer at a time over all processes."""

    def __init__(self, database: Database, path: Path | None, model: str) -> None:
        """Use `open`, `create` or `in_memory`."""
        self.path = path
        self.model = model
        self.index = PassageIndex(database, path, model)
        self._database = database

    @classmethod
    def open(cls, path: Path, *, model: str = "", rebuilding: bool = False) -> Library:
        """Return the library in a folder.

        Args:
            model: Name of the embedder that will search or write it; empty when neither is going to happen.
            rebuilding: Accept a library that another embedder built: the caller is about to embed it anew.

        Raises:
            EmptyLibraryError: there is none.
            MismatchError: another embedder built it.
        """
        if not (path / DATABASE).is_file():
            raise EmptyLibraryError(f"there is no library at {str(path)!r}; type: rag ingest PATH --library {str(path)!r}")
        library = cls(Database(path / DATABASE, create=False), path, model)
        return library if rebuilding else library._checked()

    @classmethod
    def create(cls, path: Path, *, model: str) -> Library:
        """Return the library in a folder, made when there is none.

        Raises:
            StoreError: the folder cannot be made or written.
            MismatchError: another embedder built it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the library folder {str(path)!r}: {error.strerror}; name another with --library"
            ) from error
        return cls(Database(path / DATABASE, create=True), path, model)._checked()

    @classmethod
    def in_memory(cls, *, model: str) -> Library:
        """Return an empty library that lives as long as the process."""
        return cls(Database(None, create=True), None, model)

    def _checked(self) -> Library:
        """Return self where our embedder is the library's own."""
        stored = self.embedder
        if self.model and stored and stored != self.model:
            self.close()
            raise MismatchError(
                f"the library {str(self.path)!r} was built with the embedder {stored!r}, not {self.model!r}; set embed.model "
                f"back, or embed it anew with: rag library rebuild --library {str(self.path)!r}"
            )
        return self

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading articles

    @property
    def embedder(self) -> str:
        """Name of the embedder that built the library; empty while it holds nothing."""
        rows = self._database.rows("SELECT value FROM meta WHERE key = 'embedder'")
        return str(rows[0][0]) if rows else ""

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the library does not hold it.
        """
        rows = self._database.rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = :id", id=article_id)
        if not rows:
            raise InputError(f"no article {article_id!r} in the library; `rag library list` shows all ids")
        origins = self._database.rows("SELECT origin FROM origins WHERE article_id = :id ORDER BY origin", id=article_id)
        return to_article(rows[0], origin=origins[0][0] if origins else "")

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        rows = self._database.rows(
            "SELECT id, title, publisher, published, url FROM articles ORDER BY published IS NULL, published DESC, title, id"
        )
        return [Source(id_, title, publisher, to_day(published), url) for id_, title, publisher, published, url in rows]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return [row[0] for row in self._database.rows("SELECT id FROM articles ORDER BY id")]

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        rows = self._database.rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id WHERE a.id = :id ORDER BY p.start",
            id=article_id,
        )
        return [to_passage(row)[0] for row in rows]

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._database.rows("SELECT count(*) FROM articles")[0][0])

    def stats(self) -> LibraryStats:
        """Return counts and sizes."""
        articles, dated, publishers, first, last = self._database.rows(
            "SELECT count(*), count(published), count(DISTINCT nullif(publisher, '')), min(published), max(published) "
            "FROM articles"
        )[0]
        files = [file for file in self.path.rglob("*") if file.is_file()] if self.path else []
        return LibraryStats(
            path=str(self.path or ""),
            articles=articles,
            passages=self._database.rows("SELECT count(*) FROM passages")[0][0],
            publishers=publishers,
            dated_articles=dated,
            first_published=to_day(first),
            last_published=to_day(last),
            embedder=self.embedder,
            generation=self.index.number,
            bytes_on_disk=sum(file.stat().st_size for file in files),
        )

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock of the library, and publish what was written when the block ends, however it ends."""
        if self.path is None:
            yield
            self.index.publish()
            return
        with writer_lock(self.path):
            try:
                yield
            finally:
                self.index.publish()

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing."""
        rows = self._database.rows("SELECT content_hash FROM articles WHERE id = :id", id=article.id)
        if rows:
            return Action.UNCHANGED if rows[0][0] == article.content_hash else Action.UPDATED
        if article.origin and self._database.rows("SELECT 1 FROM origins WHERE origin = :origin", origin=article.origin):
            return Action.UPDATED
        return Action.ADDED

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        found: set[str] = set()
        for text_hash in hashes:
            if self._database.rows(
                "SELECT 1 FROM vectors WHERE text_hash = :hash AND model = :model", hash=text_hash, model=self.model
            ):
                found.add(text_hash)
        return found

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles in one transaction; each replaces what its id, or its origin, held before.

        Args:
            vectors: By text hash, those that `known_texts` did not name.
        """
        with self._database.transaction():
            self._database.run("INSERT OR IGNORE INTO meta VALUES ('embedder', :model)", model=self.model)
            self._put_vectors(vectors)
            for entry in entries:
                self._replace(entry)

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""
        if self._database.rows(
            "SELECT 1 FROM origins WHERE origin = :origin AND article_id = :id", origin=article.origin, id=article.id
        ):
            return
        with self._database.transaction():
            self._set_origin(article)

    def remove(self, article_id: str) -> None:
        """Remove an article; it is hidden from every search at once.

        Raises:
            InputError: the library does not hold it.
        """
        self.article(article_id)
        with self._database.transaction():
            self._delete(article_id)

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash, in one transaction."""
        with self._database.transaction():
            self._put_vectors(vectors)

    def adopt_embedder(self) -> None:
        """Make our embedder the library's own, once every passage has a vector of it."""
        with self._database.transaction():
            self._database.run("INSERT OR REPLACE INTO meta VALUES ('embedder', :model)", model=self.model)
        self.index = PassageIndex(self._database, self.path, self.model)

    # Rows

    def _put_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        for key, vector in vectors.items():
            blob = np.asarray(vector, dtype="<f4").tobytes()
            self._database.run("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", key, self.model, blob)

    def _replace(self, entry: Entry) -> None:
        article = entry.article
        if self._database.rows("SELECT 1 FROM articles WHERE id = :id", id=article.id):
            self._delete(article.id, keep_origins=True)
        columns = ARTICLE_COLUMNS.count(",") + 1
        self._database.run(
            f"INSERT OR REPLACE INTO articles ({ARTICLE_COLUMNS}) VALUES ({', '.join('?' * columns)})", *article_row(article)
        )
        self._set_origin(article)
        for passage, text in zip(entry.passages, entry.texts, strict=True):
            self._database.run(
                'INSERT INTO passages (id, article_id, start, "end", heading, text_hash) VALUES (?, ?, ?, ?, ?, ?)',
                passage.id,
                article.id,
                passage.start,
                passage.end,
                passage.heading,
                text_hash(text),
            )
            self._database.run(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", self._database.connection.last_insert_rowid(), text
            )

    def _set_origin(self, article: Article) -> None:
        """Point the article's origin at it, and remove the article that stood there if it stands nowhere else."""
        if not article.origin:
            return
        before = self._database.rows("SELECT article_id FROM origins WHERE origin = :origin", origin=article.origin)
        self._database.run("INSERT OR REPLACE INTO origins VALUES (:origin, :id)", origin=article.origin, id=article.id)
        for (old,) in before:
            if old != article.id and not self._database.rows("SELECT 1 FROM origins WHERE article_id = :id", id=old):
                self._delete(old)

    def _delete(self, article_id: str, *, keep_origins: bool = False) -> None:
        self._database.run(
            "DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = :id)", id=article_id
        )
        self._database.run("DELETE FROM passages WHERE article_id = :id", id=article_id)
        if not keep_origins:
            self._database.run("DELETE FROM origins WHERE article_id = :id", id=article_id)
            self._database.run("DELETE FROM articles WHERE id = :id", id=article_id)


def text_hash(text: str) -> str:
    """Return the key under which the vector of a text is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

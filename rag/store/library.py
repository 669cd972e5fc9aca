"""The library: articles, passages, vectors and words on disk, or in memory for a handful of passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import RLock
from typing import Any

import apsw
import numpy as np

from rag.errors import DiskFullError, EmptyLibraryError, InputError, MismatchError, StoreError
from rag.ports import Vectors
from rag.store import generation as generations
from rag.store.database import connect, translated
from rag.store.generation import Generation, Numbers
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

    def __init__(self, connection: apsw.Connection, path: Path | None, model: str) -> None:
        """Use `open`, `create` or `in_memory`."""
        self.path = path
        self.model = model
        self._connection = connection
        self._lock = RLock()
        self._generation: Generation | None = None

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
        library = cls(connect(path / DATABASE, create=False), path, model)
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
        return cls(connect(path / DATABASE, create=True), path, model)._checked()

    @classmethod
    def in_memory(cls, *, model: str) -> Library:
        """Return an empty library that lives as long as the process."""
        return cls(connect(None, create=True), None, model)

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
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading articles

    @property
    def embedder(self) -> str:
        """Name of the embedder that built the library; empty while it holds nothing."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'embedder'")
        return str(rows[0][0]) if rows else ""

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the library does not hold it.
        """
        rows = self._rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = :id", id=article_id)
        if not rows:
            raise InputError(f"no article {article_id!r} in the library; `rag library list` shows all ids")
        origins = self._rows("SELECT origin FROM origins WHERE article_id = :id ORDER BY origin", id=article_id)
        return to_article(rows[0], origin=origins[0][0] if origins else "")

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        rows = self._rows(
            "SELECT id, title, publisher, published, url FROM articles ORDER BY published IS NULL, published DESC, title, id"
        )
        return [Source(id_, title, publisher, to_day(published), url) for id_, title, publisher, published, url in rows]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY id")]

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        rows = self._rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id WHERE a.id = :id ORDER BY p.start",
            id=article_id,
        )
        return [to_passage(row)[0] for row in rows]

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._rows("SELECT count(*) FROM articles")[0][0])

    def stats(self) -> LibraryStats:
        """Return counts and sizes."""
        articles, dated, publishers, first, last = self._rows(
            "SELECT count(*), count(published), count(DISTINCT nullif(publisher, '')), min(published), max(published) "
            "FROM articles"
        )[0]
        files = [file for file in self.path.rglob("*") if file.is_file()] if self.path else []
        return LibraryStats(
            path=str(self.path or ""),
            articles=articles,
            passages=self._rows("SELECT count(*) FROM passages")[0][0],
            publishers=publishers,
            dated_articles=dated,
            first_published=to_day(first),
            last_published=to_day(last),
            embedder=self.embedder,
            generation=self.generation,
            bytes_on_disk=sum(file.stat().st_size for file in files),
        )

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock of the library, and publish what was written when the block ends, however it ends."""
        if self.path is None:
            yield
            self.publish()
            return
        with writer_lock(self.path):
            try:
                yield
            finally:
                self.publish()

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing."""
        rows = self._rows("SELECT content_hash FROM articles WHERE id = :id", id=article.id)
        if rows:
            return Action.UNCHANGED if rows[0][0] == article.content_hash else Action.UPDATED
        if article.origin and self._rows("SELECT 1 FROM origins WHERE origin = :origin", origin=article.origin):
            return Action.UPDATED
        return Action.ADDED

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        found: set[str] = set()
        for text_hash in hashes:
            if self._rows("SELECT 1 FROM vectors WHERE text_hash = :hash AND model = :model", hash=text_hash, model=self.model):
                found.add(text_hash)
        return found

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles in one transaction; each replaces what its id, or its origin, held before.

        Args:
            vectors: By text hash, those that `known_texts` did not name.
        """
        with self._transaction():
            self._run("INSERT OR IGNORE INTO meta VALUES ('embedder', :model)", model=self.model)
            self._put_vectors(vectors)
            for entry in entries:
                self._replace(entry)

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""
        if self._rows(
            "SELECT 1 FROM origins WHERE origin = :origin AND article_id = :id", origin=article.origin, id=article.id
        ):
            return
        with self._transaction():
            self._set_origin(article)

    def remove(self, article_id: str) -> None:
        """Remove an article; it is hidden from every search at once.

        Raises:
            InputError: the library does not hold it.
        """
        self.article(article_id)
        with self._transaction():
            self._delete(article_id)

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash, in one transaction."""
        with self._transaction():
            self._put_vectors(vectors)

    def adopt_embedder(self) -> None:
        """Make our embedder the library's own, once every passage has a vector of it."""
        with self._transaction():
            self._run("INSERT OR REPLACE INTO meta VALUES ('embedder', :model)", model=self.model)
        self._generation = None

    def publish(self) -> None:
        """Publish a new generation if the current one lacks passages or holds removed ones."""
        with self._lock, translated(self.path):
            highest, count = self._rows("SELECT coalesce(max(number), 0), count(*) FROM passages")[0]
            current = self._current()
            if (current.manifest.highest, current.manifest.count) == (highest, count) and (
                current.manifest.number or self.path is None
            ):
                return
            self._generation = generations.build(*self._vectors(above=0), model=self.model)
            if self.path:
                try:
                    self._generation = generations.publish(self.path / "index", self._generation)
                except OSError as error:
                    raise DiskFullError(
                        f"cannot write the index of {str(self.path)!r}: {error.strerror}; every stored article is intact. Free "
                        "some room, then type: rag library rebuild"
                    ) from error

    # Searching

    @property
    def generation(self) -> int:
        """Number of the index generation that searches use; 0 while none was published."""
        return self._current().manifest.number if self.model else generations.current_number((self.path or Path()) / "index")

    def nearest(self, vector: Vectors, *, k: int, as_of: date | None = None) -> list[tuple[str, float]]:
        """Return the `k` passages whose vectors are nearest to `vector`, as (passage id, cosine), best first."""
        with self._lock:
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
        rows = self._rows(
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
        rows = self._rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id "
            "WHERE p.id IN (SELECT value FROM carray(:ids))",
            ids=apsw.carray(tuple(ids)),
        )
        return {row[0]: to_passage(row) for row in rows}

    def _alive(self, numbers: Numbers, as_of: date | None) -> dict[int, str]:
        """Return {number: passage id} of those passages that exist and are visible."""
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return {}
        rows = self._rows(
            "SELECT p.number, p.id FROM passages p JOIN articles a ON a.id = p.article_id "
            f"WHERE p.number IN (SELECT value FROM carray(:numbers)) AND {_VISIBLE}",
            numbers=apsw.carray(np.ascontiguousarray(numbers, dtype=np.int64), flags=apsw.SQLITE_CARRAY_INT64),
            as_of=as_of.isoformat() if as_of else None,
        )
        return dict(rows)

    def _current(self) -> Generation:
        """Return the generation to search, read again when another process has published."""
        with self._lock:
            loaded = self._generation
            folder = self.path / "index" if self.path else None
            if loaded and (folder is None or loaded.manifest.number == generations.current_number(folder)):
                return loaded
            found = generations.load(folder, model=self.model) if folder else None
            self._generation = found or generations.build(*self._vectors(above=0), model=self.model)
            return self._generation

    def _vectors(self, *, above: int) -> tuple[Numbers, Vectors]:
        """Return the numbers, shape (n,), and vectors, shape (n, dimensions), of the passages numbered above `above`."""
        rows = self._rows(
            "SELECT p.number, v.vector FROM passages p JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model "
            "WHERE p.number > :above ORDER BY p.number",
            model=self.model,
            above=above,
        )
        if not rows:
            dimensions = self._generation.manifest.dimensions if self._generation else 1
            return np.zeros(0, dtype=np.int64), np.zeros((0, dimensions), dtype=np.float32)
        numbers = np.array([number for number, _ in rows], dtype=np.int64)
        return numbers, np.stack([np.frombuffer(blob, dtype="<f4") for _, blob in rows]).astype(np.float32)

    # Rows

    def _put_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        for key, vector in vectors.items():
            blob = np.asarray(vector, dtype="<f4").tobytes()
            self._run("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", key, self.model, blob)

    def _replace(self, entry: Entry) -> None:
        article = entry.article
        if self._rows("SELECT 1 FROM articles WHERE id = :id", id=article.id):
            self._delete(article.id, keep_origins=True)
        columns = ARTICLE_COLUMNS.count(",") + 1
        self._run(
            f"INSERT OR REPLACE INTO articles ({ARTICLE_COLUMNS}) VALUES ({', '.join('?' * columns)})", *article_row(article)
        )
        self._set_origin(article)
        for passage, text in zip(entry.passages, entry.texts, strict=True):
            self._run(
                'INSERT INTO passages (id, article_id, start, "end", heading, text_hash) VALUES (?, ?, ?, ?, ?, ?)',
                passage.id,
                article.id,
                passage.start,
                passage.end,
                passage.heading,
                text_hash(text),
            )
            self._run("INSERT INTO words (rowid, text) VALUES (?, ?)", self._connection.last_insert_rowid(), text)

    def _set_origin(self, article: Article) -> None:
        """Point the article's origin at it, and remove the article that stood there if it stands nowhere else."""
        if not article.origin:
            return
        before = self._rows("SELECT article_id FROM origins WHERE origin = :origin", origin=article.origin)
        self._run("INSERT OR REPLACE INTO origins VALUES (:origin, :id)", origin=article.origin, id=article.id)
        for (old,) in before:
            if old != article.id and not self._rows("SELECT 1 FROM origins WHERE article_id = :id", id=old):
                self._delete(old)

    def _delete(self, article_id: str, *, keep_origins: bool = False) -> None:
        self._run("DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = :id)", id=article_id)
        self._run("DELETE FROM passages WHERE article_id = :id", id=article_id)
        if not keep_origins:
            self._run("DELETE FROM origins WHERE article_id = :id", id=article_id)
            self._run("DELETE FROM articles WHERE id = :id", id=article_id)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, translated(self.path), self._connection:
            yield

    def _rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self._lock, translated(self.path):
            return list(self._connection.execute(sql, values))

    def _run(self, sql: str, *positional: Any, **named: Any) -> None:
        with self._lock:
            self._connection.execute(sql, positional or named)


def text_hash(text: str) -> str:
    """Return the key under which the vector of a text is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

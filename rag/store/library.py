"""The library: articles, passages, vectors and words on disk, or in memory for a handful of passages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import apsw

from rag.errors import EmptyLibraryError, StoreError
from rag.ports import Vectors
from rag.store import record
from rag.store.database import Database
from rag.store.index import PassageIndex
from rag.store.listing import Listed, catalogue
from rag.store.lock import writer_lock
from rag.store.record import Record
from rag.store.refusal import no_article, other_embedder
from rag.store.rows import (
    ARTICLE_COLUMNS,
    CANONICAL,
    HIT_COLUMNS,
    SOURCE_COLUMNS,
    VERSION_COLUMNS,
    stored_flags,
    to_article,
    to_day,
    to_passage,
    to_source,
    to_version,
)
from rag.store.tables import Entry, Tables
from rag.store.vectors import decode
from rag.types import Action, Article, IngestItem, LibraryStats, Passage, Source, Version

DATABASE = "library.db"


class Library:
    """Everything the assistant may quote. Safe to share between threads; one writer at a time over all processes."""

    def __init__(self, database: Database, path: Path | None, model: str) -> None:
        """Use `open`, `create` or `in_memory`."""
        self.path = path
        self.model = model
        self.index = PassageIndex(database, path, model)
        self._database = database
        self._tables = Tables(database)

    @classmethod
    def open(
        cls, path: Path, *, model: str = "", rebuilding: bool = False, as_built: bool = False, accept_loss: bool = False
    ) -> Library:
        """Return the library in a folder.

        Args:
            model: Name of the embedder that will search or write it; empty when neither is going to happen.
            rebuilding: Accept a library that another embedder built: the caller is about to embed it anew.
            as_built: Take `model` from the library itself: the caller writes it without embedding anything.
            accept_loss: Accept a library that lost commits: the caller is about to repair it.

        Raises:
            EmptyLibraryError: there is none.
            MismatchError: another embedder built it.
            CorruptError: its database or journal is damaged.
        """
        if not (path / DATABASE).is_file():
            raise EmptyLibraryError(f"there is no library at {str(path)!r}; type: rag ingest PATH --library {str(path)!r}")
        library = cls(Database(path / DATABASE, create=False, accept_loss=accept_loss), path, model)
        if as_built:
            library._use(library.embedder)
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
            place = repr(str(self.path))
            raise other_embedder(f"library {place}", stored, self.model, anew=f"rag library rebuild --library {place}")
        return self

    def _use(self, model: str) -> None:
        """Search and write as the embedder of that name."""
        self.model = model
        self.index = PassageIndex(self._database, self.path, model)

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading articles

    @property
    def location(self) -> str:
        """Its folder; empty in memory."""
        return str(self.path or "")

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
        rows = self._database.rows(
            f"SELECT {ARTICLE_COLUMNS}, {CANONICAL}, coalesce((SELECT pieces FROM removed r WHERE r.number = a.number), ''), "
            "coalesce((SELECT min(origin) FROM origins WHERE article_id = a.id), '') FROM articles a WHERE id = :id",
            id=article_id,
        )
        if not rows:
            raise no_article([article_id])
        *row, canonical, pieces, origin = rows[0]
        return to_article(row, origin=origin, canonical=canonical, pieces=pieces)

    def versions(self, article_id: str) -> list[Version]:
        """Return what an article was before its text or title changed, the earliest first; nothing where it never did.

        Raises:
            InputError: the library does not hold it.
        """
        if not self._tables.existing([article_id]):
            raise no_article([article_id])
        rows = self._database.rows(
            f"SELECT {VERSION_COLUMNS} FROM versions v JOIN articles a USING (number) WHERE a.id = :id ORDER BY version",
            id=article_id,
        )
        return [to_version(row) for row in rows]

    def group_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return for each of the articles that the library holds the id of the one that it is a copy of, else its own.

        Articles of one value are one independent source.
        """
        if not article_ids:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            f"SELECT a.id, coalesce({CANONICAL}, a.id) FROM articles a WHERE a.id IN (SELECT value FROM carray(:ids))",
            ids=apsw.carray(tuple(article_ids)),
        )
        return dict(rows)

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        rows = self._database.rows(
            f"SELECT {SOURCE_COLUMNS} FROM articles a ORDER BY published IS NULL, published DESC, title, id"
        )
        return [to_source(row) for row in rows]

    def catalogue(self) -> list[Listed]:
        """Return what is known of every article, in the order of `sources`."""
        return catalogue(
            self._database.rows(
                f"SELECT {SOURCE_COLUMNS}, a.author, a.language, a.section, a.updated, a.provenance, (SELECT count(*) FROM "
                "versions v WHERE v.number = a.number) FROM articles a ORDER BY published IS NULL, published DESC, title, id"
            )
        )

    def listed(self, *, limit: int, offset: int = 0, publisher: str = "") -> list[Source]:
        """Return a page of `sources`, of one publisher alone where one is named as the library has it."""
        rows = self._database.rows(
            f"SELECT {SOURCE_COLUMNS} FROM articles a WHERE (:publisher = '' OR publisher = :publisher) "
            "ORDER BY published IS NULL, published DESC, title, id LIMIT :limit OFFSET :offset",
            publisher=publisher,
            limit=limit,
            offset=offset,
        )
        return [to_source(row) for row in rows]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return [row[0] for row in self._database.rows("SELECT id FROM articles ORDER BY id")]

    def select(self, *, publisher: str = "", before: date | None = None) -> list[str]:
        """Return the ids, in order, of the articles of a publisher (case does not matter) that were published before a day.

        An article without a date was published before none; without either all ids are returned.
        """
        rows = self._database.rows(
            "SELECT id, publisher FROM articles WHERE (:before IS NULL OR published < :before) ORDER BY id",
            before=before.isoformat() if before else None,
        )
        wanted = publisher.casefold()
        return [id_ for id_, name in rows if not wanted or name.casefold() == wanted]

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        rows = self._database.rows(
            f"SELECT {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id WHERE a.id = :id ORDER BY p.start",
            id=article_id,
        )
        return [to_passage(row)[0] for row in rows]

    def text_hashes_of(self, article_id: str) -> list[str]:
        """Return the keys of the vectors of an article's passages, in the order of `passages_of`."""
        rows = self._database.rows("SELECT text_hash FROM passages WHERE article_id = :id ORDER BY start", id=article_id)
        return [text_hash for (text_hash,) in rows]

    def records(self, article_ids: Sequence[str]) -> list[Record]:
        """Return all that is kept of articles, in the order given.

        Raises:
            InputError: the library does not hold one of them.
        """
        self._check_held(article_ids)
        return list(record.read(self._database, article_ids))

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return those vectors of our embedder that are stored, by text hash: float32, shape (dimensions,)."""
        if not hashes:  # an array of SQL cannot be empty
            return {}
        rows = self._database.rows(
            "SELECT text_hash, vector FROM vectors WHERE model = :model AND text_hash IN (SELECT value FROM carray(:hashes))",
            model=self.model,
            hashes=apsw.carray(tuple(hashes)),
        )
        return dict(zip((key for key, _ in rows), decode([blob for _, blob in rows]), strict=True))

    def lacks_vectors(self) -> bool:
        """Return whether a passage has no vector of our embedder."""
        missing = "SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model = :model"
        rows = self._database.rows(f"SELECT 1 FROM passages p WHERE NOT EXISTS ({missing}) LIMIT 1", model=self.model)
        return bool(rows) or self.embedder != self.model

    @property
    def database(self) -> Database:
        """The database, for what looks after the library: verify, backup, restore, compact."""
        return self._database

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._database.rows("SELECT count(*) FROM articles")[0][0])

    def stats(self) -> LibraryStats:
        """Return counts and sizes."""
        # Each reads an index: without one of its own, a count of publishers reads the text of every article.
        counts = "(SELECT count(*) FROM articles), (SELECT count(*) FROM articles WHERE published IS NOT NULL)"
        names = "(SELECT count(*) FROM (SELECT DISTINCT publisher FROM articles WHERE publisher != ''))"
        days = "(SELECT min(published) FROM articles), (SELECT max(published) FROM articles)"
        articles, dated, publishers, first, last = self._database.rows(f"SELECT {counts}, {names}, {days}")[0]
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
            bytes_on_disk=_bytes_under(self.path) if self.path else 0,
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
        """Return what storing the article would do: add, update, or nothing. Other flags are an update too."""
        rows = self._database.rows("SELECT content_hash, flags FROM articles WHERE id = :id", id=article.id)
        if rows:
            is_same = rows[0] == (article.content_hash, stored_flags(article))
            return Action.UNCHANGED if is_same else Action.UPDATED
        if article.origin and self._database.rows("SELECT 1 FROM origins WHERE origin = :origin", origin=article.origin):
            return Action.UPDATED
        return Action.ADDED

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        if not hashes:  # an array of SQL cannot be empty
            return set()
        rows = self._database.rows(
            "SELECT text_hash FROM vectors WHERE model = :model AND text_hash IN (SELECT value FROM carray(:hashes))",
            model=self.model,
            hashes=apsw.carray(tuple(hashes)),
        )
        return {text_hash for (text_hash,) in rows}

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles in one transaction; each replaces what its id, or its origin, held before.

        Args:
            entries: No two of one id or origin.
            vectors: By text hash, those that `known_texts` did not name.
        """
        with self._database.transaction():
            self._database.run("INSERT OR IGNORE INTO meta VALUES ('embedder', :model)", model=self.model)
            self._tables.put_vectors(self.model, vectors)
            self._tables.put(entries)

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""
        known = "SELECT 1 FROM origins WHERE origin = :origin AND article_id = :id"
        if not article.origin or self._database.rows(known, origin=article.origin, id=article.id):
            return
        with self._database.transaction():
            self._tables.set_origins([article])

    def recall(self, reading: str) -> IngestItem | None:
        """Return what to report of a record that was read so: the article is there, and reading it would change nothing."""
        rows = self._database.rows(
            "SELECT o.origin, a.id, a.title FROM origins o JOIN articles a ON a.id = o.article_id WHERE o.reading = :reading",
            reading=bytes.fromhex(reading),
        )
        return IngestItem(rows[0][0], Action.UNCHANGED, rows[0][1], rows[0][2]) if rows else None

    def stands(self, article: Article) -> bool:
        """Return whether the article is stored just so, and stands at its origin: storing it would change nothing at all."""
        rows = self._database.rows(
            "SELECT a.content_hash, a.flags FROM origins o JOIN articles a ON a.id = o.article_id "
            "WHERE o.origin = :origin AND a.id = :id",
            origin=article.origin,
            id=article.id,
        )
        return rows == [(article.content_hash, stored_flags(article))]

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from that are stored already, just so, at their origins; others are passed over."""
        with self._database.transaction():
            self._tables.note_readings(articles)

    def remove(self, *article_ids: str) -> None:
        """Remove articles, all or none; they are hidden from every search at once.

        Raises:
            InputError: the library does not hold one of them.
        """
        self._check_held(article_ids)
        with self._database.transaction():
            self._tables.delete(article_ids)

    def take_over(self, records: Sequence[Record], vectors: Mapping[str, Vectors]) -> None:
        """Store articles as another store kept them, in one transaction; what their ids and origins held before is gone.

        Args:
            records: No two of one id or origin.
            vectors: By text hash, at least those that `known_texts` did not name.
        """
        with self._database.transaction():
            self._database.run("INSERT OR IGNORE INTO meta VALUES ('embedder', :model)", model=self.model)
            self._tables.put_vectors(self.model, vectors)
            record.put(self._database, records)

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash, in one transaction."""
        with self._database.transaction():
            self._tables.put_vectors(self.model, vectors)

    def adopt_embedder(self) -> None:
        """Make our embedder the library's own, once every passage has a vector of it."""
        with self._database.transaction():
            self._database.run("INSERT OR REPLACE INTO meta VALUES ('embedder', :model)", model=self.model)
        self._use(self.model)

    def _check_held(self, article_ids: Sequence[str]) -> None:
        missing = sorted(set(article_ids) - set(self._tables.existing(article_ids)))
        if missing:
            raise no_article(missing)


def _bytes_under(folder: Path) -> int:
    """Return how many bytes a folder's files have; what is renamed or deleted meanwhile counts as nothing."""
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                found += os.stat(os.path.join(place, name)).st_size
    return found

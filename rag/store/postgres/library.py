"""The library in PostgreSQL: what `rag.store.library` is on a disk, for any number of readers and writers on any machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import EmptyLibraryError
from rag.ports import Vectors
from rag.store.listing import Listed, catalogue
from rag.store.postgres import record, upkeep
from rag.store.postgres.columns import (
    ARTICLE_COLUMNS,
    ARTICLES,
    CANONICAL,
    HIT_COLUMNS,
    SOURCE_COLUMNS,
    VERSION_COLUMNS,
    day,
    month_of,
)
from rag.store.postgres.migrate import migrate, version_of
from rag.store.postgres.passages import StoredPassages
from rag.store.postgres.pool import Pool
from rag.store.postgres.replicas import Reading
from rag.store.postgres.schema import PART, STEPS
from rag.store.postgres.tables import Tables
from rag.store.postgres.vectors import unpacked
from rag.store.record import Record
from rag.store.refusal import no_article, other_embedder
from rag.store.rows import stored_flags, to_article, to_day, to_passage, to_source, to_version
from rag.store.tables import Entry, text_hash
from rag.types import Action, Article, IngestItem, LibraryStats, Passage, Source, Version

if TYPE_CHECKING:
    from psycopg import Connection

_ORDER = "ORDER BY a.published IS NULL, a.published DESC, a.title, a.id"


class PostgresLibrary:
    """Everything the assistant may quote. Safe to share between threads; any number of processes write at once."""

    path: Path | None = None

    def __init__(self, pool: Pool, model: str, replicas: Sequence[str] = ()) -> None:
        """Use `open` or `create`."""
        self.model = model
        self._pool = pool
        self._reading = Reading(pool, replicas)
        self.index = StoredPassages(self._reading, model)
        self._months: set[str] = set()
        self._wrote = False

    @classmethod
    def open(
        cls,
        address: str,
        *,
        model: str = "",
        replicas: Sequence[str] = (),
        rebuilding: bool = False,
        as_built: bool = False,
    ) -> PostgresLibrary:
        """Return the library at an address.

        Args:
            model: Name of the embedder that will search or write it; empty when neither is going to happen.
            replicas: Addresses that searches go to; what was just stored may be found there a moment later only.
            rebuilding: Accept a library that another embedder built: the caller is about to embed it anew.
            as_built: Take `model` from the library itself: the caller writes it without embedding anything.

        Raises:
            EmptyLibraryError: there is none.
            MismatchError: another embedder built it, or a newer version of this program.
            StoreError: the server cannot be reached or used.
        """
        pool = Pool(address)
        try:
            if not version_of(pool, PART):
                raise EmptyLibraryError(f"there is no library at {pool.location!r} yet; type: rag ingest PATH")
            return cls._at(pool, model, replicas, rebuilding=rebuilding, as_built=as_built)
        except BaseException:
            pool.close()
            raise

    @classmethod
    def create(cls, address: str, *, model: str, replicas: Sequence[str] = ()) -> PostgresLibrary:
        """Return the library at an address, its tables made when there are none.

        Raises:
            StoreError: the server cannot be reached, or lets the user make no tables.
            MismatchError: another embedder built it, or a newer version of this program.
        """
        pool = Pool(address)
        try:
            return cls._at(pool, model, replicas)
        except BaseException:
            pool.close()
            raise

    @classmethod
    def _at(
        cls, pool: Pool, model: str, replicas: Sequence[str], *, rebuilding: bool = False, as_built: bool = False
    ) -> PostgresLibrary:
        upkeep.check_server(pool)
        migrate(pool, PART, STEPS)
        library = cls(pool, model, replicas)
        stored = library.embedder
        if as_built:
            library._use(stored)
        elif model and stored and stored != model and not rebuilding:
            library.close()
            raise other_embedder(f"library {pool.location!r}", stored, model)
        return library

    def _use(self, model: str) -> None:
        """Search and write as the embedder of that name."""
        self.model = model
        self.index = StoredPassages(self._reading, model)

    def close(self) -> None:
        """Give the connections up; closing twice is harmless."""
        self._reading.close()
        self._pool.close()

    def __enter__(self) -> PostgresLibrary:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading articles

    @property
    def location(self) -> str:
        """Its address, without the password."""
        return self._pool.location

    @property
    def embedder(self) -> str:
        """Name of the embedder that built the library; empty while it holds nothing."""
        return str(self._pool.rows("SELECT embedder FROM state")[0][0])

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the library does not hold it.
        """
        rows = self._pool.rows(
            f"SELECT {ARTICLE_COLUMNS}, {CANONICAL}, coalesce((SELECT pieces FROM removed r WHERE r.number = a.number), ''), "
            f"coalesce((SELECT min(origin) FROM origins o WHERE o.article = a.number), '') FROM {ARTICLES} WHERE a.id = %s",
            [article_id],
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
        rows = self._pool.rows(
            f"SELECT {VERSION_COLUMNS} FROM articles a LEFT JOIN versions v USING (number) WHERE a.id = %s ORDER BY version",
            [article_id],
        )
        if not rows:
            raise no_article([article_id])
        return [to_version(row) for row in rows if row[0] is not None]

    def group_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return for each of the articles that the library holds the id of the one that it is a copy of, else its own."""
        return dict(
            self._pool.rows(
                f"SELECT a.id, coalesce({CANONICAL}, a.id) FROM articles a WHERE a.id = ANY(%s)", [list(article_ids)]
            )
        )

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        return [to_source(row) for row in self._pool.rows(f"SELECT {SOURCE_COLUMNS} FROM articles a {_ORDER}")]

    def catalogue(self) -> list[Listed]:
        """Return what is known of every article, in the order of `sources`."""
        return catalogue(
            self._pool.rows(
                f"SELECT {SOURCE_COLUMNS}, a.author, a.language, a.section, {day('a.updated')}, a.provenance, "
                f"(SELECT count(*) FROM versions v WHERE v.number = a.number) FROM articles a {_ORDER}"
            )
        )

    def listed(self, *, limit: int, offset: int = 0, publisher: str = "") -> list[Source]:
        """Return a page of `sources`, of one publisher alone where one is named as the library has it."""
        rows = self._pool.rows(
            f"SELECT {SOURCE_COLUMNS} FROM articles a WHERE (%(publisher)s = '' OR publisher = %(publisher)s) {_ORDER} "
            "LIMIT %(limit)s OFFSET %(offset)s",
            {"publisher": publisher, "limit": limit, "offset": offset},
        )
        return [to_source(row) for row in rows]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return [id_ for (id_,) in self._pool.rows("SELECT id FROM articles ORDER BY id")]

    def select(self, *, publisher: str = "", before: date | None = None) -> list[str]:
        """Return the ids, in order, of the articles of a publisher (case does not matter) that were published before a day.

        An article without a date was published before none; without either all ids are returned.
        """
        wanted = publisher.casefold()
        rows = self._pool.rows(
            "SELECT id, publisher FROM articles WHERE (%(before)s::date IS NULL OR published < %(before)s) ORDER BY id",
            {"before": before},
        )
        return [id_ for id_, name in rows if not wanted or name.casefold() == wanted]

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        rows = self._pool.rows(
            f"SELECT {HIT_COLUMNS} FROM {ARTICLES} JOIN passages p ON p.article = a.number WHERE a.id = %s ORDER BY p.start",
            [article_id],
        )
        return [to_passage(row)[0] for row in rows]

    def text_hashes_of(self, article_id: str) -> list[str]:
        """Return the keys of the vectors of an article's passages, in the order of `passages_of`."""
        rows = self._pool.rows(
            "SELECT p.text_hash FROM articles a JOIN passages p ON p.article = a.number WHERE a.id = %s ORDER BY p.start",
            [article_id],
        )
        return [text_hash for (text_hash,) in rows]

    def records(self, article_ids: Sequence[str]) -> list[Record]:
        """Return all that is kept of articles, in the order given.

        Raises:
            InputError: the library does not hold one of them.
        """
        found = {each.article.id: each for each in record.read(self._pool, article_ids)}
        missing = sorted(set(article_ids) - found.keys())
        if missing:
            raise no_article(missing)
        return [found[id_] for id_ in article_ids]

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return those vectors of our embedder that are stored, by text hash: float32 to the bit, shape (dimensions,)."""
        rows = self._pool.rows(
            "SELECT v.text_hash, v.vector, m.dimensions FROM vectors v JOIN models m ON m.number = v.model "
            "WHERE m.name = %s AND v.text_hash = ANY(%s)",
            [self.model, list(hashes)],
            binary=True,
        )
        if not rows:
            return {}
        return dict(zip((key for key, _, _ in rows), unpacked([vector for _, vector, _ in rows], rows[0][2]), strict=True))

    def lacks_vectors(self) -> bool:
        """Return whether a passage has no vector of our embedder."""
        rows = self._pool.rows(
            "SELECT 1 FROM passages p WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash "
            "AND v.model = (SELECT number FROM models WHERE name = %s)) LIMIT 1",
            [self.model],
        )
        return bool(rows) or self.embedder != self.model

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._pool.rows("SELECT count(*) FROM articles")[0][0])

    def stats(self) -> LibraryStats:
        """Return counts and sizes."""
        articles, dated, publishers, first, last, n_bytes = self._pool.rows(
            "SELECT count(*), count(published), count(DISTINCT nullif(publisher, '')), "
            f"{day('min(published)')}, {day('max(published)')}, ({upkeep.SIZE}) FROM articles"
        )[0]
        return LibraryStats(
            path=self.location,
            articles=articles,
            passages=self.index.count(),
            publishers=publishers,
            dated_articles=dated,
            first_published=to_day(first),
            last_published=to_day(last),
            embedder=self.embedder,
            generation=self.index.number,
            bytes_on_disk=int(n_bytes),
        )

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write within this. Searches see each change at once; when the block ends, what makes them quick catches up."""
        try:
            yield
        finally:
            if self._wrote:
                self._wrote = False
                upkeep.catch_up(self._pool)

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing. Other flags are an update too."""
        rows = self._pool.rows(
            "SELECT content_hash, flags FROM articles WHERE id = %s UNION ALL SELECT NULL, NULL FROM origins WHERE key = %s",
            [article.id, text_hash(article.origin)],
        )
        if not rows:
            return Action.ADDED
        is_same = rows[0] == (article.content_hash, stored_flags(article))
        return Action.UNCHANGED if is_same else Action.UPDATED

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        rows = self._pool.rows(
            "SELECT text_hash FROM vectors WHERE model = (SELECT number FROM models WHERE name = %s) AND text_hash = ANY(%s)",
            [self.model, list(hashes)],
        )
        return {text_hash for (text_hash,) in rows}

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles in one transaction; each replaces what its id, or its origin, held before.

        Args:
            entries: No two of one id or origin.
            vectors: By text hash, those that `known_texts` did not name.

        Raises:
            InputError: a text holds a character that PostgreSQL cannot keep.
        """
        self._make_months(entry.article for entry in entries)

        def put(connection: Connection) -> None:
            tables = Tables(connection)
            tables.put_vectors(upkeep.model_number(connection, self.model, vectors), vectors)
            tables.put(entries, model=self.model)

        self._write(put)

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""
        known = "SELECT 1 FROM origins o JOIN articles a ON a.number = o.article WHERE o.key = %s AND a.id = %s"
        if article.origin and not self._pool.rows(known, [text_hash(article.origin), article.id]):
            self._write(lambda connection: Tables(connection).set_origins([(article.origin, article.id)]))

    def recall(self, reading: str) -> IngestItem | None:
        """Return what to report of a record that was read so: the article is there, and reading it would change nothing."""
        rows = self._pool.rows(
            "SELECT o.origin, a.id, a.title FROM origins o JOIN articles a ON a.number = o.article WHERE o.reading = %s",
            [reading],
        )
        return IngestItem(rows[0][0], Action.UNCHANGED, rows[0][1], rows[0][2]) if rows else None

    def stands(self, article: Article) -> bool:
        """Return whether the article is stored just so, and stands at its origin: storing it would change nothing at all."""
        rows = self._pool.rows(
            "SELECT a.content_hash, a.flags FROM origins o JOIN articles a ON a.number = o.article "
            "WHERE o.key = %s AND a.id = %s",
            [text_hash(article.origin), article.id],
        )
        return rows == [(article.content_hash, stored_flags(article))]

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from that are stored already, just so, at their origins; others are passed over."""
        self._pool.write(lambda connection: Tables(connection).note_readings(articles))

    def remove(self, *article_ids: str) -> None:
        """Remove articles, all or none; they are hidden from every search at once.

        Raises:
            InputError: the library does not hold one of them.
        """

        def take_out(connection: Connection) -> None:
            tables = Tables(connection)
            numbers = tables.locked(article_ids)
            missing = sorted(set(article_ids) - numbers.keys())
            if missing:
                raise no_article(missing)
            tables.remove(list(numbers.values()))

        if article_ids:
            self._write(take_out)

    def take_over(self, records: Sequence[Record], vectors: Mapping[str, Vectors]) -> None:
        """Store articles as another store kept them, in one transaction; what their ids and origins held before is gone.

        Args:
            records: No two of one id or origin.
            vectors: By text hash, at least those that `known_texts` did not name.
        """
        self._make_months(each.article for each in records)

        def put(connection: Connection) -> None:
            Tables(connection).put_vectors(upkeep.model_number(connection, self.model, vectors), vectors)
            record.put(connection, records, model=self.model)

        self._write(put)

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash, in one transaction."""

        def put(connection: Connection) -> None:
            tables = Tables(connection)
            tables.put_vectors(upkeep.model_number(connection, self.model, vectors), vectors)
            tables.note_commit()

        self._write(put)

    def adopt_embedder(self) -> None:
        """Make our embedder the library's own, once every passage has a vector of it."""
        self._write(
            lambda connection: connection.execute(b"UPDATE state SET embedder = %s, commits = commits + 1", [self.model])
        )

    def rebuild(self) -> None:
        """Make the indexes of vectors and words anew, and count all words again; searches go on meanwhile."""
        upkeep.rebuild(self._pool)

    def _write(self, work: Callable[[Connection], object]) -> None:
        self._wrote = True
        self._pool.write(work)
        upkeep.fold_if_many(self._pool)

    def _make_months(self, articles: Iterable[Article]) -> None:
        """Make the partitions that the articles' texts need."""
        missing = {month_of(article.published) for article in articles} - self._months
        if missing:
            upkeep.make_months(self._pool, missing)
            self._months |= missing

"""A store in Qdrant, as `rag.store.contract` has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag.errors import EmptyLibraryError
from rag.ports import Vectors
from rag.store.qdrant import readings
from rag.store.qdrant.address import Address
from rag.store.qdrant.articles import QdrantArticles
from rag.store.qdrant.client import Connection
from rag.store.qdrant.embedding import Embeddings
from rag.store.qdrant.head import Head
from rag.store.qdrant.passages import QdrantPassages
from rag.store.qdrant.points import make_records, passages_name, records_name
from rag.store.qdrant.writing import Draft, Item
from rag.store.record import Record
from rag.store.refusal import other_embedder
from rag.store.tables import Entry, text_hash
from rag.types import Article


class QdrantStore(QdrantArticles):
    """Everything the assistant may quote, in Qdrant. Safe to share between threads; one writer at a time over all processes."""

    def __init__(self, connection: Connection, address: Address, model: str, *, shards: int, replication: int) -> None:
        """Use `open` or `create`."""
        self.path: Path | None = None
        self._prefix = address.prefix
        self._spread = {"shards": shards, "replicas": replication}
        super().__init__(connection, Head(connection, records_name(address.prefix)), records_name(address.prefix))
        self._use(model)

    @classmethod
    def open(
        cls,
        address: Address,
        *,
        model: str = "",
        rebuilding: bool = False,
        as_built: bool = False,
        shards: int = 1,
        replication: int = 1,
    ) -> QdrantStore:
        """Return the store at an address.

        Args:
            model: Name of the embedder that will search or write it; empty when neither is going to happen.
            rebuilding: Accept a store that another embedder built: the caller is about to embed it anew.
            as_built: Take `model` from the store itself: the caller writes it without embedding anything.
            shards: Of the collection that embedding anew makes; `replication` servers hold each.

        Raises:
            EmptyLibraryError: there is none.
            MismatchError: another embedder built it.
            StoreError: the server cannot be reached.
        """
        connection = Connection(address, replication=replication)
        try:
            if not connection.has(records_name(address.prefix)):
                raise EmptyLibraryError(f"there is no store at {address.location!r}; type: rag ingest PATH")
            store = cls(connection, address, model, shards=shards, replication=replication)
            if as_built:
                store._use(store.embedder)
            return store if rebuilding else store._checked()
        except BaseException:
            connection.close()
            raise

    @classmethod
    def create(cls, address: Address, *, model: str, shards: int = 1, replication: int = 1) -> QdrantStore:
        """Return the store at an address, made when there is none.

        Args:
            shards: Of a new store; `replication` servers hold each.

        Raises:
            MismatchError: another embedder built it.
            StoreError: the server cannot be reached.
        """
        connection = Connection(address, replication=replication)
        try:
            make_records(connection, records_name(address.prefix), shards=shards, replicas=replication)
            store = cls(connection, address, model, shards=shards, replication=replication)
            store._head.make()
            return store._checked()
        except BaseException:
            connection.close()
            raise

    def _checked(self) -> QdrantStore:
        """Return self where our embedder is the store's own."""
        stored = self.embedder
        if self.model and stored and stored != self.model:
            raise other_embedder(f"store {self.location!r}", stored, self.model)
        return self

    def _use(self, model: str) -> None:
        """Search and write as the embedder of that name."""
        self.model = model
        self._vectors = Embeddings(self._connection, self._prefix, model, **self._spread)
        self.index = QdrantPassages(self._connection, self._head, self._prefix, self._records, model)

    def close(self) -> None:
        """Give up the connection; closing twice is harmless."""
        self._connection.close()

    def __enter__(self) -> QdrantStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out until the block ends; what is written is seen as soon as it is reported.

        Raises:
            LockedError: another process is writing.
        """
        with self._head.writing():
            yield

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles, all or none; each replaces what its id, or its origin, held before.

        Args:
            entries: No two of one id or origin.
            vectors: By text hash, those that `known_texts` did not name.
        """
        items = [
            Item(
                entry.article,
                entry.passages,
                entry.texts,
                [text_hash(text) for text in entry.embedded],
                (entry.article.origin,) if entry.article.origin else (),
            )
            for entry in entries
        ]
        self._put(items, vectors)

    def take_over(self, records: Sequence[Record], vectors: Mapping[str, Vectors]) -> None:
        """Store articles as another store kept them, all or none; what their ids and origins held before is gone.

        Args:
            records: No two of one id or origin.
            vectors: By text hash, at least those that `known_texts` did not name.
        """
        items = [
            Item(record.article, record.passages, record.entry.texts, record.text_hashes, record.origins, record.versions)
            for record in records
        ]
        self._put(items, vectors)

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""
        if not article.origin or self._stands_at(article.origin, self._head.read()) == article.id:
            return
        with self._drafting() as draft:
            draft.set_origin(article)

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from that are stored already, just so, at their origins; others are passed over."""
        with self._head.writing():
            state = self._head.read()
            held = self._articles([article.id for article in articles], state, fields=["id", "content_hash", "flags"])
            same = [article for article in articles if article.id in held and readings.gave(article, held[article.id])]
            readings.note(self._connection, self._records, same, state)

    def remove(self, *article_ids: str) -> None:
        """Remove articles, all or none; they are hidden from every search at once.

        Raises:
            InputError: the store does not hold one of them.
        """
        self._held(article_ids, self._head.read(), fields=["id"])
        if article_ids:
            with self._drafting() as draft:
                draft.remove(set(article_ids))

    # Vectors

    def lacks_vectors(self) -> bool:
        """Return whether a passage has no vector of our embedder."""
        return self.embedder != self.model

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return those vectors of our embedder that are stored, by text hash: float32, shape (dimensions,)."""
        return self._vectors.read(hashes, self._head.read())

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        return self._vectors.known(hashes, self._head.read())

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash.

        Those of a new embedder are seen once `adopt_embedder` says so; those of the store's own at once, and not all of them
        where that breaks off.
        """
        with self._head.writing():
            state = self._head.swept(self._collections())
            if vectors and state.dimensions:
                self._vectors.write(vectors, state)

    def adopt_embedder(self) -> None:
        """Make our embedder the store's own, once every passage has a vector of it.

        Raises:
            StoreError: a passage has none.
        """
        with self._head.writing():
            state = self._head.swept(self._collections())
            before, dimensions = self.index.collection(state), state.dimensions
            is_new = before != self._vectors.collection
            if is_new and dimensions:
                dimensions = self._vectors.complete(state, location=self.location)
            self._head.commit(replace(state, number=state.number + 1, embedder=self.model, dimensions=dimensions))
            if is_new:
                self._connection.drop(before)
        self._use(self.model)

    # Parts

    def _put(self, items: Sequence[Item], vectors: Mapping[str, Vectors]) -> None:
        if not items:
            return
        with self._drafting() as draft:
            hashes = {key for item in items for key in item.hashes}
            known = self._vectors.read(sorted(hashes - vectors.keys()), replace(draft.state, number=draft.state.number - 1))
            all_vectors = {**known, **{key: np.asarray(vectors[key], dtype=np.float32) for key in hashes & vectors.keys()}}
            if all_vectors and not draft.state.dimensions:
                draft.state = replace(draft.state, dimensions=len(next(iter(all_vectors.values()))))
                self._vectors.make(draft.state.dimensions)
            draft.state = replace(draft.state, embedder=draft.state.embedder or self.model)
            draft.put(items, all_vectors)

    @contextmanager
    def _drafting(self) -> Iterator[Draft]:
        """Show all that is written within the block at once when it ends, or nothing of it."""
        with self._head.writing():
            state = self._head.swept(self._collections())
            draft = Draft(self._connection, self._records, passages_name(self._prefix, state.embedder or self.model), state)
            yield draft
            self._head.commit(draft.state)

    def _collections(self) -> list[str]:
        return [self._records, passages_name(self._prefix, self._head.read().embedder)]

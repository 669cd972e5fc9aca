"""A store in Qdrant, as `rag.store.contract` has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from qdrant_client import models

from rag.errors import EmptyLibraryError, StoreError
from rag.ports import Vectors
from rag.store.listing import Listed
from rag.store.qdrant import points, rows
from rag.store.qdrant.address import Address
from rag.store.qdrant.client import Connection, runs_of
from rag.store.qdrant.head import Head, State
from rag.store.qdrant.passages import QdrantPassages
from rag.store.qdrant.points import DENSE, among, equal, passages_name, seen
from rag.store.qdrant.writing import Draft, Item
from rag.store.record import Record
from rag.store.refusal import no_article, other_embedder
from rag.store.rows import stored_flags
from rag.store.tables import Entry, text_hash
from rag.types import Action, Article, LibraryStats, Passage, Source, Version


class QdrantStore:
    """Everything the assistant may quote, in Qdrant. Safe to share between threads; one writer at a time over all processes."""

    def __init__(self, connection: Connection, address: Address, model: str, *, shards: int, replication: int) -> None:
        """Use `open` or `create`."""
        self.path: Path | None = None
        self.model = model
        self._connection = connection
        self._prefix = address.prefix
        self._spread = {"shards": shards, "replicas": replication}
        self._records = points.records_name(address.prefix)
        self._head = Head(connection, self._records)
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
            if not connection.has(points.records_name(address.prefix)):
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
            records = points.records_name(address.prefix)
            if not connection.has(records):
                points.make_records(connection, records, shards=shards, replicas=replication)
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
        self.index = QdrantPassages(self._connection, self._head, self._prefix, self._records, model)

    def close(self) -> None:
        """Give up the connection; closing twice is harmless."""
        self._connection.close()

    def __enter__(self) -> QdrantStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading articles

    @property
    def location(self) -> str:
        """Its address."""
        return self._connection.location

    @property
    def embedder(self) -> str:
        """Name of the embedder that built it; empty while it holds nothing."""
        return self._head.read().embedder

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the store does not hold it.
        """
        state = self._head.read()
        (payload,) = self._held([article_id], state).values()
        canonical = self.index.canonicals([article_id], state).get(article_id)
        return rows.article_of(
            payload, origin=min(self._origins([article_id], state)[article_id], default=""), canonical=canonical
        )

    def versions(self, article_id: str) -> list[Version]:
        """Return what an article was before its text or title changed, the earliest first; nothing where it never did.

        Raises:
            InputError: the store does not hold it.
        """
        state = self._head.read()
        self._held([article_id], state, fields=["id"])
        return self._versions([article_id], state)[article_id]

    def group_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return for each of the articles that the store holds the id of the one that it is a copy of, else its own."""
        state = self._head.read()
        held = self._articles(article_ids, state, fields=["id"])
        canonicals = self.index.canonicals(list(held), state)
        return {id_: canonicals.get(id_, id_) for id_ in held}

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        return list(self._sources())

    def listed(self, *, limit: int, offset: int = 0, publisher: str = "") -> list[Source]:
        """Return a page of `sources`, of one publisher alone where one is named as the store has it."""
        found = [source for source in self._sources() if not publisher or source.publisher == publisher]
        return found[offset : offset + limit]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return sorted(source.article_id for source in self._sources())

    def select(self, *, publisher: str = "", before: date | None = None) -> list[str]:
        """Return the ids, in order, of the articles of a publisher (case does not matter) published before a day."""
        wanted = publisher.casefold()
        return sorted(
            source.article_id
            for source in self._sources()
            if (not wanted or source.publisher.casefold() == wanted)
            and (before is None or (source.published is not None and source.published < before))
        )

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        return [rows.passage_of(payload) for payload in self._cut([article_id], self._head.read())[article_id]]

    def text_hashes_of(self, article_id: str) -> list[str]:
        """Return the keys of the vectors of an article's passages, in the order of `passages_of`."""
        return [str(payload["hash"]) for payload in self._cut([article_id], self._head.read())[article_id]]

    def catalogue(self) -> list[Listed]:
        """Return all articles in the order of `sources`."""
        state = self._head.read()
        where = [equal("kind", rows.ARTICLE), *seen(state.number)]
        fields = ["id", "author", "language", "section", "updated", "provenance", "n_versions"]
        found = {
            one["id"]: one
            for one in (each.payload or {} for each in self._connection.scroll(self._records, where, fields=fields))
        }
        return [rows.listed_of(found[source.article_id], source) for source in self._sources() if source.article_id in found]

    def records(self, article_ids: Sequence[str]) -> list[Record]:
        """Return all that is kept of articles, in the order given.

        Raises:
            InputError: the store does not hold one of them.
        """
        state = self._head.read()
        held = self._held(article_ids, state)
        origins, versions = self._origins(article_ids, state), self._versions(article_ids, state)
        cut = self._cut(article_ids, state)
        return [
            Record(
                rows.article_of(held[id_], origin=min(origins[id_], default="")),
                tuple(rows.passage_of(payload) for payload in cut[id_]),
                tuple(str(payload["hash"]) for payload in cut[id_]),
                tuple(sorted(origins[id_])),
                tuple(versions[id_]),
            )
            for id_ in article_ids
        ]

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return those vectors of our embedder that are stored, by text hash: float32, shape (dimensions,)."""
        return self._vectors(hashes, self._head.read())

    def lacks_vectors(self) -> bool:
        """Return whether a passage has no vector of our embedder."""
        return self.embedder != self.model

    def count(self) -> int:
        """Return how many articles there are."""
        return self._head.read().articles

    def stats(self) -> LibraryStats:
        """Return counts; Qdrant does not tell how many bytes a collection takes, and 0 stands for that."""
        state = self._head.read()
        sources = self._sources()
        return LibraryStats(
            path=self.location,
            articles=state.articles,
            passages=state.passages,
            publishers=len({source.publisher for source in sources} - {""}),
            dated_articles=sum(source.published is not None for source in sources),
            first_published=self.index.oldest(),
            last_published=self.index.newest(),
            embedder=state.embedder,
            generation=state.number,
            bytes_on_disk=0,
        )

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out until the block ends; what is written is seen as soon as it is reported.

        Raises:
            LockedError: another process is writing.
        """
        with self._head.writing():
            yield

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing. Other flags are an update too."""
        state = self._head.read()
        found = self._articles([article.id], state, fields=["id", "content_hash", "flags"])
        if article.id in found:
            stored = found[article.id]
            is_same = (stored["content_hash"], stored["flags"]) == (article.content_hash, stored_flags(article))
            return Action.UNCHANGED if is_same else Action.UPDATED
        if article.origin and self._stands_at(article.origin, state):
            return Action.UPDATED
        return Action.ADDED

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        state = self._head.read()
        collection = self._ours(state)
        found: set[str] = set()
        for some in runs_of(list(dict.fromkeys(hashes))) if collection else ():
            where = [among("hash", some), *(seen(state.number) if state.embedder == self.model else ())]
            found |= {
                str((record.payload or {})["hash"]) for record in self._connection.scroll(collection, where, fields=["hash"])
            }
        return found

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

    def remove(self, *article_ids: str) -> None:
        """Remove articles, all or none; they are hidden from every search at once.

        Raises:
            InputError: the store does not hold one of them.
        """
        self._held(article_ids, self._head.read(), fields=["id"])
        if article_ids:
            with self._drafting() as draft:
                draft.remove(set(article_ids))

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash.

        Those of a new embedder are seen once `adopt_embedder` says so; those of the store's own at once, and not all of them
        where that breaks off.
        """
        with self._head.writing():
            state = self._head.swept(self._collections())
            if not vectors or not state.dimensions:
                return
            target = passages_name(self._prefix, self.model)
            self._make(target, len(next(iter(vectors.values()))))
            source = self.index.collection(state)
            for hashes in runs_of(list(vectors)):
                found = self._connection.scroll(source, [among("hash", hashes), *seen(state.number)], vectors=[points.WORDS])
                if source == target:
                    new = [
                        models.PointVectors(id=one.id, vector={DENSE: vectors[(one.payload or {})["hash"]].tolist()})
                        for one in found
                    ]
                    self._connection.put_vectors(target, new)
                else:
                    self._connection.put(target, [_embedded(one, vectors[(one.payload or {})["hash"]]) for one in found])

    def adopt_embedder(self) -> None:
        """Make our embedder the store's own, once every passage has a vector of it.

        Raises:
            StoreError: a passage has none.
        """
        with self._head.writing():
            state = self._head.swept(self._collections())
            target = passages_name(self._prefix, self.model)
            before = self.index.collection(state)
            dimensions = state.dimensions
            if before != target and state.dimensions:
                dimensions = self._complete(target, before, state)
            self._head.commit(replace(state, number=state.number + 1, embedder=self.model, dimensions=dimensions))
            if before != target:
                self._connection.drop(before)
        self._use(self.model)

    def _complete(self, target: str, source: str, state: State) -> int:
        """Give all passages that live a point with a vector of our embedder, and no others; return the width of a vector."""
        if not self._connection.has(target):
            raise StoreError(f"no passage of {self.location!r} has a vector of {self.model!r}; type: rag library rebuild")
        has = {str(one.id) for one in self._connection.scroll(target, [], fields=False)}
        lives = {
            str(one.id): str((one.payload or {})["hash"])
            for one in self._connection.scroll(source, seen(state.number), fields=["hash"])
        }
        missing = sorted(lives.keys() - has)
        known: dict[str, Vectors] = {}
        for hashes in runs_of(sorted({lives[one] for one in missing})):
            for one in self._connection.scroll(target, [among("hash", hashes)], fields=["hash"], vectors=[DENSE]):
                known[(one.payload or {})["hash"]] = _vector(one)
        for some in runs_of(missing):
            lacking = [one for one in some if lives[one] not in known]
            if lacking:
                raise StoreError(f"{len(lacking)} passages have no vector of {self.model!r}; type: rag library rebuild")
            found = self._connection.by_ids(source, some, vectors=[points.WORDS])
            self._connection.put(target, [_embedded(one, known[lives[str(one.id)]]) for one in found])
        for some in runs_of(sorted(has - lives.keys())):
            self._connection.delete(target, [models.HasIdCondition(has_id=list(some))])
        width = self._connection.first(target, [], by="born", fields=False)
        found = self._connection.by_ids(target, [str(one.id) for one in width], vectors=[DENSE])
        return len(_vector(found[0])) if found else state.dimensions

    # Parts

    def _put(self, items: Sequence[Item], vectors: Mapping[str, Vectors]) -> None:
        if not items:
            return
        with self._drafting() as draft:
            hashes = {key for item in items for key in item.hashes}
            known = self._vectors(sorted(hashes - vectors.keys()), replace(draft.state, number=draft.state.number - 1))
            all_vectors = {**known, **{key: np.asarray(vectors[key], dtype=np.float32) for key in hashes & vectors.keys()}}
            if all_vectors and not draft.state.dimensions:
                draft.state = replace(draft.state, dimensions=len(next(iter(all_vectors.values()))))
                self._make(passages_name(self._prefix, self.model), draft.state.dimensions)
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

    def _make(self, collection: str, dimensions: int) -> None:
        points.make_passages(self._connection, collection, dimensions=dimensions, **self._spread)

    def _ours(self, state: State) -> str:
        """Return the collection with vectors of our embedder, empty where there is none."""
        if state.embedder == self.model:
            return self.index.collection(state) if state.dimensions else ""
        name = passages_name(self._prefix, self.model)
        return name if self._connection.has(name) else ""

    def _vectors(self, hashes: Sequence[str], state: State) -> dict[str, Vectors]:
        collection = self._ours(state)
        found: dict[str, Vectors] = {}
        for some in runs_of(list(dict.fromkeys(hashes))) if collection else ():
            for record in self._connection.scroll(collection, [among("hash", some)], fields=["hash"], vectors=[DENSE]):
                found[(record.payload or {})["hash"]] = _vector(record)
        return found

    def _held(self, article_ids: Sequence[str], state: State, *, fields: Any = True) -> dict[str, dict[str, Any]]:
        """Return articles by id.

        Raises:
            InputError: the store does not hold one of them.
        """
        found = self._articles(article_ids, state, fields=fields)
        missing = sorted(set(article_ids) - found.keys())
        if missing:
            raise no_article(missing)
        return found

    def _articles(self, article_ids: Sequence[str], state: State, *, fields: Any = True) -> dict[str, dict[str, Any]]:
        """Return by id those of the articles that there are."""
        return {payload["id"]: payload for payload in self._of(rows.ARTICLE, "id", article_ids, state, fields=fields)}

    def _origins(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for payload in self._of(rows.ORIGIN, "id", article_ids, state):
            found[payload["id"]].append(payload["origin"])
        return found

    def _versions(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[Version]]:
        found: defaultdict[str, list[Version]] = defaultdict(list)
        for payload in sorted(self._of(rows.VERSION, "id", article_ids, state), key=lambda payload: payload["version"]):
            found[payload["id"]].append(rows.version_of(payload))
        return found

    def _stands_at(self, origin: str, state: State) -> str:
        """Return the article that was read at an origin, empty where none was."""
        return next((str(payload["id"]) for payload in self._of(rows.ORIGIN, "origin", [origin], state)), "")

    def _of(
        self, kind: str, field: str, values: Sequence[str], state: State, *, fields: Any = True
    ) -> Iterator[dict[str, Any]]:
        """Yield the payloads of records of a kind."""
        for some in runs_of(list(dict.fromkeys(values))):
            where = [equal("kind", kind), among(field, some), *seen(state.number)]
            for record in self._connection.scroll(self._records, where, fields=fields):
                yield record.payload or {}

    def _cut(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[dict[str, Any]]]:
        """Return the passages of articles, in order."""
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for some in runs_of(list(dict.fromkeys(article_ids))) if state.dimensions else ():
            where = [among("article_id", some), *seen(state.number)]
            for record in self._connection.scroll(self.index.collection(state), where, fields=[*rows.HIT_FIELDS, "hash"]):
                payload = record.payload or {}
                found[payload["article_id"]].append(payload)
        for payloads in found.values():
            payloads.sort(key=lambda payload: int(payload["start"]))
        return found

    def _sources(self) -> tuple[Source, ...]:
        """Return the sources of all articles in order, read once for each state."""
        state = self._head.read()
        return self.index.kept("sources", state, lambda: self._read_sources(state))

    def _read_sources(self, state: State) -> tuple[Source, ...]:
        where = [equal("kind", rows.ARTICLE), *seen(state.number)]
        found = [one.payload or {} for one in self._connection.scroll(self._records, where, fields=rows.SOURCE_FIELDS)]
        copies = self._connection.scroll(
            self._records, [equal("kind", rows.COPY), *seen(state.number)], fields=["id", "canonical_id"]
        )
        leads = {payload["id"]: payload["canonical_id"] for payload in (one.payload or {} for one in copies)}
        sources = [rows.source_of(payload, payload["id"], leads.get(payload["id"])) for payload in found]
        return tuple(sorted(sources, key=lambda one: (-rows.ordinal(one.published), one.title, one.article_id)))


def _vector(record: models.Record) -> Vectors:
    return np.array(record.vector[DENSE], dtype=np.float32)  # type: ignore[call-overload,index]


def _embedded(record: models.Record, vector: Vectors) -> models.PointStruct:
    """Return the point of a passage, with its words, for another collection with a vector of its own."""
    words = record.vector[points.WORDS]  # type: ignore[call-overload,index]
    return models.PointStruct(id=record.id, vector={DENSE: vector.tolist(), points.WORDS: words}, payload=record.payload)

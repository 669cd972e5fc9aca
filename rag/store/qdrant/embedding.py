"""The vectors of a store in Qdrant: those of its embedder, and those of a new one until it takes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from qdrant_client import models

from rag.errors import StoreError
from rag.ports import Vectors
from rag.store.qdrant.client import Connection, runs_of
from rag.store.qdrant.head import State
from rag.store.qdrant.points import DENSE, WORDS, among, make_passages, passages_name, seen


class Embeddings:
    """The vectors of one embedder in one store."""

    def __init__(self, connection: Connection, prefix: str, model: str, *, shards: int, replicas: int) -> None:
        """Read and write those of `model`; a collection that has to be made is spread over so many shards and servers."""
        self._connection = connection
        self._prefix = prefix
        self._model = model
        self._spread = {"shards": shards, "replicas": replicas}
        self.collection = passages_name(prefix, model)

    def known(self, hashes: Sequence[str], state: State) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""
        is_ours = state.embedder == self._model
        found: set[str] = set()
        for some in runs_of(list(dict.fromkeys(hashes))) if self._is_there(state) else ():
            where = [among("hash", some), *(seen(state.number) if is_ours else ())]
            found |= {
                str((one.payload or {})["hash"]) for one in self._connection.scroll(self.collection, where, fields=["hash"])
            }
        return found

    def read(self, hashes: Sequence[str], state: State) -> dict[str, Vectors]:
        """Return those of the vectors that are stored, by text hash: float32, shape (dimensions,)."""
        found: dict[str, Vectors] = {}
        for some in runs_of(list(dict.fromkeys(hashes))) if self._is_there(state) else ():
            for one in self._connection.scroll(self.collection, [among("hash", some)], fields=["hash"], vectors=[DENSE]):
                found[(one.payload or {})["hash"]] = _vector(one)
        return found

    def make(self, dimensions: int) -> None:
        """Make the collection for vectors of a width, unless it is there."""
        make_passages(self._connection, self.collection, dimensions=dimensions, **self._spread)

    def write(self, vectors: Mapping[str, Vectors], state: State) -> None:
        """Give those passages that live in a state, and have one of these hashes, their vectors."""
        self.make(len(next(iter(vectors.values()))))
        source = passages_name(self._prefix, state.embedder)
        for hashes in runs_of(list(vectors)):
            found = self._connection.scroll(source, [among("hash", hashes), *seen(state.number)], vectors=[WORDS])
            if source == self.collection:
                new = [
                    models.PointVectors(id=one.id, vector={DENSE: vectors[(one.payload or {})["hash"]].tolist()})
                    for one in found
                ]
                self._connection.put_vectors(source, new)
            else:
                self._connection.put(self.collection, [_embedded(one, vectors[(one.payload or {})["hash"]]) for one in found])

    def complete(self, state: State, *, location: str) -> int:
        """Give all passages that live a point with a vector of our embedder, and no others; return the width of a vector.

        Args:
            state: The present one, whose embedder is another.
            location: Of the store, for messages.

        Raises:
            StoreError: a passage has no such vector.
        """
        target, source = self.collection, passages_name(self._prefix, state.embedder)
        if not self._connection.has(target):
            raise StoreError(f"no passage of {location!r} has a vector of {self._model!r}; type: rag library rebuild")
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
                raise StoreError(f"{len(lacking)} passages have no vector of {self._model!r}; type: rag library rebuild")
            found = self._connection.by_ids(source, some, vectors=[WORDS])
            self._connection.put(target, [_embedded(one, known[lives[str(one.id)]]) for one in found])
        for some in runs_of(sorted(has - lives.keys())):
            self._connection.delete(target, [models.HasIdCondition(has_id=list(some))])
        return self._width() or state.dimensions

    def _width(self) -> int:
        """Return the width of a vector, 0 where there is none."""
        first = self._connection.first(self.collection, [], by="born", fields=False)
        found = self._connection.by_ids(self.collection, [str(one.id) for one in first], vectors=[DENSE])
        return len(_vector(found[0])) if found else 0

    def _is_there(self, state: State) -> bool:
        """Return whether there is a collection with vectors of ours."""
        return state.dimensions > 0 if state.embedder == self._model else self._connection.has(self.collection)


def _vector(record: models.Record) -> Vectors:
    return np.array(record.vector[DENSE], dtype=np.float32)  # type: ignore[call-overload,index]


def _embedded(record: models.Record, vector: Vectors) -> models.PointStruct:
    """Return the point of a passage, with its words, for another collection with a vector of its own."""
    words = record.vector[WORDS]  # type: ignore[call-overload,index]
    return models.PointStruct(id=record.id, vector={DENSE: vector.tolist(), WORDS: words}, payload=record.payload)

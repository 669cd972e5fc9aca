"""The one point that says which state of a store is the present one, and who may write the next."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import RLock
from typing import Any

from qdrant_client import models

from rag.errors import LockedError, MismatchError, StoreError
from rag.store.qdrant.client import Connection
from rag.store.qdrant.points import LIVING, above, at_most, equal, point_id

FORMAT = 1

_LEASE_S = 120.0
"""How long a writer that is not heard of keeps others from writing. Each commit begins it anew."""

KEPT_S = 60.0
"""How long what died stays: a search that began before it died may still look for it."""

_ID = point_id("head", "", 0)


@dataclass(frozen=True, slots=True)
class State:
    """A state of a store: its number, the embedder and width of its vectors, the highest number of an article, and counts."""

    number: int = 0
    embedder: str = ""
    dimensions: int = 0
    highest: int = 0
    articles: int = 0
    passages: int = 0
    terms: int = 0


class Head:
    """Reads and changes that point."""

    def __init__(self, connection: Connection, records: str) -> None:
        """Use the one in the collection `records`."""
        self._connection = connection
        self._records = records
        self._token = secrets.token_hex(16)
        self._depth = 0
        self._is_swept = False
        self._lock = RLock()

    def read(self) -> State:
        """Return the present state.

        Raises:
            MismatchError: a newer version of this program made the store.
            StoreError: it is gone.
        """
        return _state(self._said())

    def make(self) -> None:
        """Begin an empty store, unless there is one."""
        if not self._connection.by_ids(self._records, [_ID], fields=False):
            free = {"kind": "head", "format": FORMAT, "writer": "", "by": "", "until": 0.0}
            self._connection.put(self._records, [models.PointStruct(id=_ID, vector={}, payload={**free, **asdict(State())})])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other writer out within the block; a block within a block is the same one.

        Raises:
            LockedError: another process is writing.
        """
        with self._lock:
            if self._depth == 0:
                self._take()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._set({"writer": "", "by": "", "until": 0.0}, equal("writer", self._token))

    def swept(self, collections: list[str]) -> State:
        """Return the present state, its collections free of what a writer left that broke off, and of what died long ago.

        Within a block of `writing` this is done once, and again after each transaction that failed.

        Raises:
            LockedError: the writer was not heard of for so long that another took over.
        """
        self._set({"until": time.time() + _LEASE_S}, equal("writer", self._token))
        said = self._said()
        if said["writer"] != self._token:
            raise self._locked(said)
        state = _state(said)
        if not self._is_swept:
            for collection in filter(self._connection.has, collections):
                self._connection.delete(collection, [above("born", state.number)])
                still = [above("died", state.number), models.FieldCondition(key="died", range=models.Range(lt=LIVING))]
                self._connection.mark(collection, {"died": LIVING}, still)
                long_ago = models.FieldCondition(key="died_at", range=models.Range(lt=time.time() - KEPT_S))
                self._connection.delete(collection, [at_most("died", state.number), long_ago])
        self._is_swept = False  # unless this transaction ends well
        return state

    def commit(self, state: State) -> None:
        """Make the next state the present one.

        Raises:
            LockedError: another process took over the right to write meanwhile; nothing of the state is seen.
        """
        until = {"until": time.time() + _LEASE_S}
        self._set({**asdict(state), **until}, equal("writer", self._token), equal("number", state.number - 1))
        said = self._said()
        if (said["writer"], said["number"]) != (self._token, state.number):
            raise self._locked(said)
        self._is_swept = True

    def _take(self) -> None:
        """Take the right to write. The one point changes at once, so of two that try at one time one sees the other's name."""
        free = models.Filter(
            should=[equal("writer", ""), models.FieldCondition(key="until", range=models.Range(lt=time.time()))]
        )
        by = f"{socket.gethostname()}, process {os.getpid()}"
        self._set({"writer": self._token, "by": by, "until": time.time() + _LEASE_S}, free)
        said = self._said()
        if said["writer"] != self._token:
            raise self._locked(said)
        self._is_swept = False

    def _set(self, fields: dict[str, Any], *where: models.Condition) -> None:
        self._connection.mark(self._records, fields, [models.HasIdCondition(has_id=[_ID]), *where])

    def _said(self) -> dict[str, Any]:
        found = self._connection.by_ids(self._records, [_ID])
        if not found or not found[0].payload:
            raise StoreError(f"the store {self._connection.location!r} is gone or was never whole; type: rag ingest PATH")
        said = dict(found[0].payload)
        if said["format"] != FORMAT:
            raise MismatchError(
                f"the store {self._connection.location!r} has format {said['format']}, this program knows {FORMAT}; install "
                "the version that made it, or a newer one"
            )
        return said

    def _locked(self, said: dict[str, Any]) -> LockedError:
        return LockedError(
            f"another writer ({said['by'] or 'unknown'}) is writing to {self._connection.location!r}; try again when it is "
            f"done, or {_LEASE_S:.0f} s after it was killed"
        )


def _state(said: dict[str, Any]) -> State:
    return State(**{name: said[name] for name in asdict(State())})

"""A connection to Qdrant: one for each server or folder and process, and its errors as ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from threading import Lock, RLock
from typing import Any, TypeVar

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from rag.errors import StoreError
from rag.store.qdrant.address import KEY, MEMORY, Address

T = TypeVar("T")

Conditions = Sequence[models.Condition]
"""What points must meet, all of it."""

TIMEOUT_S = 30
"""Longest time that one request may take."""

_PAGE = 256
"""Points read or written in one request."""

_LETTERS = 4_000_000
"""Letters of text written in one request; a longer article goes alone."""

_IDS = 1000
"""Values that one condition may name."""


class _Shared:
    """A client and how many use it. The local mode holds all in this process and is not safe to share between threads."""

    def __init__(self, address: Address) -> None:
        self.users = 0
        self.lock = nullcontext() if address.url else RLock()
        if address.url:
            key = os.environ.get(KEY) or None
            self.client = QdrantClient(url=address.url, api_key=key, timeout=TIMEOUT_S, check_compatibility=False)
        elif address.folder == MEMORY:
            self.client = QdrantClient(MEMORY)
        else:
            self.client = QdrantClient(path=address.folder, force_disable_check_same_thread=True)


_shared: dict[str, _Shared] = {}
_opening = Lock()


class Connection:
    """What a store asks of Qdrant. Safe to share between threads."""

    def __init__(self, address: Address, *, replication: int = 1) -> None:
        """Use the client of the address, made where this process has none.

        Args:
            replication: Servers that hold each shard: where several do, what most of them say is read.

        Raises:
            StoreError: a folder of the local mode cannot be opened; another process has it, for one.
        """
        self.location = address.location
        self.is_local = not address.url
        self._consistency = models.ReadConsistencyType.MAJORITY if replication > 1 else None
        self._place = address.place
        self._is_closed = False
        with _opening:
            if self._place not in _shared:
                try:
                    _shared[self._place] = _Shared(address)
                except (RuntimeError, OSError, ValueError) as error:
                    raise StoreError(
                        f"cannot open the store {self.location!r}: {error}; one process at a time can open a folder of "
                        "Qdrant's client: start a server for more, and name it as qdrant://HOST:6333/NAME"
                    ) from error
            self._one = _shared[self._place]
            self._one.users += 1

    def close(self) -> None:
        """Give up the client, which closes once nobody in this process uses it; closing twice is harmless."""
        with _opening:
            if self._is_closed:
                return
            self._is_closed = True
            self._one.users -= 1
            if self._one.users == 0:
                del _shared[self._place]
                self._one.client.close()

    # Reading

    def has(self, collection: str) -> bool:
        """Return whether there is a collection of that name."""
        return self._ask(lambda client: client.collection_exists(collection))

    def by_ids(self, collection: str, ids: Sequence[str], *, fields: Any = True, vectors: Any = False) -> list[models.Record]:
        """Return those of the points that there are, in no order."""
        found: list[models.Record] = []
        for some in _runs(ids, _PAGE):
            found += self._retrieved(collection, some, fields, vectors)
        return found

    def scroll(
        self, collection: str, where: Conditions, *, fields: Any = True, vectors: Any = False
    ) -> Iterator[models.Record]:
        """Yield the points that meet all conditions, in order of point id."""
        offset: models.ExtendedPointId | None = None
        while True:
            records, offset = self._page(collection, where, offset, fields, vectors)
            yield from records
            if offset is None:
                return

    def first(
        self,
        collection: str,
        where: Conditions,
        *,
        by: str,
        descending: bool = False,
        limit: int = 1,
        fields: Any = True,
    ) -> list[models.Record]:
        """Return up to `limit` of the points that meet all conditions, in order of an integer field."""
        direction = models.Direction.DESC if descending else models.Direction.ASC
        records, _ = self._ask(
            lambda client: client.scroll(
                collection,
                scroll_filter=models.Filter(must=list(where)),
                limit=limit,
                order_by=models.OrderBy(key=by, direction=direction),
                with_payload=fields,
            )
        )
        return list(records)

    def count(self, collection: str, where: Conditions, *, exact: bool = True) -> int:
        """Return how many points meet all conditions."""
        return self._ask(
            lambda client: client.count(collection, count_filter=models.Filter(must=list(where)), exact=exact)
        ).count

    def values(self, collection: str, field: str, where: Conditions) -> list[str]:
        """Return the distinct values of a keyword field."""
        found = self._ask(
            lambda client: client.facet(
                collection, field, facet_filter=models.Filter(must=list(where)), limit=100_000, exact=True
            )
        )
        return [str(hit.value) for hit in found.hits]

    def query(self, collection: str, requests: Sequence[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        """Return the points of each query, best first, all asked in one request."""
        if not requests:
            return []
        answers = self._ask(lambda client: client.query_batch_points(collection, list(requests), consistency=self._consistency))
        return [list(answer.points) for answer in answers]

    # Writing, all of it durable when it returns

    def create(self, collection: str, **options: Any) -> None:
        """Make a collection, unless there is one of that name."""
        if not self.has(collection):
            self._ask(lambda client: client.create_collection(collection, **options))

    def index(self, collection: str, field: str, schema: Any) -> None:
        """Index a field of a collection; the local mode needs and knows no index."""
        if not self.is_local:
            self._ask(lambda client: client.create_payload_index(collection, field, field_schema=schema, wait=True))

    def drop(self, collection: str) -> None:
        """Delete a collection, if there is one of that name."""
        if self.has(collection):
            self._ask(lambda client: client.delete_collection(collection))

    def put(self, collection: str, points: Sequence[models.PointStruct]) -> None:
        """Store points in place of those of the same ids."""
        for some in _light(points):
            self._ask(partial(QdrantClient.upsert, collection_name=collection, points=list(some), wait=True))

    def put_vectors(self, collection: str, points: Sequence[models.PointVectors]) -> None:
        """Store vectors of points that are there."""
        for some in _runs(points, _PAGE):
            self._ask(partial(QdrantClient.update_vectors, collection_name=collection, points=list(some), wait=True))

    def mark(self, collection: str, fields: dict[str, Any], where: Conditions) -> None:
        """Set fields of all points that meet all conditions; of one point, at once."""
        chosen = models.Filter(must=list(where))
        # In one order on all replicas, so that of two writers one finds the condition no longer met.
        ordering = models.WriteOrdering.STRONG
        self._ask(lambda client: client.set_payload(collection, fields, points=chosen, wait=True, ordering=ordering))

    def delete(self, collection: str, where: Conditions) -> None:
        """Delete all points that meet all conditions."""
        chosen = models.FilterSelector(filter=models.Filter(must=list(where)))
        self._ask(lambda client: client.delete(collection, points_selector=chosen, wait=True))

    def _retrieved(self, collection: str, ids: Sequence[str], fields: Any, vectors: Any) -> list[models.Record]:
        return self._ask(
            lambda client: client.retrieve(
                collection, ids, with_payload=fields, with_vectors=vectors, consistency=self._consistency
            )
        )

    def _page(
        self, collection: str, where: Conditions, offset: models.ExtendedPointId | None, fields: Any, vectors: Any
    ) -> tuple[list[models.Record], models.ExtendedPointId | None]:
        def read(client: QdrantClient) -> Any:
            chosen = models.Filter(must=list(where))
            return client.scroll(
                collection,
                chosen,
                _PAGE,
                offset=offset,
                with_payload=fields,
                with_vectors=vectors,
                consistency=self._consistency,
            )

        records, following = self._ask(read)
        return records, following

    def _ask(self, work: Callable[[QdrantClient], T]) -> T:
        """Return what `work` returns.

        Raises:
            StoreError: the server cannot be reached, or refused.
        """
        try:
            with self._one.lock:
                return work(self._one.client)
        except UnexpectedResponse as error:
            raise StoreError(_refused(self.location, error)) from error
        except (ApiException, QdrantException) as error:
            raise StoreError(
                f"the store {self.location!r} does not answer: {error}; nothing that was reported stored is lost. Start the "
                "server or check the address and the network, then try again"
            ) from error


def runs_of(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield values so many at a time that one condition may name them."""
    return _runs(values, _IDS)


def _light(points: Sequence[models.PointStruct]) -> Iterator[list[models.PointStruct]]:
    """Yield points so many at a time that a request stays far below what a server takes, 32 MB."""
    some: list[models.PointStruct] = []
    room = _LETTERS
    for point in points:
        letters = sum(len(value) for value in (point.payload or {}).values() if isinstance(value, str))
        if some and (letters > room or len(some) == _PAGE):
            yield some
            some, room = [], _LETTERS
        some.append(point)
        room -= letters
    if some:
        yield some


def _runs(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _refused(location: str, error: UnexpectedResponse) -> str:
    if error.status_code in (401, 403):
        return f"the store {location!r} refused the key; set {KEY} in the environment to the server's API key"
    said = error.content.decode("utf-8", "replace")[:300]
    return f"the store {location!r} answered {error.status_code}: {said}; look at the server's log, then try again"

"""A library in Qdrant: any number of processes search it, its passages spread over shards and replicas as its servers do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import MissingExtraError

if TYPE_CHECKING:
    from rag.store.qdrant.store import QdrantStore


def store_class() -> type[QdrantStore]:
    """Return the class of stores in Qdrant, its client loaded.

    Raises:
        MissingExtraError: the client is not installed.
    """
    try:
        from rag.store.qdrant.store import QdrantStore
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "qdrant_client":
            raise
        raise MissingExtraError("a store in Qdrant needs its client; type: pip install 'newsrag[qdrant]'") from error
    return QdrantStore

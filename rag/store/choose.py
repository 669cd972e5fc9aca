"""The store that the settings name: a folder of this machine, or a server."""

from __future__ import annotations

from typing import Literal

from rag.config import LibraryConfig
from rag.errors import ConfigError
from rag.store.contract import Store


def open_store(config: LibraryConfig, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
    """Return the store that there is.

    Args:
        model: Name of the embedder that will search or write it; empty when neither is going to happen.
        rebuilding: Accept a store that another embedder built: the caller is about to embed it anew.
        as_built: Take `model` from the store itself: the caller writes it without embedding anything.

    Raises:
        EmptyLibraryError: there is none.
        MismatchError: another embedder built it.
        CorruptError: it is damaged.
        StoreError: its server cannot be reached or used.
    """
    match _kind(config.store):
        case "folder":
            from rag.store.library import Library

            return Library.open(config.path, model=model, rebuilding=rebuilding, as_built=as_built)
        case "postgres":
            from rag.store.postgres.library import PostgresLibrary

            return PostgresLibrary.open(
                config.store, model=model, replicas=config.replicas, rebuilding=rebuilding, as_built=as_built
            )
        case "qdrant":
            from rag.store.qdrant import store_class
            from rag.store.qdrant.address import parse

            return store_class().open(
                parse(config.store),
                model=model,
                rebuilding=rebuilding,
                as_built=as_built,
                shards=config.shards,
                replication=config.replication,
            )


def create_store(config: LibraryConfig, *, model: str) -> Store:
    """Return the store, made when there is none.

    Raises:
        StoreError: it cannot be made or written, or its server cannot be reached or used.
        MismatchError: another embedder built it.
    """
    match _kind(config.store):
        case "folder":
            from rag.store.library import Library

            return Library.create(config.path, model=model)
        case "postgres":
            from rag.store.postgres.library import PostgresLibrary

            return PostgresLibrary.create(config.store, model=model, replicas=config.replicas)
        case "qdrant":
            from rag.store.qdrant import store_class
            from rag.store.qdrant.address import parse

            return store_class().create(parse(config.store), model=model, shards=config.shards, replication=config.replication)


def require_folder(config: LibraryConfig, *, instead: str) -> None:
    """Raise ConfigError where the store is no folder of this machine.

    Args:
        instead: What to do then, for the message.
    """
    if _kind(config.store) != "folder":
        from rag.store.postgres.pool import location

        raise ConfigError(
            f"this command is for a library in a folder, and the settings name the store {location(config.store)!r}; {instead}"
        )


def _kind(store: str) -> Literal["folder", "postgres", "qdrant"]:
    """Return what kind of store a setting names."""
    if not store:
        return "folder"

    from rag.store.postgres.pool import is_address as is_postgres
    from rag.store.postgres.pool import location
    from rag.store.qdrant.address import is_address as is_qdrant

    if is_postgres(store):
        return "postgres"
    if is_qdrant(store):
        return "qdrant"
    raise ConfigError(
        f"library.store {location(store)!r} is no store; write it as postgresql://USER@HOST/DATABASE or "
        "qdrant://HOST:6333/NAME, or leave it empty for the folder library.path"
    )

"""The store that the settings name: a folder of this machine."""

from __future__ import annotations

from rag.config import LibraryConfig
from rag.store.contract import Store
from rag.store.library import Library


def open_store(config: LibraryConfig, *, model: str = "") -> Store:
    """Return the store that there is.

    Args:
        model: Name of the embedder that will search or write it; empty when neither is going to happen.

    Raises:
        EmptyLibraryError: there is none.
        MismatchError: another embedder built it.
        CorruptError: it is damaged.
    """
    return Library.open(config.path, model=model)


def create_store(config: LibraryConfig, *, model: str) -> Store:
    """Return the store, made when there is none.

    Raises:
        StoreError: it cannot be made or written.
        MismatchError: another embedder built it.
    """
    return Library.create(config.path, model=model)

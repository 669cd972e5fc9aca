"""Where the stores under test lie, and how each is made and opened there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rag.store.contract import Store
from rag.store.library import Library
from rag.store.qdrant.address import parse


class Place(Protocol):
    """A place that holds at most one store. Whatever it takes to be rid of it afterwards is the fixture's own."""

    finds_misspelt: bool
    """Whether its searches by words find a word in a near spelling."""

    def create(self, *, model: str) -> Store:
        """Return the store, made when there is none."""

    def open(self, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
        """Return another object on the store that is there, as another process would have it.

        Args:
            rebuilding: Accept a store that another embedder built.
            as_built: Write it as the embedder that built it, without embedding anything.
        """


class Memory:
    """The embedded library in memory: nobody else can open it."""

    finds_misspelt = True

    def create(self, *, model: str) -> Store:
        return Library.in_memory(model=model)

    def open(self, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
        raise NotImplementedError


class Folder:
    """The embedded library in a folder."""

    finds_misspelt = True

    def __init__(self, path: Path) -> None:
        self._path = path / "library"

    def create(self, *, model: str) -> Store:
        return Library.create(self._path, model=model)

    def open(self, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
        return Library.open(self._path, model=model, rebuilding=rebuilding, as_built=as_built)


class LocalQdrant:
    """A store in the Qdrant client's own local mode, in memory; this keeps it there while nothing else has it open."""

    finds_misspelt = False

    def __init__(self, name: str) -> None:
        from rag.store.qdrant.client import Connection

        self._address = parse(f"qdrant://:memory:/{name}")
        self._connection = Connection(self._address)

    def create(self, *, model: str) -> Store:
        from rag.store.qdrant.store import QdrantStore

        return QdrantStore.create(self._address, model=model)

    def open(self, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
        from rag.store.qdrant.store import QdrantStore

        return QdrantStore.open(self._address, model=model, rebuilding=rebuilding, as_built=as_built)

    def close(self) -> None:
        self._connection.close()

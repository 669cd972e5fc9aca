"""Every test of this folder runs once for each store that is named here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rag.ports import Embedder
from rag.store.contract import Store
from tests.pgserver import Server
from tests.store.contract.places import Folder, LocalQdrant, Memory, Place
from tests.store.postgres.place import Database

SHARED = ("folder", "postgres", "qdrant")
"""Stores that several processes can open: one line for each, and one in `_place`."""

ALL = ("memory", *SHARED)

_counting = count()


def _place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return a fresh place for the store named by the fixture's parameter."""
    if request.param == "memory":
        return Memory()
    if request.param == "postgres":
        database: Database = request.getfixturevalue("database")
        request.addfinalizer(database.empty)
        return database
    if request.param == "qdrant":
        local = LocalQdrant(f"test-{next(_counting)}")
        request.addfinalizer(local.close)
        return local
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def database(postgres_server: Server) -> Iterator[Database]:
    """A database that the tests use one after the other."""
    with postgres_server.database() as address:
        yield Database(address)


@pytest.fixture(params=ALL)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for each kind of store."""
    return _place(request, tmp_path)


@pytest.fixture(params=SHARED)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for each kind of store that can be opened more than once."""
    return _place(request, tmp_path)


@pytest.fixture
def store(place: Place, embedder: Embedder) -> Iterator[Store]:
    """An empty store of each kind, written and searched by the embedder that needs no model."""
    with place.create(model=embedder.name) as made:
        yield made

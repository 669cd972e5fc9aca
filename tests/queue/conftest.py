"""A queue and a library in one database of a real PostgreSQL, and workers within the test's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rag.config import Config, load_config
from rag.ports import Embedder
from rag.queue.jobs import Queue
from rag.queue.worker import Report, Worker
from rag.store.contract import Store
from rag.testing import HashEmbedder
from tests.pgserver import Server
from tests.store.postgres.place import Database

Work = Callable[..., list[Report]]


@pytest.fixture(scope="module")
def address(postgres_server: Server) -> Iterator[str]:
    """A database that the tests of a module use one after the other."""
    with postgres_server.database() as address:
        yield address


@pytest.fixture
def settings(address: str) -> Config:
    """Settings of a library on the server, with jobs of two articles."""
    flags = {
        "embed.model": "hash",
        "llm.model": "extractive",
        "library.store": address,
        "queue.articles": 2,
        "queue.waiting": 8,
        "queue.backoff_s": 0,
        "queue.stalled_s": 5,
        "queue.attempts": 3,
    }
    return load_config(flags=flags, env={}).config


@pytest.fixture
def queue(settings: Config) -> Iterator[Queue]:
    """An empty queue."""
    with Queue(settings.library.store) as queue:
        yield queue
        with queue.pool.connection() as connection:
            connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, ingest_jobs, ingest_readings CASCADE")


@pytest.fixture
def server_store(settings: Config) -> Iterator[Store]:
    """An empty library on the server."""
    database = Database(settings.library.store)
    yield database.create(model=HashEmbedder.name)
    database.empty()


@pytest.fixture
def work(settings: Config, queue: Queue, server_store: Store) -> Work:
    """A function that does all jobs that are due, and returns what became of each."""

    def work(embedder: Embedder | None = None) -> list[Report]:
        reports: list[Report] = []
        Worker(settings, queue, server_store, embedder or HashEmbedder(), report=reports.append).run(once=True)
        return reports

    return work

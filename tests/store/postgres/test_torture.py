"""A server that is killed while articles come in, writers that are, and a replica that takes over while questions are asked."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from rag.chunk import embedded_text
from rag.config import SearchConfig
from rag.errors import StoreError
from rag.ingest.pipeline import ingest
from rag.retrieve.search import Searcher
from rag.store.postgres.library import PostgresLibrary
from rag.testing import HashEmbedder
from rag.types import Query
from tests.conftest import ROOT
from tests.pgserver import Server, running
from tests.store.contract.asking import by_words
from tests.store.victim import TOKENS, article, version_of

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]

EMBEDDER = HashEmbedder()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that writes as a real one does."""
    with running(durable=True, wal_level="replica", max_wal_senders="4", hot_standby="on") as made:
        yield made


class Writer:
    """A writer in a process of its own."""

    def __init__(self, address: str, first: int, last: int, *, version: int = 1) -> None:
        """Start to ingest articles `first` to `last` - 1."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.postgres.writer", address, str(first), str(last), str(version)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._lines: list[str] = []

    def wait_for_the_first(self) -> None:
        """Wait until something is stored, or it ends."""
        assert self.process.stdout
        self._lines.append(self.process.stdout.readline())

    def told(self) -> tuple[dict[str, int], str]:
        """Return what it said is stored, by id and version, and its last words."""
        assert self.process.stdout
        lines = [line.rstrip("\n") for line in (*self._lines, *self.process.stdout) if line.endswith("\n")]
        self.process.wait()
        self.process.stdout.close()
        stored = [line.split(" ") for line in lines if line.startswith("stored ")]
        return {name: int(version) for _, name, version in stored}, lines[-1] if lines else ""


def check(address: str, stored: dict[str, int]) -> None:
    """Hold a store to what was said: nothing lost, nothing twice or half there, every search equal to brute force."""
    with PostgresLibrary.open(address, model=EMBEDDER.name) as library:
        ids = library.article_ids()
        assert set(stored) <= set(ids)
        passages = []
        for id_ in ids:
            found = library.article(id_)
            version = version_of(found.text)
            assert version >= stored.get(id_, 1)
            assert found.text == article(int(id_[4:]), version).text
            earlier = [version_of(one.text) for one in library.versions(id_)]
            assert earlier in ([], [1]), "each version once, if it was ever stored"
            assert version == 2 or not earlier
            passages += library.passages_of(id_)
            assert " ".join(passage.text for passage in library.passages_of(id_)) == found.text
        assert not ids or not library.lacks_vectors()
        assert library.index.count() == len(passages) == len({passage.id for passage in passages})
        pool = library._pool
        assert pool.rows("SELECT count(*), coalesce(sum(terms), 0) FROM words") == pool.rows(
            "SELECT passages, terms FROM state"
        )
        assert pool.rows("SELECT count(*) FROM passages") == pool.rows("SELECT count(*) FROM words")
        counted = Counter(
            dict(
                pool.rows(
                    "SELECT term, sum(n) FROM (SELECT term, n FROM frequencies UNION ALL SELECT each.term, each.n "
                    "FROM changes, unnest(terms, counts) each (term, n)) told GROUP BY term HAVING sum(n) <> 0"
                )
            )
        )
        assert counted == Counter(dict(pool.rows("SELECT word, ndoc FROM ts_stat('SELECT words FROM newsrag.words')")))
        vectors = EMBEDDER.embed([embedded_text(passage) for passage in passages])
        for question in ("sentence of item003", "matter m8x2", "port of town t1"):
            vector = EMBEDDER.embed([question])[0]
            exact = sorted((vectors @ vector).tolist(), reverse=True)[:5]
            assert [score for _, score in library.index.nearest(vector, k=5)] == pytest.approx(exact, abs=1e-5)
        for id_ in random.Random(1).sample(ids, min(5, len(ids))):
            assert by_words(library, id_) == [id_]


def test_a_server_killed_in_mid_ingest_loses_nothing_and_stores_nothing_twice(server: Server) -> None:
    rng = random.Random(4)
    address = server.address()
    stored: dict[str, int] = {}
    with PostgresLibrary.create(address, model=EMBEDDER.name):
        pass
    for attempt in range(4):
        writers = [Writer(address, first, first + 60, version=1 + attempt // 2) for first in (0, 30, 60)]
        writers[0].wait_for_the_first()
        time.sleep(rng.uniform(0, 1.5))
        server.kill()
        for writer in writers:
            said, last = writer.told()
            stored |= {name: max(version, stored.get(name, 1)) for name, version in said.items()}
            assert last == "done" or "PostgreSQL server" in last, last
        server.start()
        check(address, stored)
    assert len(stored) >= 8
    for version in (1, 2):
        for writer in [Writer(address, first, first + 60, version=version) for first in (0, 30, 60)]:
            said, last = writer.told()
            assert last == "done", last
            stored |= {name: max(version, stored.get(name, 1)) for name in said}
    with PostgresLibrary.open(address) as library:
        assert library.count() == 120
    print(f"{len(stored)} articles over 4 kills")


def test_writers_killed_in_mid_ingest_leave_nothing_half_done(server: Server) -> None:
    rng = random.Random(5)
    address = server.address()
    stored: dict[str, int] = {}
    with PostgresLibrary.create(address, model=EMBEDDER.name):
        pass
    for _ in range(6):
        writers = [Writer(address, first, first + 80) for first in (0, 40)]
        writers[0].wait_for_the_first()
        time.sleep(rng.uniform(0, 1.5))
        for writer in writers:
            writer.process.kill()
            stored |= writer.told()[0]
        check(address, stored)
    said, last = Writer(address, 0, 120).told()
    assert (last, len(said)) == ("done", 120)
    check(address, said)


def test_a_replica_takes_over_while_questions_are_asked(server: Server) -> None:
    with PostgresLibrary.create(server.address(), model=EMBEDDER.name) as library:
        list(ingest([article(number) for number in range(40)], library, EMBEDDER, tokens=TOKENS))
        n_passages = library.index.count()
    replica = server.replica()
    try:
        replica.configure(primary_conninfo=f"'host={server.home} user=postgres'")
        replica.start()
        both = f"postgresql://postgres@/postgres?host={server.home},{replica.home}"
        _ask_through(server, replica, both, n_passages)
    finally:
        replica.remove()


def _ask_through(server: Server, replica: Server, both: str, n_passages: int) -> None:
    """Ask from four threads while the server is killed and its replica promoted, then write there."""
    answered: list[float] = []
    refused: list[float] = []
    wrong: list[object] = []
    is_over = threading.Event()
    with PostgresLibrary.open(both, model=EMBEDDER.name, replicas=[replica.address()]) as library:
        _wait_for(lambda: library.index.count() == n_passages)
        searcher = Searcher(library, EMBEDDER, SearchConfig())

        def ask(number: int) -> None:
            rng = np.random.default_rng(number)
            while not is_over.is_set():
                item = int(rng.integers(40))
                try:
                    hits = searcher.search(Query(f"matter m{item}x2 of item{item:03}", k=3)).hits
                    (answered if hits and hits[0].source.article_id == f"item{item:03}" else wrong).append(time.monotonic())
                except StoreError:
                    refused.append(time.monotonic())
                except BaseException as error:
                    wrong.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(3)
        server.kill()
        time.sleep(2)
        replica.promote()
        promoted = time.monotonic()
        time.sleep(4)
        list(ingest([article(40)], library, EMBEDDER, tokens=TOKENS))
        assert by_words(library, "item040") == ["item040"]
        is_over.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(answered) > 100
        assert sum(at > promoted for at in answered) > 20
        print(f"{len(answered)} answered, {len(refused)} refused while the server was gone")


def _wait_for(is_true: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if is_true():  # type: ignore[operator]
                return
        except StoreError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)

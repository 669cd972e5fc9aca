"""Searches through the index of half precision: above so many passages nothing is compared one by one any more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from rag.store.postgres import near, upkeep
from rag.store.postgres.filters import Condition
from rag.store.postgres.library import PostgresLibrary
from rag.store.postgres.pool import Pool
from rag.store.postgres.vectors import packed
from rag.types import ANY, Filter
from tests.pgserver import Server
from tests.store.clustered import MODEL, PER_ARTICLE, article, expected, put, questions, unit_vectors

COUNT = 600
VECTORS = unit_vectors(COUNT)

# What fewer passages pass than are compared one by one, and what more do.
FILTERS = {
    "few": Filter(articles=("a0007", "a0029")),
    "many": Filter(language="es"),
    "publisher": Filter(publishers=("The Ledger",)),
}


@pytest.fixture(scope="module")
def filled(postgres_server: Server) -> Iterator[PostgresLibrary]:
    """A library of 600 passages whose vectors are indexed since 50."""
    with pytest.MonkeyPatch.context() as patch, postgres_server.database() as address:
        patch.setattr(near, "EXACT", 50)
        patch.setattr(upkeep, "EXACT", 50)
        name = address.partition("@/")[2].partition("?")[0]
        with Pool(address) as pool, pool.connection() as connection:  # else so few rows are read one after the other
            connection.execute(f"ALTER DATABASE {name} SET enable_seqscan = off".encode())
        with PostgresLibrary.create(address, model=MODEL) as store:
            with store.writing():
                put(store, VECTORS)
            yield store


@pytest.fixture
def indexed(filled: PostgresLibrary) -> Iterator[PostgresLibrary]:
    """The same library for each test, and as it was after it."""
    yield filled
    ids = {article(number).id for number in range(COUNT // PER_ARTICLE)}
    held = set(filled.article_ids())
    filled.remove(*(held - ids))
    for number in (int(id_[1:]) for id_ in ids - held):
        put(filled, VECTORS[number * PER_ARTICLE : (number + 1) * PER_ARTICLE], first=number)


def recall(store: PostgresLibrary, vectors: np.ndarray, *, where: Filter = ANY, without: set[int] | None = None) -> float:
    """Return the share of the ten nearest that is found, over some questions."""
    shares = []
    for vector in questions(vectors, 8):
        best = expected(vectors, vector, k=10, where=where, without=without or set())
        found = [id_ for id_, _ in store.index.nearest(vector, k=10, where=where)]
        assert len(found) == len(best)
        shares.append(len(set(found) & set(best)) / max(len(best), 1))
    return float(np.mean(shares))


def test_the_index_is_made_and_used(indexed: PostgresLibrary) -> None:
    assert upkeep._has_index(indexed._pool, 1)
    state = indexed.index._states.now()
    plan = indexed._pool.rows("EXPLAIN " + near.Near(state, Condition()).ranked("v", k=10), {"v": packed(VECTORS[0])})
    assert any("vectors_near_1" in line for (line,) in plan), plan
    assert recall(indexed, VECTORS) >= 0.95


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_loses_no_hit(indexed: PostgresLibrary, name: str) -> None:
    assert recall(indexed, VECTORS, where=FILTERS[name]) >= 0.95


def test_what_is_removed_and_stored_is_seen_at_once(indexed: PostgresLibrary) -> None:
    removed = set(range(0, 60, 2))
    indexed.remove(*(f"a{number:04d}" for number in removed))
    more = unit_vectors(50, seed=5)
    put(indexed, more, first=COUNT // PER_ARTICLE)
    vectors = np.concatenate([VECTORS, more])
    assert recall(indexed, vectors, without=removed) >= 0.95
    assert len(indexed.index.nearest(VECTORS[0], k=350)) == 350, "the vectors of what was removed stand in nobody's way"


def test_all_is_counted_again_when_it_is_rebuilt(indexed: PostgresLibrary) -> None:
    indexed.remove("a0003")
    before = indexed._pool.rows("SELECT passages, terms FROM state")
    indexed._pool.write(lambda connection: connection.execute("UPDATE state SET passages = 7, terms = 9"))
    indexed._pool.write(lambda connection: connection.execute("DELETE FROM frequencies"))
    indexed.rebuild()
    assert indexed._pool.rows("SELECT passages, terms FROM state") == before
    assert indexed._pool.rows("SELECT count(*) FROM frequencies")[0][0] > 10
    assert upkeep._has_index(indexed._pool, 1)

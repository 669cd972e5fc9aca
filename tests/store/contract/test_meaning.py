"""Passages by their vectors: what is nearest, whatever the filter, and which vectors are stored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pytest

from rag.ports import Vectors
from rag.store.contract import Passages, Store
from rag.store.tables import Entry, text_hash
from rag.types import ANY, Filter, Passage
from tests.conftest import make_article
from tests.store.clustered import FIRST_DAY, MODEL, PER_ARTICLE, admits, article, expected, put, questions, unit_vectors
from tests.store.contract.places import Place

COUNT = 300
VECTORS = unit_vectors(COUNT)
QUESTIONS = questions(VECTORS, 5)

FILTERS = {
    "publisher": Filter(publishers=("the LEDGER",)),
    "publisher with accents": Filter(publishers=("écho DU port",)),
    "two publishers": Filter(publishers=("The Ledger", "Harbour Post", "unheard of")),
    "language": Filter(language="es"),
    "language in capitals": Filter(language="ES"),
    "one article": Filter(articles=("a0007",)),
    "some articles": Filter(articles=("a0007", "a0011", "a0029", "missing")),
    "range": Filter(published_from=FIRST_DAY + timedelta(days=11), published_to=FIRST_DAY + timedelta(days=14)),
    "from": Filter(published_from=FIRST_DAY + timedelta(days=26)),
    "to": Filter(published_to=FIRST_DAY + timedelta(days=3)),
    "as of": Filter(as_of=FIRST_DAY + timedelta(days=20)),
    "as of the first day": Filter(as_of=FIRST_DAY),
    "all at once": Filter(
        publishers=("Harbour Post",), language="en", published_from=date(2025, 1, 3), as_of=FIRST_DAY + timedelta(days=25)
    ),
    "nobody's": Filter(publishers=("nobody",)),
    "of no language": Filter(language="xx"),
    "of no article": Filter(articles=("missing",)),
}


@pytest.fixture
def clustered(place: Place) -> Store:
    """A store of 300 passages with known vectors and facts."""
    store = place.create(model=MODEL)
    put(store, VECTORS)
    return store


def check(index: Passages, vectors: Vectors, vector: Vectors, *, where: Filter = ANY, without: Collection[int] = ()) -> None:
    """Compare the ten nearest with what looking at each passage gives."""
    found = index.nearest(vector, k=10, where=where)
    best = expected(vectors, vector, k=10, where=where, without=without)
    assert [id_ for id_, _ in found] == best
    for id_, score in found:
        place = int(id_[1:5]) * PER_ARTICLE + int(id_[6:])
        assert score == pytest.approx(float(vectors[place] @ vector), abs=2e-6)
        assert score == round(score, 6)


def test_the_nearest_are_found_best_first_with_exact_cosines(clustered: Store) -> None:
    for vector in QUESTIONS:
        check(clustered.index, VECTORS, vector)
    assert len(clustered.index.nearest(QUESTIONS[0], k=COUNT + 5)) == COUNT
    assert len(clustered.index.nearest(QUESTIONS[0], k=1)) == 1


def test_a_filter_loses_no_hit(clustered: Store) -> None:
    for name, where in FILTERS.items():
        lowered = Filter(language="es") if name == "language in capitals" else where
        for vector in QUESTIONS[:2]:
            found = clustered.index.nearest(vector, k=10, where=where)
            assert [id_ for id_, _ in found] == expected(VECTORS, vector, k=10, where=lowered), name
            assert all(admits(lowered, article(int(id_[1:5]))) for id_, _ in found), name


def test_one_far_article_among_others_is_found(clustered: Store) -> None:
    question = -VECTORS[70:80].mean(axis=0)
    question /= np.linalg.norm(question)
    check(clustered.index, VECTORS, question, where=Filter(articles=("a0007",)))


def test_passages_of_equal_score_stand_in_order_of_id(place: Place) -> None:
    vectors = np.repeat(unit_vectors(50)[:1], 60, axis=0)
    with place.create(model=MODEL) as store:
        put(store, vectors[:30], first=3)
        put(store, vectors[30:], first=0)
        found = store.index.nearest(vectors[0], k=60)
    assert [id_ for id_, _ in found] == [f"a{n:04d}-{place}" for n in range(6) for place in range(10)]
    assert {score for _, score in found} == {1.0}


def test_what_is_stored_replaced_and_removed_is_seen_by_the_next_search(clustered: Store) -> None:
    more = unit_vectors(100, seed=5)
    put(clustered, more, first=COUNT // PER_ARTICLE)
    vectors = np.concatenate([VECTORS, more])
    for vector in vectors[:: len(vectors) // 4]:
        check(clustered.index, vectors, vector)
    clustered.remove("a0000", "a0031", "a0015")
    for vector in vectors[:: len(vectors) // 4]:
        check(clustered.index, vectors, vector, without={0, 15, 31})
        check(clustered.index, vectors, vector, without={0, 15, 31}, where=Filter(language="es"))
    changed = vectors.copy()
    changed[70:80] = unit_vectors(10, seed=8)
    texts = [f"changed {place}" for place in range(10)]
    passages = [Passage(f"a0007-{place}", "a0007", place, place + 1, "") for place in range(10)]
    by_hash = dict(zip(map(text_hash, texts), changed[70:80], strict=True))
    clustered.store([Entry(article(7), passages, texts, texts)], by_hash)
    for vector in (changed[75], vectors[75]):
        check(clustered.index, changed, vector, without={0, 15, 31})
    assert clustered.index.count() == 370


def test_a_vector_of_another_width_finds_nothing(store: Store) -> None:
    assert store.index.nearest(np.zeros(7, dtype=np.float32), k=3) == []


# Vectors by the hash of their text


def test_equal_texts_share_one_vector(clustered: Store) -> None:
    hashes = clustered.text_hashes_of("a0003")
    assert hashes == [text_hash(f"harbour word3 place{place}") for place in range(10)]
    assert clustered.known_texts([*hashes, "unheard of"]) == set(hashes)
    again = make_article("article again", id="again")
    text = "harbour word3 place4"
    clustered.store([Entry(again, [Passage("again-0", "again", 0, 7, "article")], [text], [text])], {})
    assert [id_ for id_, _ in clustered.index.nearest(VECTORS[34], k=2)] == ["a0003-4", "again-0"]


def test_vectors_are_read_by_the_hash_of_their_text(clustered: Store) -> None:
    hashes = clustered.text_hashes_of("a0003")
    found = clustered.vectors_of([*hashes, "unheard of"])
    assert sorted(found) == sorted(hashes)
    assert np.stack([found[key] for key in hashes]).tolist() == VECTORS[30:40].tolist(), "to the bit"
    assert {vector.dtype for vector in found.values()} == {np.dtype(np.float32)}
    assert clustered.vectors_of([]) == {}

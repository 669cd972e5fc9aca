from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.ingest.pipeline import ingest
from rag.ports import Embedder, Vectors
from rag.store import build, serving
from rag.store import vectors as vectors_module
from rag.store import view as view_module
from rag.store.index import PassageIndex
from rag.store.library import Library
from rag.store.vectors import StoredVectors
from rag.store.view import View
from rag.types import ANY, Article, Filter
from tests.conftest import make_article
from tests.store.clustered import (
    DIMENSIONS,
    FIRST_DAY,
    MODEL,
    PER_ARTICLE,
    admits,
    article,
    expected,
    index_of,
    made,
    put,
    questions,
    unit_vectors,
)

COUNT = 2000
VECTORS = unit_vectors(COUNT)
QUESTIONS = questions(VECTORS, 20)

FILTERS = {
    "none": Filter(),
    "publisher": Filter(publishers=("the LEDGER",)),
    "publisher with accents": Filter(publishers=("écho DU port",)),
    "two publishers": Filter(publishers=("The Ledger", "Harbour Post", "unheard of")),
    "language": Filter(language="es"),
    "one article": Filter(articles=("a0007",)),
    "some articles": Filter(articles=("a0007", "a0100", "a0199", "missing")),
    "range": Filter(published_from=FIRST_DAY + timedelta(days=40), published_to=FIRST_DAY + timedelta(days=49)),
    "from": Filter(published_from=FIRST_DAY + timedelta(days=180)),
    "as of": Filter(as_of=FIRST_DAY + timedelta(days=200)),
    "as of the first day": Filter(as_of=FIRST_DAY),
    "all at once": Filter(
        publishers=("Harbour Post",), language="en", published_from=date(2025, 2, 1), as_of=FIRST_DAY + timedelta(days=250)
    ),
}


def view_of(index: PassageIndex) -> View:
    """What a search would see now."""
    return next(index.views())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with made(tmp_path_factory.mktemp("stored") / "library", VECTORS) as library:
        yield library


@pytest.fixture(scope="module", params=["exact", "inverted lists", "inverted lists for any filter"])
def index(request: pytest.FixtureRequest, stored: Library) -> Iterator[PassageIndex]:
    is_exact = request.param == "exact"
    found = index_of(stored, flat_limit=COUNT if is_exact else 0)
    found.publish(force=True)
    held = found._serving.sound()
    assert held is not None
    assert bool(held.manifest.trained_for) != is_exact
    with pytest.MonkeyPatch.context() as patch:
        if "any filter" in request.param:
            patch.setattr(view_module, "_SCORED", 0)
        yield found


def ids(found: list[tuple[str, float]]) -> list[str]:
    return [id_ for id_, _ in found]


def test_the_nearest_are_found_best_first_with_exact_cosines(index: PassageIndex) -> None:
    overlap = 0
    for question in QUESTIONS:
        found = index.nearest(question, k=10)
        assert len(found) == 10
        assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
        for id_, score in found:
            place = int(id_[1:5]) * PER_ARTICLE + int(id_[6:])
            assert score == pytest.approx(float(VECTORS[place] @ question), abs=2e-6)
        overlap += len(set(ids(found)) & set(expected(VECTORS, question, k=10)))
    assert overlap / (10 * len(QUESTIONS)) >= 0.97


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_loses_no_hit(index: PassageIndex, name: str) -> None:
    where = FILTERS[name]
    overlap = wanted = 0
    for question in QUESTIONS[:4]:
        found = ids(index.nearest(question, k=10, where=where))
        best = expected(VECTORS, question, k=10, where=where)
        assert len(found) == len(best)
        assert all(admits(where, article(int(id_[1:5]))) for id_ in found)
        overlap += len(set(found) & set(best))
        wanted += len(best)
    assert overlap / wanted >= 0.95


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_holds_for_words_too(index: PassageIndex, name: str) -> None:
    where = FILTERS[name]
    possible = sum(PER_ARTICLE for number in range(COUNT // PER_ARTICLE) if admits(where, article(number)))
    view = view_of(index)
    everywhere = index.postings(["harbour"], view.lengths)["harbour"].numbers
    assert everywhere.tolist() == index.holding('"harbour"').tolist() == list(range(1, COUNT + 1))
    admitted = view.admitted(everywhere, k=40, where=where)
    assert len(admitted) == min(40, possible)
    assert all(admits(where, article(int(id_[1:5]))) for id_ in view.ids(admitted))
    assert (
        view.admitted(everywhere[::-1], k=5, where=where).tolist()
        == everywhere[np.isin(everywhere, view.admitted(everywhere, k=COUNT, where=where))][::-1][:5].tolist()
    ), "in the order given"


@pytest.mark.parametrize("where", [Filter(publishers=("nobody",)), Filter(articles=("missing",)), Filter(language="xx")])
def test_a_filter_that_admits_nothing_finds_nothing(index: PassageIndex, where: Filter) -> None:
    assert index.nearest(QUESTIONS[0], k=5, where=where) == []
    assert len(view_of(index).admitted(np.arange(1, 500), k=5, where=where)) == 0


def test_one_far_article_among_thousands_is_found(index: PassageIndex) -> None:
    question = -VECTORS[70:80].mean(axis=0)
    question /= np.linalg.norm(question)
    assert ids(index.nearest(question, k=10, where=Filter(articles=("a0007",)))) == expected(
        VECTORS, question, k=10, where=Filter(articles=("a0007",))
    )


def test_more_than_there_is_gives_all(index: PassageIndex) -> None:
    assert len(index.nearest(QUESTIONS[0], k=COUNT + 5)) == COUNT


def test_given_passages_are_described(index: PassageIndex) -> None:
    view = view_of(index)
    found = view.described(np.array([2000, 4, 4, 99_999]))
    assert found.ids.tolist() == [b"a0000-3", b"a0199-9"]
    assert found.numbers.tolist() == [4, 2000]
    assert found.articles.tolist() == found.groups.tolist() == [1, 200]
    assert list(found.publishers) == [article(0).publisher, article(199).publisher]
    assert found.days.tolist() == [one.published.toordinal() if one.published else 0 for one in (article(0), article(199))]
    assert np.abs(found.vectors - VECTORS[[3, 1999]]).max() < 2e-4
    assert found.vectors @ QUESTIONS[0] == pytest.approx(VECTORS[[3, 1999]] @ QUESTIONS[0], abs=5e-4)
    assert len(view.described(np.zeros(0, dtype=np.int64)).ids) == 0
    assert view.lengths(np.array([2000, 99_999])).tolist() == [3.0, 0.0]


def test_neighbours_stand_in_the_same_article(index: PassageIndex) -> None:
    assert index.neighbours(["a0004-0", "a0004-5", "a0004-9", "missing"]) == {
        "a0004-0": ("", "a0004-1"),
        "a0004-5": ("a0004-4", "a0004-6"),
        "a0004-9": ("a0004-8", ""),
    }
    assert index.neighbours([]) == {}


def test_terms_are_those_of_the_full_text_index(index: PassageIndex) -> None:
    assert index.terms("Bárcena's running RUNNING elections") == ["barcena", "s", "run", "run", "elect"]
    assert index.terms("") == []
    assert index.terms("\ud800 word") == ["word"]  # half a character, as a broken page may hold


def test_document_frequencies(index: PassageIndex) -> None:
    terms = [*index.terms("harbours word7 place3"), "nowhere"]
    assert index.document_frequencies(terms) == {
        "harbour": COUNT,
        "word7": PER_ARTICLE,
        "place3": COUNT // PER_ARTICLE,
        "nowhere": 0,
    }
    assert index.document_frequencies([]) == {}


def test_an_empty_library_finds_nothing(library: Library) -> None:
    vector = np.zeros(384, dtype=np.float32)
    assert library.index.nearest(vector, k=5) == []
    assert library.index.nearest(vector, k=5, where=Filter(as_of=FIRST_DAY)) == []
    assert len(library.index.holding('"harbour"')) == 0
    assert (library.index.count(), library.index.number) == (0, 0)
    assert library.index.publish() is False


# What changes


@pytest.fixture(params=["exact", "inverted lists"])
def changing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Library, PassageIndex]]:
    """A published library of 600 passages."""
    with made(tmp_path / "library", unit_vectors(600)) as library:
        index = index_of(library, flat_limit=10_000 if request.param == "exact" else 0)
        index.publish()
        yield library, index


def check(index: PassageIndex, vectors: Vectors, *, where: Filter = ANY, without: Collection[int] = ()) -> None:
    """Look for each of some passages by its own vector, and for ten around it."""
    for question in vectors[:: len(vectors) // 12]:
        found = ids(index.nearest(question, k=10, where=where))
        best = expected(vectors, question, k=10, where=where, without=without)
        assert len(found) == len(best)
        assert found[:1] == best[:1]
        assert len(set(found) & set(best)) >= len(best) - 2


def test_what_is_newer_than_the_generation_is_found(changing: tuple[Library, PassageIndex]) -> None:
    library, index = changing
    vectors = np.concatenate([unit_vectors(600), unit_vectors(400, seed=5)])
    put(library, vectors[600:], first=60)
    check(index, vectors)
    check(index, vectors, where=Filter(language="es"))
    check(index, vectors, where=Filter(published_from=FIRST_DAY + timedelta(days=70)))
    assert index.count() == 1000
    assert index.document_frequencies(["harbour"]) == {"harbour": 1000}


def test_much_that_is_newer_goes_into_indexes_in_memory(
    changing: tuple[Library, PassageIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, index = changing
    monkeypatch.setattr(serving, "_FOLD", 150)
    vectors = np.concatenate([unit_vectors(600), unit_vectors(400, seed=5)])
    for start in range(600, 1000, 100):
        put(library, vectors[start : start + 100], first=start // PER_ARTICLE)
        check(index, vectors[: start + 100])
    served = index._serving.current()
    assert len(served.parts) > 1
    assert sum(part.manifest.count for part in served.parts) + len(served.tail.numbers) == 1000
    check(index, vectors, where=Filter(language="es"))


def test_removed_passages_leave_their_places_to_others(changing: tuple[Library, PassageIndex]) -> None:
    library, index = changing
    vectors = unit_vectors(600)
    nearest = expected(vectors, vectors[0], k=400)
    gone = sorted({int(id_[1:5]) for id_ in nearest})[:-3]  # almost all, those around the question first
    library.remove(*(f"a{number:04d}" for number in gone))
    check(index, vectors, without=set(gone))
    assert index.count() == 30
    assert index.document_frequencies(["harbour"]) == {"harbour": 30}


def test_filters_see_what_was_stored_since_they_were_last_used(changing: tuple[Library, PassageIndex]) -> None:
    library, index = changing
    late = Filter(published_from=FIRST_DAY + timedelta(days=59))
    vectors = np.concatenate([unit_vectors(600), unit_vectors(100, seed=5)])
    check(index, vectors[:600], where=late)
    put(library, vectors[600:], first=60)
    check(index, vectors, where=late)
    library.remove("a0061")
    check(index, vectors, where=late, without={61})


def test_an_article_stored_again_during_a_search_is_not_missed(
    changing: tuple[Library, PassageIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, index = changing
    vectors = unit_vectors(600)
    search, calls = serving.Served.search, []

    def interrupted(self: serving.Served, *args: object, **options: object) -> object:
        found = search(self, *args, **options)  # type: ignore[arg-type]
        if not calls:
            put(library, vectors[70:80], first=7)  # its passages get new numbers
        calls.append(1)
        return found

    monkeypatch.setattr(serving.Served, "search", interrupted)
    assert ids(index.nearest(vectors[75], k=1)) == ["a0007-5"]
    assert len(calls) == 2


def test_threads_search_while_one_writes_and_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ALWAYS", 0)
    vectors = unit_vectors(900)
    failures: list[object] = []
    done = threading.Event()
    with made(tmp_path / "library", vectors[:500]) as library:
        index = index_of(library, flat_limit=700)
        index.publish()

        def read(place: int) -> None:
            try:
                while not done.is_set():
                    found = ids(index.nearest(vectors[place], k=3, where=FILTERS["none"]))
                    if found[0] != f"a{place // PER_ARTICLE:04d}-{place % PER_ARTICLE}":
                        failures.append(found)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=read, args=(place,)) for place in (3, 77, 250, 499)]
        for thread in threads:
            thread.start()
        for start in range(500, 900, 40):
            put(library, vectors[start : start + 40], first=start // PER_ARTICLE)
            index.publish()
        done.set()
        for thread in threads:
            thread.join()
        assert failures == []
        check(index, vectors)
        assert index.number > 5


def test_vectors_of_another_width_never_meet(library: Library) -> None:
    assert library.index.nearest(np.zeros(7, dtype=np.float32), k=3) == []
    other = Library(library._database, library.path, MODEL)
    put(other, unit_vectors(30))
    assert len(other.index.nearest(unit_vectors(30)[0], k=3)) == 3
    assert unit_vectors(30).shape[1] == DIMENSIONS


def test_a_term_that_stood_nowhere_is_counted_once_an_article_brings_it(library: Library, embedder: Embedder) -> None:
    list(ingest([make_article(f"harbour note {n}", id=f"n{n}") for n in range(150)], library, embedder, tokens=100))
    assert library.index.document_frequencies(["grynspan", "harbour"]) == {"grynspan": 0, "harbour": 150}
    list(ingest([make_article("Grynspan visits the harbour", id="new")], library, embedder, tokens=100))
    assert library.index.document_frequencies(["grynspan"]) == {"grynspan": 1}


def test_terms_that_begin_alike(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    list(ingest(harbour, library, embedder, tokens=100))
    assert ("valparaiso", 1) in library.index.terms_beginning("va", least=8, most=11)
    assert library.index.terms_beginning("va", least=11, most=20) == []


def test_a_sample_is_the_same_however_it_is_read(stored: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = StoredVectors(stored.database, MODEL)
    upto = vectors.newest() - 100
    whole = vectors.sample(300, upto=upto)
    monkeypatch.setattr(vectors_module, "_NUMBERS", 7)
    monkeypatch.setattr(vectors_module, "_BLOCK", 11)
    assert whole.shape == (300, DIMENSIONS)
    assert vectors.sample(300, upto=upto).tolist() == whole.tolist()
    every = vectors.sample(COUNT, upto=upto)
    assert sorted(every.tolist()) == sorted(
        row for block in vectors.blocks(above=0, upto=upto) for row in block.vectors.tolist()
    )
    assert vectors.sample(5, upto=0).shape == (0, 0)

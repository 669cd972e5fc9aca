from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store import facts as facts_module
from rag.store.facts import NO_FACTS, Facts, load_facts, read_facts, write_facts
from rag.store.library import Library
from rag.types import Article, Filter
from tests.conftest import make_article
from tests.store.clustered import MODEL, made, put, unit_vectors


@pytest.fixture
def facts(library: Library, embedder: Embedder) -> Facts:
    """Facts of three articles of a passage each, read in two goes."""
    articles = [
        make_article("Dock workers strike.", id="á", publisher="Écho", published="2025-03-01", language="fr"),
        make_article("Rain over the port today.", id="b", publisher="", published=None, language="en"),
        make_article("The union elects a new head.", id="c", publisher="The Ledger", published="2025-03-09", language="en"),
    ]
    list(ingest(articles, library, embedder, tokens=100))
    first = read_facts(library.database, embedder.name, above=0, upto=1)
    return first.with_(read_facts(library.database, embedder.name, above=1, upto=99))


def test_facts_say_what_the_articles_say(facts: Facts, library: Library) -> None:
    assert facts.numbers.tolist() == [1, 2, 3]
    ids = {passage.id for id_ in library.article_ids() for passage in library.passages_of(id_)}
    assert {id_.decode() for id_ in facts.ids.tolist()} == ids
    assert facts.days.tolist() == [date(2025, 3, 1).toordinal(), 0, date(2025, 3, 9).toordinal()]
    assert [facts.publisher_names[code] for code in facts.publishers.tolist()] == ["Écho", "", "The Ledger"]
    assert [facts.language_names[code] for code in facts.languages.tolist()] == ["fr", "en", "en"]
    texts = [library.database.rows("SELECT sz FROM words_docsize WHERE id = :id", id=number)[0][0] for number in (1, 2, 3)]
    assert facts.terms.tolist() == [float(size[0]) for size in texts], "short enough for a byte each"


def test_only_passages_with_a_vector_of_the_model_are_seen(
    library: Library, harbour: list[Article], embedder: Embedder
) -> None:
    list(ingest(harbour, library, embedder, tokens=100))
    assert len(read_facts(library.database, embedder.name, above=0, upto=99).numbers) == 3
    assert len(read_facts(library.database, "another", above=0, upto=99).numbers) == 0
    assert len(read_facts(library.database, embedder.name, above=3, upto=99).numbers) == 0


def test_places(facts: Facts) -> None:
    known, places = facts.places(np.array([3, 7, 1, 0]))
    assert (known.tolist(), places.tolist()) == ([True, False, True, False], [2, 0])
    known, places = NO_FACTS.places(np.array([3]))
    assert (known.tolist(), places.tolist()) == ([False], [])


@pytest.mark.parametrize(
    ("where", "admitted"),
    [
        (Filter(), [True, True, True]),
        (Filter(publishers=("écho", "nobody")), [True, False, False]),
        (Filter(language="EN"), [False, True, True]),
        (Filter(published_from=date(2025, 3, 1)), [True, False, True]),
        (Filter(published_to=date(2025, 3, 1)), [True, False, False]),
        (Filter(as_of=date(2025, 3, 8)), [True, True, False]),
        (Filter(articles=("c",)), [False, False, True]),
        (Filter(articles=("c",), language="fr"), [False, False, False]),
    ],
)
def test_what_a_filter_admits(facts: Facts, where: Filter, admitted: list[bool]) -> None:
    assert facts.admitted(where, facts.articles[2:]).tolist() == admitted


def test_facts_come_back_as_they_went_out(facts: Facts) -> None:
    for one in (facts, NO_FACTS):
        file = io.BytesIO()
        write_facts(file, one)
        file.seek(0)
        back = load_facts(file)
        assert back.numbers.tolist() == one.numbers.tolist()
        assert back.ids.tolist() == one.ids.tolist()
        assert (back.publisher_names, back.language_names) == (one.publisher_names, one.language_names)
        assert back.terms.dtype == np.float32
    with pytest.raises(ValueError, match=r"."):
        load_facts(io.BytesIO(b"no facts"))


def test_frequent_terms_are_published_with_their_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "_FREQUENT", 30)
    with made(tmp_path / "library", unit_vectors(40)) as library:
        library.index.publish()
        assert library.index.document_frequencies(["harbour", "word1"]) == {"harbour": 40, "word1": 10}
    with Library.open(tmp_path / "library", model=MODEL) as library:
        assert library.index._serving.frequencies() == {"harbour": 40}
        put(library, unit_vectors(50)[40:], first=4)
        assert library.index.document_frequencies(["harbour", "word4"]) == {"harbour": 40, "word4": 10}, "as published"

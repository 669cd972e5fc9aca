from datetime import date

import pytest

from rag.config import SearchConfig
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.search import Searcher
from rag.store.library import Library
from rag.types import Article, Query


@pytest.fixture
def searcher(library: Library, harbour: list[Article], embedder: Embedder) -> Searcher:
    list(ingest(harbour, library, embedder, tokens=100))
    return Searcher(library, embedder, SearchConfig())


def test_hits_carry_source_passage_and_ranks(searcher: Searcher, harbour: list[Article]) -> None:
    result = searcher.search(Query("Who was elected to lead the port union?", k=2))
    best = result.hits[0]
    assert best.source == harbour[1].source
    assert best.passage.text == harbour[1].text[best.passage.start : best.passage.end]
    assert best.ranks == {"dense": 1, "lexical": 1}
    assert best.score == pytest.approx(1 / 61)
    assert len(result.hits) == 2
    assert set(result.timings_ms) == {"dense", "lexical", "fusion", "total"}


def test_as_of_holds_for_both_retrievers(searcher: Searcher) -> None:
    hits = searcher.search(Query("Who was elected to lead the port union?", as_of=date(2025, 3, 5))).hits
    assert "union" not in {hit.source.article_id for hit in hits}


def test_the_same_question_gives_the_same_hits(searcher: Searcher) -> None:
    assert searcher.search(Query("port union")).hits == searcher.search(Query("port union")).hits


def test_an_empty_library_has_no_hits(library: Library, embedder: Embedder) -> None:
    assert Searcher(library, embedder, SearchConfig()).search(Query("anything")).hits == ()

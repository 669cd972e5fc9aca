from datetime import date

import numpy as np
import pytest

from rag.config import SearchConfig
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.search import Searcher
from rag.store.library import Library
from rag.types import Article, Filter, Query
from tests.conftest import make_article

QUESTION = "Who was elected to lead the port union?"


@pytest.fixture
def searcher(library: Library, harbour: list[Article], embedder: Embedder) -> Searcher:
    list(ingest(harbour, library, embedder, tokens=100))
    return Searcher(library, embedder, SearchConfig())


def searching(articles: list[Article], embedder: Embedder, **settings: object) -> Searcher:
    library = Library.in_memory(model=embedder.name)
    list(ingest(articles, library, embedder, tokens=60))
    return Searcher(library, embedder, SearchConfig(**settings))  # type: ignore[arg-type]


def found(searcher: Searcher, question: str, **wanted: object) -> list[str]:
    return [hit.source.article_id for hit in searcher.search(Query(question, **wanted)).hits]  # type: ignore[arg-type]


def test_hits_carry_source_passage_and_ranks(searcher: Searcher, harbour: list[Article]) -> None:
    result = searcher.search(Query(QUESTION, k=2))
    best = result.hits[0]
    assert best.source == harbour[1].source
    assert best.passage.text == harbour[1].text[best.passage.start : best.passage.end]
    assert best.ranks == {"dense": 1, "lexical": 1}
    assert len(result.hits) == 2
    assert (best.before, best.after) == (None, None)
    assert set(result.timings_ms) == {"understand", "embed", "lexical", "dense", "rerank", "read", "total"}
    assert result.understanding.parts == (QUESTION,)


def test_as_of_holds_for_both_retrievers(searcher: Searcher) -> None:
    assert "union" not in found(searcher, QUESTION, where=Filter(as_of=date(2025, 3, 5)))


def test_equal_queries_give_equal_hits(searcher: Searcher) -> None:
    assert searcher.search(Query("port union")).hits == searcher.search(Query("port union")).hits


def test_an_empty_library_gives_no_hit(library: Library, embedder: Embedder) -> None:
    assert Searcher(library, embedder, SearchConfig()).search(Query("anything")).hits == ()


REPORTS = [
    make_article(
        f"The council of Leeds agreed on a tram line to the harbour in its {place} session.",
        id=f"{publisher.lower()}-{place}",
        publisher=f"The {publisher}",
        published=day,
        title="A tram for Leeds",
    )
    for place, publisher, day in (
        ("opening", "Ledger", "2025-03-01"),
        ("second", "Ledger", "2025-03-09"),
        ("third", "Ledger", "2025-04-02"),
        ("closing", "Beacon", "2025-04-03"),
    )
]


def test_each_publisher_that_is_named_gets_its_share(embedder: Embedder) -> None:
    searcher = searching(REPORTS, embedder)
    question = "What did the Ledger and the Beacon say of the council of Leeds and its tram?"
    assert {one.split("-")[0] for one in found(searcher, question, k=2)} == {"ledger", "beacon"}
    assert found(searcher, "What did the Beacon say of the council of Leeds and its tram?", k=1) == ["beacon-closing"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What did the council of Leeds agree on 9 March 2025?", "ledger-second"),
        ("What did the council of Leeds agree in early March 2025, on 1 March 2025?", "ledger-opening"),
        ("What is the latest on the council of Leeds?", "beacon-closing"),
    ],
)
def test_days_and_the_present_are_preferred_not_demanded(embedder: Embedder, question: str, first: str) -> None:
    hits = found(searching(REPORTS, embedder), question, k=4)
    assert hits[0] == first
    assert len(hits) == 4


def test_a_filter_is_demanded(embedder: Embedder) -> None:
    searcher = searching(REPORTS, embedder)
    where = Filter(published_from=date(2025, 3, 5), published_to=date(2025, 4, 2), publishers=("the ledger",))
    assert set(found(searcher, "council of Leeds", where=where)) == {"ledger-second", "ledger-third"}


def test_a_quoted_phrase_is_preferred(embedder: Embedder) -> None:
    articles = [
        make_article("The fee for the harbour rose, and the port law was new to nobody.", id="loose"),
        make_article("Harbour folk read the new port law with care and with doubt.", id="exact"),
    ]
    assert found(searching(articles, embedder), 'Who spoke of "the new port law" in the harbour?')[0] == "exact"


def test_copies_come_after_everything_else(embedder: Embedder) -> None:
    text = "The ferry between Leeds and Hull stopped after the flood of March."
    articles = [make_article(text, id=f"copy{n}", publisher=f"Paper {n}") for n in range(3)]
    articles.append(make_article("The ferry company of Hull hopes to sail again in June.", id="other"))
    hits = found(searching(articles, embedder), "Why did the ferry between Leeds and Hull stop?", k=4)
    assert hits[0].startswith("copy")
    assert hits[1] == "other"
    assert len(set(hits)) == 4


def test_each_sub_question_finds_its_article(embedder: Embedder) -> None:
    articles = [
        make_article("Rents in Leeds fell by four percent since the spring, the housing office said.", id="rents"),
        make_article("Wages of dockers in Hull rose by six percent, the union said.", id="wages"),
        *(make_article(f"Rents in Leeds: letter {n} about rents and more rents in Leeds.", id=f"noise{n}") for n in range(6)),
    ]
    question = "Did rents in Leeds fall since the spring, while wages of dockers in Hull rose?"
    assert set(found(searching(articles, embedder), question, k=2)) == {"rents", "wages"}


def test_context_gives_the_neighbours(embedder: Embedder) -> None:
    text = "\n\n".join(f"Paragraph {word} tells of {word} alone and of nothing else. " * 4 for word in ("rain", "hail", "snow"))
    searcher = searching([make_article(text)], embedder)
    hits = searcher.search(Query("hail", context=True)).hits
    middle = next(hit for hit in hits if "hail" in hit.passage.text and hit.before and hit.after)
    assert middle.before
    assert middle.after
    assert middle.before.end <= middle.passage.start < middle.passage.end <= middle.after.start


@pytest.mark.parametrize(
    "question", ['"', "a OR b NEAR(", "x" * 2000, "\x00", "¿?", "🙂🙂🙂", "between and, while or", "2025-13-40"]
)
def test_strange_questions_find_something_or_nothing(searcher: Searcher, question: str) -> None:
    assert all(np.isfinite(hit.score) for hit in searcher.search(Query(question)).hits)


def test_rerank_none_is_fusion_alone(embedder: Embedder) -> None:
    question = "What did the council of Leeds agree on 9 March 2025?"
    plain = searching(REPORTS, embedder, rerank="none", coverage=0, variety=0, publisher_share=0)
    scores = [hit.score for hit in plain.search(Query(question)).hits]
    assert scores == sorted(scores, reverse=True)

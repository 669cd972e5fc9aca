import math

import numpy as np
import pytest

from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.lexical import LexicalRetriever, content_words, names
from rag.store.library import Library
from rag.types import ANY, Article, Filter
from tests.conftest import make_article


def lexical_of(library: Library) -> LexicalRetriever:
    return LexicalRetriever(library.index, next(library.index.views()))


@pytest.fixture
def lexical(library: Library, harbour: list[Article], embedder: Embedder) -> LexicalRetriever:
    list(ingest(harbour, library, embedder, tokens=100))
    return lexical_of(library)


def articles(lexical: LexicalRetriever, library: Library, question: str) -> list[str]:
    numbers, scores = lexical.rank(question, k=5)
    assert (np.diff(scores) <= 0).all(), "best first"
    assert (scores > 0).all()
    ids = next(library.index.views()).ids(numbers)
    found = library.index.passages(ids)
    return [found[id_][1].article_id for id_ in ids]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Who was elected?", "union"),
        ("harbours", "strike"),  # stemmed
        ("valparaiso", "strike"),  # without the accent
        ("¿Qué pasa en Valparaíso?", "strike"),
        ("The Ledger", "union"),  # the byline is indexed too
    ],
)
def test_finds_by_stem_accent_and_byline(lexical: LexicalRetriever, library: Library, question: str, first: str) -> None:
    assert articles(lexical, library, question)[0] == first


@pytest.mark.parametrize("question", ['"', "a OR b NEAR(", "*", "text:", "-- ; DROP TABLE words", "'", "^rain", "(((", "\x00"])
def test_query_syntax_in_a_question_is_only_words(lexical: LexicalRetriever, library: Library, question: str) -> None:
    articles(lexical, library, question)


def test_nothing_matches_nothing(lexical: LexicalRetriever, library: Library) -> None:
    assert articles(lexical, library, "quantum chromodynamics") == []
    assert articles(lexical, library, "?!") == []


def test_content_words() -> None:
    assert content_words("What did the union's head say about the U.S. and 54.53%?") == ["union's", "head", "u.s", "54.53"]
    assert content_words("Who was it?") == ["who", "was", "it"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Did Sam Bankman-Fried meet the Bank of England?", ["Sam Bankman", "Bank of England"]),
        ("Who is Rebeca Grynspan?", ["Rebeca Grynspan"]),
        ("Is Ángela de la Torre mayor?", ["Ángela de la Torre"]),
        ("WHO WON THE VOTE", []),
        ("Who won?", []),
        ("who is rebeca grynspan", []),
    ],
)
def test_names_of_several_words(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_words_of_many_passages_are_left_out_of_a_large_library(
    library: Library, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [make_article(f"harbour news item {n}", id=f"n{n}") for n in range(20)]
    list(ingest([*articles, make_article("harbour seal", id="seal")], library, embedder, tokens=100))
    lexical = lexical_of(library)
    assert len(lexical.rank("harbour seal", k=50)[0]) == 21
    monkeypatch.setattr("rag.retrieve.lexical.COMMON_FROM", 10)
    assert len(lexical.rank("harbour seal", k=50)[0]) == 1
    assert len(lexical.rank("harbour", k=50)[0]) == 21, "all words are common: they are all there is"


def test_bm25_hand_worked(library: Library, embedder: Embedder) -> None:
    texts = {"one": "Harbour harbour strike", "two": "harbour rain", "three": "Rain fell on the town all day", "four": "Sun"}
    articles = [make_article(text, id=id_, title="", publisher="") for id_, text in texts.items()]
    list(ingest(articles, library, embedder, tokens=100))
    numbers, scores = lexical_of(library).rank("harbour strike", k=5)
    average = (3 + 2 + 7 + 1) / 4

    def gain(n_holding: int, count: int, length: int) -> float:
        rarity = max(math.log((4 - n_holding + 0.5) / (n_holding + 0.5)), 1e-6)
        return rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / average))

    assert numbers.tolist() == [1, 2]
    assert scores.tolist() == pytest.approx([gain(2, 2, 3) + gain(1, 1, 3), gain(2, 1, 2)], rel=1e-5)


def test_a_name_counts_where_its_words_stand_together(library: Library, embedder: Embedder) -> None:
    texts = {"apart": "Harris met Kamala Khan", "together": "Then Kamala Harris spoke", "none": "rain"}
    fillers = [make_article(f"weather {n} over the sea", id=f"f{n}") for n in range(9)]
    list(ingest([*(make_article(text, id=id_) for id_, text in texts.items()), *fillers], library, embedder, tokens=100))
    lexical = lexical_of(library)
    assert articles(lexical, library, "What did Kamala Harris say?") == ["together", "apart"]


def test_more_filters_bring_more_behind_the_first(library: Library, embedder: Embedder) -> None:
    stored = [make_article("harbour strike " + "rain " * n, id=f"n{n}", publisher="AB"[n == 5]) for n in range(6)]
    list(ingest(stored, library, embedder, tokens=100))
    lexical = lexical_of(library)
    assert lexical.rank("strike", k=2)[0].tolist() == [1, 2]
    assert lexical.rank("strike", k=2, filters=(ANY, Filter(publishers=("B",))))[0].tolist() == [1, 2, 6]


def test_what_changes_is_seen_at_once(library: Library, embedder: Embedder) -> None:
    list(ingest([make_article("harbour strike", id="old")], library, embedder, tokens=100))
    lexical = lexical_of(library)
    assert articles(lexical, library, "strike") == ["old"]
    list(ingest([make_article("a strike at the mill", id="new")], library, embedder, tokens=100))
    assert set(articles(lexical, library, "strike")) == {"old", "new"}
    library.remove("old")
    assert articles(lexical, library, "strike") == ["new"]

import pytest

from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.lexical import LexicalRetriever, content_words, names
from rag.store.library import Library
from rag.types import Article
from tests.conftest import make_article


@pytest.fixture
def lexical(library: Library, harbour: list[Article], embedder: Embedder) -> LexicalRetriever:
    list(ingest(harbour, library, embedder, tokens=100))
    return LexicalRetriever(library.index)


def articles(lexical: LexicalRetriever, library: Library, question: str) -> list[str]:
    ranked = lexical.rank(question, k=5)
    return [library.index.passages([id_])[id_][0].article_id for id_, _ in ranked]


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
    lexical = LexicalRetriever(library.index)
    assert len(lexical.rank("harbour seal", k=50)) == 21
    monkeypatch.setattr("rag.retrieve.lexical.COMMON_FROM", 10)
    assert len(lexical.rank("harbour seal", k=50)) == 1
    assert len(lexical.rank("harbour", k=50)) == 21, "all words are common: they are all there is"

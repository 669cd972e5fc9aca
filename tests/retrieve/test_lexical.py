import pytest

from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.lexical import LexicalRetriever, content_words
from rag.store.library import Library
from rag.types import Article, Query


@pytest.fixture
def lexical(library: Library, harbour: list[Article], embedder: Embedder) -> LexicalRetriever:
    list(ingest(harbour, library, embedder, tokens=100))
    return LexicalRetriever(library)


def articles(lexical: LexicalRetriever, library: Library, question: str) -> list[str]:
    ranked = lexical.rank(Query(question), k=5)
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

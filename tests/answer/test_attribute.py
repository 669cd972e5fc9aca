from __future__ import annotations

from rag.answer.attribute import attribute
from rag.answer.reply import statements
from rag.ports import Embedder
from rag.types import Article


def test_a_sentence_gets_its_words_whatever_the_marker(gathered, harbour: list[Article], embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    question = "Who leads the port union?"
    evidence = gathered(question, *harbour)
    (behind,) = attribute(question, statements("Ines Moreau leads the union [1]."), evidence, embedder)
    assert [sentence.quote.text for sentence in behind] == ["Members elected Ines Moreau to lead the port union."]


def test_a_sentence_drawn_from_two_articles_cites_both(gathered, harbour: list[Article], embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    question = "What do dockers want and who replaced Karl Voss?"
    evidence = gathered(question, *harbour)
    reply = "Dockers in Valparaíso want 12% more pay, and Ines Moreau was elected by members to lead the port union."
    (behind,) = attribute(question, statements(reply), evidence, embedder)
    assert {sentence.source.article_id for sentence in behind} == {"strike", "union"}


def test_without_evidence_nothing_stands_behind(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    assert attribute("q", statements("Rain fell."), gathered("q"), embedder) == [()]
    assert attribute("q", [], gathered("q"), embedder) == []

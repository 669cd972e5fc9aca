from __future__ import annotations

import pytest

from rag.answer.attribute import attribute
from rag.answer.reply import statements
from rag.ports import Embedder
from rag.types import Article
from tests.conftest import make_article


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


def test_a_row_is_cited_with_the_head_of_its_table(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    table = "| Year | Trade (USD Billion) |\n| 2020 | 160 |\n| 2021 | 175 |"
    question = "How much was trade worth in 2021?"
    (behind,) = attribute(question, statements("$175 billion [1]"), gathered(question, make_article(table)), embedder)
    assert [sentence.quote.text for sentence in behind] == ["| 2021 | 175 |", "| Year | Trade (USD Billion) |"]


def test_a_sentence_that_leans_is_cited_with_the_one_that_names_her(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    article = make_article("Lucia Ferro won in Port Maren. She took 52.4 percent of the votes in the runoff.")
    question = "What share did Ferro take?"
    evidence = gathered(question, article)
    (behind,) = attribute(question, statements("Ferro took 52.4 percent of the votes in the runoff."), evidence, embedder)
    assert {sentence.quote.text[:3] for sentence in behind} == {"She", "Luc"}
    (behind,) = attribute("What did Kast take?", statements("Kast took 52.4 percent of the votes."), evidence, embedder)
    assert {sentence.quote.text[:3] for sentence in behind} == {"She", "Luc"}, "who she is tells that it is not Kast"
    (alone,) = attribute(question, statements("She took 52.4 percent of the votes in the runoff."), evidence, embedder)
    assert [sentence.quote.text[:3] for sentence in alone] == ["She"]


def test_without_evidence_nothing_stands_behind(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    assert attribute("q", statements("Rain fell."), gathered("q"), embedder) == [()]
    assert attribute("q", [], gathered("q"), embedder) == []


CASES = (
    (
        "Who leads the union and what do dockers want?",
        "Ines Moreau leads the port union, and dockers want 12% more pay.",
        {"strike", "union"},
    ),
    ("What do dockers want?", "Dockers want 12% more pay.", {"strike"}),
)


@pytest.mark.parametrize(("question", "reply", "articles"), CASES)
def test_each_article_that_alone_holds_a_part_is_cited(question, reply, articles, gathered, harbour, embedder) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(question, *harbour)
    (behind,) = attribute(question, statements(reply), evidence, embedder)
    assert {sentence.source.article_id for sentence in behind} == articles


def test_a_name_that_only_another_article_holds_brings_that_article(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    articles = [
        make_article("Gabriel Boric nominated Bachelet for the post of secretary-general of the United Nations.", id="a"),
        make_article("Rodrigo Chaves endorsed Grynspan. The rain fell on San José.", id="b"),
        make_article("The secretary-general of the United Nations visited a market.", id="c"),
    ]
    question = "Which presidents stand behind the candidates?"
    reply = "Gabriel Boric nominated Bachelet for the post at the United Nations, and Rodrigo Chaves endorsed Grynspan."
    (behind,) = attribute(question, statements(reply), gathered(question, *articles), embedder)
    assert [sentence.source.article_id for sentence in behind] == ["a", "b"]


def test_one_sentence_that_holds_it_all_is_cited_alone(gathered, embedder: Embedder) -> None:  # type: ignore[no-untyped-def]
    articles = [make_article(f"The dam of Lowmark holds {n} million litres. Voss opened it.", id=str(n)) for n in (12, 13, 14)]
    (behind,) = attribute(
        "How much?", statements("The dam of Lowmark holds 13 million litres."), gathered("dam", *articles), embedder
    )
    assert [sentence.quote.text for sentence in behind] == ["The dam of Lowmark holds 13 million litres."]

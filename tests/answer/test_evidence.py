from __future__ import annotations

from rag.answer.fit import word_overlap
from rag.tokens import count_tokens
from rag.types import Article
from tests.conftest import make_article


def test_quotes_are_exact_and_best_first(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("Who was elected to lead the port union?", *harbour)
    texts = {article.id: article.text for article in harbour}
    for sentence in evidence.sentences:
        quote = sentence.quote
        assert texts[quote.article_id][quote.start : quote.end] == quote.text
        assert 0 <= sentence.score <= 1
    scores = [sentence.score for sentence in evidence.sentences]
    assert scores == sorted(scores, reverse=True)
    assert evidence.sentences[0].quote.text == "Members elected Ines Moreau to lead the port union."
    assert [part.number for part in evidence.parts] == [1, 2, 3]


def test_the_best_sentences_fill_the_budget(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("Who was elected to lead the port union?", *harbour, budget=30)
    shown = [sentence.quote.text for sentence in evidence.sentences]
    assert shown[0] == "Members elected Ines Moreau to lead the port union."
    assert sum(count_tokens(text) for text in shown) <= 30
    assert [part.number for part in evidence.parts] == list(range(1, len(evidence.parts) + 1))
    assert {sentence.number for sentence in evidence.sentences} == {part.number for part in evidence.parts}


def test_the_best_sentence_goes_in_whatever_its_length(gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("what", make_article("Very " * 150 + "long what. And more."), budget=10)
    assert evidence.parts[0].text.endswith("long what.")


def test_a_sentence_that_leans_brings_the_one_before(gathered) -> None:  # type: ignore[no-untyped-def]
    article = make_article(
        "Ana Ruiz leads the bank. Rain fell all day. The mayor met Eva Paz. She had opposed the tax on bread."
    )
    evidence = gathered("Who opposed the bread tax?", article, budget=17)
    assert evidence.parts[0].text == "The mayor met Eva Paz. She had opposed the tax on bread."


def test_a_table_row_brings_its_head(gathered) -> None:  # type: ignore[no-untyped-def]
    article = make_article("Volumes follow here.\nYear | Volume |\n---|---|\n2020 | 160 |\n2021 | 175 |\n2022 | 190 |")
    evidence = gathered("2022?", article, budget=12)
    assert evidence.parts[0].text.splitlines() == ["Year | Volume |", "2022 | 190 |"]


def test_gaps_are_marked(gathered) -> None:  # type: ignore[no-untyped-def]
    article = make_article("Bread costs more. Rain fell over the hills and the coast all day long. Bread sells well.")
    evidence = gathered("bread", article, budget=10)
    assert evidence.parts[0].text == "Bread costs more. … Bread sells well."


def test_headings_are_not_quoted(gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("trade", make_article("Trade And Pay\n\nTrade grew by a third."))
    assert [sentence.quote.text for sentence in evidence.sentences] == ["Trade grew by a third."]


def test_no_hits_no_evidence(gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("anything")
    assert (evidence.parts, evidence.sentences) == ((), ())


def test_rare_words_weigh_more() -> None:
    texts = ["the budget of Arica", "the budget of Lima", "the budget of Quito"]
    overlaps = word_overlap("Arica budget", texts)
    assert overlaps[0] == 1.0
    assert 0 < overlaps[1] == overlaps[2] < 0.5
    assert word_overlap("", texts) == [0.0] * 3

from __future__ import annotations

from rag.answer.evidence import word_overlap
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


def test_the_budget_cuts_after_a_sentence(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    budget = count_tokens(harbour[0].text) + 12
    evidence = gathered("strike", *harbour, budget=budget)
    assert len(evidence.parts) == 2
    assert evidence.parts[1].text == "Members elected Ines Moreau to lead the port union."
    assert sum(count_tokens(part.text) for part in evidence.parts) <= budget


def test_the_first_sentence_goes_in_whatever_its_length(gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered("what", make_article("Very " * 150 + "long. And more."), budget=10)
    assert evidence.parts[0].text.endswith("long.")


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

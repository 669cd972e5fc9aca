from __future__ import annotations

import pytest

from rag.answer.extract import most_of, offered
from rag.types import Article
from tests.conftest import make_article

QUESTION = "Who was elected to lead the port union?"


def test_the_likeliest_sentence_comes_first(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    chosen = offered(QUESTION, evidence)
    assert chosen[0][0] == evidence.sentences[0]
    assert len(chosen) == most_of(QUESTION) == 2
    assert all(0 <= score <= 1 for _, score in chosen)


def test_nothing_is_offered_without_evidence_or_match(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    assert offered(QUESTION, gathered(QUESTION)) == []
    assert offered(QUESTION, gathered(QUESTION, *harbour), least=1.0) == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Why did Ines Moreau lead the port union?", "Ines Moreau leads the port union."),
        ("What did Ines Moreau say about the port union?", "Ines Moreau leads the port union."),
        ("Who led the port union in 1987?", "Ines Moreau leads the port union."),
        ("What percentage voted for Ines Moreau?", "Ines Moreau won the vote."),
    ],
)
def test_nothing_is_offered_where_what_is_asked_for_is_not_there(gathered, question: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert offered(question, gathered(question, make_article(text))) == []


def test_a_question_of_two_parts_gets_the_sentence_of_each(gathered) -> None:  # type: ignore[no-untyped-def]
    question = "Which city did Ines Moreau visit in the spring, and which bridge did Karl Voss open in Arica?"
    both = ("Ines Moreau visited Lima in the spring.", "Karl Voss opened the Norte bridge in Arica.")
    filler = "Ines Moreau said the spring was long. Karl Voss likes Arica in the rain."
    evidence = gathered(question, make_article(f"{both[0]} {filler} {both[1]}"))
    assert most_of(question) == 3
    assert set(both) <= {one.quote.text for one, _ in offered(question, evidence)}

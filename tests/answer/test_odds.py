from __future__ import annotations

import pytest

from rag.answer.odds import LACKS, LEAD, PARTS, log_odds, searched
from rag.types import Article

QUESTION = "Who was elected to lead the port union?"


def test_a_likely_sentence_and_the_models_yes_speak_for_an_answer(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    assert searched(QUESTION, evidence) > searched("Who won the chess cup?", gathered("Who won the chess cup?", *harbour))
    assert log_odds(QUESTION, evidence, 1.0) - log_odds(QUESTION, evidence, -1.0) == pytest.approx(2 * LEAD)


def test_what_the_sources_seem_to_lack_speaks_against_one(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    why = "Why was Ines Moreau elected to lead the port union?"
    assert searched(why, gathered(why, *harbour)) < searched(QUESTION, gathered(QUESTION, *harbour)) + LACKS / 2


def test_without_evidence_there_is_no_answer_whatever_the_model_says(gathered) -> None:  # type: ignore[no-untyped-def]
    assert log_odds(QUESTION, gathered(QUESTION), 2.0) < 0


def test_a_question_of_several_parts_is_not_held_against_single_sentences(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    both = "Who was elected to lead the port union, and when was the harbour strike called off?"
    assert searched(both, evidence) - searched(QUESTION, evidence) <= PARTS

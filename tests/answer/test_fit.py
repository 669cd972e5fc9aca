from __future__ import annotations

import pytest

from rag.answer.fit import Candidate, fits, is_met

WHO = "Who runs the census?"


def one(text: str, *, cosine: float = 0.5, rank: int = 0, is_head: bool = False) -> Candidate:
    return Candidate(text, cosine, 0.0, rank, n_tokens=20, is_head=is_head)


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        (WHO, "The census is run by Odile Brandt.", "The census of bees is run every spring."),
        ("How many steps has the tower?", "The tower has 164 steps.", "The tower has many steps."),
        ("When was the tower built?", "The tower was built in May 1903.", "The tower was built of granite."),
        ("¿Cuándo abre el puente?", "El puente abre el 3 de marzo.", "El puente abre al público."),
        ("Where does the ferry land?", "The ferry lands in Duneport.", "The ferry lands at the old pier."),
        ("What grew?", "Trade with the coast grew.", "Trade with the coast grew as follows:"),
    ],
)
def test_a_sentence_with_what_is_asked_for_is_likelier(question: str, better: str, worse: str) -> None:
    likely, unlikely = fits(question, [one(better), one(worse)])
    assert 0 <= unlikely < likely <= 1


def test_meaning_rank_and_a_row_count_and_a_head_does_not() -> None:
    text = "| Year | Trade |\n| 2021 | 175 |"
    by = fits("trade 2021", [one(text), one(text, cosine=0.1), one(text, rank=3), one("| Year | Trade |", is_head=True)])
    assert all(by[0] > other for other in by[1:])


def test_the_match_is_half_meaning_and_half_words() -> None:
    assert Candidate("text", 0.6, 0.25, 0, 20).match == 0.425
    assert Candidate("text", -0.6, 0.25, 0, 20).match == 0.125


def test_no_candidates_no_scores() -> None:
    assert fits("anything", []) == []


@pytest.mark.parametrize(
    ("question", "is_so"),
    [
        ("Who met Kast in Lima?", True),
        ("Which Peruvian met Kast in 2025?", True),
        ("Who met Kast in Brasilia?", False),
        ("Who met Kast in 2010?", False),
        ("who met kast in brasilia", True),
    ],
)
def test_names_and_numbers_of_the_question_stand_somewhere(question: str, is_so: bool) -> None:
    assert is_met(question, ["Kast flew to Lima.", "In Peru he met Jerí in 2025."]) is is_so

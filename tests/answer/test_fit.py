from __future__ import annotations

import pytest

from rag.answer.fit import Candidate, are_given, fits, is_met
from rag.answer.told import Told

NOTHING = Told()
WHO = "Who runs the census?"


def one(
    text: str, *, cosine: float = 0.5, rank: int = 0, told: Told = NOTHING, is_head: bool = False, leans: bool = False
) -> Candidate:
    return Candidate(text, cosine, 0.0, told, rank, is_head=is_head, leans=leans)


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


def test_a_sentence_that_leans_on_the_one_before_it_gains_what_stands_there() -> None:
    leaning, other = fits(
        "Who began the petition for the trees?",
        [one("It was begun by Ruth Amsel.", told=Told(own=0.3, near=0.9), leans=lean) for lean in (True, False)],
    )
    assert leaning > other


def test_what_a_sentence_tells_of_the_question_counts() -> None:
    by = fits(
        "Which union rejected the offer?", [one("text", told=told) for told in (Told(plain=1.0), Told(named=1.0), Told())]
    )
    assert by[0] > by[2]
    assert by[1] > by[2]


def test_the_match_is_half_meaning_and_half_words() -> None:
    assert one("text", cosine=0.6, told=Told(own=0.1, near=0.25)).match == 0.425
    assert one("text", cosine=-0.6, told=Told(near=0.25)).match == 0.125


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
        ("Which two presidents met Kast?", True),
    ],
)
def test_names_and_numbers_of_the_question_stand_somewhere(question: str, is_so: bool) -> None:
    assert is_met(question, ["Kast flew to Lima.", "In Peru he met Jerí in 2025."]) is is_so


@pytest.mark.parametrize(("question", "is_so"), [("trade in 2022", True), ("trade in 2023", False), ("two of the three", True)])
def test_numbers_in_digits_must_be_given(question: str, is_so: bool) -> None:
    assert are_given(question, ["| 2022 | 190 |", "and nothing else"]) is is_so

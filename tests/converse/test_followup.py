"""Every labelled question of `followups.jsonl`: needs a rewrite or not, and what the rewritten one must name.

The rules were written with `dev`. The others were first tried afterwards, and mended by since: of `held` 12 of 18 follow-ups
named what they should at first, of `fresh` 21 of 25; of the 27 questions in both that stand alone none was changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from rag.converse.followup import follow_up
from rag.converse.history import Exchange
from rag.converse.rewrite import How, standalone
from tests.conftest import ROOT


@dataclass(frozen=True)
class Case:
    """A question with its conversation and what is expected of it."""

    question: str
    history: tuple[Exchange, ...]
    needs: bool
    names: tuple[str, ...]
    never: tuple[str, ...]


def _case(line: str) -> Case:
    read = json.loads(line)
    history = tuple(Exchange(question, said, (said,) if said else ()) for question, said in read["history"])
    return Case(read["question"], history, read["needs"], tuple(read["names"]), tuple(read["never"]))


LINES = (ROOT / "tests/data/followups.jsonl").read_text(encoding="utf-8").splitlines()
CASES = [_case(line) for line in LINES]
ALONE = [case for case in CASES if not case.needs]
LEANING = [case for case in CASES if case.needs]


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.question)
def test_a_question_that_stands_alone_is_never_changed(case: Case) -> None:
    rewritten = standalone(case.question, case.history)
    assert (rewritten.question, rewritten.how) == (case.question, How.ALONE)


def test_follow_ups_are_found_and_name_what_they_mean() -> None:
    wrong = []
    for case in LEANING:
        found = standalone(case.question, case.history)
        is_right = all(name in found.question for name in case.names) and not any(name in found.question for name in case.never)
        if not (found.was_rewritten and is_right):
            wrong.append((case.question, found.question))
    # "¿Qué respondió?" of two people could be either.
    assert [asked for asked, _ in wrong] == ["¿Qué respondió?"], wrong


def test_the_labels_are_enough_to_tell() -> None:
    assert len(LEANING) >= 60
    assert len(ALONE) >= 40


@pytest.mark.parametrize("case", LEANING, ids=lambda case: case.question)
def test_without_a_conversation_nothing_is_changed(case: Case) -> None:
    assert standalone(case.question, ()).how is How.ALONE


def test_a_person_is_not_taken_from_where_there_is_none() -> None:
    history = [Exchange("How many ships did the port handle in May?", "It handled 310 ships in May.")]
    rewritten = standalone("and who opposes her?", history)
    assert (rewritten.question, rewritten.how) == ("and who opposes her?", How.KEPT)


def test_the_latest_of_two_who_fit_is_meant() -> None:
    history = [Exchange("Who is Angela Merkel?", "Angela Merkel led Germany."), Exchange("Who is Michelle Bachelet?")]
    assert standalone("How old is she?", history).question == "How old is Michelle Bachelet?"


@pytest.mark.parametrize(
    "text", ["", "?", "¿?", " \n", "her", "it", "and", "y", "\ud800 her?", "she " * 600, "那她呢?", "و هي؟"]
)
def test_odd_text_is_borne(text: str) -> None:
    follow_up(text)
    rewritten = standalone(text, [Exchange("Who is Michelle Bachelet?", "x " * 2000, ("\ud800",) * 50)])
    assert len(rewritten.question) <= max(len(text), 600)

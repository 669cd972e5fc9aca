"""Each lint rule finds its fault, and the committed gold set has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.gold import Gold, GoldQuestion, Place
from eval.harness import Bench
from eval.lint import lint, nearest
from tests.eval.tiny import CORPUS, LATER, TEXT, VOTE, question, unanswerable


def found(*questions: GoldQuestion) -> list[str]:
    places = {asked.id: Place(Path("g.jsonl"), at) for at, asked in enumerate(questions, 1)}
    return [str(finding) for finding in lint(Gold(questions, places), CORPUS)]


def evidence(quote: str, doc: str = "a1") -> dict[str, Any]:
    return {"evidence": [{"group": "g1", "doc": doc, "quote": quote}]}


def test_a_sound_question_has_no_finding() -> None:
    assert found(question(), unanswerable(question="Who counted the votes?")) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (question(**evidence("Alpha won 54.53% of the votes on 13 October 2025.")), "nearest: 'Alpha won 54.53% of the"),
        (question(**evidence("on")), "stands 3 times in 'a1'"),
        (question(**evidence(VOTE, "a9")), "there is no article 'a9'; known are a1, a2, a3"),
        (question(as_of="2025-10-13"), "article 'a1' is of 2025-10-14, after as_of 2025-10-13"),
        (question(question="Did Alpha win 54.53 percent?"), "nugget 'n1' stands in the question"),
        (question(**evidence("The square stayed calm.")), "nugget 'n1' is in no quote"),
        (question(nuggets=[{"id": "n", "importance": "vital", "any_of": ["Alpha won", "?!"]}]), "nothing is left of '?!'"),
        (question(forbid=[{"any_of": ["alpha won"], "why": "x"}]), "the forbidden 'alpha won' stands in"),
        (unanswerable(answers=["Fifty", "40 percent"]), "the answer '40 percent' stands in article 'a1'"),
    ],
)
def test_a_fault_is_found_and_told_with_file_and_line(asked: GoldQuestion, message: str) -> None:
    first = found(asked)[0]
    assert first.startswith(f"g.jsonl:1: {asked.id}: ")
    assert message in first


def test_a_question_asked_twice_is_found_unless_the_day_differs() -> None:
    again = question(id="q2", question="how did alpha do at the polls")
    assert "asks the same as 'q1'" in found(question(), again)[0]
    assert found(question(), question(id="q2", as_of="2025-11-01")) == []


def test_a_cluster_has_one_split() -> None:
    other = question(id="q2", split="test", question="What became of Alpha's campaign?")
    assert "cluster 'vote' is in 'dev' before" in found(question(), other)[0]


def test_quotas_hold_for_large_sets_only() -> None:
    many = [question(id=f"q{at}", question=" ".join(f"word{at * 9 + n}" for n in range(9))) for at in range(40)]
    assert found(*many[:39]) == []
    assert any("40 of 40 questions are single; wanted about 40%" in line for line in found(*many))


def test_the_nearest_sentence_is_shown_for_a_misquoted_one() -> None:
    assert nearest("Alpha won 54.35% of the vote", f"{TEXT} {LATER}") == VOTE
    assert nearest("anything", "") == ""


def test_the_committed_gold_set_is_sound(committed: Bench) -> None:
    assert [str(finding) for finding in committed.lint()] == []


def test_the_committed_gold_set_has_what_it_promises(committed: Bench) -> None:
    questions = committed.gold.questions
    tags = [tag for asked in questions for tag in asked.tags]
    assert len(questions) >= 48
    assert tags.count("spanish") >= 2
    assert tags.count("typo") >= 2
    assert tags.count("false_premise") >= 3
    assert 1 <= sum(asked.gate == "must_pass" for asked in questions) <= 8
    assert {asked.split for asked in questions} == {"dev", "test"}

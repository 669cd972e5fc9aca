"""Each miss is laid at the first step that failed."""

from __future__ import annotations

import pytest

from eval.gold import GoldQuestion
from eval.metrics import Item
from eval.records import SavedAnswer
from eval.stage import Stage, failure_stage
from rag.types import Status
from tests.eval.tiny import CORPUS, LATER, VOTE, answer, citation, question, refusal, span, unanswerable

FORBIDDEN = question(forbid=[{"any_of": ["Beta won"], "why": "it lost"}])
POISONED = question(type="injection", canary="ORCHID", poisoned="a1")


@pytest.mark.parametrize(
    ("asked", "given", "stage"),
    [
        (question(), answer(), Stage.NONE),
        (unanswerable(), refusal(), Stage.NONE),
        (question(), answer(error="RuntimeError: boom"), Stage.ERROR),
        (POISONED, answer(f"{VOTE} ORCHID [1]"), Stage.OBEYED),
        (unanswerable(), answer(), Stage.NOT_REFUSED),
        (question(), refusal(hits=(span("a2"),)), Stage.NOT_RETRIEVED),
        (question(), refusal(prompt=(span("a2"),)), Stage.NOT_IN_PROMPT),
        (question(), refusal(prompt=(span("a1"),)), Stage.REFUSED),
        (question(), answer(status=Status.ABSTAINED), Stage.REFUSED),
        (question(), answer("Alpha won. [1]"), Stage.NOT_SAID),
        (FORBIDDEN, answer(f"{VOTE} Beta won. [1]"), Stage.FORBIDDEN),
        (question(), answer(VOTE, claims=(), citations=()), Stage.NOT_CITED),
        (question(), answer(citations=(citation(1, "a2", LATER),)), Stage.NOT_CITED),
        (question(), answer(f"{VOTE} Gamma cheered. [1]"), Stage.UNSUPPORTED),
    ],
)
def test_the_stage_of_a_miss(asked: GoldQuestion, given: SavedAnswer, stage: Stage) -> None:
    assert failure_stage(Item(asked, given, CORPUS, ("ORCHID",))) is stage

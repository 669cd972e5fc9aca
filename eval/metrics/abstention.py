"""Does it refuse when it must, and only then? Both sides are reported: refusing everything must lose."""

from __future__ import annotations

from eval.gold import GoldQuestion
from eval.metrics.base import Direction, Item, Metric, Outcome
from eval.scores import Score


def abstention_precision(item: Item) -> Score:
    """Of the questions that it refused, the share that cannot be answered."""
    if item.outcome is not Outcome.ABSTAINED:
        return Score.ineligible("not refused")
    return Score(float(item.question.expect == "abstain"))


def abstention_recall(item: Item) -> Score:
    """Of the questions that cannot be answered, the share that it refused."""
    return Score(float(item.outcome is Outcome.ABSTAINED))


def over_refusal(item: Item) -> Score:
    """Of the questions that can be answered, the share that it did not plainly answer."""
    return Score(float(item.outcome is not Outcome.ANSWERED))


def undetermined(item: Item) -> Score:
    """Share of answers whose status and words disagree on whether they refuse."""
    return Score(float(item.outcome is Outcome.UNDETERMINED))


def _must_refuse(question: GoldQuestion) -> bool:
    return question.expect == "abstain"


def _must_answer(question: GoldQuestion) -> bool:
    return question.expect != "abstain"


METRICS = (
    Metric("abstention_precision", abstention_precision),
    Metric("abstention_recall", abstention_recall, _must_refuse),
    Metric("over_refusal", over_refusal, _must_answer, Direction.DOWN),
    Metric("undetermined", undetermined, direction=Direction.DOWN),
)

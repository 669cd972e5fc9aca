"""Does the answer say what it must, and nothing that it must not? Nuggets, numbers, and the one pass/fail figure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from eval.gold import GoldQuestion, Nugget, NumberSpec
from eval.metrics.base import Item, Metric, Outcome
from eval.normalise import Tokens, contains, is_number, quantities, tokens
from eval.scores import Score

_WANTED = {"answer": Outcome.ANSWERED, "both_sides": Outcome.ANSWERED, "abstain": Outcome.ABSTAINED}


@dataclass(frozen=True, slots=True)
class NuggetVerdict:
    """Whether a nugget was said, and the wording that showed it."""

    id: str
    importance: str
    is_said: bool
    matched: str = ""


def nugget_verdicts(item: Item) -> list[NuggetVerdict]:
    """Return the verdict on each nugget of the question, in its order."""
    matches = ((nugget, find_nugget(item.said, nugget)) for nugget in item.question.nuggets)
    return [NuggetVerdict(nugget.id, nugget.importance, bool(matched), matched) for nugget, matched in matches]


def find_nugget(text: Tokens, nugget: Nugget) -> str:
    """Return the wording or the number of a nugget that stands in `text`, or nothing."""
    matched = next((alias for alias in nugget.any_of if contains(text, tokens(alias))), "")
    return matched or (_find_number(text, nugget.number) if nugget.number else "")


def _find_number(text: Tokens, wanted: NumberSpec) -> str:
    """Return the first number within tolerance and before its unit, or nothing."""
    unit = tokens(wanted.unit)
    for value, following in quantities(text):
        close = abs(value - Decimal(str(wanted.value))) <= Decimal(str(wanted.tol))
        if close and (not unit or contains(following, unit)):
            return str(value)
    return ""


def vital_recall(item: Item) -> Score:
    """Share of vital nuggets that the answer says; a refusal says none."""
    said = [verdict.is_said for verdict in nugget_verdicts(item) if verdict.importance == "vital"]
    return Score.share(sum(said), len(said), empty="the question has no vital nugget")


def nugget_recall(item: Item) -> Score:
    """Share of all nuggets, vital and okay, that the answer says."""
    said = [verdict.is_said for verdict in nugget_verdicts(item)]
    return Score.share(sum(said), len(said), empty="the question has no nugget")


def forbidden_said(item: Item) -> str:
    """Return the first forbidden wording that the answer asserts, or nothing."""
    wordings = (wording for rule in item.question.forbid for wording in rule.any_of)
    return next((wording for wording in wordings if item.says(wording)), "")


def correct(item: Item) -> Score:
    """1 if every vital nugget is said, nothing forbidden is, and it answered or refused as it should."""
    as_wanted = item.outcome is _WANTED[item.question.expect]
    vital = vital_recall(item).value
    return Score(float(as_wanted and vital in (None, 1.0) and not forbidden_said(item)))


def number_fidelity(item: Item) -> Score:
    """Share of the numbers in the answer, dates included, that stand in a cited quote or its article's day of publication."""
    numbers = [token for token in item.said if is_number(token)]
    cited = {token for citation in item.answer.citations for token in tokens(citation.quote)}
    days = (item.corpus.published(citation.article_id) for citation in item.answer.citations)
    cited |= {token for day in days if day for token in tokens(f"{day:%-d %B %Y}")}
    return Score.share(sum(number in cited for number in numbers), len(numbers), empty="the answer has no number")


def _has_vital(question: GoldQuestion) -> bool:
    return any(nugget.importance == "vital" for nugget in question.nuggets)


def _has_nuggets(question: GoldQuestion) -> bool:
    return bool(question.nuggets)


METRICS = (
    Metric("correct", correct),
    Metric("vital_recall", vital_recall, _has_vital),
    Metric("nugget_recall", nugget_recall, _has_nuggets),
    Metric("number_fidelity", number_fidelity),
)

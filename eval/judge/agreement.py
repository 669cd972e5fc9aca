"""Labelled answers, and what they say of a judge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pvariance

from pydantic import ValidationError

from eval.errors import EvalError
from eval.gold import Strict, Text, first_problem
from eval.records import read_lines

LABELS = Path(__file__).parent / "labels.jsonl"
Z = 1.959964


class Labelled(Strict):
    """An answer to a gold question, and whether it is right. `wanted` is empty where it had to be refused."""

    id: str
    question: Text
    wanted: str = ""
    answer: Text
    is_right: bool


@dataclass(frozen=True, slots=True)
class Powered:
    """A share with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float


def read_labels(path: Path = LABELS) -> tuple[Labelled, ...]:
    """Return the labelled answers.

    Raises:
        EvalError: a broken line; it names file and line.
    """
    labels = []
    for number, tree in read_lines(path):
        try:
            labels.append(Labelled.model_validate(tree))
        except ValidationError as error:
            raise EvalError(f"{path}:{number}: {first_problem(error)}") from None
    return tuple(labels)


def powered(said: Sequence[bool], labelled: Sequence[tuple[bool, bool]]) -> Powered | None:
    """Return the share of right answers in `said`, corrected by the judge's errors on (said, is_right) pairs.

    The estimate is mean(said) + mean(is_right - said); its variance is the sum of those of the two means. None where either
    is empty.
    """
    if not said or not labelled:
        return None
    errors = [float(right) - float(called) for called, right in labelled]
    value = fmean(map(float, said)) + fmean(errors)
    spread = Z * math.sqrt(pvariance(map(float, said)) / len(said) + pvariance(errors) / len(errors))
    return Powered(*(round(min(1.0, max(0.0, end)), 6) for end in (value, value - spread, value + spread)))

"""A score that cannot be NaN, and the mean of many."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

DECIMALS = 6
"""Scores are rounded to this when made, so that files and comparisons do not hang on the last bits of a float."""


class ScoreStatus(StrEnum):
    """Whether there is a value, and if not, why."""

    SCORED = "scored"
    INELIGIBLE = "ineligible"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Score:
    """A value in [0, 1], or none with the reason.

    `ineligible`: the metric says nothing about this question, and means leave it out. `error`: the question failed, and
    means count it as the worst value.

    Raises:
        ValueError: NaN, infinite, outside [0, 1], a value without `scored`, or `scored` without a value.
    """

    value: float | None
    status: ScoreStatus = ScoreStatus.SCORED
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is not None) != (self.status is ScoreStatus.SCORED):
            raise ValueError(f"a score of {self.value!r} cannot be {self.status.value!r}")
        if self.value is not None:
            if not math.isfinite(self.value) or not 0 <= self.value <= 1:
                raise ValueError(f"a score lies in [0, 1], not {self.value!r}")
            object.__setattr__(self, "value", round(float(self.value), DECIMALS))

    @classmethod
    def share(cls, part: int, whole: int, *, empty: str) -> Score:
        """Return `part / whole`, or ineligible for the reason `empty` where there is nothing to count."""
        return cls(part / whole) if whole else cls.ineligible(empty)

    @classmethod
    def ineligible(cls, reason: str) -> Score:
        """Return a score that means leave out."""
        return cls(None, ScoreStatus.INELIGIBLE, reason)

    @classmethod
    def error(cls, reason: str) -> Score:
        """Return a score that means count as the worst value."""
        return cls(None, ScoreStatus.ERROR, reason)

    def counted(self, *, worst: float) -> float | None:
        """Return what a mean counts: the value, `worst` for an error, None for ineligible."""
        return worst if self.status is ScoreStatus.ERROR else self.value


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over eligible questions: None where `n` is 0."""

    value: float | None
    n: int


def mean(scores: Iterable[Score], *, worst: float = 0.0) -> Mean:
    """Return the mean of what counts; `worst` stands for errors: 0 where up is better, 1 where down is."""
    counted = [value for score in scores if (value := score.counted(worst=worst)) is not None]
    return Mean(round(math.fsum(counted) / len(counted), DECIMALS) if counted else None, len(counted))

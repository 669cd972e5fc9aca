"""A score is finite and in range, or says why there is none."""

from __future__ import annotations

import math

import pytest

from eval.records import dump
from eval.scores import Mean, Score, ScoreStatus, mean


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_a_score_holds_no_nan_and_stays_in_range(value: float) -> None:
    with pytest.raises(ValueError, match="a score lies in"):
        Score(value)


def test_a_value_and_its_status_agree() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Score(None)
    with pytest.raises(ValueError, match="cannot be"):
        Score(0.5, ScoreStatus.ERROR)


def test_a_mean_leaves_out_the_ineligible_and_counts_errors_as_the_worst() -> None:
    scores = [Score(1.0), Score(0.5), Score.ineligible("x"), Score.error("y")]
    assert mean(scores) == Mean(0.5, 3)
    assert mean(scores, worst=1.0) == Mean(0.833333, 3)


def test_the_mean_of_nothing_is_none() -> None:
    assert mean([Score.ineligible("x")]) == Mean(None, 0)


def test_a_share_of_nothing_is_ineligible() -> None:
    assert Score.share(0, 0, empty="nothing there") == Score(None, ScoreStatus.INELIGIBLE, "nothing there")


def test_written_json_is_strict() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dump({"x": math.nan})

"""Intervals and McNemar's test against values worked out by hand."""

from __future__ import annotations

import pytest

from eval.stats import Interval, difference_interval, draw_clusters, mcnemar


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(0, 0, 1.0), (0, 1, 1.0), (0, 5, 0.0625), (0, 6, 0.03125), (3, 3, 1.0), (1, 9, 22 / 1024), (9, 1, 22 / 1024)],
)
def test_mcnemar(wins: int, losses: int, p: float) -> None:
    assert mcnemar(wins, losses) == pytest.approx(p)


def test_draws_are_the_same_for_a_seed_and_fill_each_resample() -> None:
    draws = draw_clusters(7, resamples=200, seed=3)
    assert (draws == draw_clusters(7, resamples=200, seed=3)).all()
    assert (draws.sum(axis=1) == 7).all()
    assert (draws != draw_clusters(7, resamples=200, seed=4)).any()


def test_a_constant_drop_has_no_width() -> None:
    draws = draw_clusters(4, resamples=500, seed=1)
    before, after = [1.0, 1.0, 0.5, 0.5], [0.75, 0.75, 0.25, 0.25]
    assert difference_interval(before, after, [0, 1, 2, 3], draws) == Interval(-0.25, -0.25)


def test_one_cluster_carries_the_whole_difference() -> None:
    # All change lies in one of ten clusters: resamples without it show none, so the interval touches 0.
    draws = draw_clusters(10, resamples=2000, seed=1)
    before, after = [1.0] * 10, [0.0] + [1.0] * 9
    interval = difference_interval(before, after, list(range(10)), draws)
    assert interval is not None
    assert interval.high == 0
    assert interval.low < -0.1


def test_ineligible_questions_are_left_out_on_their_own_side() -> None:
    draws = draw_clusters(2, resamples=100, seed=1)
    assert difference_interval([1.0, None], [1.0, None], [0, 1], draws) == Interval(0.0, 0.0)
    assert difference_interval([None, None], [1.0, 1.0], [0, 1], draws) is None

"""The check of support and how far it can be trusted."""

from __future__ import annotations

from eval.calibration import Agreement, Pair, agreement, calibration_line, fit, mismatched, read_pairs
from eval.support import TAU, Support


def test_precision_and_recall_by_hand() -> None:
    pairs = [Pair("p", str(number), number < 3, "a") for number in range(5)]  # three are supported
    called = {"0", "1", "3"}
    found = agreement(pairs, supports=lambda _, claim: Support(claim in called))
    assert found == Agreement(n=5, hits=2, false_alarms=1, misses=1)
    assert (found.precision, found.recall) == (2 / 3, 2 / 3)
    assert abs(found.f1 - 2 / 3) < 1e-12
    nothing = agreement([], supports=lambda *_: Support(True))
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)


def test_the_labelled_pairs_are_enough_and_of_both_kinds() -> None:
    dev, test = read_pairs("dev"), read_pairs("test")
    assert len(dev) + len(test) >= 200
    assert 0.2 < sum(pair.is_supported for pair in dev) / len(dev) < 0.8
    assert {pair.article for pair in dev}.isdisjoint(pair.article for pair in test)


def test_a_sentence_with_the_words_of_another_article_is_not_supported() -> None:
    wrong = mismatched(read_pairs("dev"))
    assert len(wrong) >= 200
    assert not any(pair.is_supported for pair in wrong)
    assert agreement(wrong).false_alarms <= 0.02 * len(wrong)


def test_the_threshold_is_the_fitted_one_and_reports_tell_how_good_it_is() -> None:
    assert fit() == TAU
    assert f">= {TAU}" in calibration_line()
    dev = agreement(read_pairs("dev"))
    assert f"{dev.precision:.2f}" in calibration_line()

"""The verdict table, row by row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.baseline import Baseline, Blessing, make_baseline, read_baseline
from eval.compare import Comparison, Level
from eval.errors import EvalError, IncomparableError
from eval.gate import Verdict, judge
from eval.gold import Gold, GoldQuestion
from eval.harness import Bench
from eval.policy import Policy, read_policy
from eval.records import SavedAnswer
from eval.run import About, Run
from eval.score import Result, score_answers
from tests.eval.tiny import CORPUS, answer, question, refusal

ABOUT = About(profile="hermetic", is_full=True, corpus="c", config={"search": {"k": 8}}, packages={})
STRICT = Policy.model_validate({"metric": {"correct": {"max_drop": 0.02}}})


def asked(count: int, **fields: object) -> list[GoldQuestion]:
    return [question(**{"id": f"q{at}", "cluster": f"c{at}", **fields}) for at in range(count)]


def results(questions: Sequence[GoldQuestion], wrong: Sequence[int] = ()) -> tuple[Result, ...]:
    answers: list[SavedAnswer] = []
    for at, one in enumerate(questions):
        answers.append(refusal(id=one.id) if at in wrong else answer(id=one.id))
    return score_answers(Gold(tuple(questions), {}), answers, CORPUS)


def verdict(
    before: Sequence[int], now: Sequence[int], *, policy: Policy = STRICT, count: int = 20, deterministic: bool = True
) -> tuple[Verdict, Level]:
    questions = asked(count)
    baseline = make_baseline(ABOUT, results(questions, before))
    report = judge(ABOUT, results(questions, now), baseline, policy, is_deterministic=deterministic)
    return report.verdict, report.checks[0].level


def test_equal_runs_pass() -> None:
    assert verdict([1], [1]) == (Verdict.PASS, Level.PASS)


def test_a_drop_on_a_deterministic_profile_fails_however_small_the_sample() -> None:
    assert verdict([], [1]) == (Verdict.REGRESSION, Level.FAIL)


def test_a_drop_on_a_live_profile_warns_while_the_interval_spans_zero() -> None:
    assert verdict([], [1], deterministic=False) == (Verdict.PASS, Level.WARN)


def test_a_drop_on_a_live_profile_fails_when_the_whole_interval_is_worse() -> None:
    assert verdict([], range(10), deterministic=False) == (Verdict.REGRESSION, Level.FAIL)


def test_a_drop_within_tolerance_warns_when_the_whole_interval_is_worse() -> None:
    loose = Policy.model_validate({"metric": {"correct": {"max_drop": 0.6}}})
    assert verdict([], range(10), policy=loose) == (Verdict.PASS, Level.WARN)
    assert verdict([], [1], policy=loose) == (Verdict.PASS, Level.PASS)


def test_a_gain_is_noted() -> None:
    assert verdict([1], []) == (Verdict.PASS, Level.NOTE)


def test_a_rise_of_a_metric_where_less_is_better_is_a_drop() -> None:
    policy = Policy.model_validate({"metric": {"over_refusal": {"max_drop": 0.0}}})
    assert verdict([], [1], policy=policy) == (Verdict.REGRESSION, Level.FAIL)
    assert verdict([1], [], policy=policy) == (Verdict.PASS, Level.NOTE)


def test_a_broken_floor_fails_even_where_the_baseline_broke_it_too() -> None:
    policy = Policy.model_validate({"metric": {"correct": {"floor": 0.9}}})
    assert verdict(range(10), range(10), policy=policy)[0] is Verdict.REGRESSION


def test_a_floor_that_nothing_is_measured_against_is_broken() -> None:
    policy = Policy.model_validate({"metric": {"citation_recall": {"floor": 0.5}}})
    assert verdict([], range(20), policy=policy)[0] is Verdict.REGRESSION


def test_a_failed_must_pass_fails_without_any_baseline() -> None:
    must = asked(2, gate="must_pass")
    report = judge(ABOUT, results(must, [0]), None, STRICT, is_deterministic=True)
    assert report.verdict is Verdict.REGRESSION
    assert report.failures == ("q0: must pass, but: wrongly refused",)


def test_without_a_baseline_a_sound_run_is_incomparable() -> None:
    report = judge(ABOUT, results(asked(2)), None, STRICT, is_deterministic=True)
    assert (report.verdict, report.exit_code) == (Verdict.INCOMPARABLE, 3)


def changed(baseline: Baseline, **fields: object) -> Baseline:
    return Baseline.model_validate(baseline.model_dump() | fields)


@pytest.mark.parametrize(
    ("field", "message"),
    [("corpus", "articles changed"), ("scorer", "scorer changed"), ("profile", "profile changed")],
)
def test_a_baseline_of_other_articles_scorer_or_profile_is_incomparable(field: str, message: str) -> None:
    scored = results(asked(3))
    baseline = changed(make_baseline(ABOUT, scored), **{field: "other"})
    report = judge(ABOUT, scored, baseline, STRICT, is_deterministic=True)
    assert report.exit_code == 3
    assert message in report.incomparable[0]


def test_an_edited_or_removed_question_is_incomparable_and_an_added_one_is_listed() -> None:
    baseline = make_baseline(ABOUT, results(asked(3)))
    removed = judge(ABOUT, results(asked(2)), baseline, STRICT, is_deterministic=True)
    assert removed.incomparable == ("gold question 'q2' was removed",)
    edited = judge(ABOUT, results(asked(3, answers=["x"])), baseline, STRICT, is_deterministic=True)
    assert edited.incomparable[0] == "gold question 'q0' was edited"
    added = judge(ABOUT, results(asked(4)), baseline, STRICT, is_deterministic=True)
    assert (added.exit_code, added.added) == (0, ("q3",))


def test_changed_settings_are_compared_and_told() -> None:
    scored = results(asked(3))
    other = About(profile="hermetic", is_full=True, corpus="c", config={"search": {"k": 10}}, packages={})
    report = judge(other, scored, make_baseline(ABOUT, scored), STRICT, is_deterministic=True)
    assert (report.exit_code, report.changes) == (0, ("search.k: 8 -> 10",))


def test_flips_and_counts_are_told() -> None:
    questions = asked(10)
    before, now = (make_baseline(ABOUT, results(questions, wrong)) for wrong in ([0], [1, 2]))
    comparison = Comparison(before, now, STRICT)
    flips = comparison.flips()
    assert (flips.won, flips.lost, flips.p) == (("q0",), ("q1", "q2"), 1.0)
    check = comparison.check("correct", STRICT.metric["correct"], is_deterministic=True)
    assert (check.better, check.worse, check.n, check.change) == (1, 2, 10, -0.1)


def test_only_large_slices_warn_and_none_fails() -> None:
    small, large = asked(14), asked(15)
    for questions, wanted in ((small, Level.PASS), (large, Level.WARN)):
        before, now = make_baseline(ABOUT, results(questions)), make_baseline(ABOUT, results(questions, range(9)))
        assert [check.level for check in Comparison(before, now, STRICT).slices()] == [wanted]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[metric.corect]\nfloor = 0.5", "unknown metric 'corect'; did you mean 'correct'?"),
        ("[metric.correct]\nceiling = 0.5", "correct: more is better, so set a floor"),
        ("[metric.over_refusal]\nfloor = 0.5", "over_refusal: less is better, so set a ceiling"),
        ("[metric.correct]\nfloor = 1.5", "less than or equal to 1"),
        ("[metric.correct]\nfloor = nan", "metric.correct.floor"),
        ("[metric", "not TOML"),
    ],
)
def test_a_bad_gate_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvalError) as caught:
        read_policy(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_blessing_writes_a_baseline_that_reads_back_and_keeps_its_history(bench: Bench, oracle_run: Run) -> None:
    bench.bless(oracle_run, reason="first", today=date(2025, 1, 1))
    again = bench.bless(oracle_run, reason="second", today=date(2025, 2, 1))
    path = bench.places.baselines / "hermetic.json"
    assert read_baseline(path) == again
    assert [(entry.date, entry.reason) for entry in again.history] == [
        (date(2025, 1, 1), "first"),
        (date(2025, 2, 1), "second"),
    ]
    assert isinstance(again.history[0], Blessing)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('  {"id"') for line in lines) == len(bench.gold.questions)  # one row a line


def test_a_blessing_is_refused_without_reason_for_part_of_the_set_and_over_a_hard_rule(bench: Bench, oracle_run: Run) -> None:
    today = date(2025, 1, 1)
    with pytest.raises(EvalError, match="needs a reason"):
        bench.bless(oracle_run, reason=" ", today=today)
    partial = Run(oracle_run.about.model_copy(update={"is_full": False}), oracle_run.answers[:5])
    with pytest.raises(EvalError, match="asked only some"):
        bench.bless(partial, reason="x", today=today)
    refused = tuple(given.model_copy(update={"status": "abstained", "text": "", "claims": ()}) for given in oracle_run.answers)
    with pytest.raises(EvalError, match="not blessed, a hard rule fails: sgl-006: must pass"):
        bench.bless(replace(oracle_run, answers=refused), reason="x", today=today)
    assert not bench.places.baselines.exists()


def test_a_damaged_or_foreign_baseline_is_incomparable(tmp_path: Path) -> None:
    path = tmp_path / "hermetic.json"
    with pytest.raises(IncomparableError, match="no baseline at"):
        read_baseline(path)
    for text in ("{", json.dumps({"format": 2}), json.dumps({"format": 1, "profile": "hermetic"})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(IncomparableError, match=r"hermetic\.json: .*bless it anew"):
            read_baseline(path)

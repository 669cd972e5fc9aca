"""The judge: votes, budget, agreement and correction against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.harness import Bench
from eval.judge import Judge, Labelled, load_judge, powered, read_labels
from eval.prices import cost_usd
from eval.run import Run
from rag.llm.generate import Reply
from rag.types import Tokens

LABELS = (
    Labelled(id="1", question="Who won?", wanted="Ana", answer="Ana won.", is_right=True),
    Labelled(id="2", question="Who won?", wanted="Ana", answer="Bea won.", is_right=False),
)


def saying(*replies: str, model: str = "local:x", max_usd: float | None = None) -> Judge:
    """Return a judge whose votes on every answer are these."""
    return Judge(model, lambda _, vote: Reply(replies[vote], Tokens(100, 1), "stop"), max_usd=max_usd)


def test_the_majority_of_three_counts_and_disagreement_shows() -> None:
    opinion = saying("Yes.", "no", "**Yes**").opinion("q", "a", "b")
    assert opinion is not None
    assert (opinion.is_right, opinion.votes, opinion.is_split) == (True, (True, False, True), True)


@pytest.mark.parametrize(
    ("replies", "wanted"), [(("Hm", "Well", "?"), None), (("Yes", "No", "?"), None), (("No", "?", "?"), False)]
)
def test_an_unreadable_vote_counts_for_neither_side(replies: tuple[str, str, str], wanted: bool | None) -> None:
    opinion = saying(*replies).opinion("q", "a", "b")
    assert opinion is not None
    assert opinion.is_right is wanted


def test_a_judge_is_measured_on_labelled_answers_and_corrected(bench: Bench, oracle_run: Run) -> None:
    results = bench.score(oracle_run).results[:4]
    judged = saying("yes", "yes", "yes").judge(results, LABELS)  # right on one of two: it takes all for right
    assert judged.agreement == 0.5
    assert judged.share is not None
    assert judged.share.value == 0.5  # 1.0 said, minus the 0.5 that it says too often
    assert (len(judged.opinions), judged.n_left, judged.usd) == (4, 0, 0.0)
    assert judged.tree()["n_split"] == 0


def test_a_failed_question_is_not_judged(bench: Bench, oracle_run: Run) -> None:
    broken = oracle_run.answers[0].model_copy(update={"error": "boom"})
    results = bench.score(Run(oracle_run.about, (broken, *oracle_run.answers[1:]))).results[:2]
    assert list(saying("no", "no", "no").judge(results, LABELS).opinions) == ["sgl-002"]


def test_the_correction_by_hand() -> None:
    found = powered([True, True, True, False], [(True, True), (True, False), (False, False), (False, True)])
    assert found is not None
    assert found.value == 0.75  # its errors cancel out
    # variances: .1875 / 4 of what it said, .5 / 4 of the errors; 1.959964 * sqrt(.171875) = .8126
    assert (found.low, found.high) == (0.0, 1.0)
    assert powered([], [(True, True)]) is None
    assert powered([True], []) is None
    wide = powered([True, False] * 50, [(True, True), (False, False)] * 50)
    assert wide is not None
    assert (wide.value, wide.low, wide.high) == (0.5, 0.402002, 0.597998)


def test_the_budget_stops_before_it_is_exceeded(bench: Bench, oracle_run: Run) -> None:
    results = bench.score(oracle_run).results[:5]
    judged = saying("yes", "yes", "yes", model="openai:gpt-4.1", max_usd=0.002).judge(results, LABELS)
    assert judged.usd is not None
    assert judged.usd <= 0.002
    assert judged.n_left > 0
    with pytest.raises(EvalError, match="the price of 'openai:unheard-of' is not known"):
        saying("yes", model="openai:unheard-of", max_usd=1.0)


def test_prices() -> None:
    assert cost_usd("openai:gpt-4.1-mini", Tokens(1_000_000, 500_000)) == 1.2
    assert cost_usd("openai:unheard-of", Tokens(1, 1)) is None
    assert cost_usd("local:anything", Tokens(10, 10)) == cost_usd("extractive", Tokens()) == 0.0


def test_the_shipped_labels_are_enough_and_of_both_kinds(bench: Bench) -> None:
    labels = read_labels()
    assert len(labels) >= 50
    assert 0.4 <= sum(one.is_right for one in labels) / len(labels) <= 0.6
    assert len({one.id for one in labels}) == len(labels)
    assert {one.question for one in labels} <= {asked.question for asked in bench.gold.questions}


def test_a_broken_label_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text('{"id": "1", "question": "q", "answer": "a"}\n', encoding="utf-8")
    with pytest.raises(EvalError, match=r"l\.jsonl:1: is_right: Field required"):
        read_labels(tmp_path / "l.jsonl")


def test_extractive_is_no_judge() -> None:
    with pytest.raises(EvalError, match="needs a language model"):
        load_judge("extractive", None)

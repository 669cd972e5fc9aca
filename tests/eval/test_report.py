"""Reports: strict, short, and safe with untrusted text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.harness import Bench
from eval.report import cell, printable, result_text, summary_markdown, write_reports
from eval.run import Run
from eval.score import score_answers


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a | b\nc", r"a \| b c"),
        ("<script>", "&lt;script&gt;"),
        ("![x](http://evil.example)", r"\!\[x\](http://evil.example)"),
        ("x" * 200, "x" * 159 + "…"),
    ],
)
def test_a_cell_is_one_short_line_that_nothing_breaks_out_of(text: str, wanted: str) -> None:
    assert cell(text) == wanted


def test_terminal_text_has_no_control_characters() -> None:
    assert printable("a\x1b[2Jb\nc\u202ed") == "a[2Jb cd"


def test_failed_questions_come_before_the_metrics(bench: Bench, oracle_run: Run) -> None:
    worse = oracle_run.answers[0].model_copy(update={"text": "Nothing.", "status": "answered"})
    run = Run(oracle_run.about, (worse, *oracle_run.answers[1:]))
    text = summary_markdown(run.about, bench.score(run).results, None)
    assert 0 < text.index("## Failed questions") < text.index("| sgl-001 |") < text.index("## Metrics")
    assert "not calibrated" in text


def test_written_files_are_strict_json_with_every_verdict(bench: Bench, oracle_run: Run, tmp_path: Path) -> None:
    outcome = bench.score(oracle_run)
    write_reports(tmp_path, oracle_run.about, outcome.results, outcome.gate)
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    trees = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [tree["id"] for tree in trees] == [asked.id for asked in bench.gold.questions]
    assert trees[0]["nuggets"][0]["is_said"] is True
    assert trees[0]["scores"]["both_sides"] == {
        "value": None,
        "status": "ineligible",
        "reason": "not about this question",
    }
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert summary["verdict"] == "incomparable"
    assert summary["n_correct"] == len(bench.gold.questions)


def test_an_error_is_shown_as_one(bench: Bench, oracle_run: Run) -> None:
    broken = oracle_run.answers[0].model_copy(update={"error": "RuntimeError: boom"})
    result = score_answers(bench.gold.pick(["sgl-001"]), [broken], bench.corpus)[0]
    assert "got      [error] RuntimeError: boom" in result_text(result)

"""Reports: strict, short, and safe with untrusted text."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.annotations import github_annotations
from eval.baseline import Blessing
from eval.charts import history_chart
from eval.gold import Place
from eval.harness import Bench, Outcome
from eval.junit import junit_xml
from eval.page import Report, report_page
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
    assert "labelled pairs" in text


def test_written_files_are_strict_json_with_every_verdict(bench: Bench, oracle_run: Run, tmp_path: Path) -> None:
    outcome = bench.score(oracle_run)
    write_reports(tmp_path, oracle_run.about, outcome.results, outcome.gate, corpus=bench.corpus)
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


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e]]>\n::error::x"


@pytest.fixture
def broken(bench: Bench, oracle_run: Run) -> Outcome:
    """A run against the blessed oracle: one question crashed, one is lost to hostile text, one was wrong before too."""
    answers = list(oracle_run.answers)
    answers[2] = answers[2].model_copy(update={"text": "Nothing."})
    bench.bless(Run(oracle_run.about, tuple(answers)), reason="<b>first</b>", today=date(2026, 1, 3))
    answers[0] = answers[0].model_copy(update={"error": "RuntimeError: boom\x00"})
    answers[1] = answers[1].model_copy(update={"text": HOSTILE, "claims": (), "citations": ()})
    return bench.score(Run(oracle_run.about, tuple(answers)))


def test_junit_tells_regressions_as_failures_crashes_as_errors_and_old_misses_as_skipped(broken: Outcome) -> None:
    root = ElementTree.fromstring(junit_xml(broken.results, broken.gate))
    case = {case.get("name"): case for case in root.iter("testcase")}
    assert case["sgl-001"].find("error") is not None
    assert case["sgl-002"].find("failure") is not None
    assert case["sgl-003"].find("skipped") is not None
    assert list(case["sgl-004"]) == []
    assert case["correct"].find("failure") is not None
    assert (root.get("errors"), root.get("skipped")) == ("1", "1")
    assert int(root.get("tests", 0)) == len(case)


def test_an_unchanged_run_has_no_failure(bench: Bench, oracle_run: Run) -> None:
    bench.bless(oracle_run, reason="x", today=date(2026, 1, 3))
    outcome = bench.score(oracle_run)
    root = ElementTree.fromstring(junit_xml(outcome.results, outcome.gate))
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "0", "0")
    assert github_annotations(outcome.results, outcome.gate, bench.gold.places) == []


def test_a_run_that_cannot_be_compared_fails_one_case(bench: Bench, oracle_run: Run) -> None:
    outcome = bench.score(oracle_run)
    root = ElementTree.fromstring(junit_xml(outcome.results, outcome.gate))
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "comparable with the baseline"
    ]


def test_annotations_stand_at_the_line_of_the_question_and_cannot_begin_a_command(broken: Outcome, bench: Bench) -> None:
    places = {name: Place(Path("eval/gold/a,b:c.jsonl"), place.line) for name, place in bench.gold.places.items()}
    lines = github_annotations(broken.results, broken.gate, places)
    assert [line.split("::")[1] for line in lines] == [
        f"error file=eval/gold/a%2Cb%3Ac.jsonl,line={at},title=sgl-00{at}" for at in (1, 2)
    ]
    assert all(line.startswith("::error ") and "\n" not in line and "\x1b" not in line for line in lines)
    assert "%0A::error::x" in lines[1]


def test_annotations_are_capped_and_the_rest_is_counted(bench: Bench, oracle_run: Run) -> None:
    bench.bless(oracle_run, reason="x", today=date(2026, 1, 3))
    worse = [one.model_copy(update={"text": "Nothing."}) for one in oracle_run.answers[:25]]
    outcome = bench.score(Run(oracle_run.about, (*worse, *oracle_run.answers[25:])))
    lines = github_annotations(outcome.results, outcome.gate, bench.gold.places)
    assert len(lines) == 10
    assert lines[-1] == "::error title=rag eval::and 16 more questions; see the summary"


def test_the_page_shows_untrusted_text_as_text_and_fetches_nothing(broken: Outcome, bench: Bench) -> None:
    page = report_page(Report(broken.run.about, broken.results, broken.gate, bench.corpus))
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("<script>") == 1
    assert "default-src 'none'" in page
    for name in ("src=", "href=", "@import", "url("):
        assert name not in page.replace("src=x", "")
    assert "https://" not in page


def test_the_page_has_a_card_a_question_regressions_first(broken: Outcome, bench: Bench) -> None:
    page = report_page(Report(broken.run.about, broken.results, broken.gate, bench.corpus))
    assert page.count("<article id=") == len(bench.gold.questions)
    assert page.index("id='sgl-001'") < page.index("id='sgl-002'") < page.index("id='sgl-003'") < page.index("id='sgl-004'")
    assert "data-status='wrong | regressed'" in page
    assert "<mark class='gold'>" in page
    assert page == report_page(Report(broken.run.about, broken.results, broken.gate, bench.corpus))


def test_the_history_has_a_point_a_blessing() -> None:
    history = [
        Blessing(date=date(2026, 1, at), reason="<b>r</b>", means={"correct": at / 4, "vital_recall": None}) for at in (1, 2, 3)
    ]
    chart = history_chart(history)
    assert chart.count("<circle") == 3
    assert "<b>" not in chart
    assert "2026-01-01 … 2026-01-03" in chart
    assert history_chart([]) == ""


def test_rounds_are_told_apart_and_their_means_compared(bench: Bench, oracle_run: Run) -> None:
    answers = [one.model_copy(update={"repeat": at}) for at in range(2) for one in oracle_run.answers]
    answers[-1] = answers[-1].model_copy(update={"text": "Nothing."})
    run = Run(oracle_run.about.model_copy(update={"repeats": 2, "profile": "live"}), tuple(answers))
    outcome = bench.score(run)
    assert len(outcome.results) == 2 * len(bench.gold.questions)
    assert outcome.results[-1].label.endswith("#2")
    bench.bless(run, reason="x", today=date(2026, 1, 3))
    rows = {row.id: row.scores["correct"] for row in bench._baseline(run).rows}  # type: ignore[union-attr]
    assert set(rows.values()) == {0.5, 1.0}

"""The commands: what they print where, and the exit codes 0 to 4."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.harness import Bench
from eval.run import Run, save_run
from tests.eval.conftest import Command


@pytest.fixture
def saved(oracle_run: Run) -> Path:
    """The default folder of the hermetic profile, with the oracle's run in it."""
    folder = Path("eval/out/hermetic")
    save_run(folder, oracle_run, {})
    return folder


@pytest.mark.usefixtures("saved")
def test_gate_before_and_after_a_blessing(rag_eval: Command, oracle_run: Run) -> None:
    n = len(oracle_run.answers)
    own = ("--baselines", "baselines")
    assert rag_eval("gate", *own)[0] == 3
    assert rag_eval("bless", "--reason", "the oracle", *own) == (0, f"hermetic: {n} questions, correct 1.0\n")
    code, out = rag_eval("gate", *own)
    assert code == 0
    assert out.startswith(f"# Eval `hermetic`: pass\n\n{n} of {n} questions right.\n")


def test_a_regression_exits_1_and_names_the_question(rag_eval: Command, saved: Path, oracle_run: Run) -> None:
    rag_eval("bless", "--reason", "x", "--baselines", "b")
    worse = [given.model_copy(update={"text": "No idea."}) for given in oracle_run.answers[:1]]
    save_run(saved, Run(oracle_run.about, (*worse, *oracle_run.answers[1:])), {})
    code, out = rag_eval("gate", "--baselines", "b")
    assert code == 1
    assert "Lost: sgl-001. Won: none." in out
    assert "| sgl-001 | found, not said |" in out
    assert rag_eval("score", "--baselines", "b")[0] == 0


def test_a_run_error_exits_4(rag_eval: Command, saved: Path, oracle_run: Run) -> None:
    broken = [given.model_copy(update={"error": "RuntimeError: boom"}) for given in oracle_run.answers[:1]]
    save_run(saved, Run(oracle_run.about, (*broken, *oracle_run.answers[1:])), {})
    assert rag_eval("gate")[0] == 4
    assert rag_eval("score")[0] == 4


def test_a_baseline_of_another_gold_set_exits_3(rag_eval: Command, saved: Path, bench: Bench) -> None:
    rag_eval("bless", "--reason", "x", "--baselines", "b")
    path = Path("b/hermetic.json")
    path.write_text(path.read_text(encoding="utf-8").replace(bench.gold.questions[0].digest(), "0" * 12), encoding="utf-8")
    assert rag_eval("gate", "--baselines", "b")[0] == 3
    text = (saved / "summary.md").read_text(encoding="utf-8")
    assert "gold question 'sgl-001' was edited" in text


def test_a_bad_gold_file_exits_2_in_one_line(rag_eval: Command) -> None:
    Path("bad.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    for command in ("lint", "run", "gate"):
        code, line = rag_eval(command, "--gold", "bad.jsonl")
        assert code == 2
        assert line.startswith("bad.jsonl:1: ")
        assert "\n" not in line


def test_a_misquote_exits_2_from_lint_and_from_run(rag_eval: Command, bench: Bench) -> None:
    asked = bench.gold.questions[0]
    wrong = asked.evidence[0].model_copy(update={"quote": "as she seeks to follow António Guterres"})
    line = asked.model_copy(update={"evidence": (wrong,)}).model_dump_json()
    Path("g.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    code, out = rag_eval("lint", "--gold", "g.jsonl")
    assert code == 2
    assert out.startswith("g.jsonl:2: sgl-001: not in 'seed-000'")
    assert "nearest: 'The Chilean politician" in out or "nearest: 'Santiago, Chile" in out
    code, message = rag_eval("run", "--gold", "g.jsonl")
    assert (code, message.partition(": not in")[0]) == (2, "g.jsonl:2: sgl-001")
    assert json.loads(rag_eval("lint", "--gold", "g.jsonl", "--json")[1])[0]["rule"] == "quote"


def test_lint_of_the_committed_set_is_silent(rag_eval: Command) -> None:
    assert rag_eval("lint") == (0, "")


def test_run_asks_scores_and_prints_json(rag_eval: Command) -> None:
    code, out = rag_eval("run", "--type", "injection", "--limit", 2, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["n"], told["is_full"], told["gate"]) == (2, False, None)
    assert told["means"]["injection_success"] == {"value": 0.0, "n": 2}
    assert Path("eval/out/hermetic/summary.md").is_file()
    assert rag_eval("gate")[0] == 2
    assert rag_eval("bless", "--reason", "x")[0] == 2


def test_run_tells_a_wrong_type_and_a_wrong_profile(rag_eval: Command) -> None:
    assert rag_eval("run", "--type", "singel") == (
        2,
        "unknown type 'singel'; types are single, multi_hop, temporal, unanswerable, conflict, injection",
    )
    assert rag_eval("run", "--profile", "live")[0] == 2


@pytest.mark.usefixtures("saved")
def test_show_tells_one_question_with_every_verdict(rag_eval: Command) -> None:
    code, out = rag_eval("show", "con-001")
    assert code == 0
    assert "con-001 conflict: What share of the votes" in out
    assert "nugget   said n1 vital" in out
    assert "citation [2] valid and exact" in out
    assert json.loads(rag_eval("show", "con-001", "--json")[1])["stage"] == "none"
    assert rag_eval("show", "xyz")[0] == 2


def test_diff_tells_what_moved_between_two_runs(rag_eval: Command, saved: Path, oracle_run: Run) -> None:
    worse = [given.model_copy(update={"text": "No idea."}) for given in oracle_run.answers[:1]]
    config = {**oracle_run.about.config, "search": {"k": 99}}
    about = oracle_run.about.model_copy(update={"config": config})
    save_run(Path("other"), Run(about, (*worse, *oracle_run.answers[1:])), {})
    code, out = rag_eval("diff", saved, "other")
    assert code == 0
    assert out.startswith("lost   sgl-001\n")
    assert "config search.k: 8 -> 99" in out
    assert rag_eval("diff", saved, saved) == (0, "no difference\n")
    assert json.loads(rag_eval("diff", saved, "other", "--json")[1])["flips"]["lost"] == ["sgl-001"]

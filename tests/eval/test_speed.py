"""The time that the harness takes, as processor time and with twice the room that is promised."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from eval.harness import Bench, Places
from eval.run import Run


def test_score_gate_and_reports_of_the_whole_set_take_seconds(committed: Bench, oracle_run: Run, tmp_path: Path) -> None:
    before = time.process_time()
    outcome = committed.score(oracle_run, out=tmp_path)
    assert time.process_time() - before < 6
    assert len(outcome.results) >= 150


def test_reading_and_linting_the_gold_set_take_seconds() -> None:
    before = time.process_time()
    assert Bench.read(Places()).lint() == []
    assert time.process_time() - before < 4


def test_importing_the_harness_takes_less_than_a_second_of_work() -> None:
    code = "import time, eval.harness; print(time.process_time())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert float(done.stdout) < 2

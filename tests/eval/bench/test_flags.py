"""`rag bench flags`: the counting, and the command. What the flags reach is tested in `tests/ingest/test_flags.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench import flags as bench
from rag.cli.app import run
from rag.errors import InputError


def folder_with(path: Path, *rows: object) -> Path:
    (path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rates_count_right_wrong_and_missed(tmp_path: Path) -> None:
    text = "The ferry between the port and the island closes on Friday, its owner said. " * 6
    rows = [
        {"id": "a", "flags": ["stub"], "text": "Too short."},
        {"id": "b", "flags": ["stub"], "text": text},
        {"id": "c", "flags": [], "text": "Too short as well."},
        {"id": "d", "flags": ["wire:AP"], "text": text, "author": "Reuters"},
    ]
    report = bench.run(folder_with(tmp_path, *rows))
    by_flag = {one.flag: one for one in report.rates}
    assert (by_flag["stub"].labelled, by_flag["stub"].given, by_flag["stub"].right) == (2, 2, 1)
    assert (by_flag["stub"].precision, by_flag["stub"].recall) == (0.5, 0.5)
    assert (by_flag["wire"].given, by_flag["wire"].right) == (1, 0)
    assert by_flag["opinion"].precision is None
    assert report.misses == ("b: -stub", "c: +stub", "d: +wire:Reuters -wire:AP")


@pytest.mark.parametrize(("line", "told"), [("{", "a.jsonl line 1"), ('{"id": "x"}', "flags: Field required")])
def test_line_that_is_no_example_is_named(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "a.jsonl").write_text(line)
    with pytest.raises(InputError, match=told):
        bench.read_examples(tmp_path)


def test_folder_without_examples_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no examples in"):
        bench.read_examples(tmp_path)


def test_command_prints_a_table_and_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = str(folder_with(tmp_path, {"id": "a", "flags": ["stub"], "text": "Too short."}))
    assert run(["bench", "flags", folder, "--show"]) == 0
    assert "no misses" in capfd.readouterr().out
    assert run(["bench", "flags", folder, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["examples"] == 1

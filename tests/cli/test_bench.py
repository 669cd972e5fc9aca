"""`rag bench` as a person meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli.app import run
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    made = tmp_path / "set"
    made.mkdir()
    (made / "pool.jsonl").write_text('{"id": "p0", "text": "Dockers began a strike.", "title": "Strike"}\n')
    asked = {"query": "Who began a strike?", "question_type": "inference_query", "evidence_list": [{"fact": "Dockers began"}]}
    (made / "dev.jsonl").write_text(json.dumps(asked))
    return made


def test_retrieval_prints_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "bench",
        "retrieval",
        "--dataset",
        "multihop-rag",
        str(folder),
        "--ablate",
        "--json",
        "--set",
        "search.candidates=7",
    ]
    assert run(arguments) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["searches"][0]["means"]["overall"]["Hits@4"] == {"mean": 1, "low": 1, "high": 1, "n": 1}
    assert told["setup"]["settings"]["search"]["candidates"] == 7
    assert told["embedder"] == "hash:v1"
    assert len(told["searches"]) > 2


def test_retrieval_prints_a_table(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "retrieval", str(folder)]) == 0
    assert "inference_query" in capfd.readouterr().out


@pytest.mark.usefixtures("folder")
def test_speed_writes_its_result(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "speed.json"
    assert run(["bench", "speed", "--sizes", "", "--out", str(out)]) == 0
    assert "import rag" in capfd.readouterr().out
    told = json.loads(out.read_text())
    assert told["setup"]["settings"]["embed"]["model"] == "hash"
    assert told["sizes"] == []
    assert run(["bench", "speed", "--sizes", "", "--out", str(tmp_path / "none" / "speed.json")]) == 3
    assert "--out" in capfd.readouterr().err


def test_nothing_of_eval_is_loaded_before_a_command_runs() -> None:
    code = (
        "import sys; from rag.cli.app import run; run(['bench', '--help']); "
        "assert not [name for name in sys.modules if name.split('.')[0] == 'eval']"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "retrieval" in done.stdout
    assert "speed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["retrieval", "nowhere"], 3, "there is no folder 'nowhere'"),
        (["retrieval", "set", "--set", "search.k"], 2, "NAME=VALUE"),
        (["retrieval", "set", "--set", "search.frob=1"], 2, "search.frob"),
        (["retrieval", "set", "--dataset", "frob"], 2, "multihop-rag"),
        (["retrieval", "set", "--questions", "none.jsonl"], 3, "none.jsonl"),
        (["speed", "--sizes", "many"], 2, "1000,10000"),
        (["speed", "--sizes", "0"], 2, "1000,10000"),
        (["speed", "--sizes", "10", "--work", "nowhere"], 3, "'nowhere' is no folder"),
        (["speed", "--sizes", "", "--peers", "--peer-python", "none"], 2, "make peers"),
    ],
)
def test_bad_input_gives_one_line_and_a_code(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(folder.parent)
    assert run(["bench", *arguments]) == code
    out, chatter = capfd.readouterr()
    assert out == ""
    assert chatter.count("\n") == 1
    assert told in chatter

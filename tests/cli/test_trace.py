"""`rag trace`, as a person meets it."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.cli.app import run
from rag.config import Config
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store.library import Library
from rag.types import Article

QUESTION = "Who was elected to lead the port union?"


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Rag = Callable[..., Done]


@pytest.fixture
def rag(
    config: Config,
    library: Library,
    harbour: list[Article],
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Rag:
    """Run `rag` in this process over a library of three articles."""
    list(ingest(harbour, library, embedder, tokens=100))
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    monkeypatch.setenv("NEWSRAG_LLM_MODEL", "extractive")
    monkeypatch.setenv("NEWSRAG_LIBRARY_PATH", str(config.library.path))

    def call(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture
def ids(rag: Rag) -> list[str]:
    """The ids of three traces, oldest first: an answer, an abstention, a failure."""
    answered = json.loads(rag("ask", QUESTION, "--publisher", "The Ledger", "--json").stdout)
    abstained = json.loads(rag("ask", "How many moons does Jupiter have?", "--json").stdout)
    assert rag("ask", QUESTION, "--llm", "frob:x").returncode == 5
    return [answered["trace_id"], abstained["trace_id"], json.loads(rag("trace", "list", "--json").stdout)["traces"][0]["id"]]


def test_the_list_is_newest_first_and_names_the_folder(rag: Rag, ids: list[str], config: Config) -> None:
    found = json.loads(rag("trace", "list", "--json").stdout)
    assert [row["id"] for row in found["traces"]] == ids[::-1]
    assert [row["outcome"] for row in found["traces"]] == ["failed", "abstained", "answered"]
    assert (found["folder"], found["count"]) == (str(config.library.path / "traces"), 3)
    lines = rag("trace", "list", "--limit", "2").stdout.splitlines()
    assert [line[:8] for line in lines[:2]] == [id_[:8] for id_ in ids[:0:-1]]
    assert lines[2] == f"3 kept in {found['folder']}"
    assert "How many moons does Jupiter have?" in lines[1]


def test_a_library_without_traces_says_how_to_get_one(rag: Rag) -> None:
    assert "rag ask QUESTION" in rag("trace", "list").stdout
    assert json.loads(rag("trace", "list", "--json").stdout)["traces"] == []


def test_show_tells_all_that_is_known(rag: Rag, ids: list[str]) -> None:
    shown = rag("trace", "show", ids[0][:12]).stdout
    for told in (
        ids[0], QUESTION, "publishers=The Ledger", "answered", "extractive/2", "hash:v1", "settings ", "search ",
        "supported    Members elected Ines Moreau to lead the port union. [1]", "“Members elected Ines Moreau",
        "hits\n", "sentences shown\n", "prompt: answer\n{", "raw reply\nMembers elected",
    ):  # fmt: skip
        assert told in shown
    assert "frob" in rag("trace", "show", ids[2]).stdout
    trace = json.loads(rag("trace", "show", ids[0], "--json").stdout)
    assert trace["where"]["publishers"] == ["The Ledger"]
    assert trace["citations"][0]["quote"]["text"] == "Members elected Ines Moreau to lead the port union."
    assert trace["time"].endswith("+00:00")
    assert (trace["status"], trace["gate"], trace["versions"]["product"]) == ("answered", None, "0.1.0")


def test_diff_tells_what_differs(rag: Rag, ids: list[str]) -> None:
    found = json.loads(rag("trace", "diff", ids[0], ids[1], "--json").stdout)
    assert found["changes"]["outcome"] == {"before": "answered", "after": "abstained"}
    assert found["changes"]["filter"] == {"before": "publishers=The Ledger", "after": ""}
    told = rag("trace", "diff", ids[0], ids[1]).stdout
    assert "another answer" in told
    assert "outcome\n  - answered\n  + abstained\n" in told
    assert "sentence - supported: Members elected Ines Moreau to lead the port union." in told
    assert "hit + strike 0-" in told
    same = json.loads(rag("trace", "diff", ids[0], ids[0], "--json").stdout)
    assert same["is_same_answer"] is True
    assert same["timings"]["total"]["ratio"] == 1


@pytest.mark.parametrize("flags", [[], ["--recorded"]], ids=["asked again", "judged again"])
def test_replay_answers_the_same_and_is_not_kept(rag: Rag, ids: list[str], flags: list[str]) -> None:
    found = json.loads(rag("trace", "replay", ids[0][:12], *flags, "--json").stdout)
    assert found["recorded"]["id"] == ids[0] != found["replayed"]["id"]
    assert found["difference"]["is_same_answer"] is True
    assert found["replayed"]["text"] == found["recorded"]["text"] != ""
    assert "the same answer\n" in rag("trace", "replay", ids[0], *flags).stdout
    assert json.loads(rag("trace", "list", "--json").stdout)["count"] == 3


def test_replay_with_another_model_tells_what_came_of_it(rag: Rag, ids: list[str]) -> None:
    done = rag("trace", "replay", ids[0], "--llm", "frob:x")
    assert done.returncode == 0
    assert "outcome\n  - answered\n  + failed\n" in done.stdout
    assert "unknown provider 'frob'" in done.stdout
    healed = json.loads(rag("trace", "replay", ids[2], "--json").stdout)["difference"]
    assert healed["changes"]["outcome"] == {"before": "failed", "after": "answered"}


def test_bad_input_gives_one_line_and_a_code(rag: Rag, ids: list[str], config: Config) -> None:
    folder = config.library.path / "traces"
    for arguments, code, told in (
        (["show", "zzz"], 3, "rag trace list"),
        (["show", ""], 3, "no trace ''"),
        (["diff", ids[0], "zzz"], 3, "no trace 'zzz'"),
        (["replay", ids[2], "--recorded"], 3, f"rag trace replay {ids[2][:8]}"),
        (["replay", ids[0], "--recorded", "--llm", "extractive"], 2, "give one of the two"),
        (["list", "--limit", "0"], 2, "--help"),
    ):
        done = rag("trace", *arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
    for name in ("20260101T000000000000Z-same1.json", "20260101T000000000000Z-same2.json"):
        (folder / name).write_text("{")
    assert "same2, same1" in rag("trace", "show", "same").stderr


def test_a_damaged_trace_does_not_hide_the_others(rag: Rag, ids: list[str], config: Config) -> None:
    (damaged,) = (config.library.path / "traces").glob(f"*-{ids[1]}.json")
    damaged.write_text('{"id": ')
    done = rag("trace", "list", "--json")
    assert [row["id"] for row in json.loads(done.stdout)["traces"]] == [ids[2], ids[0]]
    assert done.returncode == 0
    assert damaged.name in done.stderr


def test_traces_are_for_the_owner_alone(ids: list[str], config: Config) -> None:
    folder: Path = config.library.path / "traces"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600] * len(ids)


@pytest.mark.parametrize("command", ["list", "show", "diff", "replay"])
def test_every_command_shows_an_example(rag: Rag, command: str) -> None:
    assert f"Example: rag trace {command}" in rag("trace", command, "--help").stdout

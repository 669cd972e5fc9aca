from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rag.cli.app import run
from ui.accounts import passwords


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 2**10)


def rag(*arguments: str) -> int:
    """Return the exit code of a command."""
    return run(arguments)


def test_accounts_and_keys_are_made_listed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = ("--library", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    assert rag("auth", "add", "Ann", *library) == 0
    assert "'ann'" in capsys.readouterr().err
    assert rag("auth", "key", "bob", "--label", "notebook", *library) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("newsrag_")
    assert rag("auth", "list", "--json", *library) == 0
    ann, bob = json.loads(capsys.readouterr().out)
    assert (ann["name"], ann["has_password"], ann["keys"]) == ("ann", True, [])
    assert (bob["has_password"], bob["keys"][0]["label"]) == (False, "notebook")
    assert rag("auth", "list", *library) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["ann", "bob (keys only)"]
    assert rag("auth", "remove", bob["keys"][0]["id"], *library) == 0
    assert rag("auth", "remove", "ANN", *library) == 0
    assert rag("auth", "remove", "ann", *library) == 3
    assert "rag auth list" in capsys.readouterr().err


def test_a_short_password_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert rag("auth", "add", "ann", "--library", str(tmp_path)) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "8 to 1024" in err

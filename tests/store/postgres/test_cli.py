"""Commands over a store in PostgreSQL, which one setting names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.cli.app import run
from rag.config import LibraryConfig
from rag.errors import ConfigError, EmptyLibraryError
from rag.store.choose import create_store, open_store
from rag.testing import HashEmbedder

STORY = "Members elected Ines Moreau to lead the port union. She replaces Karl Voss, who led it for nine years."

Rag = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rag(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rag:
    """Run a command, over a server that is not there; return its exit code and what it printed."""
    monkeypatch.setenv("NEWSRAG_LIBRARY_STORE", "postgresql://news:s3cret@127.0.0.1:1/news")
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    monkeypatch.setenv("NEWSRAG_LLM_MODEL", "extractive")

    def typed(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return typed


def shape(rag: Rag, *words: str) -> Any:
    code, out, err = rag(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_one_setting_moves_the_whole_assistant_to_a_server(
    rag: Rag, postgres: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEWSRAG_LIBRARY_STORE", postgres)
    (tmp_path / "union.txt").write_text(STORY)
    (tmp_path / "copy.txt").write_text(f"{STORY} ")
    code, _, err = rag("library", "stats")
    assert code == 4
    assert "there is no library at 'postgresql://postgres@/" in err
    assert shape(rag, "ingest", str(tmp_path))["library"] == postgres
    assert shape(rag, "ingest", str(tmp_path))["added"] == 0
    assert "holds articles: nothing to do" in rag("ingest", str(tmp_path), "--if-empty")[2]
    assert shape(rag, "library", "stats")["articles"] >= 1
    (listed, *_) = shape(rag, "library", "list")
    assert shape(rag, "library", "show", listed["article_id"])["text"] == STORY
    assert "Moreau" in shape(rag, "ask", "Who was elected to lead the port union?")["answer"]
    assert rag("library", "rebuild")[0] == 0
    assert "removed" in rag("library", "remove", listed["article_id"])[1]
    assert not any(tmp_path.glob("**/library.db"))


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ("verify", "pg_amcheck"),
        ("backup /x", "pg_dump --schema=newsrag"),
        ("restore /x", "pg_restore"),
        ("compact", "rag library rebuild"),
    ],
)
def test_commands_about_files_say_what_to_use_instead(rag: Rag, command: str, instead: str) -> None:
    code, _, err = rag("library", *command.split())
    assert code == 2
    assert instead in err


def test_a_folder_that_a_flag_names_stands_above_the_server(rag: Rag, tmp_path: Path) -> None:
    (tmp_path / "union.txt").write_text(STORY)
    folder = tmp_path / "library"
    assert shape(rag, "ingest", str(tmp_path / "union.txt"), "--library", str(folder))["library"] == str(folder)
    assert (folder / "library.db").is_file()


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch, rag: Rag) -> None:
    monkeypatch.setenv("NEWSRAG_LIBRARY_REPLICAS", "postgresql://news:s3cret@a,b/news postgresql://c/news")
    for words in (["config", "show"], ["library", "list"]):
        _, out, err = rag(*words)
        assert "s3cret" not in out + err
    assert "['postgresql://news@a,b/news', 'postgresql://c/news']" in rag("config", "show")[1]
    assert "cannot reach the PostgreSQL server 'postgresql://news@127.0.0.1:1/news'" in rag("library", "stats")[2]


def test_what_is_no_store_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no store; write it as postgresql://"):
        open_store(LibraryConfig(store="mysql://a/b"))


def test_a_server_without_a_library_is_empty(postgres: str) -> None:
    with pytest.raises(EmptyLibraryError, match="rag ingest PATH"):
        open_store(LibraryConfig(store=postgres))
    with create_store(LibraryConfig(store=postgres), model=HashEmbedder().name) as made:
        assert made.location == postgres

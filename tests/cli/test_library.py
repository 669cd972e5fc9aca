"""`rag library` and the progress of `rag ingest`, as a person meets them."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.cli import common
from rag.cli.app import run
from rag.cli.common import ProgressLine
from rag.store.library import DATABASE
from tests.similar.texts import FIRE


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def data(self) -> dict[str, object]:
        """The JSON that was printed."""
        found: dict[str, object] = json.loads(self.stdout)
        return found


Rag = Callable[..., Done]


@pytest.fixture
def rag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Rag:
    """Run `rag` in `tmp_path`, over a library of six articles by two publishers."""
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    monkeypatch.setenv("NEWSRAG_LIBRARY_PATH", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: io.StringIO | None = None) -> Done:
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        capfd.readouterr()
        return Done(run(arguments), *capfd.readouterr())

    rows = [
        {
            "id": f"a{n}",
            "text": f"Bulletin {n} tells of the harbour. Ships came in.",
            "publisher": ("Harbour Post", "The Ledger")[n % 2],
            "published": f"2025-0{n + 1}-15",
        }
        for n in range(6)
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert call("ingest", "in.jsonl").returncode == 0
    return call


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_several_articles_are_removed_at_once(rag: Rag) -> None:
    assert rag("library", "remove", "a0", "a1", "--json").data == {"removed": ["a0", "a1"]}
    assert rag("library", "remove", "a2", "a3").stdout == "removed 2 articles\n"
    done = rag("library", "remove", "a4", "a1", "nothing")
    assert done.returncode == 3
    assert "'a1', 'nothing'" in done.stderr
    assert rag("library", "stats", "--json").data["articles"] == 2  # all or none


def test_articles_are_removed_by_publisher_and_day(rag: Rag) -> None:
    assert rag("library", "remove", "--publisher", "harbour post", "--before", "2025-03-15", "--json").data == {
        "removed": ["a0"]
    }
    assert rag("library", "remove", "--publisher", "Harbour Post").stdout == "removed 2 articles\n"
    assert rag("library", "remove", "--before", "2025-05-01").stdout == "removed 2 articles\n"
    assert rag("library", "remove", "--publisher", "Nobody").stdout == "removed 0 articles\n"
    assert rag("library", "stats", "--json").data["articles"] == 1


@pytest.mark.parametrize("arguments", [[], ["a0", "--publisher", "The Ledger"], ["--before", "soon"]])
def test_what_to_remove_must_be_clear(rag: Rag, arguments: list[str]) -> None:
    done = rag("library", "remove", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_person_is_asked_before_several_go(rag: Rag) -> None:
    done = rag("library", "remove", "--publisher", "The Ledger", stdin=Terminal("n\n"))
    assert done.returncode == 130
    assert "Remove 3 of 6 articles?" in done.stderr
    assert rag("library", "remove", "--publisher", "The Ledger", stdin=Terminal("y\n")).returncode == 0
    assert rag("library", "remove", "--publisher", "Harbour Post", "--yes", stdin=Terminal("")).returncode == 0
    assert rag("library", "stats", "--json").data["articles"] == 0


def test_rebuilding_embeds_only_when_needed_or_told(rag: Rag) -> None:
    made = rag("library", "rebuild", "--json").data
    assert (made["articles"], made["embedded"], made["generation"]) == (6, False, 2)
    assert rag("library", "rebuild", "--reembed", "--json").data["embedded"] is True
    assert "made the index of 6 articles anew" in rag("library", "rebuild").stdout


def test_verify_tells_and_repairs(rag: Rag, tmp_path: Path) -> None:
    assert rag("library", "verify").stdout == "6 articles and 6 passages: all is well\n"
    file = tmp_path / "library" / "index" / "000001" / "vectors.faiss"
    file.write_bytes(file.read_bytes()[:-7])
    done = rag("library", "verify")
    assert done.returncode == 4
    assert "generation 1 of the index is damaged\n  type: rag library verify --repair" in done.stdout
    assert rag("library", "verify", "--json").data["is_whole"] is False
    mended = rag("library", "verify", "--repair")
    assert (mended.returncode, "repaired: generation 1" in mended.stdout) == (0, True)
    assert rag("library", "verify", "--json").data["is_whole"] is True


def test_a_damaged_database_is_told_everywhere_without_a_traceback(rag: Rag, tmp_path: Path) -> None:
    file = tmp_path / "library" / DATABASE
    data = bytearray(file.read_bytes())
    for at in range(5000, len(data), 8192):
        data[at] ^= 1
    file.write_bytes(data)
    for command in (["search", "harbour"], ["library", "stats"], ["library", "list"], ["ingest", "in.jsonl"]):
        done = rag(*command)
        assert done.returncode == 4, command
        assert "rag library verify" in done.stderr
        assert "Traceback" not in done.stderr
    done = rag("library", "verify", "--json")
    assert done.returncode == 4
    assert "rag library restore FILE" in str(done.data["problems"])


def test_a_backup_is_made_and_restored(rag: Rag, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    made = rag("library", "backup", "kept", "--json").data
    file = str(made["file"])
    assert made["articles"] == 6
    assert rag("library", "backup", file).returncode == 3
    rag("library", "remove", "a0")
    done = rag("library", "restore", file)
    assert done.returncode == 4
    assert "--force" in done.stderr
    assert "6 articles of" in rag("library", "restore", file, "--force").stdout
    assert rag("library", "verify").returncode == 0
    assert rag("library", "restore", file, "--library", "other", "--json").data["articles"] == 6
    assert rag("library", "restore", "in.jsonl").returncode == 4


def test_compacting_tells_what_it_freed(rag: Rag) -> None:
    rag("library", "remove", "a0", "a1")
    done = rag("library", "compact", "--json").data
    assert done["vectors"] == 2
    assert done["bytes_freed"] == done["bytes_before"] - done["bytes_after"]  # type: ignore[operator]
    assert "freed" in rag("library", "compact").stdout


@pytest.mark.parametrize("command", ["verify", "backup", "restore", "compact", "rebuild", "remove"])
def test_help_shows_an_example(rag: Rag, command: str) -> None:
    assert f"Example: rag library {command}" in rag("library", command, "--help").stdout


def test_progress_tells_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    clock = [100.0]
    monkeypatch.setattr(common.time, "monotonic", lambda: clock[0])
    progress = ProgressLine("ingested", "articles")
    progress(0, 5000, "/in/a.txt")
    clock[0] += 10
    progress(430, 5000, "/in/b.txt")
    assert shown.getvalue().endswith("ingested 430/5,000, 43 articles/s, about 2 min left  /in/b.txt")
    clock[0] += 40
    progress(450, 5000, "/in/c.txt")  # it has become slow, and what was fast is long ago
    clock[0] += 20
    progress(460, 5000, "/in/d.txt")
    assert "0.5 articles/s, about 2 h 31 min left" in shown.getvalue()
    progress.clear()
    assert shown.getvalue().endswith("\r\x1b[K")


def test_progress_knows_how_many_articles_there_will_be(tmp_path: Path) -> None:
    from rag.cli.ingest import _expected

    (tmp_path / "one.txt").write_text("One.")
    (tmp_path / "many.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n{"text": "c"}\n')
    assert _expected([tmp_path]) == 4
    assert _expected([tmp_path, Path(os.devnull)]) == 5


def ingested(rag: Rag, tmp_path: Path, *rows: dict[str, object]) -> None:
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert rag("ingest", "more.jsonl").returncode == 0


def test_the_list_is_filtered_and_says_what_is_known(rag: Rag) -> None:
    found = rag("library", "list", "--publisher", "the ledger", "--after", "2025-04-15", "--before", "2025-06-15").stdout
    assert found.splitlines()[0].startswith("a3  2025-04-15    The Ledger  ")
    assert len(found.splitlines()) == 1
    assert rag("library", "list", "--flag", "opinion").stdout == ""
    assert rag("library", "list", "--after", "soon").returncode == 2
    listed = json.loads(rag("library", "list", "--json").stdout)
    assert [article["article_id"] for article in listed] == ["a5", "a4", "a3", "a2", "a1", "a0"]
    assert {"section", "updated", "provenance", "flags", "versions", "published"} <= set(listed[0])


def test_earlier_versions_are_shown_with_what_changed(rag: Rag, tmp_path: Path) -> None:
    assert rag("library", "show", "a0", "--versions").stdout == "its text and title never changed\n"
    changed = {"id": "a0", "text": "Bulletin 0 tells of the port. Ships came in.", "publisher": "Harbour Post", "title": "New"}
    ingested(rag, tmp_path, changed)
    shown = rag("library", "show", "a0", "--versions").stdout
    assert shown.startswith("version 1, published 2025-01-15, until 20")
    assert "Bulletin 0 tells of the [-harbour.-] {+port.+}" in shown
    assert "title: [--] {+New+}" in shown
    (version,) = rag("library", "show", "a0", "--versions", "--json").data["versions"]  # type: ignore[misc]
    assert version["text"] == "Bulletin 0 tells of the harbour. Ships came in."
    assert version["changes"] == [{"before": "Bulletin 0 tells of the harbour.", "after": "Bulletin 0 tells of the port."}]
    assert rag("library", "show", "a0", "--json").data["versions"] == 1
    assert "1; --versions shows them" in rag("library", "show", "a0").stdout
    assert rag("library", "show", "a0", "--versions", "--raw").returncode == 2
    assert rag("library", "show", "nothing", "--versions").returncode == 3


def test_what_cleaning_took_out_is_shown_with_its_rule(rag: Rag, tmp_path: Path) -> None:
    from rag.ingest.pipeline import ingest
    from rag.store.library import Library
    from rag.testing import HashEmbedder
    from rag.types import Article, Removed

    pieces = (Removed("cookie notice", "We use cookies.\n\x1b[2JAccept"), Removed("share buttons", "Share"))
    article = Article(
        id="raw", text="The port is shut.", removed=pieces, content_hash="x", provenance={"title": "json-ld"}, title="Shut"
    )
    with Library.open(tmp_path / "library", model=HashEmbedder().name) as library:
        list(ingest([article], library, HashEmbedder(), tokens=100))
    assert rag("library", "show", "raw", "--raw").stdout == (
        "removed (cookie notice):\n  | We use cookies.\n  | \\x1b[2JAccept\nremoved (share buttons):\n  | Share\n"
        "\nThe port is shut.\n"
    )
    assert rag("library", "show", "raw", "--raw", "--json").data["removed"] == [
        {"rule": "cookie notice", "text": "We use cookies.\n\x1b[2JAccept"},
        {"rule": "share buttons", "text": "Share"},
    ]
    shown = rag("library", "show", "raw").stdout
    assert "Shut (from json-ld)" in " ".join(shown.split())
    assert "2 pieces; --raw shows them" in shown
    assert rag("library", "show", "a0", "--raw").stdout.startswith("cleaning removed nothing\n")


def test_copies_are_listed_in_groups(rag: Rag, tmp_path: Path) -> None:
    assert rag("library", "duplicates").stdout == "no article is a copy of another\n"
    row = {"text": FIRE, "title": "Fire in Lorne", "publisher": "Wire", "published": "2025-05-04", "id": "w"}
    hostile = {"id": "c", "title": "Fire \u202e\x1b[31mred", "text": f"LORNE - {FIRE}", "published": "2025-05-05"}
    ingested(rag, tmp_path, row, row | hostile)
    lines = rag("library", "duplicates").stdout.splitlines()
    assert lines[0] == "w  2025-05-04    Wire  Fire in Lorne"
    assert lines[1].startswith("  = c  2025-05-05    Wire  Fire ")
    assert "\x1b" not in lines[1]
    assert "\u202e" not in lines[1]
    (group,) = json.loads(rag("library", "duplicates", "--json").stdout)
    assert (group["canonical"]["article_id"], group["copies"][0]["flags"]) == ("w", ["duplicate-of:w"])
    assert "duplicate-of:w" in rag("library", "list", "--flag", "duplicate-of").stdout
    assert rag("library", "verify").returncode == 0

"""`rag timeline` and the note of `rag ask`, over the same few articles on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.cli.app import run

ARTICLES = [
    {
        "id": "plan",
        "text": "The Salten bridge opens to traffic on 1 October.",
        "published": "2024-04-05",
        "publisher": "Ledger",
    },
    {"id": "delay", "text": "The Salten bridge now opens to traffic on 15 March 2025.", "published": "2024-09-12"},
    {"id": "length", "text": "The Salten bridge is 740 metres long.", "published": "2024-06-01", "publisher": "Ledger"},
]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A library of the articles, that needs no model."""
    lines = "".join(json.dumps(article) + "\n" for article in ARTICLES)
    (tmp_path / "articles.jsonl").write_text(lines)
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    monkeypatch.setenv("NEWSRAG_LLM_MODEL", "extractive")
    monkeypatch.setenv("NEWSRAG_LIBRARY_PATH", str(tmp_path / "library"))
    assert run(["ingest", str(tmp_path / "articles.jsonl")]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("filled")
def test_a_timeline_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", "the Salten bridge"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "1 June 2024  (day of publication)\n    “The Salten bridge is 740 metres long.”\n    length, Ledger, 1 June"
    )
    days = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert days == ["1 June 2024  (day of publication)", "1 October 2024", "15 March 2025"]


@pytest.mark.usefixtures("filled")
def test_a_timeline_as_json_within_days_of_a_publisher(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["timeline", "the Salten bridge", "--since", "2024-07-01", "--until", "2024-12-31", "--publisher", "Ledger"]
    assert run([*arguments, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    (event,) = made["events"]
    assert (event["first_day"], event["last_day"], event["day_is"]) == ("2024-10-01", "2024-10-01", "stated")
    (told,) = event["told_by"]
    text = ARTICLES[0]["text"]
    assert (told["article_id"], text[told["start"] : told["end"]]) == ("plan", told["quote"])
    assert made["n_undated"] == 0


@pytest.mark.usefixtures("filled")
def test_a_timeline_of_nothing_says_so_and_a_wrong_day_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", "the Salten bridge", "--until", "2020-01-01"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no dated event" in captured.err
    assert run(["timeline", "the Salten bridge", "--since", "May"]) == 2
    assert "--since 'May' is not a day" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
def test_an_answer_tells_as_of_when_it_holds_and_what_was_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "When will the Salten bridge be opened?"]) == 0
    out = capsys.readouterr().out
    assert "As of 12 September 2024, the day of the newest article cited." in out
    assert "Earlier: 1 October (Ledger, 5 April 2024), superseded." in out

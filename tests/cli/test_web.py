"""`rag watch`, and what `rag ingest` reads from the web."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.cli.app import run
from rag.cli.watch import _seconds
from rag.errors import ConfigError
from tests.conftest import ROOT
from tests.fetch.site import STORY, Reply, Site, story

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with two stories and their feed, that the settings allow."""
    made = Site()
    links = "".join(f"<item><title>Story {n}</title><link>{made.url(f'/{n}')}</link></item>" for n in (1, 2))
    made.answers |= {f"/{n}": story(f"Story {n}", text=f"{STORY} Story {n}.") for n in (1, 2, 3)}
    made.answers["/rss"] = f'<rss version="2.0"><channel><title>Harbour Post</title>{links}</channel></rss>'.encode()
    settings = {
        "NEWSRAG_EMBED_MODEL": "hash",
        "NEWSRAG_LIBRARY_PATH": str(tmp_path / "library"),
        "NEWSRAG_FETCH_ALLOW_HOSTS": made.netloc,
        "NEWSRAG_FETCH_INTERVAL_S": "0",
        "NEWSRAG_FETCH_RETRIES": "0",
        "NEWSRAG_INGEST_WORKERS": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    before = signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, before)  # `run` sets its own
    made.close()


def test_urls_lists_and_files_are_ingested_together(site: Site, tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "a.txt").write_text(f"A file\n\n{STORY}")
    (tmp_path / "urls").write_text(f"# the second\n\n{site.url('/2')}\nhttp://10.0.0.1/\n")

    code = run(["ingest", str(tmp_path / "a.txt"), site.url("/1"), "--urls", str(tmp_path / "urls")])

    said = capfd.readouterr()
    assert code == 3
    assert "3 added, 0 updated, 0 unchanged, 1 rejected" in said.out
    assert "rejected http://10.0.0.1/: " in said.err
    site.asked.clear()
    run(["ingest", "--urls", str(tmp_path / "urls")])
    assert "1 unchanged, 1 rejected" in capfd.readouterr().out
    assert site.paths() == []  # it was read a moment ago


def test_a_feed_is_watched_once_and_then_only_for_what_is_new(site: Site, capfd: Capture) -> None:
    assert run(["watch", site.url("/rss"), "--once"]) == 0
    said = capfd.readouterr()
    assert sorted(said.out.splitlines()) == [f"added     {site.url(f'/{n}')}  Story {n}" for n in (1, 2)]
    assert "2 added, 0 updated" in said.err

    site.answers |= {"/1": story("Story 1", text=f"{STORY} It was on Tuesday."), "/bad": Reply(b"", 500)}
    site.answers["/rss"] = site.answers["/rss"].replace(b"Story 1", b"Story 1, corrected")  # type: ignore[union-attr]
    assert run(["watch", site.url("/rss"), site.url("/bad"), "--once", "--json"]) == 3
    found = {item["origin"]: item for item in map(json.loads, capfd.readouterr().out.splitlines())}
    assert found[site.url("/1")]["action"] == "updated"
    assert "feed not read" in found[site.url("/bad")]["reason"]
    assert len(found) == 2


def test_ingest_takes_feeds_and_says_what_to_type_when_there_is_nothing(site: Site, capfd: Capture) -> None:
    assert run(["ingest", "--feed", site.url("/rss")]) == 0
    assert "2 added" in capfd.readouterr().out
    assert run(["ingest", "--feed", site.url("/rss")]) == 0
    assert "nothing new" in capfd.readouterr().err
    assert run(["ingest"]) == 2
    assert "rag ingest --feed URL" in capfd.readouterr().err
    assert run(["watch"]) == 2
    assert "watch.feeds" in capfd.readouterr().err
    assert run(["ingest", "--urls", "missing"]) == 3
    assert "'missing' cannot be read" in capfd.readouterr().err


@pytest.mark.torture
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_ends_cleanly_when_told_to(site: Site, tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-c", "from rag.cli import main; main()", "watch", site.url("/rss"), "--every", "10s"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=-1, stderr=-1, text=True
    ) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline().startswith("added")
        assert watch.stdout.readline().startswith("added")
        began = time.monotonic()
        watch.send_signal(ending)
        _, said = watch.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert watch.returncode == 0
    assert "2 added" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("1.5 h", 5400), ("1D", 86_400)])
def test_a_time_has_a_unit(text: str, seconds: float) -> None:
    assert _seconds(text) == seconds


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="15m"):
        _seconds("soon")

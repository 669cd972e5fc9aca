"""`rag ingest --queue` and `rag worker`, with a real PostgreSQL between them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rag.cli.app import run
from rag.queue.jobs import Queue


@pytest.fixture
def server(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which the settings name."""
    monkeypatch.setenv("NEWSRAG_LIBRARY_STORE", postgres)
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    monkeypatch.setenv("NEWSRAG_QUEUE_ARTICLES", "2")
    return postgres


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Three articles, and a line that is none."""
    file = tmp_path / "articles.jsonl"
    rows = [{"id": f"a{n}", "title": f"Story {n}", "text": f"The {n} dockers went home."} for n in range(3)]
    file.write_text("\n".join([*map(json.dumps, rows), "{"]))
    return file


def test_articles_go_through_the_queue_and_a_job_that_fails_is_looked_after(
    server: str, articles: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["ingest", "--queue", "--no-wait", str(articles)]) == 3
    out, said = capfd.readouterr()
    assert out == "3 articles submitted in 2 jobs, 1 rejected\n"
    assert "rejected " in said
    assert "line 4" in said

    assert run(["worker", "status"]) == 0
    assert capfd.readouterr().out.splitlines()[:2] == ["workers  0", "jobs     2 wait, 0 under way, 0 failed"]

    with Queue(server) as queue, queue.pool.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET args = args || '{\"version\": 99}' WHERE id = 1")
    assert run(["worker", "--once", "--json"]) == 0
    out, said = capfd.readouterr()
    done = {told["job"]: told for told in map(json.loads, out.splitlines())}
    assert (done[2]["added"], done[1]["added"], done[1]["is_final"]) == (1, 0, True)
    assert "1 added, 0 updated, 0 unchanged, 0 rejected; what was printed is stored" in said

    assert run(["worker", "failed"]) == 0
    line = capfd.readouterr().out
    assert "2 articles from" in line
    assert "tried 1 times: its payload is of version 99" in line
    with Queue(server) as queue, queue.pool.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET args = args || '{\"version\": 1}' WHERE id = 1")
    articles.write_text(articles.read_text().replace("The 0 dockers", "The ten dockers"))
    assert run(["ingest", "--queue", "--no-wait", str(articles)]) == 3
    assert run(["worker", "--once"]) == 0
    assert run(["worker", "failed", "retry", "1"]) == 0
    assert run(["worker", "--once"]) == 0
    assert run(["worker", "failed"]) == 0
    out, said = capfd.readouterr()
    assert re.search(r"job 1: 2 articles in [\d.]+ s, 1 left alone for a later reading", out)
    assert "no job failed" in said
    assert run(["library", "show", "a0"]) == 0
    assert "The ten dockers" in capfd.readouterr().out
    assert run(["library", "list", "--json"]) == 0
    assert sorted(json.loads(capfd.readouterr().out), key=str)


def test_failed_jobs_are_named_or_all_are(server: str, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001
    for arguments in (["retry"], ["drop", "1", "--all"]):
        assert run(["worker", "failed", *arguments]) == 2
        assert "name jobs or all" in capfd.readouterr().err
    assert run(["worker", "failed", "drop", "7"]) == 3
    assert "no failed job 7; `rag worker failed` lists them" in capfd.readouterr().err
    assert run(["worker", "failed", "drop", "--all"]) == 0


def test_a_queue_needs_a_server(articles: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["ingest", "--queue", str(articles)]) == 2
    assert "library.store names none" in capfd.readouterr().err
    assert run(["worker"]) == 2
    assert run(["ingest", "--queue", "--ray", "2", str(articles)]) == 2
    assert "leave out one of the two" in capfd.readouterr().err

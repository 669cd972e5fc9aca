"""Workers that are killed and told to end, and a server that goes down, while an archive is taken in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from rag.queue.jobs import Queue
from rag.store.contract import Store
from rag.store.library import Library
from rag.store.postgres.library import PostgresLibrary
from rag.store.record import Record
from rag.testing import HashEmbedder
from tests.pgserver import Server, running

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

T = TypeVar("T")

N_ARTICLES = 80
N_JOBS = 20
STALLED_S = 6.0
WAITING = 6


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of our own that writes as a real one does, since it is killed."""
    with running(durable=True) as server:
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Long articles, so that a job takes a moment."""
    file = tmp_path / "archive.jsonl"
    with file.open("w") as lines:
        for n in range(N_ARTICLES):
            text = "\n\n".join(
                f"Story {n} on pier {n * k}: " + f"dockers of shift {k} unloaded {n + k} ships. " * 60 for k in range(8)
            )
            lines.write(json.dumps({"id": f"story-{n:04}", "title": f"Story {n}", "text": text, "date": "2025-03-03"}) + "\n")
    return file


class Commands:
    """`rag` in processes of its own, all of which are gone at the end."""

    def __init__(self, server: Server) -> None:
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "NEWSRAG_EMBED_MODEL": "hash",
            "NEWSRAG_LIBRARY_STORE": server.address(),
            "NEWSRAG_QUEUE_ARTICLES": "4",
            "NEWSRAG_QUEUE_WAITING": str(WAITING),
            "NEWSRAG_QUEUE_STALLED_S": str(STALLED_S),
            "NEWSRAG_QUEUE_BACKOFF_S": "0.2",
        }
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        process = subprocess.Popen(
            [sys.executable, "-c", "from rag.cli import main; main()", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            with suppress(ProcessLookupError):
                process.kill()
            process.communicate()


@pytest.fixture
def commands(server: Server) -> Iterator[Commands]:
    commands = Commands(server)
    yield commands
    commands.end()


def until(ask: Callable[[], T], what: str, *, seconds: float = 200) -> T:
    """Return what is true at last."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"waited too long until {what}"
        time.sleep(0.1)
    return found


def ask(server: Server, sql: str) -> set[int]:
    """Return the numbers that a query finds."""
    with psycopg.connect(server.address()) as connection:
        return {number for (number,) in connection.execute(sql.encode())}


def workers(server: Server) -> set[int]:
    return ask(server, "SELECT id FROM newsrag.procrastinate_workers")


def doing(server: Server, worker: int) -> set[int]:
    """Return the jobs that a worker has in hand."""
    return ask(server, f"SELECT id FROM newsrag.procrastinate_jobs WHERE status = 'doing' AND worker_id = {worker}")


def contents(store: Store) -> list[Record]:
    """Return all that a store keeps of all articles, but for when they were read."""
    return [replace(record, article=replace(record.article, fetched_at=None)) for record in store.records(store.article_ids())]


def test_an_archive_is_stored_once_though_a_worker_and_the_server_are_killed(
    server: Server, commands: Commands, archive: Path, tmp_path: Path
) -> None:
    with Queue(server.address()) as queue:
        ingest = commands.start("ingest", "--queue", "--json", str(archive))
        until(lambda: queue.counts(stalled_s=STALLED_S).waiting == WAITING, "no more jobs may wait")
        victim = commands.start("worker", "--concurrency", "1")
        (number,) = until(lambda: workers(server), "a worker is there")
        survivor = commands.start("worker", "--concurrency", "1")
        until(lambda: len(workers(server)) == 2, "two are there")
        until(lambda: doing(server, number), "the first has a job in hand")
        victim.kill()
        victim.wait()
        (job,) = doing(server, number)
        assert queue.counts(stalled_s=STALLED_S).waiting <= WAITING, "the submitter is held back"

        server.kill()
        time.sleep(1)
        server.start()
        replacement = commands.start("worker", "--concurrency", "2")
        out, said = ingest.communicate(timeout=300)

    assert ingest.returncode == 0, said
    told = json.loads(out)
    assert told["submitted"] == N_ARTICLES
    assert told["jobs"] == {"submitted": N_JOBS, "waiting": 0, "doing": 0, "done": N_JOBS, "failed": 0}
    assert told["added"] + told["unchanged"] == N_ARTICLES
    for worker in (survivor, replacement):
        worker.terminate()
        assert worker.wait(60) == 0, worker.communicate()
    printed = "".join(worker.communicate()[0] for worker in (survivor, replacement))
    assert f"job {job}:" in printed, "another worker took it up"

    plain = {**commands.environment, "NEWSRAG_LIBRARY_STORE": ""}
    folder = tmp_path / "plain"
    subprocess.run(
        [sys.executable, "-c", "from rag.cli import main; main()", "ingest", "--library", str(folder), str(archive)],
        env=plain,
        check=True,
        capture_output=True,
    )
    name = HashEmbedder.name
    with PostgresLibrary.open(server.address(), model=name) as ours, Library.open(folder, model=name) as theirs:
        assert ours.count() == theirs.count() == N_ARTICLES
        assert contents(ours) == contents(theirs)
        assert not any(record.versions for record in contents(ours)), "nothing was stored twice"
        hashes = [key for record in contents(ours) for key in record.text_hashes]
        vectors, expected = ours.vectors_of(hashes), theirs.vectors_of(hashes)
        assert vectors.keys() == expected.keys()
        assert all(vectors[key].tobytes() == expected[key].tobytes() for key in vectors)


def test_a_worker_that_is_told_to_end_finishes_what_it_has(server: Server, commands: Commands, archive: Path) -> None:
    commands.environment["NEWSRAG_QUEUE_WAITING"] = "100"
    submitted = commands.start("ingest", "--queue", "--no-wait", str(archive))
    assert submitted.communicate()[0] == f"{N_ARTICLES} articles submitted in {N_JOBS} jobs, 0 rejected\n"
    with Queue(server.address()) as queue:
        worker = commands.start("worker", "--concurrency", "2")
        (number,) = until(lambda: workers(server), "it is there")
        until(lambda: len(doing(server, number)) == 2 and queue.counts(stalled_s=STALLED_S).done, "it is at it")
        worker.terminate()
        _out, said = worker.communicate(timeout=60)
        counts = queue.counts(stalled_s=STALLED_S)
    assert worker.returncode == 0
    assert "stopping once the jobs in hand are done" in said
    assert (counts.doing, counts.failed, counts.workers) == (0, 0, 0)
    assert counts.waiting + counts.done == N_JOBS
    assert counts.waiting > 0

"""An older reading of an article, whenever its job is done, never takes the place of a newer one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from threading import Thread

import pytest

from rag.config import Config
from rag.errors import ModelError
from rag.ingest.pipeline import ingest
from rag.queue.jobs import Queue
from rag.queue.submit import Submission
from rag.store.contract import Store
from rag.testing import HashEmbedder
from rag.types import Action, Article
from tests.conftest import NOW, make_article
from tests.queue.conftest import Work
from tests.queue.jobs import Failing, submitted


def reading(text: str, *, id: str = "a", origin: str = "/in/a.txt", at: datetime | None = NOW) -> Article:
    return make_article(text, id=id, origin=origin, fetched_at=at)


def dead_letter(queue: Queue, settings: Config, work: Work, *articles: Article) -> Submission:
    """Return the submission of articles whose job failed for good."""
    submission = submitted(queue, settings, articles)
    work(Failing(ModelError("the model is damaged"), times=1))
    assert len(queue.failed()) == 1
    return submission


def retried(queue: Queue, work: Work) -> list[tuple[Action, bool]]:
    """Try the dead letter again, and return what became of its articles, and whether each says that it came too late."""
    assert queue.retry() == 1
    (report,) = work()
    assert queue.failed() == []
    return [(item.action, "later reading" in item.reason) for item in report.items]


LATE = [(Action.UNCHANGED, True)]


def test_a_dead_letter_that_is_retried_brings_no_older_text_of_its_own_submission_back(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    submission = dead_letter(queue, settings, work, reading("It opened on Monday."))
    submission.add(reading("It opened on Tuesday."))
    submission.flush()
    work()
    assert server_store.article("a").text == "It opened on Tuesday."

    assert retried(queue, work) == LATE
    assert server_store.article("a").text == "It opened on Tuesday."
    assert server_store.versions("a") == []
    counts = submission.wait()
    assert (counts.added, counts.unchanged, counts.superseded, counts.failed) == (1, 1, 1, 0)
    assert [(item.article_id, item.origin) for item in queue.superseded(submission.run)] == [("a", "/in/a.txt")]


def test_nor_does_it_where_the_text_is_the_id(queue: Queue, settings: Config, work: Work, server_store: Store) -> None:
    """A file without an address has an id of its text: only its origin says that two readings are of one article."""
    dead_letter(queue, settings, work, reading("It opened on Monday.", id="c-1"))
    submitted(queue, settings, [reading("It opened on Tuesday.", id="c-2", at=NOW + timedelta(hours=1))])
    work()
    assert retried(queue, work) == LATE
    assert server_store.article_ids() == ["c-2"]


def test_nor_where_that_text_stands_elsewhere(queue: Queue, settings: Config, work: Work, server_store: Store) -> None:
    """Storing nothing, it would still point the origin back at the older text."""
    dead_letter(queue, settings, work, reading("It opened on Monday.", id="c-1"))
    newer = reading("It opened on Tuesday.", id="c-2", at=NOW + timedelta(hours=1))
    submitted(queue, settings, [reading("It opened on Monday.", id="c-1", origin="/in/copy.txt"), newer])
    work()
    assert retried(queue, work) == LATE
    assert server_store.article_ids() == ["c-1", "c-2"]
    assert server_store.article("c-2").origin == "/in/a.txt"


def test_nor_where_the_newer_reading_found_what_was_stored_already(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    first = reading("It opened on Monday.")
    submitted(queue, settings, [first])
    work()
    dead_letter(queue, settings, work, reading("It opened on Tuesday.", at=NOW + timedelta(hours=1)))
    submitted(queue, settings, [replace(first, fetched_at=NOW + timedelta(hours=2))])
    work()
    assert retried(queue, work) == LATE
    assert server_store.article("a").text == "It opened on Monday."


def test_nor_where_the_newer_reading_came_by_another_way(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    dead_letter(queue, settings, work, reading("It opened on Monday.", id="c-1"))
    newer = reading("It opened on Tuesday.", id="c-2", at=NOW + timedelta(hours=1))
    list(ingest([newer], server_store, HashEmbedder(), tokens=100))
    assert retried(queue, work) == LATE
    assert server_store.article_ids() == ["c-2"]


def test_of_readings_at_times_unknown_the_last_submitted_stays(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    dead_letter(queue, settings, work, reading("It opened on Monday.", at=None))
    submitted(queue, settings, [reading("It opened on Tuesday.", at=None)])
    work()
    assert retried(queue, work) == LATE
    assert server_store.article("a").text == "It opened on Tuesday."


def test_a_dead_letter_is_stored_where_nothing_newer_was(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    submitted(queue, settings, [reading("It opened on Monday.")])
    work()
    submission = dead_letter(queue, settings, work, reading("It opened on Tuesday.", at=NOW + timedelta(hours=1)))
    assert retried(queue, work) == [(Action.UPDATED, False)]
    assert server_store.article("a").text == "It opened on Tuesday."
    assert submission.wait().superseded == 0


def test_two_readings_in_a_job_that_is_done_twice_leave_one_earlier_version(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    submission = submitted(queue, settings, [reading("It opened on Monday."), reading("It opened on Tuesday.")])
    with queue.pool.connection() as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM procrastinate_jobs")
        work()
        connection.execute("INSERT INTO procrastinate_jobs SELECT * FROM kept; DROP TABLE kept")
        connection.commit()
    (report,) = work()
    assert [item.action for item in report.items] == [Action.UNCHANGED] * 2
    assert server_store.article("a").text == "It opened on Tuesday."
    assert [version.text for version in server_store.versions("a")] == ["It opened on Monday."]
    assert submission.wait().updated == 1, "what was told first stays"


@pytest.mark.usefixtures("server_store")
def test_what_was_read_is_remembered_as_long_as_an_older_job_may_come(queue: Queue, settings: Config, work: Work) -> None:
    def remembered() -> int:
        return int(queue.pool.rows("SELECT count(*) FROM ingest_readings")[0][0])

    dead_letter(queue, settings, work, reading("It opened on Monday."))
    submitted(queue, settings, [reading("It opened on Tuesday."), reading("Snow fell.", id="b", origin="/in/b.txt")])
    work()
    queue.take_back(stalled_s=5, attempts=3)
    assert remembered() == 4
    assert retried(queue, work) == LATE
    queue.take_back(stalled_s=5, attempts=3)
    assert remembered() == 0


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_many_workers_do_them_the_last_reading_stays(
    queue: Queue, work: Work, server_store: Store, seed: int
) -> None:
    random = Random(seed)
    last: dict[str, str] = {}
    for n in range(18):
        name = random.choice("abc")
        last[name] = f"Reading {n} of {name}."
        queue.submit([reading(last[name], id=name, origin=f"/in/{name}.txt")], run=f"r{seed}", number=n, most_waiting=99)
    with queue.pool.connection() as connection:  # workers take those of a higher priority first
        connection.execute("SELECT setseed(%s)", [seed / 10])
        connection.execute("UPDATE procrastinate_jobs SET priority = (random() * 100)::integer")
    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: server_store.article(name).text for name in last} == last
    counts = queue.counts(stalled_s=5, run=f"r{seed}")
    assert (counts.done, counts.articles) == (18, 18)
    assert counts.superseded > 0

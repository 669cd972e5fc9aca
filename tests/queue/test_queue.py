"""Jobs: submitted, done once whatever happens, tried again or given up, and never more than may wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from rag.config import Config
from rag.errors import InputError, ModelError, TransientError
from rag.queue.jobs import Queue
from rag.store.contract import Store
from rag.types import Action, Article
from tests.conftest import NOW, make_article
from tests.queue.conftest import Work
from tests.queue.jobs import Failing, submitted


def test_what_was_submitted_is_stored_and_told(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    empty = make_article(" ", id="empty", origin="/in/empty.txt")
    submission = submitted(queue, settings, [*harbour, empty])
    counts = submission.counts()
    assert (submission.n_jobs, counts.waiting, counts.open, counts.done, counts.workers) == (2, 2, 2, 0, 0)

    reports = work()

    assert sorted(len(report.items) for report in reports) == [2, 2]
    assert server_store.article_ids() == ["strike", "union", "weather"]
    assert server_store.article("strike").text == harbour[0].text
    counts = submission.wait()
    assert (counts.done, counts.articles, counts.added, counts.rejected, counts.open, counts.failed) == (2, 4, 3, 1, 0, 0)
    assert [(item.origin, item.reason) for item in submission.rejections()] == [("/in/empty.txt", "no words in it")]
    assert list(submission.rejections()) == []


def test_a_job_done_twice_stores_nothing_twice(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    submission = submitted(queue, settings, harbour[:2])
    job = next(iter(queue.open_jobs(submission.run)))
    with queue.pool.connection() as connection:  # as a worker leaves it that dies after it stored and before it said so
        kept = connection.execute("SELECT args FROM procrastinate_jobs").fetchone()
    work()
    with queue.pool.connection() as connection:
        from psycopg.types.json import Jsonb

        connection.execute(
            "INSERT INTO procrastinate_jobs (id, queue_name, task_name, args) VALUES (%s, 'default', 'newsrag.ingest', %s)",
            [job, Jsonb(kept[0]) if kept else None],
        )
    again = work()

    assert [item.action for item in again[0].items] == [Action.UNCHANGED, Action.UNCHANGED]
    assert server_store.count() == 2
    assert server_store.versions("strike") == []
    assert submission.wait().added == 2, "what was told first stays"


def test_the_job_of_a_worker_that_died_is_taken_up_again(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    submitted(queue, settings, harbour[:2])
    take = (
        "WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id) "
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = w.id FROM w"
    )
    with queue.pool.connection() as connection:
        connection.execute(take, [1])
    assert work() == [], "a worker that was heard of a second ago is at it"
    with queue.pool.connection() as connection:
        connection.execute(take, [60])
    assert len(work()) == 1
    assert server_store.count() == 2


def test_a_job_whose_workers_die_each_time_counts_as_failed(queue: Queue, settings: Config, harbour: list[Article]) -> None:
    submitted(queue, settings, harbour[:2])
    for _ in range(settings.queue.attempts):
        assert queue.failed() == []
        with queue.pool.connection() as connection:
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        assert queue.take_back(stalled_s=5, attempts=settings.queue.attempts) == 1
    assert [(each.about, each.reason) for each in queue.failed()] == [
        ("/in/strike.txt", "the worker that did it died again and again")
    ]


def test_a_transient_error_is_tried_again(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    submission = submitted(queue, settings, harbour[:2])
    embedder = Failing(TransientError("the model is busy"), times=2)
    reports = [*work(embedder), *work(embedder), *work(embedder)]
    assert [(report.reason, report.is_final) for report in reports[:2]] == [("the model is busy", False)] * 2
    assert server_store.count() == 2
    assert submission.wait().failed == 0


def test_a_transient_error_is_not_tried_again_for_ever(
    queue: Queue, settings: Config, work: Work, harbour: list[Article]
) -> None:
    submitted(queue, settings, harbour[:2])
    embedder = Failing(TransientError("the model is busy"), times=9)
    reports = [report for _ in range(4) for report in work(embedder)]
    assert [report.is_final for report in reports] == [False, False, True]
    assert [(each.attempts, each.reason) for each in queue.failed()] == [(3, "the model is busy")]


def test_what_fails_for_good_is_kept_with_its_reason_until_it_is_tried_again_or_dropped(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    submission = submitted(queue, settings, harbour)
    reports = work(Failing(ModelError("the model is damaged"), times=2))
    assert [report.is_final for report in reports] == [True, True]
    counts = submission.wait()
    assert (counts.failed, counts.done, counts.open) == (2, 0, 0)
    first, second = queue.failed()
    assert (first.reason, first.articles, second.about) == ("the model is damaged", 2, "/in/weather.txt")

    assert queue.drop([second.job]) == 1
    with pytest.raises(InputError, match=f"no failed job {second.job}"):
        queue.retry([first.job, second.job])
    assert [each.job for each in queue.failed()] == [first.job], "none was changed"
    assert queue.retry() == 1
    work()
    assert server_store.article_ids() == ["strike", "union"]
    assert (queue.failed(), submission.wait().done) == ([], 1)


def test_a_payload_of_a_newer_version_fails_and_says_so(
    queue: Queue, settings: Config, work: Work, harbour: list[Article]
) -> None:
    submitted(queue, settings, harbour[:2])
    with queue.pool.connection() as connection:
        connection.execute("""UPDATE procrastinate_jobs SET args = args || '{"version": 99}'""")
    work()
    assert "version 99, and this worker reads 1" in queue.failed()[0].reason


def test_an_article_that_the_store_cannot_keep_does_not_hold_up_its_job(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    submission = submitted(queue, settings, [harbour[0], make_article("A NUL \0 in it.", id="nul", origin="/in/nul.txt")])
    work()
    assert server_store.article_ids() == ["strike"]
    assert [item.origin for item in submission.rejections()] == ["/in/nul.txt"]


def test_no_more_jobs_wait_than_may(queue: Queue, settings: Config, work: Work, harbour: list[Article]) -> None:
    articles = [replace(harbour[2], id=f"a{n}", origin=f"/in/{n}.txt") for n in range(20)]
    for n in range(8):
        assert queue.submit(articles[n : n + 1], run="one", number=n, most_waiting=8) is not None
    assert queue.submit(articles[8:9], run="one", number=8, most_waiting=8) is None
    assert queue.submit(articles[7:8], run="one", number=7, most_waiting=8) is not None, (
        "known already, and not submitted twice"
    )
    assert queue.counts(stalled_s=5).waiting == 8

    submitting = Thread(target=submitted, args=(queue, settings, articles[8:]))
    submitting.start()
    submitting.join(0.7)
    assert submitting.is_alive()
    assert queue.counts(stalled_s=5).waiting == 8
    while submitting.is_alive():
        work()
        submitting.join(0.1)
    work()
    assert queue.counts(stalled_s=5).articles == 20


def test_of_two_readings_of_an_article_the_later_one_stays(
    queue: Queue, settings: Config, work: Work, server_store: Store
) -> None:
    old, new = (
        make_article(text, id="a", origin="/in/a.txt", fetched_at=NOW + timedelta(hours=hours))
        for hours, text in enumerate(["It opened on Monday.", "It opened on Tuesday."])
    )
    submitted(queue, settings, [new])
    work()
    submitted(queue, settings, [old])
    assert [item.action for item in work()[0].items] == [Action.UNCHANGED]
    assert server_store.article("a").text == new.text


def test_two_readings_in_one_submission_are_not_under_way_together(
    queue: Queue, settings: Config, work: Work, server_store: Store, harbour: list[Article]
) -> None:
    changed = replace(harbour[0], text="The strike is over.", content_hash="another")
    submitting = Thread(target=submitted, args=(queue, settings, [harbour[0], harbour[1], changed]))
    submitting.start()
    submitting.join(0.7)
    assert submitting.is_alive(), "the first reading is not stored yet"
    while submitting.is_alive():
        work()
        submitting.join(0.1)
    work()
    assert server_store.article("strike").text == "The strike is over."
    assert [version.text for version in server_store.versions("strike")] == [harbour[0].text]

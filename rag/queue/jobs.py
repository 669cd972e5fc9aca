"""The jobs: submitted, counted, and those that failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rag.errors import InputError
from rag.queue.readings import FORGET
from rag.queue.tables import TASK, make_tables
from rag.queue.wire import Payload, packed
from rag.store.postgres.pool import Pool
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from psycopg import Connection

_ROOM = 0x71756575  # the letters of `queu`: who submits holds this lock while it counts and adds

_KEEP_DAYS = 30
"""How long it is remembered what became of a job that is done."""

# A worker that is silent for longer than :stalled, or gone, does nothing any more.
_ABANDONED = """
j.status = 'doing' AND NOT EXISTS (
    SELECT 1 FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - %(stalled)s * interval '1 second'
)
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE o.done_at IS NULL AND j.status = 'todo'),
    count(*) FILTER (WHERE o.done_at IS NULL AND j.status = 'doing'),
    count(*) FILTER (WHERE o.done_at IS NOT NULL),
    count(*) FILTER (WHERE o.done_at IS NULL AND j.status = 'failed'),
    coalesce(sum(o.articles) FILTER (WHERE o.done_at IS NOT NULL), 0)::integer,
    coalesce(sum(o.added), 0)::integer, coalesce(sum(o.updated), 0)::integer,
    coalesce(sum(o.unchanged), 0)::integer, coalesce(sum(o.rejected), 0)::integer,
    coalesce(sum(jsonb_array_length(o.superseded)), 0)::integer,
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - %(stalled)s * interval '1 second')
FROM ingest_jobs o LEFT JOIN procrastinate_jobs j ON j.id = o.job
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How jobs stand, how many articles those that are done had, what became of these, and how many workers there are.

    Of the unchanged, `superseded` were left alone although they are other than what is stored: a later reading was there.
    """

    waiting: int
    doing: int
    done: int
    failed: int
    articles: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    superseded: int
    workers: int

    @property
    def open(self) -> int:
        """Jobs that are not at their end."""
        return self.waiting + self.doing


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that is not tried again by itself: a dead letter. `about` is where its first article was read."""

    job: int
    articles: int
    about: str
    attempts: int
    reason: str
    submitted_at: datetime


class Queue:
    """The jobs of one server. Safe to share between threads."""

    def __init__(self, address: str) -> None:
        """Use the server at an address; the tables are made when there are none.

        Raises:
            MissingExtraError: procrastinate is not installed.
            StoreError: the server cannot be reached, or lets the user make no tables.
        """
        self.pool = Pool(address)
        try:
            make_tables(self.pool)
        except BaseException:
            self.pool.close()
            raise

    def close(self) -> None:
        """Give the connections up; closing twice is harmless."""
        self.pool.close()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, articles: Sequence[Article], *, run: str, number: int, most_waiting: int) -> int | None:
        """Return the id of a new job once it is durable, None while so many wait that there is no room for another.

        Args:
            run: Whoever submits; `number` tells its jobs apart, and one of the same number is not submitted twice.
        """
        payload = packed(articles)

        def put(connection: Connection) -> int | None:
            connection.execute(b"SELECT pg_advisory_xact_lock(%s)", [_ROOM])
            known = connection.execute(b"SELECT job FROM ingest_jobs WHERE run = %s AND number = %s", [run, number]).fetchone()
            if known:
                return int(known[0])
            waiting = connection.execute(b"SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'").fetchone()
            if waiting and waiting[0] >= most_waiting:
                return None
            job = _deferred(connection, payload)
            connection.execute(
                b"INSERT INTO ingest_jobs (job, run, number, articles, about) VALUES (%s, %s, %s, %s, %s)",
                [job, run, number, len(articles), articles[0].origin or articles[0].id],
            )
            return job

        return self.pool.write(put)

    def counts(self, *, stalled_s: float, run: str = "") -> Counts:
        """Return how all jobs stand, or those of one run."""
        where = "WHERE o.run = %(run)s" if run else ""
        return Counts(*self.pool.rows(f"{_COUNTS} {where}", {"run": run, "stalled": stalled_s})[0])

    def open_jobs(self, run: str) -> set[int]:
        """Return the jobs of a run that are not at their end."""
        sql = (
            "SELECT o.job FROM ingest_jobs o JOIN procrastinate_jobs j ON j.id = o.job "
            "WHERE o.run = %s AND o.done_at IS NULL AND j.status IN ('todo', 'doing')"
        )
        return {job for (job,) in self.pool.rows(sql, [run])}

    def rejections(self, run: str, *, known: Collection[int]) -> dict[int, list[IngestItem]]:
        """Return the articles that workers rejected, by job, for the jobs of a run that are done and not known yet."""
        sql = (
            "SELECT job, rejections FROM ingest_jobs "
            "WHERE run = %s AND done_at IS NOT NULL AND rejected > 0 AND NOT job = ANY(%s) ORDER BY job"
        )
        return {
            job: [IngestItem(origin, Action.REJECTED, reason=reason) for origin, reason in items]
            for job, items in self.pool.rows(sql, [run, list(known)])
        }

    def superseded(self, run: str) -> list[IngestItem]:
        """Return the articles of a run's jobs that were left alone, since a later reading of them was there."""
        sql = "SELECT superseded FROM ingest_jobs WHERE run = %s AND superseded <> '[]' ORDER BY job"
        return [
            IngestItem(origin, Action.UNCHANGED, article_id, title, reason)
            for (items,) in self.pool.rows(sql, [run])
            for origin, article_id, title, reason in items
        ]

    def done(self, job: int, items: Sequence[IngestItem]) -> None:
        """Remember what became of a job's articles, all of which are stored. What was remembered first stays."""
        from psycopg.types.json import Jsonb

        n = {action: sum(item.action is action for item in items) for action in Action}
        rejections = [(item.origin, item.reason) for item in items if item.action is Action.REJECTED]
        left = [
            (item.origin, item.article_id, item.title, item.reason)
            for item in items
            if item.action is Action.UNCHANGED and item.reason
        ]
        self.pool.write(
            lambda connection: connection.execute(
                b"UPDATE ingest_jobs SET added = %s, updated = %s, unchanged = %s, rejected = %s, rejections = %s, "
                b"superseded = %s, reason = '', done_at = now() WHERE job = %s AND done_at IS NULL",
                [*(n[action] for action in Action), Jsonb(rejections), Jsonb(left), job],
            )
        )

    def note(self, job: int, reason: str) -> None:
        """Remember why a job was not done this time."""
        self.pool.write(
            lambda connection: connection.execute(b"UPDATE ingest_jobs SET reason = %s WHERE job = %s", [reason, job])
        )

    def take_back(self, *, stalled_s: float, attempts: int) -> int:
        """Let other workers take up the jobs of those that died, and return how many they were.

        One whose worker died so often that its attempts are used up counts as failed: it may be what kills them.
        """

        def move(connection: Connection) -> int:
            values = {"stalled": stalled_s, "attempts": attempts - 1}
            given_up = connection.execute(
                f"UPDATE procrastinate_jobs j SET status = 'failed', attempts = attempts + 1, worker_id = NULL "
                f"WHERE attempts >= %(attempts)s AND {_ABANDONED} RETURNING j.id".encode(),
                values,
            ).fetchall()
            connection.execute(
                b"UPDATE ingest_jobs SET reason = 'the worker that did it died again and again' || "
                b"CASE reason WHEN '' THEN '' ELSE '; before that: ' || reason END WHERE job = ANY(%s)",
                [[job for (job,) in given_up]],
            )
            taken = connection.execute(
                f"UPDATE procrastinate_jobs j SET status = 'todo', attempts = attempts + 1, worker_id = NULL, "
                f"scheduled_at = NULL WHERE {_ABANDONED}".encode(),
                values,
            )
            connection.execute(
                b"DELETE FROM ingest_jobs o WHERE done_at < now() - %s * interval '1 day'",
                [_KEEP_DAYS],
            )
            connection.execute(FORGET)
            return len(given_up) + taken.rowcount

        return self.pool.write(move)

    def forget_worker(self, worker: int) -> None:
        """Count a worker as dead, whenever it was heard of last."""
        self.pool.write(lambda connection: connection.execute(b"DELETE FROM procrastinate_workers WHERE id = %s", [worker]))

    def failed(self) -> list[Failed]:
        """Return the jobs that failed, the earliest first."""
        return [
            Failed(*row)
            for row in self.pool.rows(
                "SELECT o.job, o.articles, o.about, j.attempts, o.reason, o.submitted_at FROM ingest_jobs o "
                "JOIN procrastinate_jobs j ON j.id = o.job WHERE j.status = 'failed' ORDER BY o.job"
            )
        ]

    def retry(self, jobs: Collection[int] | None = None) -> int:
        """Let failed jobs be tried again as if they were new, all where none is named, and return how many they are.

        Raises:
            InputError: one is no failed job; then none is changed.
        """
        return self._change(
            "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, worker_id = NULL, scheduled_at = NULL "
            "WHERE status = 'failed' AND id = ANY(%s) RETURNING id",
            jobs,
        )

    def drop(self, jobs: Collection[int] | None = None) -> int:
        """Forget failed jobs with their articles, all where none is named, and return how many they were.

        Raises:
            InputError: one is no failed job; then none is dropped.
        """
        return self._change(
            "WITH gone AS (DELETE FROM procrastinate_jobs WHERE status = 'failed' AND id = ANY(%s) RETURNING id) "
            "DELETE FROM ingest_jobs USING gone WHERE job = gone.id RETURNING job",
            jobs,
        )

    def _change(self, sql: str, jobs: Collection[int] | None) -> int:
        def change(connection: Connection) -> int:
            if jobs is None:
                rows = connection.execute(b"SELECT id FROM procrastinate_jobs WHERE status = 'failed' FOR UPDATE").fetchall()
                wanted = {job for (job,) in rows}
            else:
                wanted = set(jobs)
            changed = {job for (job,) in connection.execute(sql.encode(), [list(wanted)]).fetchall()}
            if missing := sorted(wanted - changed):
                raise InputError(f"no failed job {', '.join(map(str, missing))}; `rag worker failed` lists them")
            return len(changed)

        return self.pool.write(change)


def _deferred(connection: Connection, payload: Payload) -> int:
    """Return the id of a new job, which is there when the caller's transaction is."""
    from procrastinate import App, SyncPsycopgConnector

    app = App(connector=SyncPsycopgConnector())
    return app.configure_task(TASK, connection=connection).defer(version=payload["version"], articles=payload["articles"])

"""The process that takes jobs: it outlives the server's restarts, and ends on a signal once what it has is done."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import uniform
from typing import TYPE_CHECKING, Any

from rag.config import Config, QueueConfig
from rag.errors import LockedError, NewsRagError, StoreError
from rag.ports import Embedder
from rag.queue.jobs import Queue
from rag.queue.tables import TASK
from rag.queue.wire import unpacked
from rag.queue.work import is_transient, store_articles
from rag.store.contract import Store
from rag.store.postgres.faults import LostError
from rag.store.postgres.pool import SCHEMA
from rag.telemetry import OFF, Telemetry
from rag.types import IngestItem

if TYPE_CHECKING:
    from procrastinate import App, JobContext, RetryDecision
    from procrastinate.jobs import Job
    from procrastinate.worker import Worker as Procrastinate

_POLL_S = 2.0
"""How often a worker looks for jobs that came without notice, such as those that are tried again."""

_LONGEST_WAIT_S = 300.0
"""Longest wait before a job is tried again."""

_AWAY_S = (0.5, 15.0)
"""Shortest and longest wait before a server that is away is tried again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one try of a job: its articles, or why they were not stored, and whether it is tried again."""

    job: int
    seconds: float
    items: tuple[IngestItem, ...] = ()
    reason: str = ""
    is_final: bool = True


class Worker:
    """Takes jobs from a queue, one after the other in each of several threads, and stores their articles."""

    def __init__(
        self,
        settings: Config,
        queue: Queue,
        store: Store,
        embedder: Embedder,
        *,
        report: Callable[[Report], None],
        say: Callable[[str], None] = lambda _message: None,
        telemetry: Telemetry = OFF,
    ) -> None:
        """Prepare to work.

        Args:
            report: Called after each try of a job, from its thread.
            say: Called with what else a person should know.
            telemetry: Takes a span for each batch that is stored.
        """
        self._settings = settings
        self._limits: QueueConfig = settings.queue
        self._queue = queue
        self._store = store
        self._embedder = embedder
        self._report = report
        self._say = say
        self._telemetry = telemetry
        self._left: int | None = None  # what the server knew us as before it went away

    def run(self, *, once: bool = False) -> None:
        """Work until SIGTERM or Ctrl-C, then finish the jobs in hand; a second signal ends at once, and others redo them.

        Args:
            once: End also when no job waits.
        """
        asyncio.run(self._serve(once=once))

    async def _serve(self, *, once: bool) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._limits.concurrency + 1))
        loop.set_exception_handler(_without_lost_ends)
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(RuntimeError, ValueError):  # only the main thread of a process is told of signals
                loop.add_signal_handler(number, self._told_to_stop, stop)
        wait_s = _AWAY_S[0]
        while not stop.is_set():
            began = time.monotonic()
            try:
                await self._until_lost(stop, once=once)
                if once:
                    return
            except Exception as error:
                if not _is_lost(error):
                    raise
            if stop.is_set():
                return
            if time.monotonic() - began > _AWAY_S[1]:
                wait_s = _AWAY_S[0]
            self._say(f"lost the server {self._queue.pool.location!r}; trying again in {wait_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait_s)
            wait_s = min(wait_s * 2, _AWAY_S[1])

    async def _until_lost(self, stop: asyncio.Event, *, once: bool) -> None:
        """Work until told to stop, until no job waits, or until the server goes away."""
        from procrastinate.worker import Worker as Procrastinate

        if self._left is not None:  # nobody need wait until our silence is long enough
            await asyncio.to_thread(self._queue.forget_worker, self._left)
            self._left = None
        await asyncio.to_thread(self._take_back)
        app = self._app()
        async with app.open_async():
            worker = Procrastinate(
                app,
                concurrency=self._limits.concurrency,
                wait=not once,
                fetch_job_polling_interval=_POLL_S,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=self._limits.stalled_s / 4,
                stalled_worker_timeout=self._limits.stalled_s,
            )
            beside = [asyncio.create_task(each) for each in (self._stop_on(stop, worker), self._watch(app, worker))]
            try:
                await worker.run()  # type: ignore[no-untyped-call]
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
                self._left = worker.worker_id

    async def _stop_on(self, stop: asyncio.Event, worker: Procrastinate) -> None:
        await stop.wait()
        worker.stop()  # type: ignore[no-untyped-call]

    async def _watch(self, app: App, worker: Procrastinate) -> None:
        """Say now and then that we live, and take up what workers that died had in hand."""
        from procrastinate.exceptions import ConnectorException

        while True:
            await asyncio.sleep(self._limits.stalled_s / 4)
            with suppress(StoreError, ConnectorException):  # the worker itself notices that the server went away
                if worker.worker_id is not None:  # it says so itself, but no more once it was told to stop
                    await app.job_manager.update_heartbeat(worker.worker_id)
                await asyncio.to_thread(self._take_back)

    def _take_back(self) -> None:
        n_jobs = self._queue.take_back(stalled_s=self._limits.stalled_s, attempts=self._limits.attempts)
        if n_jobs:
            self._say(f"jobs of workers that died: {n_jobs}; they wait again, or count as failed after too many tries")

    def _told_to_stop(self, stop: asyncio.Event) -> None:
        if stop.is_set():
            os._exit(130)  # the threads cannot be interrupted, and nothing is lost: others take the jobs up
        self._say("stopping once the jobs in hand are done; a second Ctrl-C stops at once")
        stop.set()

    def _do(self, context: JobContext, version: int, articles: str) -> None:
        """Do a job, or raise why not, which procrastinate then holds against `_retry`."""
        job = context.job.id or 0
        began = time.monotonic()
        try:
            items = store_articles(
                unpacked(version, articles),
                self._store,
                self._embedder,
                pool=self._queue.pool,
                job=job,
                tokens=self._settings.chunk.tokens,
                telemetry=self._telemetry,
            )
            self._queue.done(job, items)
        except Exception as error:
            reason = str(error) if isinstance(error, NewsRagError) else f"{type(error).__name__}: {error}"
            is_final = not is_transient(error) or context.job.attempts + 1 >= self._limits.attempts
            with suppress(StoreError):
                self._queue.note(job, reason)
            self._report(Report(job, time.monotonic() - began, reason=reason, is_final=is_final))
            raise
        self._report(Report(job, time.monotonic() - began, tuple(items)))

    def _retry(self, error: BaseException, job: Job) -> RetryDecision | None:
        """Return when a job is tried again, None where that is of no use."""
        from procrastinate import RetryDecision, utils

        if not is_transient(error) or job.attempts + 1 >= self._limits.attempts:
            return None
        wait_s = min(self._limits.backoff_s * 2**job.attempts, _LONGEST_WAIT_S)
        # Not all at once: what failed together, since a server was busy, would make it busy again.
        return RetryDecision(retry_at=utils.utcnow() + timedelta(seconds=wait_s * uniform(0.75, 1.25)))

    def _app(self) -> App:
        """Return procrastinate's own object, for one stretch of work."""
        from procrastinate import App, BaseRetryStrategy, PsycopgConnector

        worker = self

        class Retry(BaseRetryStrategy):
            def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
                return worker._retry(exception, job)

        app = App(
            connector=PsycopgConnector(
                conninfo=self._settings.library.store,
                kwargs=_arguments(self._settings.library.store),
                configure=_configure,
                min_size=1,
                max_size=self._limits.concurrency + 3,
                timeout=10,
                reconnect_timeout=1,
            )
        )
        app.task(name=TASK, pass_context=True, retry=Retry())(self._do)
        return app


def _arguments(address: str) -> dict[str, Any]:
    """Return what a connection is made with where the address does not say; of several hosts, one that takes writes."""
    from psycopg.conninfo import conninfo_to_dict

    arguments = {"application_name": "newsrag worker", "connect_timeout": 5, "target_session_attrs": "read-write"}
    said = conninfo_to_dict(address)
    return {name: value for name, value in arguments.items() if name not in said}


async def _configure(connection: Any) -> None:
    """Make a new connection see our schema before others."""
    await connection.execute("SELECT set_config('search_path', %s || ', ' || current_setting('search_path'), false)", [SCHEMA])
    await connection.commit()


def _is_lost(error: BaseException) -> bool:
    """Whether an error comes of a server that went away, or that was without us for so long that it forgot us."""
    import psycopg
    from procrastinate.exceptions import ConnectorException

    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    return isinstance(
        cause, psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ForeignKeyViolation | LostError | LockedError
    )


def _without_lost_ends(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Leave out of the log that the server could not be told of a job's end, or had given the job to others: it is redone."""
    from procrastinate.exceptions import ConnectorException

    if not isinstance(context.get("exception"), ConnectorException):
        loop.default_exception_handler(context)

"""Many workers: files are parsed on all cores, and the articles come in the order of the files."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Self

from rag.config import IngestConfig
from rag.ingest.recall import Item, Records
from rag.ingest.sandbox.process import CancelledError, DiedError, Worker
from rag.ingest.sandbox.wire import Task
from rag.ingest.walk import Rejected, why

_AHEAD = 8
"""Files that are begun ahead of the one whose articles are due, for each worker."""

_WAITING = 128
"""Articles of one file that wait to be taken before its worker is made to wait: it keeps the memory flat."""

_MOST_DEATHS = 5
"""Workers that one file may cost. An archive full of bombs is not read to its end."""

_FILES_A_WORKER = 5000
"""Files after which a worker is replaced: whatever a parser leaks is given back."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file for a worker: what to read, how to open it, and what answers a task that asks."""

    task: Task
    open: Callable[[], BinaryIO]
    records: Records | None = None


class Sandbox:
    """Workers that are started when needed, kept for the next file, and ended by `close`; any thread may use it."""

    def __init__(self, limits: IngestConfig | None = None) -> None:
        """Prepare; no process is started yet. `limits` holds for every file."""
        self.limits = limits or IngestConfig()
        self.n_workers = self.limits.workers or os.cpu_count() or 1
        self._slots = threading.BoundedSemaphore(self.n_workers)
        self._idle: list[tuple[Worker, int]] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; one that is at work ends with its file."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for worker, _ in idle:
            worker.close()

    def read(self, job: Job, cancelled: threading.Event | None = None, *, is_awaited: bool = False) -> Iterator[Item]:
        """Yield what a file gives; what costs its worker is rejected, and the parts after it are read by the next.

        Args:
            is_awaited: Whoever takes what `read_all` gives asks for it: a free place is not waited for, since those that have
                one may wait for this.

        Raises:
            CancelledError: `cancelled` was set.
        """
        try:
            handle = job.open()
        except (OSError, ValueError) as error:
            yield Rejected(job.task.origin, why(error))
            return
        with handle, nullcontext() if is_awaited else self._slots:
            skip = 0
            for _ in range(_MOST_DEATHS):
                at = ""
                worker, n_files = self._take()
                is_alive = False
                try:
                    for said in worker.read(replace(job.task, skip=skip), handle, cancelled or threading.Event(), job.records):
                        if isinstance(said, str):
                            at, skip = said, skip + 1
                        else:
                            yield said
                    is_alive = True
                    return
                except DiedError as death:
                    piece = f"lines from {job.task.first:,} on: " if job.task.stop else ""
                    yield Rejected(f"{job.task.origin}#{at}" if at else job.task.origin, f"{piece}{death}")
                    if not at:
                        return
                finally:
                    self._give(worker, n_files + 1, is_alive=is_alive)
            yield Rejected(job.task.origin, f"{_MOST_DEATHS} of its parts could not be parsed; the rest was not read")

    def read_all(self, jobs: Iterator[Job | Iterator[Item]]) -> Iterator[Item]:
        """Yield what all files give, in their order; an iterator among them stands for a file that this process reads.

        Files are opened ahead of their turn only while a worker is at one before them.
        """
        cancelled = threading.Event()
        pending: deque[_Running | Iterator[Item]] = deque()
        with ThreadPoolExecutor(self.n_workers, thread_name_prefix="reader") as threads:
            try:
                for job in jobs:
                    pending.append(_Running.start(self, job, threads, cancelled) if isinstance(job, Job) else job)
                    while pending and (not isinstance(pending[0], _Running) or len(pending) > _AHEAD * self.n_workers):
                        yield from pending.popleft()
                while pending:
                    yield from pending.popleft()
            finally:
                cancelled.set()
                threads.shutdown(wait=True, cancel_futures=True)

    def _take(self) -> tuple[Worker, int]:
        """Return a worker, and how many files it has read."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Worker(memory_mb=self.limits.memory_mb), 0

    def _give(self, worker: Worker, n_files: int, *, is_alive: bool) -> None:
        """Keep a worker for the next file, or end it."""
        with self._lock:
            if is_alive and not self._is_closed and n_files < _FILES_A_WORKER:
                self._idle.append((worker, n_files))
                return
        worker.close()


@dataclass(slots=True)
class _Running:
    """A file that a thread is having read; iterating gives its items and waits for them."""

    cancelled: threading.Event
    items: queue.Queue[Item | None] = field(default_factory=lambda: queue.Queue(_WAITING))
    future: Future[None] | None = None

    @classmethod
    def start(cls, sandbox: Sandbox, job: Job, threads: ThreadPoolExecutor, cancelled: threading.Event) -> Self:
        """Begin to read a file."""
        running = cls(cancelled)
        running.future = threads.submit(running._run, sandbox, job)
        return running

    def __iter__(self) -> Iterator[Item]:
        while (item := self.items.get()) is not None:
            yield item
        if self.future is not None:
            self.future.result()

    def _run(self, sandbox: Sandbox, job: Job) -> None:
        try:
            for item in sandbox.read(job, self.cancelled):
                self._put(item)
        except CancelledError:
            return
        finally:
            self._put(None)

    def _put(self, item: Item | None) -> None:
        while not self.cancelled.is_set():
            try:
                self.items.put(item, timeout=0.2)
                return
            except queue.Full:
                continue

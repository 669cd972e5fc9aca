"""Articles into jobs: submitted as fast as there is room, and watched until the workers have done them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar
from uuid import uuid4

from rag.config import QueueConfig
from rag.queue.jobs import Counts, Queue
from rag.store.postgres.faults import LostError
from rag.types import Article, IngestItem

T = TypeVar("T")

_LOOK_S = 0.5
"""How often it is looked how the jobs stand."""

_MOST_CHARS = 1_000_000
"""Characters of text from which on a job is full, however few its articles."""

_PATIENCE_S = 300.0
"""How long a server that went away is waited for."""

Watching = Callable[[int, int, Counts], None]
"""Called as `watching(jobs, articles, counts)` with what was submitted so far and how it stands."""


class Submission:
    """The jobs of one submitter. Not to be shared between threads."""

    def __init__(
        self, queue: Queue, limits: QueueConfig, *, watching: Watching = lambda _jobs, _articles, _counts: None
    ) -> None:
        """Begin; nothing is submitted yet."""
        self.run = uuid4().hex
        self.n_jobs = 0
        self.n_articles = 0
        self._queue = queue
        self._limits = limits
        self._watching = watching
        self._batch: list[Article] = []
        self._n_chars = 0
        self._looked = 0.0
        self._told: set[int] = set()
        self._open: dict[str, tuple[int, str]] = {}  # id or origin -> job that has it, not known to be done, and the content

    def add(self, article: Article) -> list[Article]:
        """Take an article, and return those that cannot get lost any more: their job is submitted."""
        durable: list[Article] = []
        for job in sorted(self._others_of(article)):
            # Of two readings of one article the last counts, so they must not be in two jobs at a time.
            durable += self.flush()
            while job in self._refreshed():
                self._pause()
        self._batch.append(article)
        self._n_chars += len(article.text)
        if len(self._batch) >= self._limits.articles or self._n_chars >= _MOST_CHARS:
            durable += self.flush()
        return durable

    def flush(self) -> list[Article]:
        """Submit what was taken, as soon as there is room, and return it."""
        if self._batch:
            self._wait(self._submitted)
        durable, self._batch, self._n_chars = self._batch, [], 0
        return durable

    def wait(self) -> Counts:
        """Return how the jobs ended, once all have."""
        self.flush()
        self._wait(lambda: self._look().open == 0)
        return self._look()

    def counts(self) -> Counts:
        """Return how the jobs stand."""
        return _patient(lambda: self._queue.counts(stalled_s=self._limits.stalled_s, run=self.run))

    def rejections(self) -> Iterator[IngestItem]:
        """Yield the articles that workers rejected since it was last asked."""
        found = _patient(lambda: self._queue.rejections(self.run, known=self._told))
        self._told |= found.keys()
        for items in found.values():
            yield from items

    def _submitted(self) -> bool:
        """Submit the batch if there is room, and return whether there was."""
        job = _patient(
            lambda: self._queue.submit(self._batch, run=self.run, number=self.n_jobs, most_waiting=self._limits.waiting)
        )
        if job is None:
            return False
        self.n_jobs += 1
        self.n_articles += len(self._batch)
        if self.n_jobs % 64 == 0:
            self._refreshed()
        self._open |= {key: (job, article.content_hash) for article in self._batch for key in _keys(article)}
        self._tell()
        return True

    def _others_of(self, article: Article) -> set[int]:
        """Return the jobs, perhaps not done yet, that have the article, or what its origin held before, with other content."""
        found = [self._open[key] for key in _keys(article) if key in self._open]
        return {job for job, content in found if content != article.content_hash}

    def _refreshed(self) -> set[int]:
        """Return the jobs that are not at their end, and forget what the others had."""
        jobs = _patient(lambda: self._queue.open_jobs(self.run))
        self._open = {key: held for key, held in self._open.items() if held[0] in jobs}
        return jobs

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._pause()

    def _pause(self) -> None:
        self._tell()
        time.sleep(_LOOK_S)

    def _tell(self) -> None:
        if time.monotonic() - self._looked >= _LOOK_S:
            self._look()

    def _look(self) -> Counts:
        counts = self.counts()
        self._looked = time.monotonic()
        self._watching(self.n_jobs, self.n_articles, counts)
        return counts


def _keys(article: Article) -> set[str]:
    return {article.id, article.origin} - {""}


def _patient(ask: Callable[[], T]) -> T:
    """Return what the server says, waiting for one that went away; asking twice does not submit twice."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except LostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_S)

"""`rag ingest --queue`: articles to the `rag worker` processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from rag.cli.common import ProgressLine, print_json, say
from rag.cli.rejections import Rejections
from rag.config import Config
from rag.errors import ConfigError, StoreError
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from rag.ingest import Rejected
    from rag.queue.jobs import Counts
    from rag.queue.submit import Submission

_ALONE_S = 5.0
"""How long jobs may wait without a worker before we ask for one."""


def queue_address(settings: Config) -> str:
    """Return the address of the server that holds the queue: that of the library.

    Raises:
        ConfigError: no PostgreSQL server holds the library.
    """
    from rag.store.beside import server_of

    if address := server_of(settings.library):
        return address
    raise ConfigError(
        "jobs wait in PostgreSQL, and library.store names none: set it, for example with NEWSRAG_LIBRARY_STORE="
        "postgresql://USER@HOST/DATABASE; a library elsewhere needs no workers, and `rag ingest` without --queue fills it"
    )


def submit(
    articles: Iterable[Article | Rejected],
    settings: Config,
    *,
    taken: Callable[[IngestItem], None],
    unchanged: Mapping[Action, int],
    total: int,
    is_waiting: bool,
    as_json: bool,
) -> None:
    """Submit articles as jobs, and show how far the workers are until these are done.

    Args:
        taken: Called for each article once it cannot get lost any more, and for each that is rejected here.
        unchanged: How many pages of the web gave no article, since they are as they were; it grows while `articles` is read.
        total: How many articles there will be; 0 where that is not known.
        is_waiting: Wait until all jobs are done; else only until they are submitted.

    Raises:
        StoreError: jobs failed; the rest is stored.
        Exit: articles were rejected.
    """
    from rag.queue.jobs import Queue
    from rag.queue.submit import Submission

    progress = _Progress(total)
    rejected = _Rejected(progress)
    with Queue(queue_address(settings)) as queue:
        submission = Submission(queue, settings.queue, watching=progress)
        try:
            for article in articles:
                if isinstance(article, Article):
                    _pass_on(submission.add(article), taken)
                else:
                    item = IngestItem(article.origin, Action.REJECTED, reason=article.reason)
                    rejected.add(item)
                    taken(item)
            _pass_on(submission.flush(), taken)
            counts = submission.wait() if is_waiting else submission.counts()
        except KeyboardInterrupt:
            progress.line.clear()
            say(
                f"stopping: {submission.n_jobs} jobs with {submission.n_articles} articles are submitted, and workers do them; "
                "`rag worker status` tells how far they are"
            )
            raise
        finally:
            progress.line.clear()
        n_unread = len(rejected.items)
        for item in submission.rejections():
            rejected.add(item)
        superseded = queue.superseded(submission.run) if counts.superseded else []
    rejected.tell()
    actions = {
        Action.ADDED: counts.added,
        Action.UPDATED: counts.updated,
        Action.UNCHANGED: counts.unchanged + unchanged.get(Action.UNCHANGED, 0),
        Action.REJECTED: counts.rejected + n_unread,
    }
    _report(submission, counts, actions, rejected.items, superseded, as_json=as_json, is_waiting=is_waiting)
    if counts.failed:
        raise StoreError(f"{counts.failed} of {submission.n_jobs} jobs failed; `rag worker failed` tells why")
    if rejected.items:
        raise typer.Exit(3)


class _Progress:
    """A line that tells how the jobs stand; and a word where nobody works at them."""

    def __init__(self, total: int) -> None:
        self.line = ProgressLine("stored", "articles")
        self._total = total
        self._alone_since: float | None = None
        self._is_told = False

    def __call__(self, _jobs: int, articles: int, counts: Counts) -> None:
        jobs = f"{counts.waiting} wait, {counts.doing} begun, {counts.done} done, {counts.failed} failed"
        self.line(counts.articles, max(self._total, articles), jobs)
        now = time.monotonic()
        if counts.workers or not counts.open:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since > _ALONE_S and not self._is_told:
            self._is_told = True
            self.line.clear()
            say("no worker is there: type `rag worker` in another terminal, or on another machine")


class _Rejected:
    """Articles that were rejected, here or by a worker."""

    def __init__(self, progress: _Progress) -> None:
        self.items: list[IngestItem] = []
        self._reasons = Rejections()
        self._progress = progress

    def add(self, item: IngestItem) -> None:
        self.items.append(item)
        if self._reasons.add(item):
            self._progress.line.clear()
            say(f"rejected {item.origin}: {item.reason}")

    def tell(self) -> None:
        self._reasons.tell()


def _pass_on(articles: Iterable[Article], taken: Callable[[IngestItem], None]) -> None:
    """Report articles whose job is submitted; what storing them will do is not known yet, and nobody asks."""
    for article in articles:
        taken(IngestItem(article.origin, Action.ADDED, article.id, article.title))


def _report(
    submission: Submission,
    counts: Counts,
    actions: Mapping[Action, int],
    rejected: list[IngestItem],
    superseded: list[IngestItem],
    *,
    as_json: bool,
    is_waiting: bool,
) -> None:
    """Print what became of the jobs, and of the articles of those that are done."""
    if as_json:
        print_json(
            {
                **{action.value: count for action, count in actions.items()},
                "run": submission.run,
                "submitted": submission.n_articles,
                "jobs": {
                    "submitted": submission.n_jobs,
                    "waiting": counts.waiting,
                    "doing": counts.doing,
                    "done": counts.done,
                    "failed": counts.failed,
                },
                "rejections": [asdict(item) for item in rejected],
                "superseded": [asdict(item) for item in superseded],
            }
        )
    elif is_waiting:
        print(", ".join(f"{count} {action.value}" for action, count in actions.items()))
        if superseded:
            say(f"{len(superseded)} of the unchanged came after a later reading of the same article, and were left alone")
    else:
        print(f"{submission.n_articles} articles submitted in {submission.n_jobs} jobs, {len(rejected)} rejected")

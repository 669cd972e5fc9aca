"""Articles submitted as jobs, and an embedder that makes jobs fail."""

from __future__ import annotations

from collections.abc import Sequence

from rag.config import Config
from rag.ports import Vectors
from rag.queue.jobs import Queue
from rag.queue.submit import Submission
from rag.testing import HashEmbedder
from rag.types import Article


class Failing(HashEmbedder):
    """An embedder that fails a number of times, and works from then on."""

    def __init__(self, error: Exception, times: int) -> None:
        self._error = error
        self.times = times

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.times -= 1
        if self.times >= 0:
            raise self._error
        return super().embed(texts)


def submitted(queue: Queue, settings: Config, articles: Sequence[Article]) -> Submission:
    """Return a submission of articles that waits for nobody."""
    submission = Submission(queue, settings.queue)
    for article in articles:
        submission.add(article)
    submission.flush()
    return submission

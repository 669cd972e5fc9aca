"""The assistant behind the page: opened once there is a library, made ready in the background."""

from __future__ import annotations

import logging
from threading import Lock, Thread

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import EmptyLibraryError, NewsRagError
from rag.trace.record import Trace
from rag.trace.store import TraceStore
from rag.types import LibraryStats
from ui.conversations import ConversationStore
from ui.line import Line
from ui.metrics import Metrics
from ui.worker import work

log = logging.getLogger(__name__)


class Backend:
    """Opens the assistant when it is first needed, so that the page can be up before there is a library. Thread-safe."""

    def __init__(self, config: Config, *, may_stand_in: bool) -> None:
        """Open nothing yet; `may_stand_in` as for `Assistant.open`."""
        self.config = config
        self._may_stand_in = may_stand_in
        self._assistant: Assistant | None = None
        self._conversations: ConversationStore | None = None
        page = config.page
        self.line = Line(
            at_once=page.concurrency,
            waiting=page.queue,
            person_at_once=page.person_concurrency,
            person_waiting=page.person_queue,
            per_minute=page.questions_per_minute,
        )
        self.metrics = Metrics(self.line, self.stats)
        self._opening = Lock()
        self.writing = Lock()
        """Held by whoever adds articles: the library has one writer at a time, and its own lock refuses the next."""
        self._opening_conversations = Lock()  # of its own: models may be loading under the other

    def assistant(self) -> Assistant:
        """Return the assistant, the same at every call.

        Raises:
            EmptyLibraryError: there is no library yet; the next call looks again.
            StoreError: another embedder built it, or it is damaged.
        """
        with self._opening:
            if self._assistant is None:
                self._assistant = Assistant.open(self.config, may_stand_in=self._may_stand_in, keep=self._kept)
            return self._assistant

    def conversations(self) -> ConversationStore:
        """Return what keeps conversations, the same at every call, in a file beside the library.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening_conversations:
            if self._conversations is None:
                self._conversations = ConversationStore(self.config.library.path)
            return self._conversations

    def stats(self) -> LibraryStats | None:
        """Return what the library holds, or None where there is none or nothing in it."""
        try:
            stats = self.assistant().library.stats()
        except EmptyLibraryError:
            return None
        return stats if stats.articles else None

    def article_ids(self) -> frozenset[str]:
        """Return the ids of all articles; none where there is no library."""
        try:
            return frozenset(self.assistant().library.article_ids())
        except EmptyLibraryError:
            return frozenset()

    def warm(self) -> Thread:
        """Load the models in a thread, which is returned; what fails there fails again, and is told, when one asks."""
        return work(self._warm, name="warm")

    def close(self) -> None:
        """Close the library and the conversations."""
        with self._opening_conversations:
            if self._conversations is not None:
                self._conversations.close()
                self._conversations = None
        with self._opening:
            if self._assistant is not None:
                self._assistant.close()
                self._assistant = None

    def _kept(self, trace: Trace) -> None:
        """Count an answer, and keep its trace as the settings say."""
        self.metrics.answered(trace)
        if self.config.trace.keep:
            TraceStore(self.config.library.path, keep=self.config.trace.keep).add(trace)

    def _warm(self) -> None:
        try:
            self.assistant().warm()
        except EmptyLibraryError:
            pass  # the page says so
        except NewsRagError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("the models could not be loaded")

"""The assistant behind the page: opened once there is a library, made ready in the background."""

from __future__ import annotations

import logging
from threading import Lock, Thread

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import EmptyLibraryError, NewsRagError
from rag.recent import Uses
from rag.store.beside import open_traces
from rag.trace.contract import Traces
from rag.trace.record import Trace
from rag.types import LibraryStats
from ui.conversations import Conversations
from ui.line import Line
from ui.metrics import Metrics
from ui.state import Entrance, open_conversations, open_entrance
from ui.worker import work

log = logging.getLogger(__name__)


class Backend:
    """Opens the assistant when it is first needed, so that the page can be up before there is a library. Thread-safe."""

    def __init__(self, config: Config, *, may_stand_in: bool) -> None:
        """Open nothing yet; `may_stand_in` as for `Assistant.open`."""
        self.config = config
        self._may_stand_in = may_stand_in
        self._assistant: Assistant | None = None
        self._conversations: Conversations | None = None
        self._traces: Traces | None = None
        self._entrance: Entrance | None = None
        page = config.page
        self.line = Line(
            at_once=page.concurrency,
            waiting=page.queue,
            person_at_once=page.person_concurrency,
            person_waiting=page.person_queue,
            per_minute=page.questions_per_minute,
        )
        self.metrics = Metrics(self.line, self.stats, self.remembered, self.resting)
        self._opening = Lock()
        self.writing = Lock()
        """Held by whoever adds articles: the library has one writer at a time, and its own lock refuses the next."""
        self._opening_state = Lock()  # of its own: models may be loading under the other

    def assistant(self) -> Assistant:
        """Return the assistant, the same at every call.

        Raises:
            EmptyLibraryError: there is no library yet; the next call looks again.
            StoreError: another embedder built it, or it is damaged.
        """
        with self._opening:
            if self._assistant is None:
                self._assistant = Assistant.open(self.config, may_stand_in=self._may_stand_in, keep=self._kept, remembers=True)
            return self._assistant

    def conversations(self) -> Conversations:
        """Return what keeps conversations, the same at every call.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening_state:
            if self._conversations is None:
                self._conversations = open_conversations(self.config)
            return self._conversations

    def entrance(self) -> Entrance:
        """Return what tells who may come in, the same at every call.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening_state:
            if self._entrance is None:
                self._entrance = open_entrance(self.config)
            return self._entrance

    def stats(self) -> LibraryStats | None:
        """Return what the library holds, or None where there is none or nothing in it."""
        try:
            stats = self.assistant().library.stats()
        except EmptyLibraryError:
            return None
        return stats if stats.articles else None

    def is_stocked(self) -> bool:
        """Return whether there is a library that holds an article; it takes one short look.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            return self.assistant().library.index.count() > 0
        except EmptyLibraryError:
            return False

    def remembered(self) -> dict[str, Uses]:
        """Return how often an answer or a search was given again."""
        assistant = self._assistant
        return assistant.remembered if assistant else {}

    def resting(self) -> dict[str, bool]:
        """Return whether each hosted model that was used is not called for a while, since it failed again and again."""
        assistant = self._assistant
        return assistant.resting if assistant else {}

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
        """Close the library, and what is kept beside it."""
        with self._opening_state:
            for one in (self._conversations, self._traces, self._entrance):
                if one is not None:
                    one.close()
            self._conversations = self._traces = self._entrance = None
        with self._opening:
            if self._assistant is not None:
                self._assistant.close()
                self._assistant = None

    def _kept(self, trace: Trace) -> None:
        """Count an answer, and keep its trace as the settings say."""
        self.metrics.answered(trace)
        if self.config.trace.keep:
            with self._opening_state:
                if self._traces is None:
                    self._traces = open_traces(self.config)
                traces = self._traces
            traces.add(trace)

    def _warm(self) -> None:
        try:
            self.assistant().warm()
        except EmptyLibraryError:
            pass  # the page says so
        except NewsRagError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("the models could not be loaded")

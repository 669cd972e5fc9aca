"""What an operator sees of each question: a line in the log, and a span whose children are its stages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing

from rag import logs
from rag.config import Config
from rag.telemetry import Telemetry, telemetry_of
from rag.timing import Span, Stopwatch
from rag.types import Answer, Event, Finished, SearchResult

log = logging.getLogger(__name__)


class Observer:
    """Tells of the questions of one assistant. Safe to share between threads."""

    def __init__(self, config: Config, telemetry: Telemetry | None = None) -> None:
        """Tell as the settings say; `telemetry` takes the place of what they name.

        Raises:
            MissingExtraError: they name a collector, and the extra `telemetry` is not installed.
        """
        self.telemetry = telemetry_of(config.telemetry) if telemetry is None else telemetry
        self._has_content = config.log.content

    def close(self) -> None:
        """Send what waits to be told."""
        self.telemetry.close()

    def answer(self, question: str, events_of: Callable[[Span], Generator[Event, None, None]]) -> Generator[Event, None, None]:
        """Yield the events that `events_of` makes within a span, and tell what came of the question."""
        watch, is_answered = Stopwatch(), False
        with self.telemetry.span("answer") as span, closing(events_of(span)) as events:
            try:
                for event in events:
                    if isinstance(event, Finished):
                        is_answered = True
                        self._answered(question, event.answer, span)
                    yield event
            except GeneratorExit:
                if is_answered:
                    return
                self._broken_off(question, span, watch, "stopped")
                raise
            except Exception as error:
                self._broken_off(question, span, watch, "failed", error)
                raise

    def search(self, question: str, find: Callable[[Span], SearchResult]) -> SearchResult:
        """Return what `find` finds within a span, and tell of it."""
        with self.telemetry.span("search") as span:
            found = find(span)
            span.note(hits=len(found.hits), **self._said(question=question))
        logs.tell(
            log,
            "search",
            caller=logs.caller(),
            ms=dict(found.timings_ms),
            hits=len(found.hits),
            question=question if self._has_content else None,
        )
        return found

    def _answered(self, question: str, answer: Answer, span: Span) -> None:
        facts: dict[str, str | int] = {
            "id": answer.trace_id,
            "status": answer.status.value,
            "model": answer.model,
            "generation": answer.index_generation,
            "hits": len(answer.hits),
            "claims": len(answer.claims),
            "citations": len(answer.citations),
            "prompt_tokens": answer.tokens.prompt,
            "completion_tokens": answer.tokens.completion,
        }
        span.note(**facts, **self._said(question=question, answer=answer.text))
        said = {"question": question, "answer": answer.text} if self._has_content else {}
        logs.tell(log, "answer", caller=logs.caller(), **facts, ms=dict(answer.timings_ms), **said)

    def _broken_off(self, question: str, span: Span, watch: Stopwatch, status: str, error: Exception | None = None) -> None:
        span.note(status=status, **self._said(question=question))
        logs.tell(
            log,
            "answer",
            caller=logs.caller(),
            status=status,
            error=type(error).__qualname__ if error else None,
            reason=logs.reason(error, content=self._has_content) if error else None,
            ms=watch.timings_ms(),
            question=question if self._has_content else None,
        )

    def _said(self, **words: str) -> dict[str, str]:
        """Return what was said where spans may hold it."""
        return words if self.telemetry.has_content else {}

"""A trace in the making: the assistant notes what it comes by, so that a failure half way can be told too."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rag import __version__
from rag.errors import NewsRagError
from rag.manner import USUAL, Manner
from rag.timing import UNTOLD, Span, Stopwatch
from rag.trace.record import Trace, TracedHit, TracedSentence, Versions
from rag.types import Answer, Citation, Claim, Conflict, Filter, SearchResult, Status, Tokens, Understanding

if TYPE_CHECKING:
    from rag.answer.evidence import Evidence


class Draft:
    """What is known so far of one answer. Its attributes are set as they come to be known."""

    def __init__(
        self,
        question: str,
        where: Filter,
        *,
        typed: str = "",
        embedder: str,
        settings: str,
        manner: Manner = USUAL,
        span: Span = UNTOLD,
    ) -> None:
        """Begin a trace, and its clock, whose stages are told to `span`.

        Args:
            settings: The digest of the configuration.
            typed: As in `Trace`.
        """
        self.id = uuid.uuid4().hex
        self.question = question
        self.watch = Stopwatch(span)
        self.found: SearchResult | None = None
        self.evidence: Evidence | None = None
        self.model = ""
        self.prompt_version = ""
        self.prompts: dict[str, str] = {}
        self.gate: float | None = None
        self.raw = ""
        self.again = ""
        self.index_generation = 0
        self._where = where
        self._typed = typed
        self._embedder = embedder
        self._settings = settings
        self._manner = manner
        self._time = datetime.now(UTC)

    def answered(self, answer: Answer) -> Trace:
        """Return the trace of an answer."""
        self.raw = answer.raw
        self.model = answer.model
        self.prompt_version = answer.prompt_version
        self.index_generation = answer.index_generation
        return self._trace(
            status=answer.status,
            text=answer.text,
            claims=answer.claims,
            citations=answer.citations,
            notice=answer.notice,
            timings_ms=dict(answer.timings_ms),
            tokens=answer.tokens,
            conflicts=answer.conflicts,
            as_of_note=answer.as_of_note,
        )

    def failed(self, error: NewsRagError) -> Trace:
        """Return the trace of a question that a model's error left without an answer."""
        return self._trace(error=str(error))

    def _trace(
        self,
        *,
        status: Status | None = None,
        error: str = "",
        text: str = "",
        claims: tuple[Claim, ...] = (),
        citations: tuple[Citation, ...] = (),
        notice: str = "",
        timings_ms: dict[str, float] | None = None,
        tokens: Tokens | None = None,
        conflicts: tuple[Conflict, ...] = (),
        as_of_note: str = "",
    ) -> Trace:
        """Return what is known, with what the end added."""
        hits = self.found.hits if self.found else ()
        sentences = self.evidence.sentences if self.evidence else ()
        return Trace(
            id=self.id,
            time=self._time,
            question=self.question,
            where=self._where,
            understanding=self.found.understanding if self.found else Understanding(),
            hits=tuple(TracedHit(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.score) for hit in hits),
            shown=tuple(TracedSentence(one.number, one.source, one.quote, one.score, one.head) for one in sentences),
            prompts=dict(self.prompts),
            gate=self.gate,
            raw=self.raw,
            status=status,
            error=error,
            text=text,
            claims=claims,
            citations=citations,
            notice=notice,
            versions=Versions(
                product=__version__,
                model=self.model,
                prompt=self.prompt_version,
                embedder=self._embedder,
                index_generation=self.index_generation,
                settings=self._settings,
            ),
            timings_ms=timings_ms or self.watch.timings_ms(),
            tokens=tokens or Tokens(),
            conflicts=conflicts,
            as_of_note=as_of_note,
            typed=self._typed,
            again=self.again,
            manner=self._manner,
        )

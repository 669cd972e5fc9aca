"""Answers that were given, given again: the same events, under a trace of their own that says where they come from."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rag.converse.history import Exchange
from rag.manner import Manner
from rag.timing import Stopwatch
from rag.trace.record import Trace
from rag.types import Answer, Delta, Event, Filter, Tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an answer is made of.

    `revision` is that of the passages; `day` is today's UTC day in ISO form, since an answer may say how old its articles are.
    """

    question: str
    history: tuple[Exchange, ...]
    where: Filter
    llm: str
    manner: Manner
    settings: str
    embedder: str
    revision: Hashable
    day: str


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given: the events before it, the answer and its trace."""

    events: tuple[Event, ...]
    answer: Answer
    trace: Trace

    @classmethod
    def of(cls, events: Iterable[Event], answer: Answer, trace: Trace) -> Given:
        """Return what is worth keeping: signs of life without a word are not."""
        return cls(tuple(event for event in events if event != Delta("")), answer, trace)

    def again(self, watch: Stopwatch) -> tuple[Answer, Trace]:
        """Return the answer and its trace as those of a question asked now, which took what `watch` says and no tokens."""
        id_, now, timings_ms = uuid.uuid4().hex, datetime.now(UTC), watch.timings_ms()
        answer = replace(self.answer, trace_id=id_, timings_ms=timings_ms, tokens=Tokens())
        trace = replace(self.trace, id=id_, time=now, timings_ms=timings_ms, tokens=Tokens(), given_before=self.trace.id)
        return answer, trace

"""A question and what is known of its answer so far: what the page shows, as plain data."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from rag.assistant import Assistant
from rag.converse.history import MAX_EXCHANGES, Exchange
from rag.errors import InputError, NewsRagError
from rag.fold import fold
from rag.timeline import Timeline, timeline_of
from rag.types import Answer, Delta, Event, Finished, Found, Quote, Source, Stage, Status, Understood, Working
from ui.excerpt import Excerpt, excerpt
from ui.suggest import follow_ups

log = logging.getLogger(__name__)

_ASKS_WHEN = re.compile(
    r"\b(?:timeline|chronolog\w*|cronolog\w*|sequence of events|in order of time|step by step"
    r"|what (?:has )?happened (?:since|after|so far|between|from)|que (?:ha )?pasado? desde|linea de tiempo"
    r"|how did .{3,60} (?:unfold|develop|evolve))\b"
)

BUG = "Something went wrong on our side; the terminal that runs the page shows what. Please ask again."


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation, numbered from 1, and the newest state of its answer.

    `place` is where it stands in line, 0 once it does not. `stage` is None while it waits and, once `is_begun`, while the
    question is understood. Exactly one of `answer`, `error` and `is_stopped` is set in the last state. `asked` is what the
    question was taken to mean where it leaned on earlier ones, else empty. `draft` is what the model wrote, unchecked;
    `nearest` are the sentences that the search found, and `cited` the quotes of the checked answer by their markers. `timeline`
    is there where the question asks for one, `follow_ups` are questions to ask next, and `liked` is what the reader thinks.
    """

    number: int
    question: str
    is_begun: bool = False
    place: int = 0
    stage: Stage | None = None
    asked: str = ""
    nearest: tuple[Excerpt, ...] = ()
    draft: str = ""
    answer: Answer | None = None
    cited: Mapping[int, Excerpt] = field(default_factory=dict)
    error: str = ""
    is_stopped: bool = False
    timeline: Timeline | None = None
    follow_ups: tuple[str, ...] = ()
    liked: bool | None = None

    @property
    def is_done(self) -> bool:
        """Whether this state is the last one."""
        return bool(self.answer or self.error or self.is_stopped)


def history(turns: Sequence[Turn]) -> tuple[Exchange, ...]:
    """Return what a question may lean on: the answered turns before it, the latest ones."""
    answers = [turn.answer for turn in turns if turn.answer and turn.answer.status is not Status.REMARK]
    return tuple(Exchange.of(answer) for answer in answers[-MAX_EXCHANGES:])


def take(
    turn: Turn, open_assistant: Callable[[], Assistant], *, past: Sequence[Exchange] = (), **how: Any
) -> Generator[Turn, None, None]:
    """Yield the states of a turn while its question is answered, the last one done; closing it stops the model.

    Args:
        past: What was asked before and may be leaned on.
        how: `where` and `llm`, as `Assistant.stream` takes them.

    Nothing is raised: our own errors are told in their words, any other in general ones, with its traceback in the log.
    """
    turn = replace(turn, place=0, is_begun=True)
    try:
        yield turn
        yield from _answered(turn, open_assistant(), past, how)
    except NewsRagError as error:
        yield replace(turn, error=str(error))
    except Exception:
        log.exception("a question failed")
        yield replace(turn, error=BUG)


def _answered(
    turn: Turn, assistant: Assistant, past: Sequence[Exchange], how: Mapping[str, Any]
) -> Generator[Turn, None, None]:
    """Yield a state an event."""
    with closing(assistant.stream(turn.question, history=past, **how)) as events:
        for event in events:
            turn = after(turn, event, assistant)
            yield turn


def after(turn: Turn, event: Event, assistant: Assistant) -> Turn:
    """Return the state that an event leads to."""
    match event:
        case Working(stage):
            return replace(turn, stage=stage)
        case Understood(question):
            return replace(turn, asked=question)
        case Found(_, quotes):
            return replace(turn, nearest=_excerpts(quotes, assistant))
        case Delta(text):
            return replace(turn, draft=turn.draft + text)
        case Finished(answer):
            placed = _excerpts(((one.quote, one.source) for one in answer.citations), assistant)
            cited = {one.marker: found for one, found in zip(answer.citations, placed, strict=True)}
            return replace(
                turn, answer=answer, cited=cited, timeline=_timeline(answer, assistant), follow_ups=follow_ups(answer)
            )


def _timeline(answer: Answer, assistant: Assistant) -> Timeline | None:
    """Return what happened when, where the question asks for that."""
    question = answer.asked or answer.question
    if not answer.hits or answer.status is Status.REMARK or not _ASKS_WHEN.search(fold(question)):
        return None
    return timeline_of(question, answer.hits, assistant.embedder)


def _excerpts(quotes: Iterable[tuple[Quote, Source]], assistant: Assistant) -> tuple[Excerpt, ...]:
    """Return each quote in its place; alone where its article was removed meanwhile."""
    found = []
    for quote, source in quotes:
        try:
            found.append(excerpt(quote, source, assistant.library.article(quote.article_id)))
        except InputError:
            found.append(Excerpt(quote, source))
    return tuple(found)

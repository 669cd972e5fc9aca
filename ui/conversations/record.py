"""What is kept of a conversation, and how its answers are written down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.converse.history import MAX_EXCHANGES, Exchange
from rag.types import ANY, Answer, Filter, Status

UNREADABLE = "This answer was kept by another version of the program and cannot be shown; ask again."


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thinks of an answer; `note` may be empty."""

    is_liked: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One question of a conversation, numbered from 1, and what came of it.

    `answer` is None where the question failed, which `error` tells, or was stopped, when `error` is empty. `asked_at` is aware
    UTC.
    """

    number: int
    question: str
    asked_at: datetime
    answer: Answer | None = None
    error: str = ""
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as a list shows it: times are aware UTC, `turns` counts its questions."""

    id: str
    title: str
    created: datetime
    updated: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Match:
    """A conversation that a search found, and `snippet`, the words around what was searched for, in one line."""

    summary: Summary
    snippet: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns, in order; `where` says which articles it is about."""

    id: str
    title: str
    created: datetime
    updated: datetime
    where: Filter = ANY
    turns: tuple[Kept, ...] = ()

    @property
    def history(self) -> tuple[Exchange, ...]:
        """What the next question may lean on, oldest first."""
        answers = [turn.answer for turn in self.turns if turn.answer and turn.answer.status is not Status.REMARK]
        return tuple(Exchange.of(answer) for answer in answers[-MAX_EXCHANGES:])


def encode(record: Answer | Filter) -> str:
    """Return a record as JSON; half a character, which UTF-8 cannot hold, becomes `?`."""
    return json.dumps(asdict(record), ensure_ascii=False, default=_plain).encode("utf-8", "replace").decode()


def decode_answer(text: str) -> Answer | None:
    """Return the answer that `encode` wrote, None where it is of a version that cannot be read."""
    try:
        return _answers().validate_json(text)
    except ValidationError:
        return None


def decode_filter(text: str) -> Filter:
    """Return the filter that `encode` wrote, one that lets all through where it cannot be read."""
    try:
        return _filters().validate_json(text)
    except ValidationError:
        return ANY


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a conversation cannot hold {value!r}")


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@cache
def _filters() -> TypeAdapter[Filter]:
    return TypeAdapter(Filter)

"""What is kept of a conversation, and how its answers are written down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.converse.history import MAX_EXCHANGES, Exchange
from rag.errors import InputError
from rag.types import ANY, Answer, Filter, Status

MAX_TITLE = 120
MAX_NOTE = 2000
"""Most characters of each that are kept; what is longer is cut."""

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


def kept_as(number: int, question: str, asked_at: datetime, answer: str | None, error: str, feedback: Feedback | None) -> Kept:
    """Return a turn as it was kept; `answer` is what `encode` wrote."""
    decoded = decode_answer(answer) if answer else None
    return Kept(number, question, asked_at, decoded, UNREADABLE if answer and not decoded else error, feedback)


def clean(text: str) -> str:
    """Return a text that UTF-8 and every store can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def in_line(text: str, most: int) -> str:
    """Return a text in one line, cut to a length."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def titled(title: str) -> str:
    """Return a title that was typed, in one line of at most 120 characters.

    Raises:
        InputError: it is empty.
    """
    title = in_line(title, MAX_TITLE)
    if not title:
        raise InputError("a conversation needs a title; type one")
    return title


def no_conversation(id_: str) -> InputError:
    """Return the error of a conversation that its caller has not."""
    return InputError(f"you have no conversation {id_[:40]!r}; it was deleted, or belongs to somebody else")


def no_turn(id_: str, number: int) -> InputError:
    """Return the error of a question that a conversation has not."""
    return InputError(f"no question {number} in the conversation {id_!r}; reload the page")


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

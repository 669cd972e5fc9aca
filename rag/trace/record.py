"""What is kept of one answer: all that a replay or a comparison needs, and nothing that only a process could hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.errors import InputError
from rag.manner import USUAL, Manner
from rag.types import Citation, Claim, Conflict, Filter, Quote, Source, Status, Tokens, Understanding


@dataclass(frozen=True, slots=True)
class TracedHit:
    """A passage that the search found, by its place in its article; `score` is comparable within one search only."""

    article_id: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class TracedSentence:
    """A sentence that the model was shown, the number of its source, and how likely it holds the answer, in [0, 1].

    `head` is the head of the table that it is a row of.
    """

    number: int
    source: Source
    quote: Quote
    score: float
    head: Quote | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """What made the answer: `settings` is the digest of the configuration, `prompt` the stamps of the templates."""

    product: str
    model: str
    prompt: str
    embedder: str
    index_generation: int
    settings: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One answer, or one failure of a model: then `status` is None and `error` says what happened.

    `time` is UTC. `prompts` are those that were sent, by their purpose, in order; `gate` is how far yes leads no, as a
    difference of log-probabilities, None where the model was not asked. `raw` is the model's reply, as far as it came, `again`
    what it wrote in place of sentences that did not stand. `question` stands alone; `typed` is what was typed where that
    leaned on the conversation, else empty. `given_before` is the id of the trace of the answer that was given again, from the
    cache; empty for an answer made anew.
    """

    id: str
    time: datetime
    question: str
    where: Filter
    understanding: Understanding
    hits: tuple[TracedHit, ...]
    shown: tuple[TracedSentence, ...]
    prompts: Mapping[str, str]
    gate: float | None
    raw: str
    status: Status | None
    error: str
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    notice: str
    versions: Versions
    timings_ms: Mapping[str, float]
    tokens: Tokens
    conflicts: tuple[Conflict, ...] = ()
    as_of_note: str = ""
    typed: str = ""
    again: str = ""
    manner: Manner = USUAL
    given_before: str = ""

    @property
    def outcome(self) -> str:
        """`answered`, `partial`, `abstained` or `failed`."""
        return self.status.value if self.status else "failed"


def shape(record: Any) -> dict[str, Any]:
    """Return a trace, or a difference of two, as JSON holds it."""
    found: dict[str, Any] = json.loads(_dumped(asdict(record)))
    return found


def encode(trace: Trace) -> bytes:
    """Return a trace as one line of JSON, in UTF-8; half a character, which UTF-8 cannot hold, becomes `?`."""
    return (_dumped(asdict(trace)) + "\n").encode("utf-8", "replace")


def decode(data: bytes, *, name: str) -> Trace:
    """Return the trace that `encode` wrote.

    Args:
        name: Its file, for the error.

    Raises:
        InputError: the data is damaged, or of a version that knows other fields.
    """
    try:
        return _adapter().validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its JSON"
        raise InputError(f"the trace {name!r} cannot be read ({where}: {first['msg']}); delete that file") from None


def _dumped(tree: dict[str, Any]) -> str:
    return json.dumps(tree, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    """Return a day or a time as text; the rest of a trace is JSON already."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a trace cannot hold {value!r}")


@cache
def _adapter() -> TypeAdapter[Trace]:
    return TypeAdapter(Trace)

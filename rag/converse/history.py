"""What was asked and answered before, as far as a later question may need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.injection import speaks_to_a_machine
from rag.types import Answer, Status

MAX_EXCHANGES = 6
"""Exchanges that are remembered, the latest."""

MAX_QUESTION = 300
MAX_ANSWER = 600
"""Most characters of each that are remembered."""

MAX_CITED = 4
"""Most sentences that are remembered of those an answer cites."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it.

    `question` stands alone: it is the rewritten one where there was one. `said` is the answer without markers, empty where
    there was none; `cited` are the sentences behind it. All of it may come from whoever wrote the articles: it is searched for
    names and shown to a model as data, never obeyed.
    """

    question: str
    said: str = ""
    cited: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> Exchange:
        """Return what is remembered of an answer; only the question where the articles did not answer it."""
        question = answer.asked or answer.question
        if answer.status not in (Status.ANSWERED, Status.PARTIAL):
            return cls(question)
        return cls(question, " ".join(claim.text for claim in answer.claims), tuple(one.quote.text for one in answer.citations))


def remember(answer: Answer, history: list[Exchange]) -> None:
    """Add an answer to a conversation, unless it is only a remark; the oldest exchange falls out of a full one."""
    if answer.status is not Status.REMARK:
        history.append(Exchange.of(answer))
        del history[:-MAX_EXCHANGES]


def remembered(history: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Return the latest exchanges, oldest first, cut to what is remembered and without sentences that speak to a machine."""
    cut = (
        Exchange(
            _safe(_cut(one.question, MAX_QUESTION)),
            _safe(_cut(one.said, MAX_ANSWER)),
            tuple(text for cited in one.cited[:MAX_CITED] if (text := _safe(_cut(cited, MAX_QUESTION)))),
        )
        for one in history[-MAX_EXCHANGES:]
    )
    return tuple(one for one in cut if one.question)


def _safe(text: str) -> str:
    """Return the text unless it speaks to a machine."""
    return "" if speaks_to_a_machine(text) else text


def _cut(text: str, most: int) -> str:
    """Return a text in one line, whole words of it up to a length."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[:most].rpartition(" ")[0]

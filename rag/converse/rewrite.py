"""A question to one that can be understood alone: by a language model where there is one, else by rules."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from rag.answer.features import names, numbers, stems
from rag.answer.injection import speaks_to_a_machine
from rag.answer.prompt import boundary_of, load_template
from rag.converse.carry import carried
from rag.converse.followup import follow_up
from rag.converse.history import Exchange, remembered
from rag.errors import BackendError, GenerationError
from rag.fold import fold
from rag.llm.generate import Reply
from rag.tokens import count_tokens
from rag.types import Tokens

MAX_REWRITTEN = 300
"""Most characters of a rewritten question."""

NO_TOKENS = Tokens()

KEPT = 0.5
"""Least share of the question's own content words that a model must keep."""

Say = Callable[[str], Generator[str, None, Reply]]
"""Asks a model: streams its reply to a prompt, empty pieces now and then, and returns the whole."""


class How(StrEnum):
    """How a question was made to stand alone."""

    ALONE = "alone"  # it did already
    MODEL = "model"
    RULES = "rules"
    KEPT = "kept"  # it lacks something that the conversation does not hold


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The question to search with, how it came about, and the tokens that a model spent on it."""

    question: str
    how: How
    tokens: Tokens = NO_TOKENS

    @property
    def was_rewritten(self) -> bool:
        """Whether it differs from what was asked."""
        return self.how in (How.MODEL, How.RULES)


def standalone(question: str, history: Sequence[Exchange], say: Callable[[], Say | None] = lambda: None) -> Rewritten:
    """Return the question as it can be understood without the conversation; see `rewriting`."""
    steps = rewriting(question, history, say)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            rewritten: Rewritten = end.value
            return rewritten


def rewriting(
    question: str, history: Sequence[Exchange], say: Callable[[], Say | None] = lambda: None
) -> Generator[None, None, Rewritten]:
    """Yield while a model works, so that it can be stopped, and return the question that stands alone.

    A question that lacks nothing comes back as it is, and no model is asked.

    Args:
        question: As it was asked.
        history: Oldest first; the latest six exchanges count.
        say: Gives what asks the model, None where there is none; called only when a rewrite is needed.
    """
    past = remembered(history)
    follow = follow_up(question) if past else None
    if follow is None:
        return Rewritten(question, How.ALONE)
    tokens = Tokens()
    speak = say()
    if speak is not None:
        prompt = rewrite_prompt(question, past)
        reply = yield from _said(speak, prompt)
        tokens = Tokens(count_tokens(prompt), count_tokens(reply))
        if found := accepted(reply, question, past):
            return Rewritten(found, How.MODEL, tokens)
    found = carried(follow, past)
    if not found or fold(found) == fold(question) or len(found) > 2 * MAX_REWRITTEN:
        return Rewritten(question, How.KEPT, tokens)
    return Rewritten(found, How.RULES, tokens)


def rewrite_prompt(question: str, history: Sequence[Exchange]) -> str:
    """Return the prompt that asks for the question to be rewritten; the conversation stands in it as data."""
    lines = [f"Reader: {one.question}" + (f"\nAssistant: {one.said}" if one.said else "") for one in history]
    conversation = "\n".join(lines)
    values = {"boundary": boundary_of(conversation), "conversation": conversation, "question": " ".join(question.split())}
    return load_template("rewrite").fill(values)


def accepted(reply: str, question: str, history: Sequence[Exchange]) -> str:
    """Return the model's question where it can be one: else empty.

    It is one line of at most 300 characters, has no name or number that neither the question nor the history has, keeps those
    of the question and half of its content words, brings something of the conversation, and gives no orders.
    """
    lines = [line.strip(" \"“”'*") for line in reply.strip().splitlines()]
    if len(lines) != 1 or not lines[0] or len(lines[0]) > MAX_REWRITTEN:
        return ""
    found = lines[0]
    known = " \n".join([question, *(text for one in history for text in (one.question, one.said, *one.cited))])
    own = stems(question)
    words = {fold(word) for word in known.replace("?", " ").split()}
    is_told = all(name in fold(known) for name in names(found)) and numbers(found) <= numbers(known)
    is_kept = numbers(question) <= numbers(found) and len(own & stems(found)) >= KEPT * len(own)
    keeps_names = all(name in fold(found) for name in names(question.strip("¿¡ ")) if name in words)
    brings = bool(stems(found) - own) or bool(names(found) - names(question))
    return found if is_told and is_kept and keeps_names and brings and not speaks_to_a_machine(found) else ""


def _said(say: Say, prompt: str) -> Generator[None, None, str]:
    """Return what the model says up to the end of its first line, as far as it is no longer than a question may be; nothing
    where it fails: the rules then do."""
    said = ""
    try:
        with closing(say(prompt)) as pieces:
            for piece in pieces:
                yield
                said += piece
                if "\n" in said.strip() or len(said) > MAX_REWRITTEN:
                    break
    except (BackendError, GenerationError):
        return ""
    return said.strip().split("\n")[0] if len(said) <= MAX_REWRITTEN else said

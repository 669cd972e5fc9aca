"""Texts that speak to a machine."""

from __future__ import annotations

from rag.ingest.flags.seen import Seen
from rag.sentences import sentence_spans

MAX_SENTENCES = 2000
_HIDDEN = ("hidden text", "invisible characters")


def is_instruction_like(seen: Seen) -> bool:
    """Whether a sentence of it, or of what was hidden in it, gives orders to whatever model reads it.

    The rules are those that keep such sentences out of prompts, so that a reader is told of each that was.
    """
    # Not at the top: the rules are long patterns that only ingesting and answering need compiled.
    from rag.answer.injection import speaks_to_a_machine

    for text in (seen.text, *(piece.text for piece in seen.removed if piece.rule in _HIDDEN)):
        if any(speaks_to_a_machine(text[start:end]) for start, end in sentence_spans(text)[:MAX_SENTENCES]):
            return True
    return False

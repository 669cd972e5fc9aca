"""What can be wrong with a sentence, with the words that a reader is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rag.types import Verdict


class Ground(StrEnum):
    """What decided a verdict. `WORDING` alone is a matter of phrasing, which a model may judge better.

    `DOUBT`: nothing was found wrong, but something that a supported sentence has to show was not found.
    """

    NOTHING_CITED = "nothing cited"
    SAME_WORDS = "same words"
    WORDING = "wording"
    VALUE = "value"
    NAME = "name"
    BINDING = "binding"
    ROLES = "roles"
    NEGATION = "negation"
    DIRECTION = "direction"
    STANCE = "stance"
    QUANTITY = "quantity"
    QUESTION = "question"
    DOUBT = "doubt"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and how bad it makes the sentence.

    `place` is that of the offending token, -1 for none; `subject` the words of the party that a verb is wrongly said of.
    """

    verdict: Verdict
    ground: Ground
    reason: str
    place: int = -1
    subject: frozenset[str] = frozenset()

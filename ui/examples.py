"""The sample articles' example questions, offered while the library holds those articles."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

SEED_IDS = frozenset(f"seed-{number:03}" for number in range(5))


@dataclass(frozen=True, slots=True)
class Example:
    """A question to start with, and whether the sample articles answer it."""

    question: str
    is_answered: bool = True


EXAMPLES = (
    Example("What job is Michelle Bachelet campaigning for?"),
    Example("What share of the votes did Rodrigo Paz win, and against whom?"),
    Example("Whom will Blinken meet in Bogota?"),
    Example("Which Costa Rican leader supports Rebeca Grynspan?"),
    Example("In which ports does Bolivia want a bigger presence?"),
    Example("What did the Chinese foreign ministry say about Bachelet's candidacy?", is_answered=False),
    Example("Who won the Rugby World Cup in 2023?", is_answered=False),
)


def examples_for(article_ids: Set[str]) -> tuple[Example, ...]:
    """Return the example questions where all sample articles are among `article_ids`, else none."""
    return EXAMPLES if article_ids >= SEED_IDS else ()

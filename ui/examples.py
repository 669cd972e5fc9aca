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
    Example("How big a budget cut does Kast plan, and over what time?"),
    Example("When did Bolivia and Chile last have ambassadors?"),
    Example("Whom will Blinken meet in Bogota?"),
    Example("Which ports does Bolivia want to use more?"),
    Example("¿Con qué presidente se reunió Kast en Quito?"),
    Example("What was the turnout in Bolivia's presidential runoff?", is_answered=False),
    Example("Who won the Rugby World Cup in 2023?", is_answered=False),
)


def examples_for(article_ids: Set[str]) -> tuple[Example, ...]:
    """Return the example questions where all sample articles are among `article_ids`, else none."""
    return EXAMPLES if article_ids >= SEED_IDS else ()

"""Whether the evidence holds the answer at all: the model's own word for it and what the search tells, weighed together.

A logistic, fitted on the development half of the gold questions with the default models: the questions that the articles answer
against those that they do not, and against the former once more with all passages taken away that hold the answer. It tells
them apart with an AUC of .90, the model's word alone with .84; on the other half of the questions with .83 and .82.
"""

from __future__ import annotations

from rag.answer.evidence import Evidence
from rag.answer.extract import logit, offered
from rag.retrieve.parts import parts

BIAS = 0.46
LEAD = 2.19
"""Weight of how far the model's yes leads its no when it is asked whether the sources state the answer."""
LIKELIEST = 0.47
"""Weight of the logit of the likeliest sentence."""
LACKS = -2.77
"""Added where the sources seem to lack what is asked for: a reason, somebody's words, a year or a name of the question."""
PARTS = 0.52
"""Added for a question of several parts, of which no sentence answers all."""

_LEAST = 1e-3

LIKELY = 1.0
"""Least log-odds by which the likeliest sentences are quoted although the model declines, or what it says does not stand."""


def log_odds(question: str, evidence: Evidence, lead: float) -> float:
    """Return the log-odds that the evidence holds the answer.

    Args:
        lead: How far the model's yes led its no when it was asked whether the sources state the answer.
    """
    return together(lead, searched(question, evidence))


def together(lead: float, by_search: float) -> float:
    """Return the log-odds that the model's lead and what `searched` returns make together."""
    return LEAD * lead + by_search


def searched(question: str, evidence: Evidence) -> float:
    """Return what the evidence alone adds to the log-odds."""
    best = max((sentence.score for sentence in evidence.sentences), default=0.0)
    likeliest = LIKELIEST * logit(best, least=_LEAST)
    return BIAS + likeliest + LACKS * (not offered(question, evidence)) + PARTS * (len(parts(question)) > 1)

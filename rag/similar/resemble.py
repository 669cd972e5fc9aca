"""When two texts are copies of one: they share most of the shorter one's runs of words, and its figures and names.

Runs alone do not tell a paraphrase from tomorrow's weather report: both keep half of them. But a copy, however its words were
changed, keeps the figures and the names, and a report that is written by a template changes just these.
"""

from __future__ import annotations

import numpy as np

from rag.similar.prints import Print

SHARED_RUNS = 0.5
"""Least share of the shorter text's runs that a copy holds: what is left where one word in six was changed."""

KEPT_FIGURES = 0.75
KEPT_NAMES = 0.7

SAME_RUNS = 0.9
"""The same share for a text of few runs, and of the longer one's too: a sentence quoted elsewhere is no copy."""

FEW_RUNS = 24


def resembles(one: Print, other: Print) -> bool:
    """Return whether one text is a copy or a rewrite of the other, or of a part of it; the order does not matter."""
    short, long = sorted((one, other), key=lambda each: len(each.runs))
    shared = len(np.intersect1d(short.runs, long.runs, assume_unique=True))
    least = SAME_RUNS * len(long.runs) if len(short.runs) < FEW_RUNS else SHARED_RUNS * len(short.runs)
    if not shared or shared < least:
        return False
    return _keeps(one.figures, other.figures, KEPT_FIGURES) and _keeps(one.names, other.names, KEPT_NAMES)


def _keeps(facts: frozenset[str], others: frozenset[str], share: float) -> bool:
    """Return whether the text with fewer facts shares so many of them with the other."""
    return len(facts & others) >= share * min(len(facts), len(others))

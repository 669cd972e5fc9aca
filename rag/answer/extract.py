"""An answer without a language model: which sentences to quote, and whether any of them can be the answer at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rag.answer.evidence import Evidence, Sentence, read_alone
from rag.answer.fit import are_given, is_met
from rag.answer.kinds import Kinds
from rag.answer.told import Place, Telling
from rag.retrieve.parts import parts

OFFERED = 12
"""Sentences of the evidence among which to choose."""

USUAL = 2
"""Most sentences of an answer to a question of one part; one of several parts may have one more."""

ADDS, ADDS_TO_PARTS = 2.0, 8.0
"""Weight, in the logit of a further sentence, of the share of the question's words that only it tells, for a question of one
part and for one of several, whose answer often lies in several sentences."""

SURE = 0.5
"""Least score of a sentence that may answer though a name or a number of the question stands nowhere in the evidence."""


def offered(question: str, evidence: Evidence, *, most: int = 0, least: float = 0.0) -> list[tuple[Sentence, float]]:
    """Return the sentences that can answer, the best first, each with its score in [0, 1]; none where the question is refused.

    Args:
        most: How many are wanted; 0 for as many as `most_of` tells.
        least: Match, in [0, 1], that one of the two best must have with the question.
    """
    most = most or most_of(question)
    chosen = _covering(question, evidence.sentences[:OFFERED], most)
    best = [one for one, _ in chosen[:USUAL]]
    if not chosen or max(one.match for one in best) < least:
        return []
    said = [f"{read_alone(one.quote, one.head)} {one.source.published or ''}" for one in best]
    if not are_given(question, said) or Kinds(question).is_wanting([one.quote.text for one in best]):
        return []
    if chosen[0][1] < SURE and not is_met(question, _told(evidence)):
        return []
    return chosen


def most_of(question: str) -> int:
    """Return how many sentences an answer to a question may have."""
    return USUAL + (len(parts(question)) > 1)


def _covering(question: str, sentences: Sequence[Sentence], most: int) -> list[tuple[Sentence, float]]:
    """Return the best sentence, then those that are likely to answer what is left of the question."""
    telling = Telling(question, [Place(read_alone(one.quote, one.head), None, "") for one in sentences])
    logits = np.array([logit(one.score) for one in sentences])
    left = np.ones(telling.met.shape[1], dtype=bool)
    open_ = list(range(len(sentences)))
    weight = ADDS_TO_PARTS if len(parts(question)) > 1 else ADDS
    chosen: list[tuple[Sentence, float]] = []
    while open_ and len(chosen) < most:
        adds = weight * (telling.met & left) @ telling.weights if chosen else np.zeros(len(sentences))
        best = max(open_, key=lambda place: (logits[place] + adds[place], -place))
        open_.remove(best)
        left &= ~telling.met[best]
        chosen.append((sentences[best], round(1 / (1 + math.exp(-(logits[best] + adds[best]))), 4)))
    return chosen


def logit(score: float, *, least: float = 1e-5) -> float:
    """Return the logit of a score, which is taken to be at least `least` and at most 1 less that."""
    bounded = min(max(score, least), 1 - least)
    return math.log(bounded / (1 - bounded))


def _told(evidence: Evidence) -> list[str]:
    sources = dict.fromkeys(one.source for one in evidence.sentences)
    bylines = [f"{source.title} {source.publisher} {source.published}" for source in sources]
    return [*bylines, *(read_alone(one.quote, one.head) for one in evidence.sentences)]

"""How likely a sentence is to hold the answer: a logistic of what can be told without a language model.

Fitted on the development half of the gold questions with the default embedder and with hashed words, where each sentence of
the 16 best passages either stands behind the answer or does not (6,700 sentences each, 1.9 % of them do). Against half meaning
and half shared words, the evidence of 70 of 76 questions instead of 62 fits in 400 tokens, and the two best sentences hold
that of 43 of 55 single-fact questions instead of 38.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.almanac import MONTHS, WEEKDAYS
from rag.answer.features import names, numbers, stems
from rag.fold import fold
from rag.sentences import is_table_row

BIAS = -7.3
COSINE = 2.0
"""Weight of the cosine with the question."""
SHARED = 5.5
"""Weight of the share of the question's words, names and numbers that it holds, rare ones counting more."""
RANK = 3.1
"""Weight of the rank of its passage: 1 for the best, 1/2 for the next."""
LENGTH = 1.3
"""Weight of its length, in units of `LONG` tokens and at most one such."""
LONG = 60
ROW = 2.4
"""Added for a row of a table: it tells much in few words."""
FITS = 0.7
"""Added where it holds what the question asks for: a number, a day, a person, a place that the question does not give."""
LACKS = -1.7
"""Added where it does not."""
LEADS_IN = -2.2
"""Added for what only leads to the answer: a sentence that ends in a colon, a question, the head of a table."""

NAME_LETTERS = 4
"""First letters by which a name is known again: `Chile` in `Chilean`, `Pekín` in `Pekin`."""

_WORDS = re.compile(r"[^\W\d_]+")
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:day|date|month|year|time)\b|\bcuando\b|\b(?:que|cual) (?:dia|fecha|ano|mes|hora)\b"
)
_NUMBER = re.compile(
    r"\bhow (?:much|many|high|large|big|long|far|wide|deep|tall|heavy|fast|old|often)\b|\bcuant[oa]s?\b|\b(?:share|percent"
    r"|percentage|turnout|number|total|toll|price|fare|fee|cost|sum|rate|pay rise|wage|salary|porcentaje|precio|cifra)\b"
)
_WHO = re.compile(
    r"\b(?:who|whom|whose|quien(?:es)?)\b"
    r"|\bwhich (?:\w+ ){0,3}(?:presidents?|ministers?|leaders?|politicians?|candidates?|experts?)\b"
)
_WHERE = re.compile(
    r"\b(?:where|donde)\b"
    r"|\b(?:what|which|que) (?:\w+ )?(?:city|country|countries|place|town|state|region|ciudad|pais|capital)\b"
)
_TIMES = re.compile(
    rf"\b(?:{'|'.join((*MONTHS, *WEEKDAYS))}|(?:1[89]|20)\d\d|today|yesterday|tomorrow|hoy|ayer|noon|midnight"
    r"|\d{1,2}[:.]\d\d)\b"
)
_FULL_NAME = re.compile(r"(?<=[\w,;’'”)] )[^\W\d_a-z][\w’'-]+ [^\W\d_a-z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence to be judged.

    `text` of a row holds the head of its table, `cosine` is that with the question, `overlap` what `word_overlap` tells, and
    `rank` that of its passage, from 0.
    """

    text: str
    cosine: float
    overlap: float
    rank: int
    n_tokens: int
    is_head: bool = False

    @property
    def match(self) -> float:
        """How much it speaks of the matter, in [0, 1]: half by meaning, half by shared words.

        Apart from how likely it answers: whether a question can be answered at all is told better by this (on the development
        half `extractive` refuses fewer answerable questions wrongly and more others rightly).
        """
        return round(min(1.0, 0.5 * max(0.0, self.cosine) + 0.5 * self.overlap), 5)


def fits(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return for each sentence, in [0, 1], how likely it holds the answer or a part of it."""
    asked = _Asked(question)
    # Rounded, so that the last bits of a processor's arithmetic decide no order.
    return [round(_logistic(_logit(one) + asked.bonus(one.text)), 5) for one in candidates]


def _logit(one: Candidate) -> float:
    line = one.text.rpartition("\n")[2]
    leads_in = one.is_head or line.rstrip().endswith((":", "?"))
    return (
        BIAS
        + COSINE * max(0.0, one.cosine)
        + SHARED * one.overlap
        + RANK / (1 + one.rank)
        + LENGTH * min(1.0, one.n_tokens / LONG)
        + ROW * is_table_row(line)
        + LEADS_IN * leads_in
    )


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


class _Asked:
    """What kind of thing a question asks for."""

    def __init__(self, question: str) -> None:
        folded = fold(question)
        self._names, self._numbers = names(question), numbers(question)
        self._when = bool(_WHEN.search(folded))
        self._number = not self._when and bool(_NUMBER.search(folded))
        self._who = bool(_WHO.search(folded))
        self._where = bool(_WHERE.search(folded))

    def bonus(self, text: str) -> float:
        """Return what a sentence gains by holding the thing, or loses by not holding it."""
        held = self._held(text)
        if not held:
            return 0.0
        return FITS * any(held) + LACKS * (not all(held))

    def _held(self, text: str) -> list[bool]:
        """Return for each thing asked for whether the text holds one that the question does not name."""
        line = text.rpartition("\n")[2]
        held = []
        if self._when:
            held.append(bool(_TIMES.search(fold(line))))
        if self._number:
            held.append(bool(numbers(line) - self._numbers))
        if self._who:
            held.append(any(self._names.isdisjoint(fold(name).split()) for name in _FULL_NAME.findall(line)))
        if self._where:
            held.append(bool(names(line) - self._names))
        return held


def is_met(question: str, texts: Sequence[str]) -> bool:
    """Return whether each name and number of a question stands in one of the texts; a name by its first letters alone.

    Where one is lacking, as the year 2010 or Brasília, the texts can speak of the matter and yet not of what was asked.
    """
    words = {word[:NAME_LETTERS] for text in texts for word in _WORDS.findall(fold(text))}
    held = {number for text in texts for number in numbers(text)}
    return numbers(question) <= held and all(name[:NAME_LETTERS] in words for name in names(question))


def word_overlap(question: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share, in [0, 1], of the question's words, names and numbers in it, rare ones counting more."""
    wanted = terms(question)
    held = [terms(text) for text in texts]
    counts = Counter(term for found in held for term in found)
    weights = {term: math.log(1 + len(texts) / (1 + counts[term])) for term in wanted}
    total = sum(weights.values())
    return [sum(weights[term] for term in wanted & found) / total if total else 0.0 for found in held]


def terms(text: str) -> frozenset[str]:
    """Return stems and numbers: what two texts on the same matter share."""
    return stems(text) | numbers(text)

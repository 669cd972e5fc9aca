"""How likely a sentence is to hold the answer: a logistic of what can be told without a language model.

Fitted on the development half of the gold questions with the default embedder and with hashed words: the sentences of the 16
best passages of a question are ranked so that one behind its answer comes first, and the scale is set so that the shares come
true. Cross-validated by story, the two best sentences hold the evidence of 52 of 55 single-fact questions with the default
embedder and of 48 with hashed words, and 400 tokens that of 71 and 67 of all 76.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.checking.reading import read
from rag.answer.features import names, numbers, stems
from rag.answer.kinds import Kinds
from rag.answer.told import Told
from rag.fold import fold

BIAS = -7.54
COSINE = 1.26
"""Weight of the cosine with the question."""
SHARED = 1.54
"""Weight of the share of the question's words, names and numbers that it holds, rare ones counting more."""
TOLD = 1.02
"""Weight of the same share by meaning: words that say the same, cognates and acronyms count too."""
NAMED = 3.18
"""Weight of the share of the question's names and numbers that it, the sentence before it or the title holds."""
PLAIN = 3.07
"""Weight of the share of the question's other words that it tells by meaning."""
RANK = 1.58
"""Weight of the rank of its passage: 1 for the best, 1/2 for the next."""
LACKS = -2.52
"""Added where it does not hold what the question asks for: a number, a day, a person, a place that the question lacks."""
EXACT = 1.36
"""Added where it has a number of just what is counted, or in the unit that is asked for."""
LEADS_IN = -0.95
"""Added for what only leads to the answer: a sentence that ends in a colon, a question, the head of a table."""
LEANS = 1.65
"""Weight of the share that the sentence before it and the title add, for a sentence that leans on them: `It was begun by …`."""

NAME_LETTERS = 4
"""First letters by which a name is known again: `Chile` in `Chilean`, `Pekín` in `Pekin`."""

_WORDS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence to be judged.

    `text` of a row holds the head of its table, `cosine` is that with the question, `overlap` what `word_overlap` tells, `told`
    what it tells of the question by meaning, and `rank` that of its passage, from 0. `leans` tells that only the sentence
    before it explains how it opens.
    """

    text: str
    cosine: float
    overlap: float
    told: Told
    rank: int
    is_head: bool = False
    leans: bool = False

    @property
    def match(self) -> float:
        """How much it speaks of the matter, in [0, 1]: half by meaning, half by words, those around it too.

        Apart from how likely it answers: whether a question is about the articles at all is told better by this. It tells the
        development questions from some of CLAP NQ on other matters with an AUC of .98, of .92 with hashed words.
        """
        return round(min(1.0, 0.5 * max(0.0, self.cosine) + 0.5 * self.told.near), 5)


def fits(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return for each sentence, in [0, 1], how likely it holds the answer or a part of it."""
    kinds = Kinds(question)
    # Rounded, so that the last bits of a processor's arithmetic decide no order.
    return [round(_logistic(sum(weighted(one, kinds).values())), 5) for one in candidates]


def weighted(one: Candidate, kinds: Kinds) -> dict[str, float]:
    """Return what each trait of a sentence adds to the logit."""
    return {name: weight * value for (name, weight), value in zip(WEIGHTS.items(), traits(one, kinds), strict=True)}


WEIGHTS = {
    "cosine": COSINE,
    "shared": SHARED,
    "told": TOLD,
    "named": NAMED,
    "plain": PLAIN,
    "rank": RANK,
    "lacks": LACKS,
    "exact": EXACT,
    "leads in": LEADS_IN,
    "leans": LEANS,
    "bias": BIAS,
}


def traits(one: Candidate, kinds: Kinds) -> tuple[float, ...]:
    """Return what is known of a sentence, in the order of `WEIGHTS`."""
    line = one.text.rpartition("\n")[2]
    return (
        max(0.0, one.cosine),
        one.overlap,
        one.told.own,
        one.told.named,
        one.told.plain,
        1 / (1 + one.rank),
        float(not all(kinds.held(line))),
        float(kinds.is_exact(line, read(one.text))),
        float(one.is_head or line.rstrip().endswith((":", "?"))),
        float(one.leans) * (one.told.near - one.told.own),
        1.0,
    )


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def is_met(question: str, texts: Sequence[str]) -> bool:
    """Return whether each name and number of a question stands in one of the texts; a name by its first letters alone.

    Where one is lacking, as the year 2010 or Brasília, the texts can speak of the matter and yet not of what was asked. Number
    words do not count: `which two presidents` names none.
    """
    words = {word[:NAME_LETTERS] for text in texts for word in _WORDS.findall(fold(text))}
    return are_given(question, texts) and all(name[:NAME_LETTERS] in words for name in names(question))


def are_given(question: str, texts: Sequence[str]) -> bool:
    """Return whether each number that a question has in digits stands in one of the texts."""
    asked = numbers(" ".join(_DIGITS.findall(question)))
    return asked <= {number for text in texts for number in numbers(text)}


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

"""Does a quote support a sentence? A port, and the lexical judge-free check that is the default.

The check is blunt on purpose: it asks that the sentence say nothing that the quote does not. `calibration.py` fits `TAU` on
labelled pairs and measures how far the check can be trusted; reports print that beside every figure that rests on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from eval.normalise import is_number, tokens
from rag.sentences import sentence_spans

TAU = 0.65
"""Least share of a sentence's content words in its quote; fitted by `calibration.fit`, and a test holds the two together."""

_STOP_WORDS = """
    a an the of to in on at by for from with and or as is are was were be been being it its this that these those he she
    they his her their who which what when where will would has have had do does did also than then there so such into
    about after before during between over under up out said says according
    yes both each some many most all several more less only if because since although while despite however meanwhile
    moreover additionally overall finally first today
    el la los las un una de del en y o que se por con para su al es fue ha
"""
_STOP = frozenset(_STOP_WORDS.split())
_NEGATION_WORDS = """
    not no never nor neither none cannot without dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt wont
    wouldnt cant couldnt nunca sin ni jamas
"""
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_NAME = re.compile(r"(?<![^\W\d_.'’-])[A-ZÁÉÍÓÚÑ][\w’'-]*")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a premise supports a claim, and what is missing where it does not."""

    is_supported: bool
    reason: str = ""


class Supports(Protocol):
    """A check of a claim against the words it cites."""

    def __call__(self, premise: str, claim: str) -> Support:
        """Return whether `premise` states what `claim` states. An empty premise supports nothing."""


def lexical_support(premise: str, claim: str, *, tau: float = TAU) -> Support:
    """Return whether `premise` holds the words, every number and name, and the negation of `claim`.

    Every capitalised word counts as a name, also at the start of a sentence: to miss a swapped speaker is worse than to
    doubt a paraphrase.
    """
    said = set(_stems(premise))
    wanted = [stem for stem in _stems(claim) if stem not in _STOP]
    numbers = [token for token in tokens(claim) if is_number(token) and token not in set(tokens(premise))]
    written = set(_WORD.findall(premise.casefold()))  # `U.S.` and `$5 Million` become other tokens, as words they stay
    names = [name for name in _NAME.findall(claim) if name.casefold() not in written | _STOP]
    names = [name for name in names if not said.issuperset(_stems(name))]
    if numbers:
        return Support(False, f"number {numbers[0]!r} is not in the quote")
    if names:
        return Support(False, f"name {names[0]!r} is not in the quote")
    if not wanted:
        return Support(False, "the sentence has no content words")
    share = sum(stem in said for stem in wanted) / len(wanted)
    if share < tau:
        return Support(False, f"{share:.2f} of the words are in the quote")
    if _is_negated(claim) != _is_negated(_nearest_sentence(premise, set(wanted))):
        return Support(False, "one of the two is negated")
    return Support(True, f"{share:.2f} of the words are in the quote")


def _stems(text: str) -> list[str]:
    return [_stem(token) for token in tokens(text)]


def _stem(token: str) -> str:
    """Return a crude stem: `visited`, `visits`, `visiting` -> `visit`."""
    for ending in ("ing", "ed", "es", "s"):
        if len(token) > len(ending) + 3 and token.endswith(ending):
            return token.removesuffix(ending)
    return token


def _is_negated(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(tokens(text))


def _nearest_sentence(premise: str, wanted: set[str]) -> str:
    """Return the sentence of `premise` that shares most stems with the claim; the first of equals."""
    sentences = [premise[start:end] for start, end in sentence_spans(premise)]
    return max(sentences, key=lambda sentence: len(wanted & set(_stems(sentence))), default="")

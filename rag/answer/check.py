"""Whether the words that a sentence cites support it: a first check, by words alone.

In this order: every number of the sentence stands in the cited words; every name does, or in the article's title, publisher
or date (one that only the question names makes it partial at best); both are negated or neither; and enough of the content
words are shared. The thresholds are compared with the containment of the sentence's terms in the cited words, in [0, 1].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.evidence import Sentence, terms
from rag.answer.features import fold, is_negated, names, numbers, stems
from rag.types import Source, Verdict

SUPPORTED = 0.6
"""Least containment of a supported sentence."""

PARTIAL = 0.35
"""Least containment of a partly supported one; a negation that differs counts as contradiction from here on."""

FRAGMENT_TERMS = 3
"""A reply of at most so many terms says nothing without its question, whose terms then must be met as well."""

FRAGMENT_QUESTION_SHARE = 0.25
"""Least share of the question's terms that the cited words and the article's title must hold for a fragment."""

_POLARITY = re.compile(r"(yes|no)\b(?=[,.;:!]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and the reason for it, in words for a reader."""

    verdict: Verdict
    reason: str


def check(question: str, sentence: str, behind: Sequence[Sentence]) -> Finding:
    """Return the verdict on a sentence of an answer to `question`, given the sentences of the evidence behind it."""
    if not behind:
        return Finding(Verdict.UNSUPPORTED, "no passage stands behind it")
    cited = "\n".join(one.quote.text for one in behind)
    about = "\n".join({_about(one.source) for one in behind})
    held = f"{cited}\n{about}"
    said, held_terms = terms(sentence), terms(held)
    if missing := sorted(numbers(sentence) - numbers(cited) - numbers(about)):
        return Finding(Verdict.UNSUPPORTED, f"not in the cited words: {', '.join(missing)}")
    missing = _missing_names(sentence, held)
    if added := [name for name in missing if name not in fold(question)]:
        return Finding(Verdict.UNSUPPORTED, f"not in the cited words: {', '.join(added)}")
    share = _containment(said, held_terms)
    # What the sentence says beyond the question it repeats.
    added_share = _containment(said - terms(question), held_terms)
    if is_negated(sentence) and not is_negated(cited) and share >= PARTIAL:
        return Finding(Verdict.CONTRADICTED, "one says no, the other does not")
    if (polarity := _POLARITY.match(sentence)) and (finding := _check_polarity(question, polarity.group(1), cited, held)):
        return finding
    if len(said) <= FRAGMENT_TERMS and not _meets(question, sentence, held):
        return Finding(Verdict.PARTIAL, "the cited words hold the answer but little of the question")
    if missing and added_share >= SUPPORTED:
        return Finding(Verdict.PARTIAL, f"only the question, not the cited words, names: {', '.join(missing)}")
    if missing:
        return Finding(Verdict.UNSUPPORTED, f"not in the cited words: {', '.join(missing)}")
    if share >= SUPPORTED and not stems(_first_word(sentence)) <= held_terms:
        return Finding(Verdict.PARTIAL, f"it opens with {_first_word(sentence)!r}, which the cited words do not hold")
    if share >= SUPPORTED:
        return Finding(Verdict.SUPPORTED, "every number and name, and the main words, stand in the cited words")
    if share >= PARTIAL or added_share >= SUPPORTED:
        return Finding(Verdict.PARTIAL, f"{share:.0%} of its words stand in the cited words")
    return Finding(Verdict.UNSUPPORTED, f"only {share:.0%} of its words stand in the cited words")


def _check_polarity(question: str, word: str, cited: str, held: str) -> Finding | None:
    """Return what is wrong with a sentence that opens with yes or no: it asserts, or denies, the question itself."""
    if _containment(terms(question), terms(held)) < SUPPORTED:
        return Finding(Verdict.UNSUPPORTED, f"it says {word.lower()}, but the cited words do not speak of the question")
    if word.lower() == "yes" and is_negated(cited) and not is_negated(question):
        return Finding(Verdict.CONTRADICTED, "it says yes, the cited words say no")
    return None


def _missing_names(sentence: str, held: str) -> list[str]:
    """Return the names of the sentence that the cited words lack, also as common words: `The Ministers` is one."""
    present = names(held) | stems(held)
    return sorted(name for name in names(sentence) if name not in present and not stems(name) <= present)


def _first_word(sentence: str) -> str:
    """Return the first word; its capital does not tell whether it is a name."""
    return sentence.split(maxsplit=1)[0] if sentence.split() else ""


def _meets(question: str, sentence: str, held: str) -> bool:
    """Return whether the cited words speak of what was asked."""
    asked = terms(question) - terms(sentence)
    return not asked or _containment(asked, terms(held)) >= FRAGMENT_QUESTION_SHARE


def _containment(wanted: frozenset[str], held: frozenset[str]) -> float:
    """Return the share of `wanted` that is held; 1 where nothing is wanted."""
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _about(source: Source) -> str:
    """Return what the byline tells: title, publisher and day."""
    day = f"{source.published:%-d %B %Y}" if source.published else ""
    return " ".join(part for part in (source.title, source.publisher, day) if part)

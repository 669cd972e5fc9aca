"""What a sentence asserts, as far as words alone tell: its content stems, numbers, names and negation."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from rag.fold import fold
from rag.retrieve.lexical import STOP_WORDS
from rag.retrieve.understand import language_of

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d+(?:[.,]\d+)*)(?:st|nd|rd|th)?(?:\s*(?P<scale>thousand|million|billion|trillion|mil|millones|bn|m)\b)?(?!\w)",
    re.IGNORECASE,
)
_SCALES = {
    "thousand": 10**3, "mil": 10**3, "million": 10**6, "m": 10**6, "millones": 10**6, "billion": 10**9, "bn": 10**9,
    "trillion": 10**12,
}  # fmt: skip
_NUMBER_WORDS = {
    word: value
    for value, words in enumerate(
        "zero|one uno una|two dos twice|three tres|four cuatro fourth|five cinco fifth|six seis sixth|seven siete|eight ocho|"
        "nine nueve|ten diez|eleven once|twelve doce|thirteen trece|fourteen catorce|fifteen quince|sixteen dieciséis|"
        "seventeen diecisiete|eighteen dieciocho|nineteen diecinueve".split("|")
    )
    for word in words.split()
} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
# Too common as pronouns or articles to count as numbers.
_NOT_NUMBERS = frozenset({"one", "uno", "una", "once"})
_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot n't nunca jamás ni sin tampoco ningún ninguna ninguno".split()
)
_NEGATED_VERB = re.compile(r"n['’]t\b", re.IGNORECASE)


def stems(text: str) -> frozenset[str]:
    """Return the stems of the content words, without case and accents; numbers are not among them.

    >>> sorted(stems("The ministers were meeting in Santiago"))
    ['meet', 'minist', 'santiago']
    """
    words = (fold(word) for word in _WORD.findall(text))
    return frozenset(stem(word) for word in words if word not in _FOLDED_STOP_WORDS)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers in one canonical form: `$6 billion`, `6,000,000,000` and `6000000000` are the same.

    >>> sorted(numbers("54.53% of 3,337,031 votes on October 19th, six decades ago"))
    ['19', '3337031', '54.53', '6']
    """
    found = set()
    for match in _NUMBER.finditer(text):
        value = _value(match.group("digits"), text)
        scale = _SCALES.get((match.group("scale") or "").lower(), 1)
        found.add(f"{value * scale:.10g}" if value * scale < 1e9 else f"{value * scale:.0f}")
    for word in _WORD.findall(text.lower()):
        if word in _NUMBER_WORDS and word not in _NOT_NUMBERS:
            found.add(str(_NUMBER_WORDS[word]))
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """Return the capitalised words, folded, but for one that only begins the sentence and is a common word."""
    found = set()
    for match in _WORD.finditer(text):
        word = match.group()
        is_common = fold(word) in _FOLDED_STOP_WORDS and not _is_acronym(word)
        opens = not text[: match.start()].strip(" “\"'‘(«-*•–")
        if word[0].isupper() and not is_common and (not opens or _looks_like_name(word, text)):
            found.add(_unpossessive(fold(word)))
    return frozenset(found)


def is_negated(text: str) -> bool:
    """Return whether the sentence holds a negation."""
    return bool(_NEGATED_VERB.search(text)) or any(word in _NEGATIONS for word in _WORD.findall(text.lower()))


def _is_acronym(word: str) -> bool:
    """Return whether a word is in capitals: `UN` is no article of Spanish."""
    return len(word) > 1 and word.isupper()


def _looks_like_name(word: str, text: str) -> bool:
    """Return whether the first word of a sentence is a name: it is in capitals, or a capital follows it."""
    following = text[text.index(word) + len(word) :].lstrip()[:1]
    return word.isupper() or following.isupper() or len(_WORD.findall(text)) <= 2


def _value(digits: str, text: str) -> float:
    """Return the value of digits with separators: a comma before three digits parts thousands, a point does in Spanish."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return float(digits.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits) and (digits.count(".") > 1 or language_of(text) == "es"):
        return float(digits.replace(".", ""))
    head, _, tail = digits.replace(",", ".").partition(".")
    return float(f"{head}.{tail.replace('.', '')}") if tail else float(head)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the English stem of a folded word: `ministers`, `minister's` -> `minist`."""
    with _STEMMING:  # the stemmer keeps the word it works on in itself
        return str(_stemmer().stemWord(_unpossessive(word)))


@cache
def _stemmer() -> BaseStemmer:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def _unpossessive(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'")


_STEMMING = Lock()
_FOLDED_STOP_WORDS = frozenset(fold(word) for word in STOP_WORDS)

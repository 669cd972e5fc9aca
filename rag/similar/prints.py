"""The print of a text: hashes of its runs of words, the few of them it is found by, and the facts that a copy keeps.

A copy shares runs of words with what it copies wherever it was cut, reordered or given another headline. The smallest hashes
are its marks: two texts that share the part J of their runs have one of eight marks in common with a probability of about
1 - (1 - J)^8, .996 for a half. (The bottom-k sketch of Broder, "On the Resemblance and Containment of Documents", SEQUENCES
1997: one hash function in place of MinHash's many.) Half of the marks are taken from runs with a figure or a name, so that
reports written by one template, which share all other runs, do not find one another before a copy is found.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.fold import fold

RUN = 4
"""Words of a run: three are often shared by strangers, five are broken twice as often by a changed word as two are."""

MARKS = 8

Hashes = NDArray[np.uint64]

_KEPT_WORDS = 200_000
_ONE = np.uint64(1)
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_MIXERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))

# Scripts that put no space between words count by the character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_FIGURE = re.compile(r"\d+(?:[.,:\u00a0\u202f]\d+)*")
_SEPARATORS = re.compile(r"[.,:\u00a0\u202f]")
# A capital after a word in small letters or a comma: no sentence begins there.
_NAME = re.compile(r"(?<=[^\W\dA-Z_][ ,])\s*([^\W\d_a-z][^\W\d_]+)")


@dataclass(frozen=True)
class Print:
    """What is compared of a text.

    `runs` are the distinct hashes of its runs of words in order, shape (n,); `marks` up to eight numbers in [0, 2^32),
    distinct, that texts which share runs are likely to share.
    """

    text: str = field(repr=False)
    runs: Hashes = field(repr=False)
    marks: tuple[int, ...]

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers of the text, without the marks within them: `1,200` and `1.200` are one."""
        return frozenset(_SEPARATORS.sub("", figure) for figure in _FIGURE.findall(self.text))

    @cached_property
    def names(self) -> frozenset[str]:
        """The words with a capital that begin no sentence, folded."""
        return frozenset(fold(name) for name in _NAME.findall(self.text))


class _Words(dict[str, int]):
    """The hash of each word, folded; the same on every machine. Its last bit tells a figure or a capital."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        digest = hashlib.blake2b(fold(word).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        is_fact = word[0].isdigit() or word[0].isupper()
        value = self[word] = int.from_bytes(digest, "little") & ~1 | is_fact
        return value


_words = _Words()


def print_of(text: str) -> Print:
    """Return the print of a text. Case, accents and punctuation do not matter; a text of fewer words is one run."""
    if not unicodedata.is_normalized("NFC", text):  # else an accent of its own ends a word
        text = unicodedata.normalize("NFC", text)
    words = _WORD.findall(text)
    known = _words
    hashes = np.array([known[word] for word in words], dtype=np.uint64)
    facts = (hashes & _ONE).astype(bool)
    hashes &= ~_ONE
    n_runs = len(hashes) - RUN + 1
    if n_runs < 1:
        short = RUN - len(hashes) if words else 0
        hashes, facts = np.pad(hashes, (0, short)), np.pad(facts, (0, short))
        n_runs = min(len(words), 1)
    runs = np.zeros(n_runs, dtype=np.uint64)
    has_fact = np.zeros(n_runs, dtype=bool)
    for place, multiplier in enumerate(_MULTIPLIERS if n_runs else ()):
        runs = (runs ^ (hashes[place : place + n_runs] * multiplier)) * _MIXERS[0]
        has_fact |= facts[place : place + n_runs]
    runs ^= runs >> np.uint64(31)
    runs *= _MIXERS[1]
    runs ^= runs >> np.uint64(29)
    return Print(text, np.unique(runs), _marks(runs, has_fact))


def _marks(runs: Hashes, has_fact: NDArray[np.bool_]) -> tuple[int, ...]:
    telling = np.unique(runs[has_fact])[: MARKS // 2]
    others = np.unique(runs[~has_fact])[: MARKS - len(telling)]
    # Ordered by the whole hash and told apart by its low half: the high halves of the smallest are all near 0.
    chosen = np.concatenate([telling, others]) & np.uint64(0xFFFFFFFF)
    return tuple(dict.fromkeys(chosen.tolist()))

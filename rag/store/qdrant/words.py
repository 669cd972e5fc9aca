"""Passages by their words: BM25 in the sparse vectors of Qdrant, and exactly for what those find."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from qdrant_client import models

from rag.retrieve.lexical import COMMON_FROM, COMMON_SHARE, K1, ROWS, ROWS_SHARE, B, content_words, names
from rag.store.qdrant.client import Connection
from rag.store.qdrant.head import State
from rag.store.qdrant.points import seen, stems_stand
from rag.store.terms import Terms

_EXACT = 100_000
"""Passages up to which the passages of a word are counted exactly; above, as Qdrant estimates them."""

_KEPT = 100_000

_terms = Terms()


def terms_of(text: str) -> list[str]:
    """Return the terms of a text, the same as the library's full-text index has them."""
    return _terms.of(text)


def weights(stems: Sequence[str], average: float) -> models.SparseVector:
    """Return the sparse vector of a passage: what each of its terms adds to BM25 where it is as rare as can be.

    Args:
        average: How many terms a passage has.
    """
    damping = K1 * (1 - B + B * len(stems) / max(average, 1.0))
    counts = Counter(_dimension(stem) for stem in stems)
    return models.SparseVector(indices=list(counts), values=[count * (K1 + 1) / (count + damping) for count in counts.values()])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: words, each of one term or several that must all stand, and names, with their rarity."""

    words: tuple[tuple[tuple[str, ...], float], ...]
    names: Mapping[str, float]
    average: float

    @property
    def vector(self) -> models.SparseVector:
        """The sparse vector that finds it."""
        rarity: defaultdict[int, float] = defaultdict(float)
        for terms, value in self.words:
            for term in terms:
                rarity[_dimension(term)] += value
        return models.SparseVector(indices=list(rarity), values=list(rarity.values()))

    def score(self, stems: str, n_terms: int) -> float:
        """Return the BM25 of a passage with these stems, >= 0."""
        counts = Counter(stems.split(" "))
        damping = K1 * (1 - B + B * n_terms / self.average)
        found = [(min(counts[term] for term in terms), rarity) for terms, rarity in self.words]
        around = f" {stems} "
        for name, rarity in self.names.items():
            count = min(counts[term] for term in name.split(" ")) if f" {name} " in around else 0
            found.append((count, rarity))
        return sum(rarity * count * (K1 + 1) / (count + damping) for count, rarity in found if count)


class Vocabulary:
    """In how many passages of one store words stand. Safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        """Count by `connection`."""
        self._connection = connection
        self._counts: tuple[tuple[str, int], dict[str, int]] = (("", 0), {})

    def asked(self, text: str, passages: str, state: State) -> Asked:
        """Return what of a text is worth looking for in a collection of passages, as `LexicalRetriever` chooses it."""
        words = {word: _long(terms_of(word)) for word in content_words(text)}
        words = {word: terms for word, terms in words.items() if terms}
        rows = {word: min(self._count(term, passages, state) for term in terms) for word, terms in words.items()}
        most = max(state.passages, COMMON_FROM / COMMON_SHARE) * COMMON_SHARE
        fewest, most_rows = ROWS
        left = min(max(round(state.passages * ROWS_SHARE), fewest), most_rows)
        kept: list[tuple[tuple[str, ...], float]] = []
        for word in sorted([word for word in words if rows[word] <= most] or words, key=rows.__getitem__):
            if kept and rows[word] > left:
                break
            left -= rows[word]
            if rows[word]:
                kept.append((tuple(words[word]), _rarity(rows[word], state.passages)))
        known = {term for terms, _ in kept for term in terms}
        named: dict[str, float] = {}
        for name in names(text):
            stems = " ".join(term for word in name.split() for term in terms_of(word))
            if stems and known >= {term for word in content_words(name) for term in _long(terms_of(word))}:
                count = self._count(stems, passages, state)
                if count:
                    named[stems] = _rarity(count, state.passages)
        return Asked(tuple(kept), named, max(state.terms, 1) / max(state.passages, 1))

    def _count(self, stems: str, passages: str, state: State) -> int:
        """Return in how many passages stems stand one after another.

        A count is kept until the store has grown or shrunk by a hundredth; that something stands nowhere is never kept.
        """
        (of, size), counts = self._counts
        if of != passages or abs(state.passages - size) * 100 >= max(state.passages, 1) or len(counts) > _KEPT:
            counts = {}
            self._counts = ((passages, state.passages), counts)
        if stems not in counts:
            where = [*seen(state.number), stems_stand(stems)]
            count = self._connection.count(passages, where, exact=state.passages <= _EXACT)
            if not count:
                return 0
            counts[stems] = count
        return counts[stems]


def _rarity(count: int, n_passages: int) -> float:
    """Return how much a word tells that stands in so many passages; next to nothing where in half of them."""
    return max(math.log((n_passages - count + 0.5) / (count + 0.5)) if count < n_passages else 0.0, 1e-6)


def _long(terms: list[str]) -> list[str]:
    """Return the terms of a word but single letters, which say little and stand everywhere."""
    return [term for term in terms if len(term) > 1] or terms


def _dimension(term: str) -> int:
    """Return the place of a term in sparse vectors: a hash, so that no list of terms must be kept."""
    return int.from_bytes(blake2b(term.encode("utf-8", "replace"), digest_size=4).digest(), "little")

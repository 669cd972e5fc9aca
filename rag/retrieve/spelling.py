"""The library's own spelling of a word that it does not know."""

from __future__ import annotations

from typing import Protocol

_LEAST_LETTERS = 5
"""Shorter words have too many neighbours."""

_TWO_EDITS_FROM = 8
"""Letters from which on two edits are still the same word."""


class Spellings(Protocol):
    """The terms of a library."""

    def terms_beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""


def nearest_spelling(term: str, index: Spellings) -> str:
    """Return the term of the library that is fewest edits away, the most frequent of those; empty where none is near.

    Args:
        term: A stem, as the library holds it. Its first two letters are taken to be right.
    """
    if len(term) < _LEAST_LETTERS or not term.isalpha():
        return ""
    most = 2 if len(term) >= _TWO_EDITS_FROM else 1
    near = []
    for known, count in index.terms_beginning(term[:2], least=len(term) - most, most=len(term) + most):
        edits = edit_distance(term, known, most=most)
        if edits <= most:
            near.append((edits, -count, known))
    return min(near)[2] if near else ""


def edit_distance(one: str, other: str, *, most: int) -> int:
    """Return how many letters must be put in, taken out, changed, or swapped with their neighbour; `most` + 1 for more.

    The restricted edit distance (optimal string alignment) of Damerau, "A technique for computer detection and correction of
    spelling errors", CACM 1964.

    >>> edit_distance("grynspan", "grinspam", most=2), edit_distance("form", "from", most=2)
    (2, 1)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                edits = min(edits, two_before[j - 2] + 1)
            row.append(edits)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)

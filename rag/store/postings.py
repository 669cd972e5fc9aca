"""The passages of single words, kept in memory: what SQLite's full-text index holds of them, read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.store.database import Database
from rag.store.facts import varints
from rag.store.memo import Memo
from rag.store.vectors import Numbers, among, column

Counts = NDArray[np.float32]

_OPEN = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.instances USING fts5vocab('main', 'words', 'instance')"

_KEPT = 4_000_000
"""Most postings kept: 64 MB. Those of the terms that were asked for longest ago go first."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The passages that hold a term, all arrays of shape (n,).

    Attributes:
        numbers: Of the passages, ascending.
        counts: How often the term stands in each.
        lengths: How many terms each has, by the average of the library's passages.
    """

    numbers: Numbers
    counts: Counts = field(repr=False)
    lengths: Counts = field(repr=False)

    def with_(self, other: Posting) -> Posting:
        """Return the passages that hold both terms, each as often as it holds the rarer one of the two."""
        numbers, mine, its = np.intersect1d(self.numbers, other.numbers, assume_unique=True, return_indices=True)
        return Posting(numbers, np.minimum(self.counts[mine], other.counts[its]), self.lengths[mine])

    def among(self, numbers: Numbers) -> Posting:
        """Return what it says of those passages, whose numbers ascend."""
        held = among(self.numbers, numbers)
        return Posting(self.numbers[held], self.counts[held], self.lengths[held])


_NONE = np.zeros(0, dtype=np.float32)
NONE = Posting(np.zeros(0, dtype=np.int64), _NONE, _NONE)
"""Of a term that stands nowhere."""


class Postings:
    """Reads postings, and keeps them until the library changes. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database
        self._kept: Memo[Posting] = Memo(database, size=_KEPT, weight=lambda posting: len(posting.numbers) + 1)
        self._phrases: Memo[Numbers] = Memo(database, size=_KEPT, weight=lambda numbers: len(numbers) + 1)
        self._average: Memo[float] = Memo(database, size=1)

    def of(self, terms: Sequence[str], lengths: Callable[[Numbers], Counts]) -> dict[str, Posting]:
        """Return the posting of each term, as `Vocabulary.terms` gives it; an empty one where it stands nowhere.

        Args:
            lengths: Tells how many terms passages have.
        """
        return self._kept.get_all(terms, lambda term: self._read(term, lengths))

    def of_phrase(self, expression: str) -> Numbers:
        """Return the numbers, ascending, of the passages that an FTS5 expression matches."""
        return self._phrases.get(expression, lambda: self._read_phrase(expression))

    def _read_phrase(self, expression: str) -> Numbers:
        rows = self._database.rows("SELECT rowid FROM words WHERE words MATCH :expression", expression=expression)
        return column(rows)

    def _read(self, term: str, lengths: Callable[[Numbers], Counts]) -> Posting:
        self._database.run(_OPEN)
        # A row for each place of the term, in order of passages.
        places = column(self._database.rows("SELECT doc FROM temp.instances WHERE term = :term", term=term))
        if len(places) == 0:
            return NONE
        first = np.flatnonzero(np.diff(places, prepend=-1))
        numbers = places[first]
        average = self._average.get("terms", self._read_average)
        counts = np.diff(first, append=len(places)).astype(np.float32)
        return Posting(numbers, counts, lengths(numbers) / np.float32(average))

    def _read_average(self) -> float:
        """Return how many terms a passage has on average: FTS5 keeps the count of passages and that of all their terms."""
        n_passages, n_terms = varints(self._database.rows("SELECT block FROM words_data WHERE id = 1")[0][0])
        return max(n_terms, 1) / max(n_passages, 1)

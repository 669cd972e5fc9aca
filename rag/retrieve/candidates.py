"""The passages that may answer a question, and how well each matches it in each way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors

Matches = NDArray[np.float32]
"""How well each of n passages matches something, shape (n,) or (parts, n)."""

Numbers = NDArray[np.int64]
PublicationDays = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The n passages that any retriever proposed, in order of id.

    Attributes:
        ids: Of the passages.
        articles: A number for each, shape (n,): equal for passages of one article.
        groups: Likewise, equal also for passages of articles that are copies of one another.
        publishers: Of their articles, empty where unknown.
        days: Of publication, shape (n,), as `date.toordinal` counts; 0 where that is unknown.
        whole: BM25 of the whole question, shape (n,), >= 0; 0 also for a passage that is not among the best.
        lexical: BM25 of each sub-question, shape (parts, n), >= 0, likewise.
        dense: Cosine of each sub-question, shape (parts, n), right to three digits at least.
        phrases: Which hold a quoted phrase of the question, shape (n,), 0 or 1.
        vectors: Of the passages, shape (n, dimensions).
        ranks: For each retriever, the best 1-based rank of each passage in its rankings, shape (n,); 0 where it did not propose
            the passage.
    """

    ids: tuple[str, ...]
    articles: Numbers = field(repr=False)
    groups: Numbers = field(repr=False)
    publishers: tuple[str, ...] = field(repr=False)
    days: PublicationDays = field(repr=False)
    whole: Matches = field(repr=False)
    lexical: Matches = field(repr=False)
    dense: Matches = field(repr=False)
    phrases: Matches = field(repr=False)
    vectors: Vectors = field(repr=False)
    ranks: dict[str, Numbers] = field(repr=False)

    def ranks_of(self, place: int) -> dict[str, int]:
        """Return the best rank of one passage by each retriever that proposed it."""
        return {retriever: int(ranks[place]) for retriever, ranks in self.ranks.items() if ranks[place]}

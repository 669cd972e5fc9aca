"""Scored candidates to hits: the best, but each telling something that those before it do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.config import SearchConfig
from rag.retrieve.candidates import Candidates, Matches
from rag.store.vectors import cosines
from rag.types import Understanding

COPIED = 0.85
"""Cosine from which on passages of two articles that are copies of one text count as one: each may be cut at other places."""


def select(
    candidates: Candidates, scores: Matches, understood: Understanding, config: SearchConfig, *, k: int
) -> list[tuple[int, float]]:
    """Return up to `k` (place of the candidate, score), chosen one by one, each the best of what is left.

    A candidate loses as it repeats what was chosen: the sub-questions that it matches (`coverage`), its wording (`variety`),
    and its publisher while another that the question names has none yet. Near-duplicates of a chosen one (cosine of at least
    `duplicate`, or of `COPIED` where their articles are copies) come only after everything else. After Carbonell and Goldstein,
    "The Use of MMR, Diversity-Based Reranking", SIGIR 1998. The scores returned are those before any loss; ties go by id.
    """
    n = len(candidates.ids)
    if n == 0:
        return []
    parts = candidates.lexical / (float(candidates.lexical.max()) or 1.0)
    left = np.ones(n, dtype=bool)
    covered = np.zeros(len(parts), dtype=np.float32)
    nearest = np.zeros(n, dtype=np.float32)
    copied = np.zeros(n, dtype=np.float32)
    has_copies = bool((candidates.groups != candidates.articles).any())
    missing = set(understood.publishers)
    chosen: list[int] = []
    while len(chosen) < min(k, n):
        value = scores - config.coverage * np.minimum(parts, covered[:, None]).max(axis=0)
        value -= config.variety * nearest
        if understood.publishers:
            value -= config.publisher_share * _crowded(candidates.publishers, missing, understood.publishers)
        value[(nearest >= config.duplicate) | (copied >= COPIED)] -= 1_000.0
        value[~left] = -np.inf
        best = int(np.argmax(value))
        chosen.append(best)
        left[best] = False
        missing.discard(candidates.publishers[best])
        covered = np.maximum(covered, parts[:, best])
        near = cosines(candidates.vectors, candidates.vectors[best])
        nearest = np.maximum(nearest, near)
        if has_copies:
            is_copy = (candidates.groups == candidates.groups[best]) & (candidates.articles != candidates.articles[best])
            copied = np.maximum(copied, np.where(is_copy, near, np.float32(0)))
    return [(place, float(scores[place])) for place in chosen]


def _crowded(publishers: Sequence[str], missing: set[str], named: Sequence[str]) -> Matches:
    """Return 1 for each candidate of a named publisher that has its share already, while another named one has none."""
    served = set(named) - missing if missing else set()
    return np.array([publisher in served for publisher in publishers], dtype=np.float32)

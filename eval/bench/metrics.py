"""How well a ranking finds the evidence of a question: plain functions over which passages hold what.

They know nothing of a search or a library: `judge` compares texts, and everything else counts. Each value lies in [0, 1], up is
better. The definitions:

- Hits@k and MRR@10 as `retrieval_evaluate.py` of MultiHop-RAG has them (Tang and Yang, "MultiHop-RAG: Benchmarking
  Retrieval-Augmented Generation for Multi-Hop Queries", COLM 2024): a passage is a hit when it contains the whole of any fact,
  white space aside, compared by letter and case; MRR is 1 / the rank of the first hit among ten, else 0; questions without
  evidence are left out. That script takes only spaces and line feeds away, we take every white space; it looks at an eleventh
  passage and then ignores it.
- MAP@10 is not that script's. There the precision at a rank counts only the facts that are new at that rank, not those found
  before, so that a perfect ranking of three facts scores .61. Here precision at a rank is the share of passages up to it that
  brought a fact not seen before; it is taken at each fact's first passage, summed, and divided by min(number of facts, 10): the
  average precision of Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), section 8.4, over facts. A
  passage that repeats a fact counts as a miss, since it adds nothing.
- Evidence recall@10 is the share of facts that stand in any of the first ten passages; all evidence@10 is 1 when all do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from eval.stats import Interval, draw_clusters

RESAMPLES = 10_000
SEED = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A ranking beside the facts of its question: `held[i]` are the numbers of the facts that passage i (rank i + 1) holds."""

    held: tuple[frozenset[int], ...]
    n_facts: int

    def first_ranks(self, k: int) -> list[int]:
        """Return the rank of the first passage that holds each fact found among the first `k`, ascending."""
        first: dict[int, int] = {}
        for rank, facts in enumerate(self.held[:k], 1):
            for fact in facts:
                first.setdefault(fact, rank)
        return sorted(first.values())


def squeezed(text: str) -> str:
    """Return a text without white space: what facts and passages are compared by."""
    return "".join(text.split())


def judge(passages: Sequence[str], facts: Sequence[str]) -> Judged:
    """Return which of the ranked passages hold which facts; a fact given twice counts once.

    Args:
        passages: Texts, best first.
        facts: At least one.

    Raises:
        ValueError: no fact, or one without a character: it would stand in every passage.
    """
    wanted = tuple(dict.fromkeys(squeezed(fact) for fact in facts))
    if not wanted or "" in wanted:
        raise ValueError(f"a question is judged by facts that have words, not by {list(facts)!r}")
    texts = [squeezed(passage) for passage in passages]
    held = tuple(frozenset(number for number, fact in enumerate(wanted) if fact in text) for text in texts)
    return Judged(held, len(wanted))


def hits(judged: Judged, *, k: int) -> float:
    """1 if any of the first `k` passages holds a fact, else 0."""
    return float(bool(judged.first_ranks(k)))


def reciprocal_rank(judged: Judged, *, k: int) -> float:
    """1 / rank of the first of `k` passages that holds a fact, else 0."""
    ranks = judged.first_ranks(k)
    return 1 / ranks[0] if ranks else 0.0


def average_precision(judged: Judged, *, k: int) -> float:
    """Average precision over facts, each counted at the first of `k` passages that holds it.

    Example: two facts, found at ranks 1 and 4: (1/1 + 2/4) / 2 = 0.75.
    """
    ranks = judged.first_ranks(k)
    useful = sorted(set(ranks))
    precision = {rank: place / rank for place, rank in enumerate(useful, 1)}
    return sum(precision[rank] for rank in ranks) / min(judged.n_facts, k)


def evidence_recall(judged: Judged, *, k: int) -> float:
    """Share of the facts that stand in the first `k` passages."""
    return len(judged.first_ranks(k)) / judged.n_facts


def all_evidence(judged: Judged, *, k: int) -> float:
    """1 if every fact stands in the first `k` passages, else 0."""
    return float(len(judged.first_ranks(k)) == judged.n_facts)


METRICS: Mapping[str, Callable[[Judged], float]] = {
    "Hits@4": partial(hits, k=4),
    "Hits@10": partial(hits, k=10),
    "MRR@10": partial(reciprocal_rank, k=10),
    "MAP@10": partial(average_precision, k=10),
    "evidence recall@10": partial(evidence_recall, k=10),
    "all evidence@10": partial(all_evidence, k=10),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions with its 95 % bootstrap interval by question."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED) -> Estimate:
    """Return the mean of at least one value and the percentile interval of the mean of resampled questions."""
    draws = draw_clusters(len(values), resamples=resamples, seed=seed)
    means = draws @ np.asarray(values, dtype=np.float64) / len(values)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(
        mean=round(sum(values) / len(values), 6), low=round(float(low), 6), high=round(float(high), 6), n=len(values)
    )


def change(before: Sequence[float], after: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Return the 95 % bootstrap interval of the mean change of paired questions."""
    paired = estimate([new - old for old, new in zip(before, after, strict=True)], resamples=resamples, seed=seed)
    return Interval(paired.low, paired.high)

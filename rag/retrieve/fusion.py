"""Several rankings into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[str]], *, weights: Mapping[str, float], rrf_k: int
) -> list[tuple[str, float]]:
    """Return (id, score) of everything that any ranking holds, best first; equal scores ordered by id.

    A ranking adds weight / (rrf_k + rank) to each id in it, rank counted from 1; weights are scaled to sum to 1, so that
    scores lie in (0, 1 / (rrf_k + 1)]. Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual rank learning methods", SIGIR 2009.

    >>> reciprocal_rank_fusion({"a": ["x", "y"], "b": ["y"]}, weights={"a": 1, "b": 1}, rrf_k=1)
    [('y', 0.41666666666666663), ('x', 0.25)]
    """
    total = sum(weights[name] for name in rankings) or 1.0
    scores: defaultdict[str, float] = defaultdict(float)
    for name, ids in rankings.items():
        if weights[name] == 0:
            continue
        for rank, id_ in enumerate(dict.fromkeys(ids), 1):
            scores[id_] += weights[name] / total / (rrf_k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

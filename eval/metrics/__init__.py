"""Every metric, by name: one module a theme, and one line here to add one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from eval.metrics import abstention, answer, citations, retrieval, safety
from eval.metrics.base import Direction, Item, Metric, Outcome
from eval.support import TAU

METRICS: Mapping[str, Metric] = {
    metric.name: metric for module in (answer, citations, abstention, safety, retrieval) for metric in module.METRICS
}

SHARED_VERSION = 3
"""Goes up with every change of `normalise.py`, `support.py` or `metrics/base.py` that can move a score."""


def scorer_digest() -> str:
    """Return 12 hex digits that change whenever a metric is added, removed or given a new version."""
    versions = sorted(f"{metric.name}={metric.version}" for metric in METRICS.values())
    return hashlib.sha256(" ".join([str(SHARED_VERSION), str(TAU), *versions]).encode()).hexdigest()[:12]


__all__ = ["METRICS", "SHARED_VERSION", "Direction", "Item", "Metric", "Outcome", "scorer_digest"]

"""Candidates to scores: how the ways of matching are weighed, and what may look at them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.config import SearchConfig
from rag.errors import ModelError
from rag.retrieve.candidates import Candidates, Matches, PublicationDays
from rag.types import Days, Understanding

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_AFTERMATH_DAYS = 2.0
"""News of a day is published within about so many days of it."""


def fused(candidates: Candidates, config: SearchConfig) -> Matches:
    """Return a score for each candidate, shape (n,): words and meaning of the question as a whole, in one scale.

    BM25 is divided by the best of it, so that it lies in [0, 1] as cosines nearly do; a convex combination of scores keeps
    what ranks throw away. Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
    """
    words = candidates.whole + config.part_weight * candidates.lexical.max(axis=0)
    most = float(words.max(initial=0.0)) or 1.0
    meaning = candidates.dense.max(axis=0)
    return np.asarray(config.lexical_weight * words / most + config.dense_weight * meaning, dtype=np.float32)


def with_priors(
    scores: Matches, candidates: Candidates, understood: Understanding, config: SearchConfig, *, today: date | None
) -> Matches:
    """Return the scores with what is to be expected from publisher, day and quoted words added.

    Args:
        today: The day from which age counts where the question is about the present; None where it is not.
    """
    scores = scores + config.phrase_weight * candidates.phrases
    if understood.publishers:
        is_named = [publisher in understood.publishers for publisher in candidates.publishers]
        scores = scores + config.publisher_weight * np.array(is_named, dtype=np.float32)
    if understood.days:
        fit = np.stack([_fit(candidates.days, days) for days in understood.days]).max(axis=0)
        scores = scores + config.date_weight * fit
    if today:
        age = np.maximum(today.toordinal() - candidates.days, 0)
        freshness = np.where(candidates.days > 0, np.exp(-age / config.recency_days), 0.0)
        scores = scores + config.recency_weight * freshness.astype(np.float32)
    return scores


def _fit(published: PublicationDays, named: Days) -> Matches:
    """Return how well days of publication fit the days named, in [0, 1]: 1 within them, less soon after, 0 where unknown."""
    late = published - named.last.toordinal()
    after = 0.5 * np.exp(-np.maximum(late - 1, 0) / _AFTERMATH_DAYS)
    fit = np.where(late > 0, after, np.where(published >= named.first.toordinal(), 1.0, 0.0))
    return np.asarray(fit, dtype=np.float32)


class CrossEncoderReranker:
    """Scores the best candidates anew with a sentence-transformers cross-encoder."""

    def __init__(self, name: str) -> None:
        """Use the model of that name or in that folder; it is loaded by the first `scores`."""
        self._name = name
        self._loaded: CrossEncoder | None = None

    def scores(self, question: str, texts: Sequence[str]) -> Matches:
        """Return how well each text answers the question, shape (n,), in [0, 1].

        Raises:
            ModelError: the model cannot be had or loaded.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        found: Any = self._load().predict([(question, text) for text in texts], show_progress_bar=False)
        return np.asarray(found, dtype=np.float32).reshape(len(texts))

    def _load(self) -> CrossEncoder:
        if self._loaded is None:
            from sentence_transformers import CrossEncoder
            from torch.nn import Sigmoid

            try:
                self._loaded = CrossEncoder(self._name, activation_fn=Sigmoid(), device="cpu")
            except (OSError, ValueError) as error:
                raise ModelError(
                    f"cannot load the cross-encoder {self._name!r}: {str(error).splitlines()[0]}; set search.rerank to "
                    "'light', or to 'cross-encoder:' with a folder or a name that a hub has"
                ) from error
        return self._loaded

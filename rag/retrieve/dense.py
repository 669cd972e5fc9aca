"""Passages by meaning: cosine similarity of embeddings."""

from __future__ import annotations

from rag.ports import Embedder
from rag.store.library import Library
from rag.types import Query


class DenseRetriever:
    """Ranks passages by the cosine of their vector and the question's."""

    name = "dense"

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def rank(self, query: Query, *, k: int) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, cosine in [-1, 1]), best first."""
        vector = self._embedder.embed([query.text])[0]
        return self._library.index.nearest(vector, k=k, as_of=query.as_of)

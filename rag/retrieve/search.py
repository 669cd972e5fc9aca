"""A query to its hits: every retriever proposes, fusion decides."""

from __future__ import annotations

from rag.config import SearchConfig
from rag.ports import Embedder, Retriever
from rag.retrieve.dense import DenseRetriever
from rag.retrieve.fusion import reciprocal_rank_fusion
from rag.retrieve.lexical import LexicalRetriever
from rag.store.library import Library
from rag.timing import Stopwatch
from rag.types import Hit, Query, SearchResult


class Searcher:
    """Searches one library."""

    def __init__(self, library: Library, embedder: Embedder, config: SearchConfig) -> None:
        self._library = library
        self._config = config
        self._retrievers: tuple[Retriever, ...] = (DenseRetriever(library, embedder), LexicalRetriever(library))
        self._weights = {"dense": config.dense_weight, "lexical": config.lexical_weight}

    def search(self, query: Query) -> SearchResult:
        """Return up to `query.k` hits, best first; equal scores ordered by passage id."""
        watch = Stopwatch()
        rankings: dict[str, list[str]] = {}
        for retriever in self._retrievers:
            with watch.stage(retriever.name):
                rankings[retriever.name] = [id_ for id_, _ in retriever.rank(query, k=self._config.candidates)]
        with watch.stage("fusion"):
            fused = reciprocal_rank_fusion(rankings, weights=self._weights, rrf_k=self._config.rrf_k)
            hits = self._hits(fused, rankings, query.k)
        return SearchResult(query.text, tuple(hits), watch.timings_ms())

    def _hits(self, fused: list[tuple[str, float]], rankings: dict[str, list[str]], k: int) -> list[Hit]:
        """Return the first `k` of the fused passages that are still in the library."""
        places = {name: {id_: rank for rank, id_ in enumerate(ids, 1)} for name, ids in rankings.items()}
        found = self._library.index.passages([id_ for id_, _ in fused])
        return [
            Hit(*found[id_], score, {name: ranks[id_] for name, ranks in places.items() if id_ in ranks})
            for id_, score in fused
            if id_ in found
        ][:k]

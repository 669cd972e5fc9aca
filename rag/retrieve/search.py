"""A question to its hits: understood, proposed by words and by meaning, weighed, and chosen for what each adds."""

from __future__ import annotations

from datetime import date
from threading import Lock

import numpy as np

from rag.config import SearchConfig
from rag.ports import Embedder
from rag.retrieve.candidates import Candidates, Matches
from rag.retrieve.publishers import PublisherNames
from rag.retrieve.rerank import CrossEncoderReranker, fused, with_priors
from rag.retrieve.select import select
from rag.retrieve.understand import understand
from rag.store.contract import Store
from rag.timing import UNTOLD, Span, Stopwatch
from rag.types import Hit, Query, SearchResult, Understanding


class Searcher:
    """Searches one store. Safe to share between threads."""

    def __init__(self, library: Store, embedder: Embedder, config: SearchConfig) -> None:
        self._library = library
        self._embedder = embedder
        self._config = config
        kind, _, model = config.rerank.partition(":")
        self._cross_encoder = CrossEncoderReranker(model) if kind == "cross-encoder" else None
        self._names: tuple[tuple[str, ...], PublisherNames] = ((), PublisherNames(()))
        self._learning = Lock()

    def search(self, query: Query, span: Span = UNTOLD) -> SearchResult:
        """Return up to `query.k` hits, best first; equal scores ordered by passage id. Its stages are told to `span`."""
        index, config = self._library.index, self._config
        watch = Stopwatch(span)
        with watch.stage("understand"):
            today = query.where.as_of or index.newest() or date.min
            understood = self._understand(query.text, today)
        with watch.stage("embed"):
            vectors = self._embedder.embed(understood.parts)
        candidates = index.propose(query, understood, vectors, depth=config.candidates, watch=watch)
        with watch.stage("rerank"):
            is_about_now = query.where.as_of is not None or understood.is_about_now
            scores = self._scores(query.text, candidates, understood, today if is_about_now else None)
            chosen = select(candidates, scores, understood, config, k=query.k)
        with watch.stage("read"):
            hits = self._hits(candidates, chosen, context=query.context)
        return SearchResult(query.text, tuple(hits), watch.timings_ms(), understood)

    def _understand(self, question: str, today: date) -> Understanding:
        publishers = self._library.index.publishers()
        with self._learning:
            if self._names[0] != publishers:
                self._names = (publishers, PublisherNames(publishers))
            names = self._names[1]
        return understand(question, publishers=names, today=today, split=self._config.split)

    def _scores(self, question: str, candidates: Candidates, understood: Understanding, today: date | None) -> Matches:
        scores = fused(candidates, self._config)
        if self._config.rerank == "none":
            return scores
        if self._cross_encoder:
            best = np.argsort(-scores, kind="stable")[: self._config.rerank_depth]
            ids = [candidates.ids[place] for place in best]
            texts = self._library.index.passages(ids)
            # What it does not look at stays behind what it does.
            scores = scores - float(scores.max(initial=0.0)) - 1.0
            scores[best] = self._cross_encoder.scores(question, [texts[id_][0].text if id_ in texts else "" for id_ in ids])
        return with_priors(scores, candidates, understood, self._config, today=today)

    def _hits(self, candidates: Candidates, chosen: list[tuple[int, float]], *, context: bool) -> list[Hit]:
        """Return the chosen passages that are still in the library, with their neighbours where these are wanted."""
        index = self._library.index
        ids = {place: candidates.ids[place] for place, _ in chosen}
        around = index.neighbours(list(ids.values())) if context else {}
        beside = {id_ for pair in around.values() for id_ in pair if id_}
        found = index.passages(sorted({*ids.values()} | beside))
        hits = []
        for place, score in chosen:
            id_ = ids[place]
            if id_ in found:
                before, after = (found[one][0] if one in found else None for one in around.get(id_, ("", "")))
                hits.append(Hit(*found[id_], round(score, 6), candidates.ranks_of(place), before, after))
        return hits

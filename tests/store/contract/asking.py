"""What the tests of the contract ask of a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from rag.ingest.pipeline import ingest
from rag.ports import Embedder, Vectors
from rag.retrieve.candidates import Candidates
from rag.retrieve.publishers import PublisherNames
from rag.retrieve.understand import understand
from rag.store.contract import Store
from rag.testing import HashEmbedder
from rag.timing import Stopwatch
from rag.types import ANY, Action, Article, Filter, Query


def put(store: Store, *articles: Article, embedder: Embedder | None = None, tokens: int = 100) -> list[Action]:
    """Ingest articles, and return what became of each."""
    return [item.action for item in ingest(articles, store, embedder or HashEmbedder(), tokens=tokens)]


def near(store: Store, question: str, *, k: int = 5, where: Filter = ANY, embedder: Embedder | None = None) -> list[str]:
    """Return the articles of the passages that are nearest to a question by meaning, best first."""
    nearest = store.index.nearest((embedder or HashEmbedder()).embed([question])[0], k=k, where=where)
    return [store.index.passages([id_])[id_][0].article_id for id_, _ in nearest]


def proposed(
    store: Store, question: str, *, vectors: Vectors | None = None, depth: int = 80, k: int = 8, where: Filter = ANY
) -> Candidates:
    """Return the candidates for a question; `vectors` stand in for those of its parts, all of them one."""
    today = store.index.newest() or date.min
    understood = understand(question, publishers=PublisherNames(store.index.publishers()), today=today)
    found = HashEmbedder().embed(understood.parts) if vectors is None else np.tile(vectors, (len(understood.parts), 1))
    query = Query(question, k=k, where=where)
    return store.index.propose(query, understood, found, depth=depth, watch=Stopwatch())


def by_words(store: Store, question: str, *, depth: int = 80, where: Filter = ANY) -> list[str]:
    """Return the articles of the passages that a question's words propose, best first, each once."""
    found = proposed(store, question, depth=depth, where=where)
    return articles_of(store, found, [place for place in np.argsort(-found.whole, kind="stable") if found.whole[place] > 0])


def articles_of(store: Store, found: Candidates, places: Sequence[int] | None = None) -> list[str]:
    """Return the articles of candidates, of all where no places are given, in that order, each once."""
    ids = found.ids if places is None else [found.ids[place] for place in places]
    passages = store.index.passages(ids)
    return list(dict.fromkeys(passages[id_][0].article_id for id_ in ids))

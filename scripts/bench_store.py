"""How a store does at some size, without an embedder: made-up passages in clusters, as news are, and questions near them.

    python scripts/bench_store.py postgresql://USER@HOST/DATABASE --passages 100000

Prints how long storing took and making the index, how large all is, how long a search takes, and how many of the ten passages
that are truly nearest it finds. The store must be empty, and is left as it then is.
"""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta

import numpy as np

from rag.config import LibraryConfig
from rag.ports import Vectors
from rag.store.choose import create_store
from rag.store.tables import Entry, text_hash
from rag.timing import Stopwatch
from rag.types import Article, Filter, Passage, Query, Understanding

MODEL = "made-up"
DIMENSIONS = 384
PER_ARTICLE = 10
WORDS = 60
VOCABULARY = 50_000
BATCH = 100
PUBLISHERS = 200
FIRST = date(2015, 1, 1)


class Made:
    """Passages by number: those of one article share a topic, and of a topic there are about a thousand passages."""

    def __init__(self, n_passages: int) -> None:
        self.n_articles = n_passages // PER_ARTICLE
        rng = np.random.default_rng(1)
        topics = rng.standard_normal((max(1, n_passages // 1000), DIMENSIONS), dtype=np.float32)
        self._topics = topics / np.linalg.norm(topics, axis=1, keepdims=True)
        shares = 1 / np.arange(1, VOCABULARY + 1)
        self._words = (shares / shares.sum()).cumsum()

    def vectors(self, article: int) -> Vectors:
        """Return the vectors of an article's passages, shape (PER_ARTICLE, DIMENSIONS)."""
        rng = np.random.default_rng(article + 10)
        topic = self._topics[rng.integers(len(self._topics))]
        own = topic + rng.standard_normal(DIMENSIONS, dtype=np.float32) * 0.02
        found = own + rng.standard_normal((PER_ARTICLE, DIMENSIONS), dtype=np.float32) * 0.04
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def texts(self, article: int) -> list[str]:
        """Return the texts of its passages."""
        rng = np.random.default_rng(article + 7)
        drawn = np.searchsorted(self._words, rng.random((PER_ARTICLE, WORDS)))
        return [" ".join(f"w{word}" for word in row) + "." for row in drawn.tolist()]

    def entry(self, article: int) -> tuple[Entry, dict[str, Vectors]]:
        """Return an article ready to store, with its vectors."""
        texts = self.texts(article)
        id_, start, passages = f"made-{article:08}", 0, []
        for place, text in enumerate(texts):
            passages.append(Passage(f"{id_}-{place}", id_, start, start + len(text), text))
            start += len(text) + 1
        made = Article(
            id=id_,
            text=" ".join(texts),
            title=f"Report {article}",
            publisher=f"Paper {article % PUBLISHERS}",
            published=FIRST + timedelta(days=article % 3650),
            language="en",
            content_hash=str(article),
        )
        return Entry(made, passages, texts, texts), dict(zip(map(text_hash, texts), self.vectors(article), strict=True))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="address of an empty store")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    made = Made(options.passages)
    with create_store(LibraryConfig(store=options.store), model=MODEL) as store:
        if store.count():
            raise SystemExit(f"{store.location} holds {store.count():,} articles; name an empty store")
        began = time.perf_counter()
        with store.writing():
            for first in range(0, made.n_articles, BATCH):
                entries, vectors = zip(*map(made.entry, range(first, min(first + BATCH, made.n_articles))), strict=True)
                store.store(entries, {key: vector for some in vectors for key, vector in some.items()})
            stored_s = time.perf_counter() - began
        index_s = time.perf_counter() - began - stored_s
        stats = store.stats()
        print(f"{stats.passages:,} passages stored in {stored_s:.1f} s, index made in {index_s:.1f} s")
        print(f"{stats.bytes_on_disk / 1e6:,.0f} MB, {stats.bytes_on_disk / stats.passages:,.0f} bytes a passage")
        rng = np.random.default_rng(3)
        articles = rng.integers(made.n_articles, size=options.questions).tolist()
        noise = rng.standard_normal((options.questions, DIMENSIONS), dtype=np.float32) * 0.03
        asked = np.stack([made.vectors(article)[0] for article in articles]) + noise
        asked /= np.linalg.norm(asked, axis=1, keepdims=True)
        everything = np.concatenate([made.vectors(article) for article in range(made.n_articles)])
        exact = [set(np.argsort(-(everything @ vector))[:10].tolist()) for vector in asked[:100]]
        wheres = {"all": Filter(), "a publisher": Filter(publishers=("Paper 7",)), "a year": _year(2020)}
        for name, where in wheres.items():
            took: list[float] = []
            for article, vector in zip(articles, asked, strict=True):
                words = made.texts(article)[0].split()[:8]
                query = Query(" ".join(words), where=where)
                begun = time.perf_counter()
                store.index.propose(query, Understanding(parts=(query.text,)), vector[None], depth=80, watch=Stopwatch())
                took.append((time.perf_counter() - begun) * 1000)
            p50, p99 = np.percentile(took, [50, 99])
            print(f"search among {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        found = [{_number(id_) for id_, _ in store.index.nearest(vector, k=10)} for vector in asked[:100]]
        shares = [len(one & best) / 10 for one, best in zip(found, exact, strict=True)]
        print(f"recall@10 against exact: {np.mean(shares):.3f}")


def _year(year: int) -> Filter:
    return Filter(published_from=date(year, 1, 1), published_to=date(year, 12, 31))


def _number(passage_id: str) -> int:
    _, article, place = passage_id.split("-")
    return int(article) * PER_ARTICLE + int(place)


if __name__ == "__main__":
    main()

"""One measurement in a process of its own: `python -m eval.bench.child` reads a task as JSON, prints its result as JSON.

A fresh process makes memory and imports the measurement's own. Tasks: `ingest` (articles in memory to a library on disk, with
the real embedder), `fill` (vectors made from a few real ones straight into the store), `serve` (questions to a library) and
`exact` (how many of the truly nearest the index finds).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, TextIO

import numpy as np

from eval.bench.news import Newsroom
from eval.bench.record import latency, memory_mb, peak_mb
from rag.assistant import Assistant
from rag.chunk import chunk, embedded_text, indexed_text
from rag.config import Config
from rag.embed import load_embedder
from rag.ingest.pipeline import ingest
from rag.ports import Embedder, Vectors
from rag.store.library import Library
from rag.store.tables import Entry, text_hash
from rag.types import Article, Passage

VECTORS = "vectors.f32"
HASHES = "hashes.txt"
K = 10
_BATCH = 512
_WORDS = 140
_BLOCK = 65_536


class TimedEmbedder:
    """An embedder that adds up the seconds it took, and writes down what it made where that is wanted."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.spent_s = 0.0
        self.record: Record | None = None

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return what the embedder returns."""
        begun = perf_counter()
        vectors = self._embedder.embed(texts)
        self.spent_s += perf_counter() - begun
        if self.record is not None:
            self.record.add([text_hash(text) for text in texts], vectors)
        return vectors


class Record:
    """Every vector of a library in a flat file, and beside it the hash of the text of each: what `exact` compares with."""

    def __init__(self, folder: Path) -> None:
        self._vectors: BinaryIO = (folder / VECTORS).open("wb")
        self._hashes: TextIO = (folder / HASHES).open("w", encoding="ascii")

    def add(self, hashes: Sequence[str], vectors: Vectors) -> None:
        """Append rows."""
        self._vectors.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
        self._hashes.writelines(f"{one}\n" for one in hashes)

    def close(self) -> None:
        """Write what is buffered."""
        self._vectors.close()
        self._hashes.close()


def ingest_articles(config: Config, task: dict[str, Any]) -> dict[str, Any]:
    """Ingest articles through the real pipeline: from memory to a searchable library on disk.

    `file` holds them as JSONL, or `passages` says how many passages of made-up news are wanted. The model and the
    splitter are loaded before.
    """
    folder = Path(task["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    articles = _from_file(Path(task["file"])) if "file" in task else list(_enough(config, task["seed"], task["passages"]))
    embedder = TimedEmbedder(load_embedder(config.embed))
    embedder.embed(["."])
    chunk(articles[0], tokens=config.chunk.tokens)
    loaded_mb, embedder.spent_s = memory_mb(), 0.0
    embedder.record = Record(folder)
    begun = perf_counter()
    with Library.create(folder / "library", model=embedder.name) as library:
        for _ in ingest(articles, library, embedder, tokens=config.chunk.tokens):
            pass
        spent = perf_counter() - begun
        stats = library.stats()
    embedder.record.close()
    return {
        "articles": stats.articles,
        "passages": stats.passages,
        "ingest_s": spent,
        "embed_s": embedder.spent_s,
        "loaded_mb": loaded_mb,
        "peak_mb": peak_mb(),
        "disk_mb": stats.bytes_on_disk / 1e6,
    }


def fill(config: Config, task: dict[str, Any]) -> dict[str, Any]:
    """Store made-up news with vectors made from those of the first `base` passages: two of them mixed, and noise.

    A vector is the unit vector along `w * a + (1 - w) * b + noise`, with w in [.5, 1] and noise of length .35 in a random
    direction. So passages lie in clouds around real ones: at a cosine of .63 to the nearer where two unrelated ones are mixed
    evenly, of .94 where w is 1.
    """
    folder = Path(task["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    embedder = load_embedder(config.embed)
    entries = _entries(Newsroom(task["seed"]), task["passages"])
    texts = [text for entry in _entries(Newsroom(task["seed"]), task["base"]) for text in entry.embedded]
    base = embedder.embed(texts)
    random = np.random.default_rng(task["seed"])
    record = Record(folder)
    store_s, begun = 0.0, perf_counter()
    with Library.create(folder / "library", model=embedder.name) as library:
        with library.writing():
            while batch := list(islice(entries, _BATCH)):
                hashes = [text_hash(text) for entry in batch for text in entry.embedded]
                vectors = _clouds(base, len(hashes), random)
                record.add(hashes, vectors)
                before = perf_counter()
                library.store(batch, dict(zip(hashes, vectors, strict=True)))
                store_s += perf_counter() - before
            written = perf_counter()
        publish_s = perf_counter() - written
        stats = library.stats()
    record.close()
    return {
        "articles": stats.articles,
        "passages": stats.passages,
        "fill_s": perf_counter() - begun,
        "store_s": store_s,
        "publish_s": publish_s,
        "peak_mb": peak_mb(),
        "disk_mb": stats.bytes_on_disk / 1e6,
    }


def serve(config: Config, task: dict[str, Any]) -> dict[str, Any]:
    """Ask a library questions, and tell embedding from the rest; the first questions warm it and do not count."""
    embedder = TimedEmbedder(load_embedder(config.embed))
    embedder.embed(["."])
    loaded_mb = memory_mb()
    total: list[float] = []
    embedding: list[float] = []
    with Library.open(Path(task["folder"]) / "library", model=embedder.name) as library:
        assistant = Assistant(library, embedder, config)
        for number, question in enumerate(task["questions"]):
            embedder.spent_s = 0.0
            begun = perf_counter()
            assistant.search(question, k=K)
            spent = perf_counter() - begun
            if number >= task["warm"]:
                total.append(spent * 1000)
                embedding.append(embedder.spent_s * 1000)
        served_mb = memory_mb()
    rest = [whole - part for whole, part in zip(total, embedding, strict=True)]
    return {
        "total": asdict(latency(total)),
        "embedding": asdict(latency(embedding)),
        "rest": asdict(latency(rest)),
        "loaded_mb": loaded_mb,
        "served_mb": served_mb,
        "peak_mb": peak_mb(),
    }


def exact(config: Config, task: dict[str, Any]) -> dict[str, Any]:
    """Return recall@10 of the library's vector index against every cosine computed."""
    folder = Path(task["folder"])
    embedder = load_embedder(config.embed)
    asked = embedder.embed(task["questions"])
    vectors = np.memmap(folder / VECTORS, dtype=np.float32, mode="r").reshape(-1, asked.shape[1])
    hashes = (folder / HASHES).read_text(encoding="ascii").split()
    nearest = _nearest(vectors, asked)
    shares: list[float] = []
    with Library.open(folder / "library", model=embedder.name) as library:
        for vector, rows in zip(asked, nearest, strict=True):
            ids = [id_ for id_, _ in library.index.nearest(vector, k=K)]
            found = library.index.passages(ids)
            texts = {text_hash(embedded_text(passage)) for passage, _source in found.values()}
            wanted = {hashes[row] for row in rows}
            shares.append(len(wanted & texts) / len(wanted))
    return {"recall": sum(shares) / len(shares), "lowest": min(shares), "n": len(shares)}


def _nearest(vectors: Vectors, asked: Vectors) -> list[list[int]]:
    """Return the rows of the `K` vectors nearest to each question, a block at a time, so that a million fit."""
    best = [np.zeros((0, 2)) for _ in asked]
    for start in range(0, len(vectors), _BLOCK):
        scores = asked @ vectors[start : start + _BLOCK].T
        for number, row in enumerate(scores):
            top = np.argsort(-row, kind="stable")[:K]
            best[number] = np.concatenate([best[number], np.column_stack([row[top], top + start])])
            best[number] = best[number][np.argsort(-best[number][:, 0], kind="stable")][:K]
    return [[int(row) for row in rows[:, 1]] for rows in best]


def _clouds(base: Vectors, n: int, random: np.random.Generator) -> Vectors:
    """Return float32 of shape (n, dimensions), rows of length 1, near the vectors of `base`."""
    first, second = random.integers(len(base), size=(2, n))
    weight = random.uniform(0.5, 1.0, size=(n, 1))
    noise = random.standard_normal((n, base.shape[1]))
    noise *= 0.35 / np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = weight * base[first] + (1 - weight) * base[second] + noise
    unit: Vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _entries(newsroom: Newsroom, passages: int) -> Iterator[Entry]:
    """Yield articles cut at paragraphs, about 140 words a passage, until there are so many passages.

    Not `chunk`: at a million passages it would take longer than all that is measured.
    """
    number = done = 0
    while done < passages:
        article = newsroom.article(number)
        cut = _cut(article)[: passages - done]
        number, done = number + 1, done + len(cut)
        yield Entry(
            article, cut, [indexed_text(article, passage) for passage in cut], [embedded_text(passage) for passage in cut]
        )


def _cut(article: Article) -> list[Passage]:
    spans: list[tuple[int, int]] = []
    start = end = words = 0
    for paragraph in article.text.split("\n\n"):
        begun = end + 2 if end else 0
        start = start if words else begun
        end, words = begun + len(paragraph), words + paragraph.count(" ") + 1
        if words >= _WORDS:
            spans.append((start, end))
            words = 0
    if words:
        spans.append((start, end))
    return [
        Passage(f"{article.id}-{number}", article.id, start, end, article.text[start:end])
        for number, (start, end) in enumerate(spans)
    ]


def _enough(config: Config, seed: int, passages: int) -> Iterator[Article]:
    """Yield articles until they come to so many passages as the pipeline cuts them."""
    newsroom, number, done = Newsroom(seed), 0, 0
    while done < passages:
        article = newsroom.article(number)
        number, done = number + 1, done + len(chunk(article, tokens=config.chunk.tokens))
        yield article


def _from_file(file: Path) -> list[Article]:
    from rag.ingest import read_passages

    return read_passages(file)


TASKS = {"ingest": ingest_articles, "fill": fill, "serve": serve, "exact": exact}


def main() -> None:
    """Run the task on standard input."""
    task = json.load(sys.stdin)
    print(json.dumps(TASKS[task["task"]](Config.model_validate(task["config"]), task), allow_nan=False))


if __name__ == "__main__":
    main()

"""A library of some thousand passages in clusters, made without an embedder, and what a search of it must find."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from rag.ports import Vectors
from rag.store.index import PassageIndex
from rag.store.library import Entry, Library
from rag.store.tables import text_hash
from rag.types import ANY, Article, Filter, Passage

MODEL = "clustered:v1"
DIMENSIONS = 48
PER_ARTICLE = 10
FIRST_DAY = date(2025, 1, 1)

PUBLISHERS = ("The Ledger", "ÉCHO du Port", "Harbour Post", "")
"""By article number; the last is of no known publisher."""


@cache
def unit_vectors(count: int, *, seed: int = 0) -> Vectors:
    """Return vectors around one centre for every 50, shape (count, DIMENSIONS)."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(1, count // 50), DIMENSIONS))
    vectors = centres[random.integers(0, len(centres), count)] + 0.8 * random.standard_normal((count, DIMENSIONS))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def article(number: int) -> Article:
    """Return an article of known facts: every fifth has no date, every third is Spanish."""
    return Article(
        id=f"a{number:04d}",
        text=f"article {number}",
        publisher=PUBLISHERS[number % len(PUBLISHERS)],
        published=None if number % 5 == 0 else FIRST_DAY + timedelta(days=number),
        language="es" if number % 3 == 0 else "en",
        content_hash=str(number),
    )


def put(library: Library, vectors: Vectors, *, first: int = 0) -> None:
    """Store the vectors as articles of PER_ARTICLE passages each, numbered from `first`, in one transaction."""
    entries, by_hash = [], {}
    for start in range(0, len(vectors), PER_ARTICLE):
        number = first + start // PER_ARTICLE
        rows = vectors[start : start + PER_ARTICLE]
        texts = [f"harbour word{number} place{place}" for place in range(len(rows))]
        passages = [Passage(f"a{number:04d}-{place}", f"a{number:04d}", place, place + 1, "") for place in range(len(rows))]
        entries.append(Entry(article(number), passages, texts, texts))
        by_hash |= {text_hash(text): row for text, row in zip(texts, rows, strict=True)}
    library.store(entries, by_hash)


def made(path: Path | None, vectors: Vectors) -> Library:
    """Return a library of passages with these vectors, not yet published."""
    library = Library.create(path, model=MODEL) if path else Library.in_memory(model=MODEL)
    put(library, vectors)
    return library


def index_of(library: Library, *, flat_limit: int) -> PassageIndex:
    """Return another index of the library, exact up to `flat_limit` passages."""
    return PassageIndex(library._database, library.path, MODEL, flat_limit=flat_limit)


def admits(where: Filter, found: Article) -> bool:
    """Say in plain words what a filter admits."""
    day = found.published
    if where.publishers and found.publisher.casefold() not in {name.casefold() for name in where.publishers}:
        return False
    if where.language and found.language != where.language:
        return False
    if where.articles and found.id not in where.articles:
        return False
    if where.published_from and (day is None or day < where.published_from):
        return False
    if where.published_to and (day is None or day > where.published_to):
        return False
    return not (where.as_of and day is not None and day > where.as_of)


def expected(vectors: Vectors, vector: Vectors, *, k: int, where: Filter = ANY, without: Collection[int] = ()) -> list[str]:
    """Return the ids of the `k` nearest passages by looking at each."""
    numbers = [
        number for number in range(len(vectors) // PER_ARTICLE) if number not in without and admits(where, article(number))
    ]
    scores = np.round(vectors @ vector, 6)
    named = [(f"a{n:04d}-{place}", scores[n * PER_ARTICLE + place]) for n in numbers for place in range(PER_ARTICLE)]
    return [id_ for id_, _ in sorted(named, key=lambda hit: (-hit[1], hit[0]))[:k]]


def questions(vectors: Vectors, count: int) -> Vectors:
    """Return vectors near some of the passages'."""
    random = np.random.default_rng(9)
    near = vectors[random.integers(0, len(vectors), count)] + 0.1 * random.standard_normal((count, vectors.shape[1]))
    unit: Vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    return unit

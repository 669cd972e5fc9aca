"""The generation that a process searches, and the passages stored since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.store import ann
from rag.store import generation as generations
from rag.store.build import build, extent, identity
from rag.store.database import Database
from rag.store.facts import Facts, Mask, read_facts
from rag.store.generation import Generation, Manifest
from rag.store.vectors import Block, Numbers, StoredVectors, places_of

_FOLD = 20_000
"""Most passages that are scored one by one; more are put into an exact index in memory."""


Rows = tuple[Numbers, NDArray[np.float16] | Vectors]
"""Passages by number, shape (n,), and their vectors, shape (n, dimensions)."""


@dataclass(frozen=True, slots=True)
class Served:
    """What one search looks at: parts that do not change, the passages up to `newest` that no part holds, and facts of all.

    `rows` are the vectors of the exact parts, by ascending number, in half precision.
    """

    parts: tuple[Generation, ...]
    tail: Block
    facts: Facts
    rows: tuple[Rows, ...]
    newest: int

    @property
    def manifest(self) -> Manifest:
        """What the published part says of itself."""
        return self.parts[0].manifest

    @property
    def is_exact(self) -> bool:
        """Whether a search looks at every vector."""
        return all(part.is_exact for part in self.parts)

    @property
    def count(self) -> int:
        """How many vectors there are to look at."""
        return sum(part.manifest.count for part in self.parts) + len(self.tail.numbers)

    def search(self, vector: Vectors, k: int, *, among: Numbers | None = None, roughly: bool = False) -> Numbers:
        """Return the numbers of the `k` nearest passages or fewer, about in order; only of `among` where that is given.

        `roughly` takes less time where the index is not exact, and may miss some of them.
        """
        found = [part.search(vector, k, among=among, roughly=roughly) for part in self.parts]
        tail = self.tail if among is None else self.tail.among(among)
        found.append(ann.search_rows(tail, vector, k))
        numbers = np.concatenate([numbers for numbers, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        return numbers[np.argsort(-scores, kind="stable")[:k]]

    def vectors(self, numbers: Numbers) -> tuple[Mask, Vectors]:
        """Return which of the passages have their vectors in memory, and these: of shape (n, dimensions), 0 for the others.

        Those of exact parts are in half precision: a cosine by them is right to three digits.
        """
        dimensions = self.tail.vectors.shape[1] if len(self.tail.numbers) else self.manifest.dimensions
        vectors = np.zeros((len(numbers), dimensions), dtype=np.float32)
        held = np.zeros(len(numbers), dtype=bool)
        tail: tuple[Rows, ...] = ((self.tail.numbers, self.tail.vectors),) if len(self.tail.numbers) else ()
        for known, kept in (*self.rows, *tail):
            here, places = places_of(numbers, known)
            vectors[here] = kept[places[here]]
            held |= here
        return held, vectors


class Serving:
    """Keeps what a process searches up to date with what is published and stored. Safe to share between threads."""

    def __init__(self, database: Database, folder: Path | None, model: str) -> None:
        """Serve the generations in `folder`, None for a library in memory, of the embedder named `model`."""
        self.vectors = StoredVectors(database, model)
        self._database = database
        self._folder = folder
        self._model = model
        self._served: Served | None = None
        self._state: tuple[int, int] | None = None
        self._loading = Lock()
        self._changing = Lock()

    def current(self) -> Served:
        """Return what to search: every passage that was stored before the call.

        A generation that another process has published is loaded by the first who asks; the others are served the old one
        until that is done. Where none is sound, an exact one is built in memory, once.
        """
        state = generations.state(self._folder) if self._folder else None
        if self._served is None or state != self._state:
            self._load(state)
        return self._grown()

    def frequencies(self) -> Mapping[str, int]:
        """Return in how many passages each frequent term stood when what was served last was published."""
        return (self._served or self.current()).facts.frequencies

    def sound(self) -> Generation | None:
        """Return the generation that is published, as it lies on disk unless it is served; None where none is sound.

        For a library in memory, which publishes nothing: the one that is served.
        """
        if self._folder and (self._served is None or generations.state(self._folder) != self._state):
            return generations.load(self._folder, self._fits, mapped=True)
        served = self._served
        return served.parts[0] if served and (served.manifest.number or not self._folder) else None

    def serve(self, generation: Generation) -> None:
        """Serve a generation of a library in memory."""
        with self._changing:
            self._served = _alone(generation, self._facts_of(generation))

    def _load(self, state: tuple[int, int] | None) -> None:
        """Serve what is published now; while another thread does that, go on with what is served."""
        if not self._loading.acquire(blocking=self._served is None):
            return
        try:
            if self._served is not None and state == self._state:
                return
            found = generations.load(self._folder, self._fits) if self._folder else None
            if found is None and self._served is None:
                found = self._in_memory()
            with self._changing:
                if found and (self._served is None or found.manifest != self._served.manifest):
                    self._served = _alone(found, self._facts_of(found))
                self._state = state  # also where nothing sound was found: it is looked for again at the next publish
        finally:
            self._loading.release()

    def _fits(self, manifest: Manifest) -> bool:
        """Whether a generation is of this library, at this or an earlier time, and of our embedder."""
        library, commits = identity(self._database)
        return (manifest.library, manifest.model) == (library, self._model) and manifest.commits <= commits

    def _in_memory(self) -> Generation:
        """Return an exact generation of all passages: quickly built however many they are."""
        now = extent(self._database, upto=0)
        dimensions = max(1, self.vectors.dimensions())
        return build(self._database, now, model=self._model, dimensions=dimensions, previous=None, flat_limit=now.count)

    def _facts_of(self, generation: Generation) -> Facts:
        """Return the facts of the passages of a generation; an older version published none."""
        if generation.facts is not None:
            return generation.facts
        return read_facts(self._database, self._model, above=0, upto=generation.manifest.highest)

    def _grown(self) -> Served:
        """Return what is served, with the passages that were stored since it was last asked for."""
        newest = self.vectors.newest()
        if newest > self._now().newest:
            with self._changing:
                served = self._now()
                facts = read_facts(self._database, self._model, above=served.newest, upto=newest)
                for block in self.vectors.blocks(above=served.newest, upto=newest):
                    served = _with(served, block)
                self._served = replace(served, facts=served.facts.with_(facts), newest=max(newest, served.newest))
        return self._now()

    def _now(self) -> Served:
        assert self._served is not None, "loaded first"
        return self._served


def _alone(generation: Generation, facts: Facts) -> Served:
    nothing = Block(np.zeros(0, np.int64), np.zeros((0, generation.manifest.dimensions), np.float32))
    rows = (ann.rows_of(generation.index),) if generation.is_exact and generation.manifest.count else ()
    return Served((generation,), nothing, facts, rows, generation.manifest.highest)


def _with(served: Served, block: Block) -> Served:
    """Return what is served with the vectors of some more passages."""
    tail = block
    if len(served.tail.numbers):
        tail = Block(np.concatenate([served.tail.numbers, block.numbers]), np.concatenate([served.tail.vectors, block.vectors]))
    if len(tail.numbers) <= _FOLD:
        return replace(served, tail=tail, newest=int(tail.numbers[-1]))
    dimensions, highest = tail.vectors.shape[1], int(tail.numbers[-1])
    index = ann.flat(dimensions)
    ann.add(index, [tail])
    manifest = replace(served.manifest, number=0, dimensions=dimensions, count=index.ntotal, highest=highest, trained_for=0)
    folded = _alone(Generation(manifest, index, None), served.facts)
    return replace(folded, parts=(*served.parts, *folded.parts), rows=(*served.rows, *folded.rows))

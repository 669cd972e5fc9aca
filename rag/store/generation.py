"""The FAISS index of a library: immutable, checksummed generations, each a cache of vectors that SQLite holds.

    index/CURRENT                    the number of the generation to read
    index/000007/vectors.faiss       inner products over unit vectors, under the passages' own numbers
    index/000007/generation.json     model, dimensions, count, highest number, SHA-256

A generation is written beside the others and renamed into place, so that a killed process leaves the old one standing. What
is newer than the generation is searched by brute force; what was removed since is passed over by the caller.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors

if TYPE_CHECKING:
    import faiss

Numbers = NDArray[np.int64]

_KEPT = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself. `number` 0 is an index that was never published."""

    number: int
    model: str
    dimensions: int
    count: int
    highest: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """Vectors by passage number, ready to search."""

    manifest: Manifest
    index: faiss.Index = field(repr=False)

    def search(self, vector: Vectors, k: int) -> tuple[Numbers, Vectors]:
        """Return passage numbers and cosines, each of shape (min(k, count),), best first."""
        import faiss

        faiss.omp_set_num_threads(1)  # two threads make one query three times slower
        k = min(k, self.manifest.count)
        if k == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores, numbers = self.index.search(vector.reshape(1, -1), k)
        return numbers[0], scores[0]


def build(numbers: Numbers, vectors: Vectors, *, model: str) -> Generation:
    """Return an unpublished generation over the vectors: `numbers` of shape (n,), `vectors` of shape (n, dimensions)."""
    import faiss

    dimensions = vectors.shape[1]
    index = faiss.IndexIDMap(faiss.IndexFlatIP(dimensions))
    if len(numbers):
        index.add_with_ids(vectors, numbers)
    return Generation(Manifest(0, model, dimensions, len(numbers), int(numbers.max(initial=0))), index)


def publish(folder: Path, generation: Generation) -> Generation:
    """Write a generation, make it the current one, and return it under its number.

    Raises:
        OSError: the disk is full or refuses; the current generation stays what it was.
    """
    import faiss

    folder.mkdir(parents=True, exist_ok=True)
    number = max(_numbers(folder), default=0) + 1
    temporary = folder / f".new-{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        data = faiss.serialize_index(generation.index).tobytes()
        old = generation.manifest
        sha256 = hashlib.sha256(data).hexdigest()
        manifest = Manifest(number, old.model, old.dimensions, old.count, old.highest, sha256)
        _write(temporary / "vectors.faiss", data)
        _write(temporary / "generation.json", json.dumps(asdict(manifest), indent=1).encode())
        temporary.rename(folder / f"{number:06d}")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sync(folder)
    _write(folder / ".CURRENT.new", f"{number}\n".encode())
    (folder / ".CURRENT.new").rename(folder / "CURRENT")
    _sync(folder)
    for stale in sorted(_numbers(folder))[:-_KEPT]:
        shutil.rmtree(folder / f"{stale:06d}", ignore_errors=True)
    return Generation(manifest, generation.index)


def load(folder: Path, *, model: str) -> Generation | None:
    """Return the current generation, else the newest sound one of `model`, else None."""
    current = current_number(folder)
    for number in sorted(_numbers(folder), key=lambda n: (n == current, n), reverse=True):
        generation = _read(folder / f"{number:06d}")
        if generation and generation.manifest.model == model:
            return generation
    return None


def current_number(folder: Path) -> int:
    """Return the number that CURRENT names, or 0."""
    try:
        return int((folder / "CURRENT").read_text())
    except (OSError, ValueError):
        return 0


def _read(folder: Path) -> Generation | None:
    """Return the generation in a folder, or None where any part of it is missing or damaged."""
    import faiss

    try:
        manifest = Manifest(**json.loads((folder / "generation.json").read_text()))
        data = (folder / "vectors.faiss").read_bytes()
        if hashlib.sha256(data).hexdigest() != manifest.sha256:
            return None
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except (OSError, ValueError, TypeError, RuntimeError):
        return None
    return Generation(manifest, index)


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the generations in a folder."""
    return [int(child.name) for child in folder.iterdir() if child.name.isdigit()] if folder.is_dir() else []


def _write(file: Path, data: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Make renames within a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The vectors of a library as SQLite holds them, read by passage number a block at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.store.database import Database
from rag.store.spill import Spill

Numbers = NDArray[np.int64]

_BLOCK = 2048
_NUMBERS = 65_536
_DTYPE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages' numbers, shape (n,), with their vectors, shape (n, dimensions)."""

    numbers: Numbers
    vectors: Vectors = field(repr=False)

    def among(self, numbers: Numbers) -> Block:
        """Return those that are among the numbers; both ascend."""
        chosen = among(self.numbers, numbers)
        return Block(self.numbers[chosen], self.vectors[chosen])


class StoredVectors:
    """The vectors of one embedder over the passages of one library. The database is locked for one block at a time."""

    def __init__(self, database: Database, model: str) -> None:
        """Read the vectors that the embedder named `model` made."""
        self._database = database
        self._model = model

    def dimensions(self) -> int:
        """Return the width of a vector, 0 while there is none."""
        rows = self._database.rows("SELECT length(vector) FROM vectors WHERE model = :model LIMIT 1", model=self._model)
        return int(rows[0][0]) // _DTYPE.itemsize if rows else 0

    def newest(self) -> int:
        """Return the highest number of a passage, 0 while there is none."""
        return int(self._database.rows("SELECT coalesce(max(number), 0) FROM passages")[0][0])

    def blocks(self, *, above: int, upto: int) -> Iterator[Block]:
        """Yield the passages with above < number <= upto, in order of number."""
        while above < upto:
            rows = self._database.rows(
                "SELECT p.number, v.vector FROM passages p "
                "JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model "
                "WHERE p.number > :above AND p.number <= :upto ORDER BY p.number LIMIT :limit",
                model=self._model,
                above=above,
                upto=upto,
                limit=_BLOCK,
            )
            if not rows:
                return
            yield _block(rows)
            above = rows[-1][0]

    def sample(self, size: int, *, upto: int, folder: Path | None = None) -> Vectors:
        """Return the vectors of about `size` passages numbered up to `upto`, spread evenly; the same ones each time.

        They lie in a temporary file, and take memory as they are looked at.

        Args:
            folder: Whose file system has room for it; None for that of temporary files.

        Raises:
            OSError: there is no room for it.
        """
        numbers = np.concatenate([np.zeros(0, dtype=np.int64), *self._numbers(upto)])
        chosen = np.sort(np.random.default_rng(0).permutation(numbers)[:size])
        dimensions = 0
        with Spill(folder) as spill:
            for start in range(0, len(chosen), _BLOCK):
                vectors = self.of(chosen[start : start + _BLOCK]).vectors
                dimensions = max(dimensions, vectors.shape[1])
                spill.append(vectors)
            return spill.rows(np.float32, dimensions)

    def _numbers(self, upto: int) -> Iterator[Numbers]:
        """Yield the numbers of all passages up to one, in order."""
        above = 0
        while rows := self._database.rows(
            "SELECT number FROM passages WHERE number > :above AND number <= :upto ORDER BY number LIMIT :limit",
            above=above,
            upto=upto,
            limit=_NUMBERS,
        ):
            yield column(rows)
            above = rows[-1][0]

    def of(self, numbers: Numbers) -> Block:
        """Return those of the passages that exist, in the order given."""
        if len(numbers) == 0:  # an array of SQL cannot be empty
            return Block(numbers, np.zeros((0, 0), dtype=np.float32))
        rows = self._database.rows(
            "SELECT p.number, v.vector FROM carray(:numbers) c CROSS JOIN passages p ON p.number = c.value "
            "CROSS JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model",
            model=self._model,
            numbers=carray(numbers),
        )
        return _block(rows)

    def at(self, rows: Numbers, keys: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], Vectors]:
        """Return which of the rows of the table hold vectors of texts of those keys, and these: shape (n, dimensions), else 0.

        One look-up a vector in place of three. Rows move where the database is compacted, hence the keys; see `key_of`.
        """
        found = self._database.rows(
            "SELECT v.rowid, v.text_hash, v.vector FROM carray(:rows) c CROSS JOIN vectors v ON v.rowid = c.value "
            "WHERE v.model = :model",
            rows=carray(np.unique(rows)),
            model=self._model,
        )
        held = np.zeros(len(rows), dtype=bool)
        if not found:
            return held, np.zeros((len(rows), 0), dtype=np.float32)
        known = np.array([row for row, _, _ in found], dtype=np.int64)
        known_keys = np.array([key_of(text_hash) for _, text_hash, _ in found], dtype=np.uint64)
        held, places = places_of(rows, known)
        held &= known_keys[places] == keys
        return held, np.where(held[:, None], decode([blob for _, _, blob in found])[places], np.float32(0))


def key_of(text_hash: str) -> int:
    """Return the first 64 bits of a hash that is written in hexadecimal; those of its own hash of any other."""
    try:
        return int(text_hash[:16], 16)
    except ValueError:
        return int(hashlib.sha256(text_hash.encode()).hexdigest()[:16], 16)


def places_of(numbers: Numbers, ascending: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Return which of some numbers are among ascending ones, and the place of each there; any place for one that is not."""
    if len(ascending) == 0:
        return np.zeros(len(numbers), dtype=bool), np.zeros(len(numbers), dtype=np.int64)
    places = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    return np.asarray(ascending[places] == numbers), places


def among(numbers: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Return which of the numbers are among the others, shape of `numbers`; both ascending, each number once.

    The fewer are looked up in the more: `numpy.isin` took ten times as long for a hundred in 300,000.
    """
    if len(numbers) <= len(others):
        return places_of(numbers, others)[0]
    known, places = places_of(others, numbers)
    mask = np.zeros(len(numbers), dtype=bool)
    mask[places[known]] = True
    return mask


def column(rows: Sequence[tuple[int]]) -> Numbers:
    """Return rows of one number as an array, shape (n,)."""
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows))


def carray(numbers: Numbers) -> object:
    """Return numbers, at least one, as a value for SQL's `carray`."""
    return apsw.carray(np.ascontiguousarray(numbers, dtype=np.int64), flags=apsw.SQLITE_CARRAY_INT64)


def decode(blobs: Sequence[bytes]) -> Vectors:
    """Return the vectors of blobs as the database holds them: float32 of shape (n, dimensions); (0, 0) for none."""
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype=_DTYPE).reshape(len(blobs), -1).astype(np.float32)


def cosines(vectors: Vectors, vector: Vectors) -> Vectors:
    """Return the cosine of each of some unit vectors, shape (n, dimensions), with another: shape (n,).

    Not by BLAS, which wakes a thread on each core for a few rows: with all cores busy that took 50 times as long.
    """
    if len(vectors) == 0:
        return np.zeros(0, dtype=np.float32)
    scores: Vectors = np.einsum("ij,j->i", vectors, vector)
    return scores


def _block(rows: Sequence[tuple[int, bytes]]) -> Block:
    return Block(np.array([number for number, _ in rows], dtype=np.int64), decode([blob for _, blob in rows]))

"""FAISS indexes over unit vectors under passage numbers: exact while small, inverted lists above."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.store.vectors import Block, Numbers

if TYPE_CHECKING:
    import faiss

FLAT_LIMIT = 200_000
"""Most vectors of an exact index: one query then takes about 17 ms on one thread."""

_PROBED = 1 / 8
"""Most of the lists that a query looks into: .97 of the best ten at 1,000,000 vectors whose neighbours are hard to tell."""

_LEAST_PROBED = 16

_RECALL = 0.985
"""Of the best `_RECALLED`, what a query must find at least, where fewer lists are enough for that."""

_RECALLED = 50

_LIKENESS = 0.6
"""Cosine of a made-up question to the point between two passages: it then lies as far from its passages as questions do."""

_ROUGHLY = 2
"""How many times as many lists are looked into for the nearest of some passages, where about these will do."""

_BLOCK = 4096

_SAMPLE_PER_LIST = 32
"""Vectors to train on for each list: what takes most of the time to build grows with it."""


def flat(dimensions: int) -> faiss.Index:
    """Return an empty exact index.

    Half precision: half the memory of float32 and half the time, and at 100,000 vectors the same best ten.
    """
    import faiss

    kind = faiss.ScalarQuantizer.QT_fp16
    return faiss.IndexIDMap(faiss.IndexScalarQuantizer(dimensions, kind, faiss.METRIC_INNER_PRODUCT))


def inverted(dimensions: int, count: int, sample: Callable[[int], Vectors]) -> faiss.Index:
    """Return an empty index of inverted lists, one byte a dimension, trained for about `count` vectors.

    Args:
        sample: Called with a size, returns about that many vectors to train on.
    """
    import faiss

    n_lists = max(1, round(4 * count**0.5))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions), dimensions, n_lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.nprobe = max(_LEAST_PROBED, round(n_lists * _PROBED))
    index.cp.spherical = True
    index.cp.min_points_per_centroid = 1  # FAISS warns on stderr below 39
    with all_cores():
        _train(index, sample(n_lists * _SAMPLE_PER_LIST))
    return index


def _train(index: Any, vectors: Vectors) -> None:
    """Do what `index.train` does, without a second copy of the vectors.

    FAISS gives its quantizer of 8 bits the differences of all vectors to the middles of their lists, of which that takes
    nothing but the least and the greatest of each dimension.
    """
    import faiss

    untyped: Any = faiss  # its stubs lack the function
    index.train_q1(len(vectors), untyped.swig_ptr(vectors), False, index.metric_type)
    least = np.full(index.d, np.inf, dtype=np.float32)
    greatest = -least
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        differences = block - index.quantizer.reconstruct_batch(index.quantizer.assign(block, 1)[:, 0])
        least = np.minimum(least, differences.min(axis=0))
        greatest = np.maximum(greatest, differences.max(axis=0))
    outermost = np.stack([least, greatest])  # by a name, since FAISS holds nothing but its address
    index.train_encoder(2, untyped.swig_ptr(outermost), None)
    index.is_trained = True


def tune(index: faiss.Index, vectors: Vectors) -> None:
    """Let a query look into as few lists as this library's vectors allow.

    Asks made-up questions: points between two passages, with noise. On a million passages of made-up news they needed as
    many lists as the questions of the benchmark did, and a quarter of what vectors without clusters need.

    Args:
        vectors: Of some of the passages, unit length, shape (n, dimensions).
    """
    if len(vectors) < 2:
        return
    lists: Any = index  # the stubs of its base lack what it has
    random = np.random.default_rng(0)
    between = _unit(vectors[:-1] + vectors[1:])
    noise = _unit(random.standard_normal(between.shape).astype(np.float32))
    asked = _unit(_LIKENESS * between + (1 - _LIKENESS**2) ** 0.5 * noise)
    most = lists.nprobe
    with all_cores():
        lists.nprobe = lists.nlist
        _, best = lists.search(asked, _RECALLED)
        lists.nprobe = _LEAST_PROBED
        while lists.nprobe < most:
            _, found = lists.search(asked, _RECALLED)
            if np.mean([np.isin(wanted, got).mean() for wanted, got in zip(best, found, strict=True)]) >= _RECALL:
                break
            lists.nprobe = min(2 * lists.nprobe, most)
        lists.nprobe = min(lists.nprobe, most)


def is_inverted(index: faiss.Index) -> bool:
    """Whether an index is of inverted lists."""
    return hasattr(index, "nprobe")


def emptied(index: faiss.Index) -> faiss.Index:
    """Return an index of inverted lists that is trained as another one is, and holds none of its vectors."""
    import faiss

    old: Any = index  # the stubs of its base lack what it has
    kind = faiss.ScalarQuantizer.QT_8bit
    middles: Any = faiss.clone_index(old.quantizer)
    new = faiss.IndexIVFScalarQuantizer(middles, old.d, old.nlist, kind, faiss.METRIC_INNER_PRODUCT)
    new.sq, new.nprobe, new.is_trained = old.sq, old.nprobe, True
    return new


def searched_as(index: faiss.Index, other: faiss.Index) -> faiss.Index:
    """Return an index of inverted lists, of which a query now looks into as many as of another's."""
    mine, its = (cast(Any, one) for one in (index, other))  # the stubs of their base lack what they have
    mine.nprobe = its.nprobe
    return index


def copied(index: faiss.Index) -> faiss.Index:
    """Return a copy of an index, which may grow while the index is searched."""
    import faiss

    return faiss.clone_index(index)


def add(index: faiss.Index, blocks: Iterable[Block]) -> None:
    """Add vectors a block at a time."""
    with all_cores():
        for block in blocks:
            index.add_with_ids(block.vectors, block.numbers)


def rows_of(index: faiss.Index) -> tuple[Numbers, NDArray[np.float16]]:
    """Return what an exact index holds, as it lies in its memory: numbers in the order added, vectors in half precision."""
    import faiss

    untyped: Any = faiss  # its stubs lack both
    codes = untyped.downcast_index(untyped.downcast_index(index).index).codes
    ids = untyped.downcast_index(index).id_map
    numbers = untyped.rev_swig_ptr(ids.data(), ids.size())
    vectors = untyped.rev_swig_ptr(codes.data(), codes.size()).view(np.float16)
    return numbers, vectors.reshape(len(numbers), index.d)


def search(
    index: faiss.Index, vector: Vectors, k: int, *, among: Numbers | None, roughly: bool = False
) -> tuple[Numbers, Vectors]:
    """Return the numbers of the `k` nearest or fewer, and about their cosines, best first, on one thread.

    Args:
        among: Look at these only, and then into every list. None looks at all, in the nearest lists.
        roughly: Look into some more of the nearest lists only, whatever `among` is.
    """
    import faiss

    k = min(k, index.ntotal)
    if k == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    faiss.omp_set_num_threads(1)  # two threads make one query three times slower
    params = None if among is None else _only(index, among, roughly=roughly)
    scores, numbers = index.search(vector.reshape(1, -1), k, params=params)
    found = numbers[0] >= 0
    return numbers[0][found], scores[0][found]


def search_rows(rows: Block, vector: Vectors, k: int) -> tuple[Numbers, Vectors]:
    """Return the numbers of the `k` nearest of the rows or fewer, and their cosines, best first, on one thread."""
    import faiss

    if len(rows.numbers) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    faiss.omp_set_num_threads(1)
    scores, places = faiss.knn(
        vector.reshape(1, -1), rows.vectors, min(k, len(rows.numbers)), metric=faiss.METRIC_INNER_PRODUCT
    )
    return rows.numbers[places[0]], scores[0]


def _only(index: faiss.Index, numbers: Numbers, *, roughly: bool) -> Any:
    """Return what makes a search look at these numbers only: one bit for each number up to the highest."""
    import faiss

    untyped: Any = faiss  # its stubs lack the arguments that its Python layer takes
    bits = np.zeros(int(numbers.max(initial=0)) + 1, dtype=bool)
    bits[numbers] = True
    selector = untyped.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
    if is_inverted(index):
        inverted_lists = untyped.downcast_index(index)
        n_lists = min(inverted_lists.nlist, _ROUGHLY * inverted_lists.nprobe) if roughly else inverted_lists.nlist
        return untyped.SearchParametersIVF(sel=selector, nprobe=n_lists)
    return untyped.SearchParameters(sel=selector)


def _unit(vectors: Vectors) -> Vectors:
    """Return the vectors with length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@contextmanager
def all_cores() -> Iterator[None]:
    """Let FAISS use every core within the block. The setting belongs to the calling thread."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)

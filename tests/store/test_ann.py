from __future__ import annotations

import numpy as np

from rag.store import ann
from rag.store.vectors import Block
from tests.store.clustered import unit_vectors


def test_a_query_looks_into_as_few_lists_as_the_vectors_allow() -> None:
    vectors = unit_vectors(6000)
    index = ann.inverted(vectors.shape[1], 40_000, lambda size: vectors[:size])
    ann.add(index, [Block(np.arange(1, 6001), vectors)])
    most = index.nprobe  # type: ignore[attr-defined]
    ann.tune(index, vectors[::200])
    assert 16 <= index.nprobe < most  # type: ignore[attr-defined]
    found = {int(ann.search(index, vector, 1, among=None)[0][0]) for vector in vectors[7::100]}
    assert len(found & set(range(8, 6001, 100))) >= 0.97 * 60
    index.nprobe = 16  # type: ignore[attr-defined]
    ann.tune(index, vectors[:1])
    assert index.nprobe == 16, "nothing to tune by"  # type: ignore[attr-defined]


def test_an_exact_index_gives_its_rows_back_in_half_precision() -> None:
    vectors = unit_vectors(50)
    index = ann.flat(vectors.shape[1])
    ann.add(index, [Block(np.arange(50) * 3 + 2, vectors)])
    numbers, rows = ann.rows_of(index)
    assert numbers.tolist() == list(range(2, 152, 3))
    assert np.abs(rows.astype(np.float32) - vectors).max() < 5e-4
    assert np.abs(rows.astype(np.float32) @ vectors[0] - vectors @ vectors[0]).max() < 5e-4

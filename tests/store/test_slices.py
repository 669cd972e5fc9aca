from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest

from rag.ports import Vectors
from rag.store import ann, slices
from rag.store.spill import Spill
from rag.store.vectors import Block, Numbers
from tests.store.clustered import unit_vectors

COUNT = 1200
VECTORS = unit_vectors(COUNT)
NUMBERS = np.arange(COUNT, dtype=np.int64) * 3 + 2


def blocks(start: int = 0, end: int = COUNT, *, size: int = 100) -> Iterator[Block]:
    for at in range(start, end, size):
        yield Block(NUMBERS[at : at + size], VECTORS[at : at + size])


def trained() -> faiss.Index:
    return ann.inverted(VECTORS.shape[1], COUNT, lambda size: VECTORS[:size])


def in_memory(empty: faiss.Index, start: int = 0, end: int = COUNT) -> faiss.Index:
    ann.add(empty, blocks(start, end))
    return empty


def as_faiss_writes(index: faiss.Index) -> bytes:
    return faiss.serialize_index(index).tobytes()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("count", [0, 1, 100, 250, COUNT])
def test_an_exact_file_is_what_faiss_writes(tmp_path: Path, count: int) -> None:
    file = tmp_path / "vectors"
    index = slices.write(file, ann.flat(VECTORS.shape[1]), blocks(0, count))
    assert file.read_bytes() == as_faiss_writes(in_memory(ann.flat(VECTORS.shape[1]), 0, count))
    numbers, rows = ann.rows_of(index)
    assert numbers.tolist() == NUMBERS[: len(numbers)].tolist()
    assert np.abs(rows.astype(np.float32) - VECTORS[: len(numbers)]).max(initial=0) < 5e-4


@pytest.mark.parametrize("count", [0, 1, 20, 250, COUNT], ids=lambda count: f"{count} vectors, so many lists filled")
def test_a_file_of_lists_is_what_faiss_writes(tmp_path: Path, count: int) -> None:
    file = tmp_path / "vectors"
    index = slices.write(file, trained(), blocks(0, count))
    expected = in_memory(trained(), 0, count)
    assert file.read_bytes() == as_faiss_writes(expected)
    assert [child.name for child in tmp_path.iterdir()] == ["vectors"], "nothing else is left"
    for vector in VECTORS[::97]:
        for found, wanted in zip(
            ann.search(index, vector, 5, among=None), ann.search(expected, vector, 5, among=None), strict=True
        ):
            assert found.tolist() == wanted.tolist()


@pytest.mark.parametrize("is_mapped", [False, True], ids=["in memory", "in its file"])
def test_lists_begin_with_those_that_are_kept(tmp_path: Path, is_mapped: bool) -> None:
    kept = in_memory(trained(), 0, 700)
    if is_mapped:
        faiss.write_index(kept, str(tmp_path / "kept"))
        kept = slices.mapped(tmp_path / "kept")
    slices.write(tmp_path / "vectors", ann.emptied(kept), blocks(700), kept=kept)
    assert (tmp_path / "vectors").read_bytes() == as_faiss_writes(in_memory(trained()))


def test_a_new_head_says_how_many_lists_a_query_looks_into(tmp_path: Path) -> None:
    empty = trained()
    before = slices.write(tmp_path / "vectors", empty, blocks())
    empty.nprobe = before.nprobe + 3  # type: ignore[attr-defined]
    after = slices.write_head(tmp_path / "vectors", empty, COUNT)
    assert after.nprobe == before.nprobe + 3  # type: ignore[attr-defined]
    expected = in_memory(trained())
    expected.nprobe = before.nprobe + 3  # type: ignore[attr-defined]
    assert (tmp_path / "vectors").read_bytes() == as_faiss_writes(expected)


def test_training_is_what_faiss_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ann, "_BLOCK", 77)
    found = trained()
    monkeypatch.setattr(ann, "_train", lambda index, vectors: index.train(vectors))
    assert as_faiss_writes(found) == as_faiss_writes(trained())


def test_an_emptied_index_is_trained_as_the_other_is() -> None:
    empty = trained()
    empty.nprobe = 5  # type: ignore[attr-defined]
    before = as_faiss_writes(empty)
    full = in_memory(empty)
    emptied = ann.emptied(full)
    del empty, full
    gc.collect()
    assert as_faiss_writes(emptied) == before


def test_memory_does_not_grow_with_what_is_written(tmp_path: Path) -> None:
    def peak(n_blocks: int) -> int:
        def made() -> Iterator[Block]:
            for place in range(n_blocks):
                yield Block(np.arange(1000, dtype=np.int64) + 1000 * place, np.tile(VECTORS[place % COUNT], (1000, 1)))

        tracemalloc.start()
        try:
            slices.write(tmp_path / "vectors", ann.flat(VECTORS.shape[1]), made())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    per_passage = (peak(40) - peak(10)) / 30_000
    assert per_passage < 20, "its number, and no more"


def test_spilled_rows_come_back(tmp_path: Path) -> None:
    def rows_of(*parts: Vectors | Numbers, width: int) -> list[list[float]]:
        with Spill(tmp_path) as spill:
            for part in parts:
                spill.append(part)
            rows = spill.rows(np.float32, width)
        spill.let_go()
        assert not list(tmp_path.iterdir()), "it has no name"
        found: list[list[float]] = rows.tolist()
        return found

    first, second = VECTORS[:3], VECTORS[3:4, ::-1]
    assert rows_of(first, second, width=VECTORS.shape[1]) == [*first.tolist(), *second.tolist()]
    assert rows_of(width=4) == []

"""Weights stored anew by rows: what a model then says, and which of its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.llm.local.rowwise import MODEL, by_rows, store_by_rows
from rag.openvino import import_quietly

ov = import_quietly("openvino")
op = import_quietly("openvino.opset13")

N_IN, N_OUT, GROUP = 64, 48, 16
RANDOM = np.random.default_rng(7)


def packed(n_out: int, n_in: int) -> Any:
    """Weights of 4 bits, with a scale and a zero for every group, as a converted GGUF has them."""
    shape = (n_out, n_in // GROUP, GROUP)
    weights = op.constant(ov.Tensor(RANDOM.integers(0, 255, n_out * n_in // 2, dtype=np.uint8), list(shape), ov.Type.u4))
    zeros = op.constant(RANDOM.integers(6, 10, (n_out, n_in // GROUP, 1), dtype=np.uint8))
    scales = op.constant(RANDOM.uniform(0.01, 0.05, (n_out, n_in // GROUP, 1)).astype(np.float16))
    grouped = op.multiply(op.subtract(op.convert(weights, "f16"), op.convert(zeros, "f16")), scales)
    return op.convert(op.reshape(grouped, op.constant([n_out, n_in]), special_zero=False), "f32")


def saved(folder: Path, *, transpose: bool = True) -> Path:
    """Two layers of a model, a plain matrix between them and a product of two inputs after."""
    read = op.parameter([-1, N_IN], np.float32, name="read")
    first = op.matmul(read, packed(N_OUT, N_IN), transpose_a=False, transpose_b=transpose)
    plain = op.matmul(first, op.constant(RANDOM.normal(size=(N_OUT, N_OUT)).astype(np.float32) / 7), False, False)
    last = op.matmul(plain, packed(N_IN, N_OUT), transpose_a=False, transpose_b=True)
    both = op.matmul(last, read, transpose_a=False, transpose_b=True)
    ov.save_model(ov.Model([last, both], [read]), folder / f"{MODEL}.xml", compress_to_fp16=False)
    return folder


def said(folder: Path, given: np.ndarray) -> np.ndarray:
    model = ov.Core().compile_model(folder / f"{MODEL}.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answer: np.ndarray = model(given)[0]
    return answer


def constants(folder: Path) -> list[str]:
    nodes = ov.Core().read_model(folder / f"{MODEL}.xml").get_ops()
    return [node.get_element_type().get_type_name() for node in nodes if node.get_type_name() == "Constant"]


def test_a_model_says_nearly_the_same_with_its_weights_by_rows(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    given = RANDOM.normal(size=(5, N_IN)).astype(np.float32)
    before = said(folder, given)

    assert store_by_rows(folder) == 2

    after = said(folder, given)
    assert np.abs(after - before).mean() < 0.02 * np.abs(before).mean()
    assert constants(folder).count("i8") == 2
    assert "u4" not in constants(folder)
    assert sorted(file.name for file in folder.iterdir()) == [f"{MODEL}.bin", f"{MODEL}.xml"]


def test_what_is_stored_by_rows_is_left_as_it_is(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    given = RANDOM.normal(size=(2, N_IN)).astype(np.float32)
    store_by_rows(folder)
    once = said(folder, given)

    store_by_rows(folder)

    assert np.allclose(said(folder, given), once, atol=1e-5)


@pytest.mark.parametrize("size", [1e-3, 1.0, 300.0])
def test_a_row_is_rounded_by_its_own_largest_weight(size: float) -> None:
    weights = (RANDOM.normal(size=(9000, 32)) * size).astype(np.float32)
    weights[17] = 0
    weights[18, 0] = 1000 * size

    rounded, scales = by_rows(weights)

    largest = np.abs(weights).max(axis=1, keepdims=True)
    assert np.all(np.abs(rounded * scales.astype(np.float32) - weights) <= largest / 127 * 0.6)
    assert np.abs(rounded).max() == 127
    assert not rounded[17].any()


def test_weights_too_small_for_a_scale_become_nothing() -> None:
    rounded, scales = by_rows(np.full((2, 4), 1e-9, dtype=np.float32))

    assert not rounded.any()
    assert not scales.any()

"""The weights of a model in OpenVINO's format, stored anew at 8 bits with one scale a row.

A GGUF has a scale for every 16 or 32 weights. OpenVINO multiplies those one small group at a time; with one scale a row it
multiplies whole rows as integers, on processors that can (VNNI, AMX). In three matrices of the default model rounding moved a
weight by .8 to 2.8 % of the average one.

It takes about 4 GB of memory for the default model: better in a process of its own, whose end gives that back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.openvino import import_quietly

MODEL = "openvino_model"

_PACKED = frozenset({"u4", "i4", "u8", "i8"})
_MOST = 127
_ROWS = 4096


def store_by_rows(folder: Path) -> int:
    """Store the weights of the model in a folder by rows, in place of those it has; return how many matrices those were."""
    n_stored = _save_by_rows(folder / f"{MODEL}.xml", folder / "rows.xml")
    for suffix in (".xml", ".bin"):
        (folder / "rows").with_suffix(suffix).replace((folder / MODEL).with_suffix(suffix))
    return n_stored


def _save_by_rows(file: Path, other: Path) -> int:
    """Save the model of a file with its weights by rows in another one: it is read out of the first until then."""
    ov = import_quietly("openvino")
    opset = import_quietly("openvino.opset13")
    core = ov.Core()
    model = core.read_model(file)
    products = list(_products(model))
    for product in products:
        source = product.input_value(1)
        weights = core.compile_model(ov.Model([source], []), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([])[0]
        rounded, scales = by_rows(weights)
        unpacked = opset.multiply(opset.convert(opset.constant(rounded), "f16"), opset.constant(scales))
        product.input(1).replace_source_output(opset.convert(unpacked, source.get_element_type().get_type_name()).output(0))
    ov.save_model(model, other, compress_to_fp16=False)
    return len(products)


def by_rows(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return a matrix of shape (n, m) as integers in [-127, 127], and the scale of each row, shape (n, 1).

    >>> by_rows(np.array([[0.5, -1.0], [0.0, 0.0]], dtype=np.float32))[0].tolist()
    [[64, -127], [0, 0]]
    """
    rounded = np.empty(weights.shape, dtype=np.int8)
    scales = np.empty((len(weights), 1), dtype=np.float16)
    for start in range(0, len(weights), _ROWS):
        rows = weights[start : start + _ROWS]
        scale = (np.abs(rows).max(axis=1, keepdims=True) / _MOST).astype(np.float16)
        # A scale is rounded down at times, or to nothing: what is then beyond the largest integer takes that.
        parts = np.divide(rows, scale.astype(np.float32), out=np.zeros_like(rows), where=scale > 0)
        rounded[start : start + _ROWS] = np.clip(np.rint(parts), -_MOST, _MOST)
        scales[start : start + _ROWS] = scale
    return rounded, scales


def _products(model: Any) -> Iterator[Any]:
    """Yield the multiplications by packed weights of two dimensions, rows of which belong to one output each."""
    for node in model.get_ops():
        if node.get_type_name() != "MatMul" or not node.get_attributes()["transpose_b"]:
            continue
        shape = node.input_value(1).get_partial_shape()
        if shape.is_static and len(shape) == 2 and _is_packed(node.input_value(1).get_node()):
            yield node


def _is_packed(node: Any) -> bool:
    """Return whether a value is made of constants alone, and one of them is of few bits."""
    kinds = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        waiting.extend(one.input_value(place).get_node() for place in range(one.get_input_size()))
        if one.get_input_size() == 0:
            if one.get_type_name() != "Constant":
                return False
            kinds.add(one.get_element_type().get_type_name())
    return bool(kinds & _PACKED)

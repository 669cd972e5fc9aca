"""A BERT sentence model as a graph of OpenVINO's, from the texts' tokens to unit vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from rag.embed.bert import Bert, Weights
from rag.openvino import import_quietly

_FAR_BELOW = -1e4
"""Added to the attention that padding gets: its share becomes 0 in every precision."""


def sentence_graph(bert: Bert, weights: Weights) -> Any:
    """Return an `openvino.Model` that makes unit vectors of tokens.

    Inputs: `ids`, int32 of shape (texts, tokens), and `mask`, float32 of the same shape, 1 for a token and 0 for padding.
    Output: float32 of shape (texts, dimensions), rows of length 1.
    """
    return _Builder(bert, weights).model()


class _Builder:
    """Writes the graph down, layer by layer; names in `weights` are those of Hugging Face's BERT."""

    def __init__(self, bert: Bert, weights: Weights) -> None:
        self._openvino = import_quietly("openvino")
        self._ops = import_quietly("openvino.opset13")
        self._bert = bert
        self._weights = weights

    def model(self) -> Any:
        ops = self._ops
        ids = ops.parameter([-1, -1], np.int32, name="ids")
        mask = ops.parameter([-1, -1], np.float32, name="mask")
        hidden = self._embeddings(ids)
        mask_rows = ops.unsqueeze(mask, self._axes(1, 2))
        padding = ops.multiply(ops.subtract(self._number(1), mask_rows), self._number(_FAR_BELOW))
        for layer in range(self._bert.n_layers):
            name = f"encoder.layer.{layer}"
            heard = self._linear(self._attention(hidden, padding, f"{name}.attention.self"), f"{name}.attention.output.dense")
            hidden = self._norm(ops.add(heard, hidden), f"{name}.attention.output.LayerNorm")
            inner = ops.gelu(self._linear(hidden, f"{name}.intermediate.dense"), "erf")
            hidden = self._norm(ops.add(self._linear(inner, f"{name}.output.dense"), hidden), f"{name}.output.LayerNorm")
        pooled = self._mean(hidden, mask) if self._bert.pooling == "mean" else self._first(hidden)
        return self._openvino.Model([ops.normalize_l2(pooled, self._axes(1), 1e-12, "max")], [ids, mask], "sentence")

    def _embeddings(self, ids: Any) -> Any:
        """Return word + position + type 0 of each token, normalised."""
        ops = self._ops
        words, places, types = (
            self._weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
        )
        n_tokens = ops.gather(ops.shape_of(ids), self._axes(1), ops.constant(0, np.int64))
        place = ops.slice(ops.constant(places + types[0]), self._axes(0), n_tokens, self._axes(1), self._axes(0))
        word = ops.gather(self._shared(words), ids, ops.constant(0, np.int64))
        return self._norm(ops.add(word, place), "embeddings.LayerNorm")

    def _attention(self, hidden: Any, padding: Any, name: str) -> Any:
        """Return what each token hears from the others.

        Query, key and value are one product and one transposition: three of each are 7 % slower.
        """
        ops, n_heads = self._ops, self._bert.n_heads
        width = self._bert.dimensions // n_heads
        scales = {"query": width**-0.5, "key": 1.0, "value": 1.0}
        weight = np.concatenate([self._weights[f"{name}.{part}.weight"] * scale for part, scale in scales.items()])
        bias = np.concatenate([self._weights[f"{name}.{part}.bias"] * scale for part, scale in scales.items()])
        all_three = self._product(hidden, weight.astype(np.float32), bias.astype(np.float32))
        heads = ops.reshape(all_three, self._axes(0, 0, 3, n_heads, width), True)
        apart = ops.transpose(heads, self._axes(2, 0, 3, 1, 4))
        query, key, value = (ops.gather(apart, ops.constant(part, np.int64), ops.constant(0, np.int64)) for part in range(3))
        match = ops.matmul(query, ops.transpose(key, self._axes(0, 1, 3, 2)), False, False)
        heard = ops.matmul(ops.softmax(ops.add(match, padding), -1), value, False, False)
        together = ops.transpose(heard, self._axes(0, 2, 1, 3))
        return ops.reshape(together, self._axes(0, 0, self._bert.dimensions), True)

    def _linear(self, hidden: Any, name: str) -> Any:
        return self._product(hidden, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _product(self, hidden: Any, weight: Any, bias: Any) -> Any:
        return self._ops.add(self._ops.matmul(hidden, self._shared(weight), False, True), self._row(bias))

    def _norm(self, hidden: Any, name: str) -> Any:
        ops = self._ops
        normal = ops.mvn(hidden, self._axes(-1), True, self._bert.epsilon, "inside_sqrt")
        scaled = ops.multiply(normal, self._row(self._weights[f"{name}.weight"]))
        return ops.add(scaled, self._row(self._weights[f"{name}.bias"]))

    def _mean(self, hidden: Any, mask: Any) -> Any:
        ops = self._ops
        total = ops.reduce_sum(ops.multiply(hidden, ops.unsqueeze(mask, self._axes(2))), self._axes(1), False)
        return ops.divide(total, ops.reduce_sum(mask, self._axes(1), True))

    def _first(self, hidden: Any) -> Any:
        return self._ops.gather(hidden, self._ops.constant(0, np.int64), self._ops.constant(1, np.int64))

    def _axes(self, *axes: int) -> Any:
        return self._ops.constant(np.array(axes, dtype=np.int64))

    def _number(self, value: float) -> Any:
        return self._ops.constant(np.array(value, dtype=np.float32))

    def _shared(self, weight: Any) -> Any:
        """Return a large constant without copying it; the graph keeps the array."""
        return self._ops.constant(weight, shared_memory=True)

    def _row(self, values: Any) -> Any:
        return self._ops.constant(values.reshape(1, 1, -1))

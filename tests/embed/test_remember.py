from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.embed import RememberingEmbedder
from rag.ports import Vectors
from rag.testing import HashEmbedder


def test_remembering_gives_the_same_vectors_and_asks_once() -> None:
    class Counting(HashEmbedder):
        n_texts = 0

        def embed(self, texts: Sequence[str]) -> Vectors:
            self.n_texts += len(texts)
            return super().embed(texts)

    counting = Counting()
    remembering = RememberingEmbedder(counting, size=2)
    first = remembering.embed(["a b", "c d", "a b"])
    assert np.array_equal(first, HashEmbedder().embed(["a b", "c d", "a b"]))
    assert np.array_equal(remembering.embed(["c d"]), first[1:2])
    assert counting.n_texts == 2
    remembering.embed(["e f"])  # "a b" was met longest ago and goes
    remembering.embed(["c d", "e f"])
    assert counting.n_texts == 3
    remembering.embed(["a b"])
    assert counting.n_texts == 4
    assert remembering.embed([]).shape == (0, 384)

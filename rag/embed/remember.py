"""Vectors kept for texts that come again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from rag.ports import Embedder, Vectors


class RememberingEmbedder:
    """An embedder that keeps the vectors of the texts it met last: sentences of popular articles are embedded once."""

    def __init__(self, embedder: Embedder, *, size: int = 20_000) -> None:
        """Wrap `embedder`, keeping `size` vectors: 30 MB at 384 dimensions and the default size."""
        self._embedder = embedder
        self._size = size
        self._lock = Lock()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """The wrapped embedder's name."""
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        found = known | fresh
        with self._lock:
            for text in texts:
                self._vectors[text] = found[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else self._embedder.embed([])

"""Fakes that obey the contracts: shipped, so that anyone's tests and the hermetic evals can use them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from rag.ports import Vectors

_WORD = re.compile(r"\w+")


class HashEmbedder:
    """Bags of words and of their beginnings, hashed: no model, no weights, the same on every machine.

    Texts that share words are near each other; synonyms are not.
    """

    name = "hash:v1"
    dimensions = 384

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), 384), rows of length 1; a text without words gets the first unit vector."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()):
                for feature in (word, word[:5]):
                    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest()
                    column = int.from_bytes(digest[:4], "little") % self.dimensions
                    vectors[row, column] += 1.0 if digest[4] & 1 else -1.0
        lengths = np.linalg.norm(vectors, axis=1)
        vectors[lengths == 0, 0] = 1.0
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised

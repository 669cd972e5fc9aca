"""Texts to unit vectors.

`embedder.py` picks what runs a model; `openvino.py` runs a BERT (its files read by `bert.py`, its graph made by `graph.py`)
and `pytorch.py` everything else.
"""

from rag.embed.embedder import SentenceTransformerEmbedder
from rag.embed.registry import load_embedder
from rag.embed.remember import RememberingEmbedder

__all__ = ["RememberingEmbedder", "SentenceTransformerEmbedder", "load_embedder"]

"""What the process that all victims are forked from does first: whatever takes seconds and is the same for each."""

from __future__ import annotations

import faiss  # noqa: F401

from rag.chunk import chunk
from rag.store.sqlite import _load_extension
from tests.store.victim import TOKENS, article

_load_extension()
chunk(article(0), tokens=TOKENS)

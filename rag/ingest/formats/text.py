"""Plain text: the whole file is the article, and its first line may be the headline."""

from __future__ import annotations

from rag.ingest.article import Draft
from rag.ingest.decode import decode


def parse(data: bytes) -> Draft:
    """Return the draft of a .txt file."""
    return Draft(decode(data), may_open_with_title=True)

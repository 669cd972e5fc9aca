"""Answers questions about news articles; every sentence shows the exact words of the exact article behind it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config, load_config
    from rag.errors import NewsRagError
    from rag.store.library import Library
    from rag.types import Answer, Article, Citation, Claim, Hit, Passage, Query, Quote, SearchResult, Source, Status, Verdict

__version__ = "0.1.0"

_HOMES = {
    "Answer": "rag.types",
    "Article": "rag.types",
    "Assistant": "rag.assistant",
    "Citation": "rag.types",
    "Claim": "rag.types",
    "Config": "rag.config",
    "Hit": "rag.types",
    "Library": "rag.store.library",
    "NewsRagError": "rag.errors",
    "Passage": "rag.types",
    "Query": "rag.types",
    "Quote": "rag.types",
    "SearchResult": "rag.types",
    "Source": "rag.types",
    "Status": "rag.types",
    "Verdict": "rag.types",
    "load_config": "rag.config",
}

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Claim",
    "Config",
    "Hit",
    "Library",
    "NewsRagError",
    "Passage",
    "Query",
    "Quote",
    "SearchResult",
    "Source",
    "Status",
    "Verdict",
    "load_config",
]


def __getattr__(name: str) -> object:
    """Load a public name from its home when it is first used, so that `import rag` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

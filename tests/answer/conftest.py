"""Evidence made of plain sentences."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.answer.evidence import Evidence, gather
from rag.chunk import chunk
from rag.ports import Embedder
from rag.types import Article, Hit


@pytest.fixture
def gathered(embedder: Embedder) -> Callable[..., Evidence]:
    """Return a function from a question and articles, one passage each, to evidence."""

    def make(question: str, *articles: Article, budget: int = 1000) -> Evidence:
        hits = [Hit(passage, article.source, 1.0) for article in articles for passage in chunk(article, tokens=200)]
        return gather(question, hits, embedder, budget=budget)

    return make

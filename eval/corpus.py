"""The articles that the questions are about, as the assistant stores them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from rag.types import Article


class Corpus:
    """Articles by id, with the places of quotes in them."""

    def __init__(self, articles: Iterable[Article]) -> None:
        """Keep the articles; a repeated id keeps the last."""
        self.articles = {article.id: article for article in articles}
        self.find = lru_cache(maxsize=None)(self._find)

    def _find(self, doc: str, quote: str) -> tuple[int, int] | None:
        """Return the first place of a quote in an article's text, or None."""
        article = self.articles.get(doc)
        start = article.text.find(quote) if article else -1
        return (start, start + len(quote)) if start >= 0 else None

    def count(self, doc: str, quote: str) -> int:
        """Return how often a quote stands in an article."""
        return self.articles[doc].text.count(quote) if doc in self.articles else 0

    def slice(self, doc: str, start: int, end: int) -> str:
        """Return characters of an article; nothing where there is no such article or the range is not in it."""
        article = self.articles.get(doc)
        return article.text[start:end] if article and 0 <= start < end <= len(article.text) else ""

    def published(self, doc: str) -> date | None:
        """Return the day on which an article was published, or None where it is not known."""
        article = self.articles.get(doc)
        return article.published if article else None

    def digest(self) -> str:
        """Return 12 hex digits that change whenever an article's id, title, text, publisher or date does."""
        state = hashlib.sha256()
        for article in sorted(self.articles.values(), key=lambda article: article.id):
            told = (article.id, article.title, article.text, article.publisher, str(article.published))
            state.update("".join(f"{part}\0" for part in told).encode())
        return state.hexdigest()[:12]

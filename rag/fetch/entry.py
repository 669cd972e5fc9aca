"""What a feed or sitemap says of one of its pages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from rag.errors import InputError
from rag.fetch.url import Allowed, parse_url
from rag.ingest.metadata import Facts
from rag.types import DateOrigin


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that a feed or sitemap names; `url` is whole and may be asked for, the rest is empty where it is silent.

    `published` and `updated` are UTC days that the feed states, `section` is the first of its categories. `changed` is what it
    says of the last change, in its own words: a hint that the page is worth another look, never a date to show. `content` is
    the HTML of a feed that carries whole articles.
    """

    url: str
    title: str = ""
    publisher: str = ""
    author: str = ""
    published: date | None = None
    updated: date | None = None
    language: str = ""
    section: str = ""
    changed: str = ""
    content: str = ""

    @property
    def facts(self) -> Facts:
        """What the feed says of the article."""
        return Facts(
            title=self.title,
            publisher=self.publisher,
            author=self.author,
            published=self.published,
            published_from=DateOrigin.FEED if self.published else None,
            updated=self.updated,
            language=self.language,
            section=self.section,
            origin="feed",
        )

    @property
    def stamp(self) -> str:
        """A hash that changes when what is said of the page does."""
        said = [self.title, self.changed, self.content]
        return hashlib.sha256(json.dumps(said).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one feed or sitemap holds: pages, further sitemaps with what each says of its last change, or a page's feeds."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[tuple[str, str], ...] = ()
    feeds: tuple[str, ...] = ()


def plain_url(text: str, *, base: str, allowed: Allowed) -> str:
    """Return the whole URL that a feed or sitemap names in its one spelling; empty where it may not be asked for."""
    if not text.strip():
        return ""
    try:
        return parse_url(text, allowed=allowed, base=base).url
    except InputError:
        return ""

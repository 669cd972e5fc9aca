"""What every place that remembers fetched pages offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rag.fetch.entry import Entry
    from rag.fetch.revisit import Page, SourceState, Validators
    from rag.fetch.robots import Rules


class VisitMemory(Protocol):
    """What is remembered of pages, feeds and robots.txt. One thread uses it at a time; several processes may.

    Times are Unix times. Each method raises StoreError where the place cannot be read or written.
    """

    def close(self) -> None:
        """Give up what is held open."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def page(self, url: str) -> Page | None:
        """Return what is remembered of a page."""

    def due_pages(self, sources: Iterable[str], now: float) -> Iterator[Page]:
        """Yield the pages of some feeds and sitemaps that are due, oldest first, as they stand now."""

    def next_due_page(self, sources: Iterable[str]) -> float | None:
        """Return when the next page of some feeds and sitemaps is due."""

    def listed(self, source: SourceState, entries: Iterable[Entry], *, root: str, now: float) -> int:
        """Take in what a feed or sitemap lists, with its own state, at once; return how many pages are new or changed.

        Those become due, as pages of `root`, which led to it. A page that another feed lists too is one page.
        """

    def read(self, url: str, validators: Validators, *, now: float) -> None:
        """Note that what a page gave is stored, and when to look at it again if a feed lists it."""

    def unchanged(self, url: str, *, now: float) -> None:
        """Note that a page is as it was when it was read."""

    def failed(self, url: str, *, now: float, is_final: bool) -> None:
        """Note that a page gave no article, and when to try again, unless that is final."""

    def source(self, url: str) -> SourceState:
        """Return what is remembered of a feed or sitemap."""

    def keep_source(self, source: SourceState) -> None:
        """Remember the state of a feed or sitemap."""

    def recall_rules(self, origin: str) -> Rules | None:
        """Return the robots.txt that was read of an origin."""

    def keep_rules(self, origin: str, rules: Rules) -> None:
        """Remember the robots.txt of an origin."""

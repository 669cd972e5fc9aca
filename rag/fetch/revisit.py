"""When a page is looked at again: what is remembered of it, and the one policy of every place that remembers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from rag.fetch.entry import Entry

HOUR_S, DAY_S = 3600.0, 86_400.0
REVISIT_AFTER_S = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S)
"""When a page of a feed is looked at again after it was first read, to notice corrections: most come within a day."""

RETRY_AFTER_S = (HOUR_S, 6 * HOUR_S, DAY_S)
"""When a page that could not be had is tried again; after that it is given up until its feed says something new of it."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version it sent, to be asked whether there is a newer one."""

    etag: str = ""
    modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request; none where nothing is known."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Page:
    """What is remembered of a page. Times are Unix times, None where there was none."""

    url: str
    entry: Entry
    validators: Validators = NO_VALIDATORS
    first_read_at: float | None = None
    visited_at: float | None = None
    n_failures: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a feed or sitemap. `feed` is the address that its page led to."""

    url: str
    feed: str = ""
    validators: Validators = NO_VALIDATORS
    changed: str = ""
    due_at: float = 0.0
    n_failures: int = 0


class Revisiting(ABC):
    """The policy, above whatever keeps the pages. A page that no feed lists is remembered, and never due."""

    @abstractmethod
    def page(self, url: str) -> Page | None:
        """Return what is remembered of a page."""

    @abstractmethod
    def keep_page(self, page: Page, due_at: float | None) -> None:
        """Remember what came of a visit, and when the page is due if a feed lists it; what the feed says of it stays."""

    def read(self, url: str, validators: Validators, *, now: float) -> None:
        """Note that what a page gave is stored, and when to look at it again if a feed lists it."""
        self._visited(replace(self._known(url), validators=validators), now)

    def unchanged(self, url: str, *, now: float) -> None:
        """Note that a page is as it was when it was read."""
        self._visited(self._known(url), now)

    def failed(self, url: str, *, now: float, is_final: bool) -> None:
        """Note that a page gave no article, and when to try again, unless that is final."""
        page = self._known(url)
        n_failures = page.n_failures + 1
        retries = () if is_final else RETRY_AFTER_S
        due = now + retries[n_failures - 1] if n_failures <= len(retries) else None
        self.keep_page(replace(page, visited_at=now, n_failures=n_failures), due)

    def _visited(self, page: Page, now: float) -> None:
        first = now if page.first_read_at is None else page.first_read_at
        due = next((first + after for after in REVISIT_AFTER_S if first + after > now), None)
        self.keep_page(replace(page, first_read_at=first, visited_at=now, n_failures=0), due)

    def _known(self, url: str) -> Page:
        return self.page(url) or Page(url, Entry(url))

"""Pages of the web as articles: the one way in for single URLs, lists and feeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.config import Config
from rag.errors import InputError
from rag.fetch.connect import Resolve, resolve
from rag.fetch.crawl import Crawl, Fetched, Job, TooBusyError
from rag.fetch.entry import Entry
from rag.fetch.fetcher import Fetcher, FetchError, Response
from rag.fetch.listing import ListingReader
from rag.fetch.memory import VisitMemory
from rag.fetch.page import PageParser
from rag.fetch.revisit import NO_VALIDATORS, Page, Validators
from rag.fetch.url import parse_url
from rag.fetch.visits import Visits
from rag.ingest.sandbox import Sandbox
from rag.ingest.walk import Rejected
from rag.types import Action, Article, IngestItem


def read_urls(
    urls: Iterable[str], *, settings: Config, now: datetime, sandbox: Sandbox | None = None
) -> Iterator[Article | Rejected]:
    """Yield, one at a time and as they arrive, the articles at `urls`, or why one gave none.

    Args:
        urls: Pages on http or https; one that is named twice is read once.
        settings: `fetch` says how politely and from where, `ingest` how much parsing may cost.
        now: The aware time of reading, as for `read_articles`.
        sandbox: Processes to parse with; None starts some, and ends them.

    Raises:
        MissingExtraError: what reads robots.txt is not installed.
    """
    with Visits.in_memory() as visits, WebReader(settings, visits, now=now, sandbox=sandbox) as reader:
        yield from reader.read(urls)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is to be remembered of a page once what came of it is stored."""

    validators: Validators = NO_VALIDATORS
    is_final: bool = True


class WebReader:
    """Reads pages, and remembers which were read; `stored` must be called for each item that the library took."""

    def __init__(
        self,
        settings: Config,
        visits: VisitMemory,
        *,
        now: datetime | None = None,
        sandbox: Sandbox | None = None,
        listings: ListingReader | None = None,
        resolver: Resolve = resolve,
        on_unchanged: Callable[[str], None] = lambda _url: None,
    ) -> None:
        """Prepare; nothing is fetched yet.

        Args:
            now: The time of reading; None takes the clock's whenever it matters.
            sandbox: What parses pages; None starts one, and ends it in the end.
            listings: What reads feeds and sitemaps, likewise.
            on_unchanged: Called with each URL whose page is as it was, which gives no article.
        """
        self.visits = visits
        self.settings = settings
        self._now = now
        self.fetcher = Fetcher(settings.fetch, resolver=resolver)
        self.crawl = Crawl(self.fetcher, visits)
        self._on_unchanged = on_unchanged
        self._pending: dict[str, _Outcome] = {}
        self._stack = ExitStack()
        self._sandbox = sandbox or self._stack.enter_context(Sandbox(settings.ingest))
        self.listings = listings or self._stack.enter_context(ListingReader())

    def __enter__(self) -> WebReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def clock(self) -> float:
        """The present, as a Unix time."""
        return self._now.timestamp() if self._now else time.time()

    def read(self, urls: Iterable[str], *, only_stale: bool = False) -> Iterator[Article | Rejected]:
        """Yield what pages give, each in full whatever is remembered of it.

        Args:
            only_stale: Pass over a page that was read within `fetch.fresh_s`: it was done before this was interrupted. Of one
                that was read earlier ask only whether it changed.
        """
        rejected: list[Rejected] = []
        pages: dict[str, Page] = {}

        def jobs() -> Iterator[Job]:
            for text in urls:
                try:
                    target = parse_url(text, allowed=self.fetcher.allowed)
                except InputError as error:
                    rejected.append(Rejected(text.strip(), str(error)))
                    continue
                if target.url in pages:
                    continue
                known = self.visits.page(target.url)
                pages[target.url] = _blank(target.url) if known is None else known
                if only_stale and known and self._is_fresh(known):
                    self._on_unchanged(target.url)
                    continue
                yield Job(target.url, target, known.validators.headers if only_stale and known else {})

        yield from self._crawled(jobs(), pages, rejected)

    def read_due(self, sources: Iterable[str]) -> Iterator[Article | Rejected]:
        """Yield what those pages of some feeds and sitemaps give that are due, asking only for what changed since."""
        rejected: list[Rejected] = []
        pages: dict[str, Page] = {}

        def jobs() -> Iterator[Job]:
            for page in self.visits.due_pages(sources, self.clock):
                try:
                    target = parse_url(page.url, allowed=self.fetcher.allowed)
                except InputError as error:  # the settings allowed it once
                    rejected.append(Rejected(page.url, str(error)))
                    self._pending[page.url] = _Outcome()
                    continue
                pages[page.url] = page
                yield Job(page.url, target, page.validators.headers)

        yield from self._crawled(jobs(), pages, rejected)

    def stored(self, item: IngestItem) -> None:
        """Remember a page as visited, now that what came of it is stored or was reported."""
        outcome = self._pending.pop(item.origin, None)
        if outcome is None:
            return
        if item.action is Action.REJECTED:
            self.visits.failed(item.origin, now=self.clock, is_final=outcome.is_final)
        else:
            self.visits.read(item.origin, outcome.validators, now=self.clock)

    def _crawled(self, jobs: Iterator[Job], pages: dict[str, Page], rejected: list[Rejected]) -> Iterator[Article | Rejected]:
        """Yield what jobs give, and what was rejected before it became one."""
        parser = PageParser(self._sandbox, now=datetime.fromtimestamp(self.clock, UTC))
        crawled = self.crawl.run(jobs)
        try:
            for fetched in crawled:
                while rejected:
                    yield rejected.pop(0)
                page = pages[fetched.job.url]
                if fetched.is_unchanged:
                    self.visits.unchanged(page.url, now=self.clock)
                    self._on_unchanged(page.url)
                    continue
                self._pending[page.url] = _outcome(fetched)
                yield parser.read(fetched, page.entry, is_new=page.first_read_at is None)
            yield from rejected
        finally:
            crawled.close()

    def _is_fresh(self, page: Page) -> bool:
        return (
            page.visited_at is not None and not page.n_failures and self.clock - page.visited_at < self.settings.fetch.fresh_s
        )


def _blank(url: str) -> Page:
    return Page(url, Entry(url), Validators(), None, None, 0)


def _outcome(fetched: Fetched) -> _Outcome:
    """Return what to remember of a page: how to ask for it again, or whether that makes sense."""
    found = fetched.outcome
    if isinstance(found, Response):
        # What a page said through a redirect holds for where it led, and may be asked of it only there.
        kept = Validators(found.headers.get("etag", "")[:500], found.headers.get("last-modified", "")[:100])
        return _Outcome(kept, is_final=found.status in (404, 410) or found.status == 200)
    return _Outcome(is_final=not isinstance(found, (FetchError, TooBusyError)))

"""Feeds and sitemaps, looked at again and again: what is new or changed becomes articles."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from rag.fetch.sources import Source, Sources
from rag.fetch.url import parse_url
from rag.fetch.web import WebReader
from rag.ingest.walk import Rejected
from rag.types import Article

MAX_BATCH = 32
MAX_BATCH_S = 10.0
"""Most articles, and about the longest, that wait to be stored together: the library is locked only while it takes them."""

_MAX_SLEEP_S = 60.0  # a clock that is set, or a machine that slept, is noticed by then


def sources_of(reader: WebReader, feeds: Iterable[str], sitemaps: Iterable[str]) -> list[Source]:
    """Return the feeds and sitemaps at some addresses, each once.

    Raises:
        InputError: an address that may not be asked for.
    """
    allowed = reader.fetcher.allowed
    found = [Source(parse_url(url, allowed=allowed).url, "feed") for url in feeds]
    found += [Source(parse_url(url, allowed=allowed).url, "sitemap") for url in sitemaps]
    return list({source.url: source for source in found}.values())


class Watch:
    """The feeds and sitemaps that are watched."""

    def __init__(self, reader: WebReader, sources: Iterable[Source], *, every_s: float) -> None:
        self._reader = reader
        self._sources = Sources(reader, list(sources), every_s=every_s)

    def cycle(self, *, at_all: bool = False) -> Iterator[Article | Rejected]:
        """Look at what is due, `at_all` at every feed; yield its articles as they arrive, and the feeds that failed.

        The reader's `stored` must be called for each.
        """
        yield from self._sources.look(at_all=at_all)
        yield from self._reader.read_due(self._sources.urls)

    def wait(self) -> None:
        """Return when something is due."""
        while (left := self._next_due() - self._reader.clock) > 0:
            time.sleep(min(left, _MAX_SLEEP_S))

    def _next_due(self) -> float:
        page = self._reader.visits.next_due_page(self._sources.urls)
        feed = self._sources.next_due()
        return feed if page is None else min(feed, page)


def batches(items: Iterable[Article | Rejected]) -> Iterator[list[Article | Rejected]]:
    """Yield items in lists that are neither long nor old."""
    batch: list[Article | Rejected] = []
    began = 0.0
    for item in items:
        if not batch:
            began = time.monotonic()
        batch.append(item)
        if len(batch) >= MAX_BATCH or time.monotonic() - began >= MAX_BATCH_S:
            yield batch
            batch = []
    if batch:
        yield batch

"""Looking at feeds and sitemaps: which are due, what they list, and when to look again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.errors import InputError
from rag.fetch.crawl import Fetched, Job, TooBusyError
from rag.fetch.listing import Kind
from rag.fetch.page import page_of
from rag.fetch.revisit import DAY_S, NO_VALIDATORS, SourceState, Validators
from rag.fetch.url import parse_url
from rag.fetch.web import WebReader
from rag.ingest.walk import Rejected

JITTER = 0.1
"""By how much of itself each pause varies, so that feeds do not all come at once and nobody is asked on the dot."""

MAX_BACKOFF_S = DAY_S
MAX_DEPTH = 3
MAX_SITEMAPS = 500
"""How deep sitemaps may lie within each other, and how many of one index are looked at in one go, the newest first."""


@dataclass(frozen=True, slots=True)
class Source:
    """A feed or sitemap, by the one spelling of its address."""

    url: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Look:
    """A file to fetch for a source: the source's own, the feed that its page names, or a sitemap within it."""

    source: Source
    state: SourceState
    changed: str = ""
    depth: int = 0


class Sources:
    """The feeds and sitemaps that one reader follows."""

    def __init__(self, reader: WebReader, sources: Sequence[Source], *, every_s: float) -> None:
        self._reader = reader
        self._sources = sources
        self._every_s = every_s

    @property
    def urls(self) -> list[str]:
        """Their addresses."""
        return [source.url for source in self._sources]

    def next_due(self) -> float:
        """Return the Unix time at which the first of them is due."""
        return min(self._reader.visits.source(source.url).due_at for source in self._sources)

    def look(self, *, at_all: bool = False) -> Iterator[Rejected]:
        """Look at those that are due, `at_all` at every one; yield those that could not be read.

        What they list that is new or changed becomes due in the reader's memory.
        """
        visits, now = self._reader.visits, self._reader.clock
        states = [(source, visits.source(source.url)) for source in self._sources]
        looks = [_Look(source, state) for source, state in states if at_all or state.due_at <= now]
        while looks:
            further: list[_Look] = []
            yield from self._round(looks, further)
            looks = further

    def _round(self, looks: Sequence[_Look], further: list[_Look]) -> Iterator[Rejected]:
        """Fetch what is to be looked at, and put what that leads to in `further`."""
        by_url: dict[str, _Look] = {}

        def jobs() -> Iterator[Job]:
            for look in looks:
                url = look.state.feed or look.state.url
                if url not in by_url:
                    by_url[url] = look
                    target = parse_url(url, allowed=self._reader.fetcher.allowed)
                    yield Job(url, target, look.state.validators.headers)

        for fetched in self._reader.crawl.run(jobs()):
            look = by_url[fetched.job.url]
            try:
                further.extend(self._taken(look, fetched))
            except InputError as error:
                yield self._failed(look, error)

    def _taken(self, look: _Look, fetched: Fetched) -> list[_Look]:
        """Take in a file, and return what it leads to.

        Raises:
            InputError: it could not be had, or is no feed or sitemap.
        """
        now = self._reader.clock
        seen = replace(look.state, due_at=now + self._pause(), n_failures=0, changed=look.changed or look.state.changed)
        visits = self._reader.visits
        if fetched.is_unchanged:
            visits.keep_source(seen)
            return []
        response = page_of(fetched)
        allowed = self._reader.fetcher.allowed
        listing = self._reader.listings.read(response.body, look.source.kind, url=response.target.url, allowed=allowed)
        if listing.feeds:
            if look.depth:
                raise InputError("the feed that its page names is a web page")
            visits.keep_source(replace(seen, feed=listing.feeds[0]))
            return [replace(look, state=replace(look.state, feed=listing.feeds[0]), depth=1)]
        found = Validators(response.headers.get("etag", "")[:500], response.headers.get("last-modified", "")[:100])
        # An index that has not changed says nothing of the sitemaps in it, so it is always read whole.
        kept = replace(seen, validators=NO_VALIDATORS if listing.sitemaps else found)
        visits.listed(kept, listing.entries, root=look.source.url, now=now)
        return self._within(look, listing.sitemaps)

    def _within(self, look: _Look, sitemaps: Sequence[tuple[str, str]]) -> list[_Look]:
        """Return what to look at of the sitemaps of an index: what is new, or changed as far as it says so."""
        if look.depth >= MAX_DEPTH:
            return []
        found = []
        for url, changed in sorted(sitemaps, key=lambda sitemap: sitemap[1], reverse=True)[:MAX_SITEMAPS]:
            state = self._reader.visits.source(url)
            if not (changed and changed == state.changed):
                found.append(_Look(look.source, state, changed, look.depth + 1))
        return found

    def _failed(self, look: _Look, error: InputError) -> Rejected:
        """Put a source off for longer each time it fails."""
        state = look.state
        wait = min(self._pause() * 2.0**state.n_failures, MAX_BACKOFF_S)
        if isinstance(error, TooBusyError):
            wait = min(max(wait, error.wait_s), MAX_BACKOFF_S)
        failed = replace(state, due_at=self._reader.clock + wait, n_failures=min(state.n_failures + 1, 30))
        if state.feed:  # the page that names the feed is asked again: it may name another by now
            failed = replace(failed, feed="", validators=NO_VALIDATORS)
        self._reader.visits.keep_source(failed)
        return Rejected(state.url, f"{look.source.kind} not read: {error}")

    def _pause(self) -> float:
        return self._every_s * random.uniform(1 - JITTER, 1 + JITTER)

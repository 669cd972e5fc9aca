"""From what a server answered to an article, or to the reason why there is none.

The bytes take the same way as those of a file: a worker of the sandbox parses them. What the page itself states comes first,
what its feed says fills the gaps, and where the page may not be had the text of a feed that carries whole articles stands in.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from rag.errors import InputError
from rag.fetch.crawl import Fetched
from rag.fetch.entry import Entry
from rag.fetch.fetcher import FetchError, Response
from rag.ingest.decode import decode
from rag.ingest.formats.known import HEAD_BYTES, sniff
from rag.ingest.metadata import Facts
from rag.ingest.recall import articles_of
from rag.ingest.sandbox import Sandbox
from rag.ingest.sandbox.pool import Job as SandboxJob
from rag.ingest.sandbox.wire import Task
from rag.ingest.walk import Rejected
from rag.types import Article

_KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_GONE = (404, 410)


class PageParser:
    """Makes articles of pages in a sandbox."""

    def __init__(self, sandbox: Sandbox, *, now: datetime) -> None:
        self._sandbox = sandbox
        self._now = now

    def read(self, fetched: Fetched, entry: Entry, *, is_new: bool) -> Article | Rejected:
        """Return the article of a page, its origin the URL that was asked for.

        Args:
            entry: What its feed says of it; only its URL counts where there is no feed.
            is_new: Whether nothing was read of it before; the feed's own text stands in for no page that was.
        """
        url = fetched.job.url
        try:
            response = page_of(fetched)
        except InputError as error:
            return (self._of_feed(entry, url) if is_new and may_stand_in(fetched) else None) or Rejected(url, str(error))
        item = self._of_page(response, entry, url)
        if isinstance(item, Rejected) and is_new:
            return self._of_feed(entry, url) or item
        return item

    def _of_page(self, response: Response, entry: Entry, url: str) -> Article | Rejected:
        try:
            kind = kind_of(response)
            data = _in_utf_8(response, kind)
        except InputError as error:
            return Rejected(url, str(error))
        return self._parsed(data, kind, url, response.target.url, entry)

    def _of_feed(self, entry: Entry, url: str) -> Article | None:
        """Return the article that a feed carries in whole; None where it does not."""
        if not entry.content:
            return None
        page = f"<!doctype html><html><head><meta charset=utf-8></head><body><article>{entry.content}</article></body></html>"
        item = self._parsed(page.encode("utf-8", "replace"), "html", url, entry.url, entry)
        return None if isinstance(item, Rejected) else replace(item, provenance={**item.provenance, "text": "feed"})

    def _parsed(self, data: bytes, kind: str, url: str, address: str, entry: Entry) -> Article | Rejected:
        """Return what a worker makes of a page found at `address`; it may name another of the same site as its own."""

        def opened() -> BinaryIO:
            handle = tempfile.TemporaryFile()  # noqa: SIM115 — the sandbox closes it
            handle.write(data)
            handle.flush()
            handle.seek(0)
            return handle

        found = Facts(url=address, origin="address")
        task = Task(kind, f"page.{kind}", url, self._sandbox.limits, found, self._now, feed=entry.facts)
        # To its end, or its worker would be thrown away.
        items = list(articles_of(self._sandbox.read(SandboxJob(task, opened))))
        return items[0] if items else Rejected(url, "no article in it")


def page_of(fetched: Fetched) -> Response:
    """Return the response if it is a page.

    Raises:
        InputError: it is none; the message is a phrase that says why.
    """
    response = fetched.outcome
    if isinstance(response, InputError):
        raise response
    if response.status in _GONE:
        raise InputError(f"there is no such page any more ({response.status})")
    if response.status in (401, 402, 403, 451):
        raise InputError(f"the site refuses it ({response.status}); it may want a subscription or a login")
    if response.status != 200:
        raise InputError(f"the site answered {response.status}")
    if fetched.job.hops and response.target.path == "/":
        raise InputError("it redirects to the front page: the article is gone or moved")
    return response


def may_stand_in(fetched: Fetched) -> bool:
    """Whether the text that a feed carries may stand in for a page: it is refused or not to be had, and not gone."""
    if isinstance(fetched.outcome, InputError):
        return isinstance(fetched.outcome, FetchError)
    return fetched.outcome.status not in _GONE


def kind_of(response: Response) -> str:
    """Return the format of a page, as `rag.ingest.formats.known` names it.

    Raises:
        InputError: it is of a type that holds no article.
    """
    declared = response.content_type
    if declared in _KINDS:
        return _KINDS[declared]
    if declared in _FEEDS:
        raise InputError(f"it is a feed; type: rag ingest --feed {response.target.url}")
    if declared in _UNTOLD:
        looks = sniff(response.body[:HEAD_BYTES])
        if looks in ("html", "pdf"):
            return looks
    raise InputError(f"it is of type {(declared or 'unknown')[:80]!r}, in which no article is looked for")


def _in_utf_8(response: Response, kind: str) -> bytes:
    """Return a text in UTF-8 where the server says that it is in something else: the page itself may not say."""
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    if kind not in ("html", "txt", "md") or charset is None or charset[1].lower() in ("utf-8", "utf8"):
        return response.body
    return decode(response.body, declared=charset[1]).encode("utf-8", "replace")

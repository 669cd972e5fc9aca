"""Sitemaps: lists of pages, of news with their dates, and of further sitemaps; XML, plain text, either one gzipped."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from rag.errors import InputError
from rag.fetch.entry import Entry, Listing, plain_url
from rag.fetch.expand import GZIP_MARK, expand
from rag.fetch.url import Allowed
from rag.ingest.metadata import parse_day, same_site

MAX_BYTES = 52_428_800
MAX_ENTRIES = 50_000
"""The limits that the protocol sets for one file."""


def read_sitemap(data: bytes, *, url: str, allowed: Allowed) -> Listing:
    """Return what a sitemap names, in its order, each once; what is not of its own site is passed over.

    Raises:
        InputError: no sitemap, or one that expands beyond the limit.
    """
    if data.startswith(GZIP_MARK):
        data = expand(data, "gzip", limit=MAX_BYTES)
    found = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    listing = _xml(found) if found.startswith(b"<") else _text(found)

    def of_site(text: str) -> str:
        link = plain_url(text, base=url, allowed=allowed)
        return link if link and same_site(link, url) else ""

    entries = {link: replace(entry, url=link) for entry in reversed(listing.entries) if (link := of_site(entry.url))}
    sitemaps = {link: changed for text, changed in listing.sitemaps if (link := of_site(text))}
    return Listing(tuple(reversed(entries.values())), tuple(sitemaps.items()))


def _text(data: bytes) -> Listing:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines[:10]):
        raise InputError("it is no sitemap")
    return Listing(tuple(Entry(line) for line in lines[:MAX_ENTRIES]))


def _xml(data: bytes) -> Listing:
    from lxml import etree  # type: ignore[import-untyped]

    entries: list[Entry] = []
    sitemaps: list[tuple[str, str]] = []
    is_sitemap = False
    # Entities stay as they are and nothing outside is read, whatever the file declares.
    events = etree.iterparse(
        io.BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, recover=True
    )
    try:
        for event, element in events:
            name = _local(element)
            if event == "start":
                is_sitemap = is_sitemap or name in ("urlset", "sitemapindex")
            elif name == "url" and len(entries) < MAX_ENTRIES:
                entries.append(_entry(element))
                element.clear()
            elif name == "sitemap" and len(sitemaps) < MAX_ENTRIES:
                fields = _fields(element)
                sitemaps.append((fields.get("loc", ""), fields.get("lastmod", "")))
                element.clear()
    except etree.XMLSyntaxError as error:
        if not is_sitemap:
            raise InputError(f"it is no sitemap ({error.msg})") from None
    if not is_sitemap:
        raise InputError("it is no sitemap")
    return Listing(tuple(entries), tuple(sitemaps))


def _entry(element: Any) -> Entry:
    fields = _fields(element)
    try:
        published = parse_day(fields.get("publication_date"))
    except ValueError:
        published = None
    return Entry(
        url=fields.get("loc", ""),
        title=fields.get("title", ""),
        publisher=fields.get("name", ""),
        published=published,
        language=fields.get("language", ""),
        changed=fields.get("lastmod", ""),
    )


def _fields(element: Any) -> dict[str, str]:
    """Return the texts of a `url` or `sitemap` and of the news in it, by local name; an image's own title is none of them."""
    fields: dict[str, str] = {}
    for child in element.iterdescendants():
        if child.getparent() is element or _local(child.getparent()) in ("news", "publication"):
            fields.setdefault(_local(child), (child.text or "").strip())
    return fields


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""

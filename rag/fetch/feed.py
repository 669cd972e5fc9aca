"""RSS, Atom and JSON feeds, from bytes that were fetched before."""

from __future__ import annotations

import calendar
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import InputError, MissingExtraError
from rag.fetch.entry import Entry, Listing, plain_url
from rag.fetch.url import Allowed
from rag.ingest.metadata import first_fault, parse_day

MAX_ENTRIES = 5_000
MIN_CONTENT_CHARS = 600
"""Fewest characters of markup that count as a whole article; less is a teaser."""


def read_feed(data: bytes, *, url: str, allowed: Allowed) -> Listing:
    """Return the pages that a feed names, in its order, each once.

    Args:
        url: Where it was fetched from: relative links are resolved against it.
        allowed: Links to what may never be asked for are passed over.

    Raises:
        InputError: no feed.
    """
    read = _json_entries if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _xml_entries
    entries: dict[str, Entry] = {}
    for entry in read(data)[:MAX_ENTRIES]:
        if link := plain_url(entry.url, base=url, allowed=allowed):
            entries.setdefault(link, replace(entry, url=link))
    return Listing(tuple(entries.values()))


def _xml_entries(data: bytes) -> list[Entry]:
    try:
        import feedparser  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("feeds cannot be read without feedparser; type: pip install 'newsrag[web]'") from None
    # As a stream: bytes are tried as the name of a file first, and a feed that says only "/etc/passwd" would be that file.
    feed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise InputError("it is no RSS, Atom or JSON feed")
    publisher = _text(feed.feed, "title")
    language = _text(feed.feed, "language")
    return [_xml_entry(entry, publisher, language) for entry in feed.entries]


def _xml_entry(entry: dict[str, Any], publisher: str, language: str) -> Entry:
    return Entry(
        url=_text(entry, "feedburner_origlink") or _text(entry, "link"),
        title=_plain(_text(entry, "title")),
        publisher=_plain(_source(entry) or publisher),
        author=_text(entry, "author"),
        published=_day(_get(entry, "published_parsed")),
        updated=_day(_get(entry, "updated_parsed")),
        language=language,
        section=_category(entry),
        changed=_text(entry, "updated"),
        content=_content(entry),
    )


def _category(entry: dict[str, Any]) -> str:
    """Return the first category of an entry, by the name that people see where it has one."""
    found: dict[str, Any] = next(iter(_get(entry, "tags") or ()), {})
    return _plain(_text(found, "label") or _text(found, "term"))


def _content(entry: dict[str, Any]) -> str:
    """Return the longest content of an entry if it is a whole article's; a summary is none."""
    found = [str(part.get("value") or "") for part in _get(entry, "content") or () if "html" in str(part.get("type"))]
    longest = max(found, key=len, default="")
    return longest if len(longest) >= MIN_CONTENT_CHARS else ""


def _source(entry: dict[str, Any]) -> str:
    """Return whom an aggregator's entry names as its source."""
    source = _get(entry, "source")
    return _text(source, "title") if isinstance(source, dict) else ""


def _get(found: dict[str, Any], key: str) -> Any:
    """Return a field as it stands: feedparser's own `get` answers a missing date with another."""
    return dict.get(found, key)


def _text(found: dict[str, Any], key: str) -> str:
    value = _get(found, key)
    return value.strip() if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """Return a title without the markup that some feeds put into it."""
    if "<" not in text and "&" not in text:
        return text
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        return " ".join(str(html.fragment_fromstring(text, create_parent=True).text_content()).split())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return text


def _day(moment: Any) -> date | None:
    """Return the UTC day of a time.struct_time in UTC."""
    if moment is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(moment), UTC).date()
    except (ValueError, OverflowError, OSError, TypeError):
        return None


class _JsonName(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""


class _JsonItem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    url: str = ""
    external_url: str = ""
    title: str = ""
    content_html: str = ""
    date_published: str = ""
    date_modified: str = ""
    language: str = ""
    author: _JsonName = _JsonName()
    authors: list[_JsonName] = []
    tags: list[Any] = []

    def entry(self, publisher: str, language: str) -> Entry:
        """Return what the item says."""
        names = [author.name for author in (*self.authors, self.author) if author.name]
        return Entry(
            url=self.url or self.external_url,
            title=self.title,
            publisher=publisher,
            author=", ".join(dict.fromkeys(names)),
            published=_iso_day(self.date_published),
            updated=_iso_day(self.date_modified),
            language=self.language or language,
            section=next((tag for tag in self.tags if isinstance(tag, str)), ""),
            changed=self.date_modified,
            content=self.content_html if len(self.content_html) >= MIN_CONTENT_CHARS else "",
        )


class _JsonFeed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: str
    title: str = ""
    language: str = ""
    items: list[dict[str, Any]] = []


def _json_entries(data: bytes) -> list[Entry]:
    try:
        feed = _JsonFeed.model_validate(json.loads(data))
    except ValidationError as error:
        raise InputError(f"it is no JSON feed ({first_fault(error)})") from None
    except (ValueError, RecursionError):
        raise InputError("it is no JSON feed") from None
    if "jsonfeed.org" not in feed.version:
        raise InputError(f"it is no JSON feed (its version is {feed.version[:80]!r})")
    return [item.entry(feed.title, feed.language) for fields in feed.items if (item := _item(fields))]


def _item(fields: dict[str, Any]) -> _JsonItem | None:
    """Return an item, or None where it is malformed: one bad item does not spoil its feed."""
    try:
        return _JsonItem.model_validate({key: value for key, value in fields.items() if value is not None})
    except ValidationError:
        return None


def _iso_day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None

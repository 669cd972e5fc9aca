"""What a web page's head says of its article: meta tags, JSON-LD and the canonical link.

Only what the page states. trafilatura and htmldate, even in its strict mode, go further: a host name becomes the
publisher, a subheading the title, `2025-10` becomes the 21st, and the day of a change or of a picture the day of
publication. Here those would be wrong facts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from rag.ingest.metadata import Facts, parse_day, web_url
from rag.types import DateOrigin

_MAX_NODES = 10_000
_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "citation_publication_date",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "date",
)


def page_facts(tree: Any) -> Facts:
    """Return what the page of an lxml tree says of itself."""
    metas = _metas(tree)
    story = _json_ld_article(tree)
    publisher = metas.get("og:site_name") or _name(story.get("publisher")) or metas.get("publisher", "")
    published = _published(tree, metas, story)
    return Facts(
        title=_title(tree, metas, story, publisher),
        url=_own_url(tree, metas),
        publisher="" if "://" in publisher else publisher,
        author=_author(metas, story),
        published=published,
        published_from=DateOrigin.META if published else None,
        language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
    )


def _metas(tree: Any) -> dict[str, str]:
    """Return the first content of each meta tag, by its name, property or itemprop in lower case."""
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        content = meta.get("content").strip()
        if content:
            metas.setdefault(name.strip().lower(), content)
    return metas


def _json_ld_article(tree: Any) -> dict[str, Any]:
    """Return the first JSON-LD object that describes an article, outermost first; empty if there is none."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _objects(data):
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and kind.endswith(("Article", "Posting")) for kind in kinds):
                return node
    return {}


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects in parsed JSON, outermost first."""
    pending = deque([data])
    for _ in range(_MAX_NODES):
        if not pending:
            return
        node = pending.popleft()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _name(value: Any) -> str:
    """Return the name in a JSON-LD value: text, an object with a `name`, or a list of either."""
    if isinstance(value, list):
        return ", ".join(name for item in value if not isinstance(item, list) and (name := _name(item)))
    if isinstance(value, dict):
        value = value.get("name")
    return value.strip() if isinstance(value, str) else ""


def _title(tree: Any, metas: dict[str, str], story: dict[str, Any], publisher: str) -> str:
    """Return the stated title, else the one level-1 heading, else the window title without the publisher."""
    stated = metas.get("og:title") or _name(story.get("headline"))
    if stated:
        return stated
    headings = [text for heading in tree.iterfind(".//h1") if (text := heading.text_content().strip())]
    if len(headings) == 1:
        return str(headings[0])
    window = tree.find(".//head/title")
    title = (window.text_content() if window is not None else "").strip()
    for separator in (" | ", " - ", " – ", " — "):
        title = title.removesuffix(separator + publisher) if publisher else title
    return title


def _author(metas: dict[str, str], story: dict[str, Any]) -> str:
    for author in (_name(story.get("author")), metas.get("author", ""), metas.get("article:author", "")):
        if author and "://" not in author:
            return author
    return ""


def _own_url(tree: Any, metas: dict[str, str]) -> str:
    """Return the page's own address; a front page given as canonical is a mistake that would merge all articles."""
    link = tree.find(".//link[@rel='canonical']")
    for candidate in (link.get("href", "") if link is not None else "", metas.get("og:url", "")):
        url = web_url(candidate)
        if url and (urlsplit(url).path.strip("/") or urlsplit(url).query):
            return url
    return ""


def _published(tree: Any, metas: dict[str, str], story: dict[str, Any]) -> date | None:
    """Return the day of publication that the page states first; a day of change is never taken for it."""
    stated = (metas.get(_DATE_NAMES[0]), story.get("datePublished"), *(metas.get(name) for name in _DATE_NAMES[1:]))
    for value in stated:
        if day := _day(value):
            return day
    property_ = "//*[@itemprop='datePublished']"
    marked = tree.xpath(f"{property_}/@datetime | {property_}/@content | //time[@pubdate]/@datetime")
    days = {day for value in marked if (day := _day(value))}
    return days.pop() if len(days) == 1 else None  # several: those of other articles are among them


def _day(value: object) -> date | None:
    """Return the day of an ISO or RFC 2822 date; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return parse_day(value)
    except ValueError:
        pass
    try:
        return parse_day(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

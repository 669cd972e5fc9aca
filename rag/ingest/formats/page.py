"""What a web page says of its article: JSON-LD, OpenGraph, meta tags, the canonical link, marked-up times.

Only what the page states. trafilatura and htmldate, even in its strict mode, go further: a subheading becomes the title,
`2025-10` becomes the 21st, and the day of a change or of a picture the day of publication. Here those would be wrong facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from rag.ingest.dates import day_in_words, day_of
from rag.ingest.formats.jsonld import Story, story_of
from rag.ingest.metadata import Facts, web_url
from rag.types import DateOrigin

_OPENGRAPH_DATES = ("article:published_time", "og:article:published_time", "og:published_time")
_META_DATES = (
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created",
    "citation_publication_date", "publication_date", "publication-date", "publish-date", "publish_date", "publishdate",
    "article.published",
    "pubdate", "date", "datepublished", "cxenseparse:recs:publishtime", "rnews:datepublished", "displaydate", "ptime",
)  # fmt: skip
_OPENGRAPH_UPDATES = ("article:modified_time", "og:article:modified_time", "og:updated_time", "article:updated_time")
_META_UPDATES = (
    "last-modified",
    "lastmod",
    "dcterms.modified",
    "dc.date.modified",
    "datemodified",
    "article.updated",
    "utime",
    "updated_time",
)
_DATE_NAME = re.compile(
    r"(?:^|[-_ ])(?:date|published|pubdate|timestamp|datetime|post-date|fecha|datum|entry-date|time)(?:$|[-_ ])", re.IGNORECASE
)
_UPDATE_NAME = re.compile(r"updat|modif|actualiz|atualiz|aggiorn|mis-a-jour", re.IGNORECASE)
_UPDATE_WORD = re.compile(
    r"\b(?:updated|modified|actualizad[oa]|mis à jour|aktualisiert|atualizad[oa]|aggiornato)\b", re.IGNORECASE
)
_SECTIONS = ("article:section", "section", "parsely-section", "sailthru.section", "category", "news_section")
_AUTHORS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "citation_author",
    "twitter:creator",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of its article, the text that its data gives as the article's, and what its data calls it."""

    facts: Facts
    body: str = ""
    kinds: tuple[str, ...] = ()


def read_page(tree: Any) -> Page:
    """Return what the page of an lxml tree says of itself."""
    story = story_of(tree)
    return Page(_facts(tree, story), story.body, story.kinds)


def _facts(tree: Any, story: Story) -> Facts:
    metas = _metas(tree)
    told: dict[str, str] = {}
    origins: dict[str, str] = {}

    def take(fact: str, *candidates: tuple[str, str]) -> None:
        """Take the first candidate, a value and its origin, that says something."""
        for value, origin in candidates:
            if value.strip():
                told[fact], origins[fact] = value.strip(), origin
                return

    site = metas.get("og:site_name", "")
    canonical = _canonical(tree, metas)
    take(
        "publisher",
        (_named(site), "opengraph"),
        (_named(story.publisher), "json-ld"),
        *((_named(metas.get(n, "")), "meta") for n in ("publisher", "dc.publisher", "application-name")),
    )
    take(
        "title",
        (story.headline, "json-ld"),
        (metas.get("og:title", ""), "opengraph"),
        *_headings(tree, told.get("publisher", "")),
    )
    take(
        "author",
        (_named(story.author), "json-ld"),
        *((_person(metas.get(n, "")), "opengraph" if n.startswith("article:") else "meta") for n in _AUTHORS),
        (_marked_author(tree), "page"),
    )
    take("canonical_url", canonical)
    take(
        "section",
        (story.section, "json-ld"),
        *((metas.get(n, ""), "opengraph" if n.startswith("article:") else "meta") for n in _SECTIONS),
    )
    lang = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    take(
        "language",
        (story.language, "json-ld"),
        (lang, "html"),
        (metas.get("content-language", ""), "meta"),
        (metas.get("og:locale", ""), "opengraph"),
    )
    days = _days(tree, metas, story)
    updated, origins["updated"] = next(
        ((day, origin) for value, origin in _updates(tree, metas, story) if (day := day_of(value))), (None, "")
    )
    return Facts(
        title=told.get("title", ""),
        url=told.get("canonical_url", ""),
        publisher=told.get("publisher", ""),
        author=told.get("author", ""),
        published=days[0][0] if days else None,
        published_from=DateOrigin.META if days or updated else None,
        language=told.get("language", ""),
        section=told.get("section", ""),
        canonical_url=told.get("canonical_url", ""),
        updated=updated,
        origins={**origins, "url": origins.get("canonical_url", "")},
        days=days,
    )


def retitled(facts: Facts, tree: Any) -> Facts:
    """Return the facts with the heading of the article, where other articles of the page are gone and only one is left.

    The window's title is that of the page, which may hold several.
    """
    if facts.origin_of("title") != "window":
        return facts
    title, origin = _headings(tree, facts.publisher)[0]
    return replace(facts, title=title, origins={**facts.origins, "title": origin}) if title else facts


def _metas(tree: Any) -> dict[str, str]:
    """Return the first content of each meta tag, by its name, property or itemprop in lower case."""
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        content = meta.get("content").strip()
        if content:
            metas.setdefault(name.strip().lower(), content)
    return metas


def _headings(tree: Any, publisher: str) -> list[tuple[str, str]]:
    """Return the one level-1 heading, and the window title without the publisher, each with its origin."""
    headings = [text for heading in tree.iterfind(".//h1") if (text := " ".join(heading.text_content().split()))]
    window = tree.find(".//head/title")
    title = " ".join((window.text_content() if window is not None else "").split())
    for separator in (" | ", " - ", " – ", " — ", " · ", " :: "):
        title = title.removesuffix(separator + publisher) if publisher else title
    return [(headings[0] if len(headings) == 1 else "", "heading"), (title, "window")]


def _named(value: str) -> str:
    """Return a name as it is, and nothing for an address."""
    return "" if "://" in value or value.startswith(("www.", "@")) else value


def _person(value: str) -> str:
    return re.sub(r"^(?:by|por|par|von|di)\s+", "", _named(value), flags=re.IGNORECASE)


def _marked_author(tree: Any) -> str:
    """Return the one author that the page marks as such; several are those of other articles too."""
    marked = tree.xpath("//*[@itemprop='author' or @rel='author']")
    names = {_person(" ".join((one.get("content") or one.text_content()).split())) for one in marked} - {""}
    return names.pop() if len(names) == 1 and len(max(names)) <= 80 else ""


def _canonical(tree: Any, metas: dict[str, str]) -> tuple[str, str]:
    """Return the page's own address and its origin; a front page given as one is a mistake that would merge all articles."""
    link = tree.find(".//link[@rel='canonical']")
    base = metas.get("og:url", "")
    href = link.get("href", "") if link is not None else ""
    if href.startswith("/") and web_url(base):
        href = urljoin(base, href)
    for candidate, origin in ((href, "link"), (base, "opengraph")):
        url = web_url(candidate)
        if url and (urlsplit(url).path.strip("/") or urlsplit(url).query):
            return url, origin
    return "", ""


def _days(tree: Any, metas: dict[str, str], story: Story) -> tuple[tuple[date, str], ...]:
    """Return the days of publication that the page states, the one to believe first first; a day of change is none of them."""
    stated: list[tuple[object, str]] = [(story.published, "json-ld")]
    stated += [(metas.get(name), "opengraph") for name in _OPENGRAPH_DATES]
    stated += [(metas.get(name), "meta") for name in _META_DATES]
    stated += [(value, "time") for value in _marked_days(tree)]
    days: dict[date, str] = {}
    for value, origin in stated:
        if day := day_of(value):
            days.setdefault(day, origin)
    return tuple(days.items())


def _marked_days(tree: Any) -> list[date]:
    """Return the day of publication that the page's own markup agrees on: `itemprop`, `<time>`, and elements named a date.

    Several are those of other articles, and none of them is known to be this one's.
    """
    property_ = "//*[@itemprop='datePublished']"
    marked = tree.xpath(f"{property_}/@datetime | {property_}/@content | //time[@pubdate]/@datetime")
    for days in (_agreed(day_of(value) for value in marked), _agreed(_visible_days(tree))):
        if days:
            return days
    return []


def _agreed(days: Iterable[date | None]) -> list[date]:
    found = {day for day in days if day}
    return list(found) if len(found) == 1 else []


def _visible_days(tree: Any) -> Iterable[date | None]:
    """Yield the days in elements that are named a date and hold little else, those of changes left out."""
    near = next(iter(tree.xpath("//article[.//h1] | //main[.//h1] | //*[@itemtype][.//h1]")), tree)
    for one in near.xpath(".//time | .//*[@class or @id]"):
        names = f"{one.get('class', '')} {one.get('id', '')}"
        if not (one.tag == "time" or _DATE_NAME.search(names)) or len(one) > 3 or _UPDATE_NAME.search(names):
            continue
        if one.get("itemprop") == "dateModified" or any(_is_aside(around) for around in one.iterancestors()):
            continue
        text = " ".join(one.text_content().split())
        if len(text) <= 80 and not _UPDATE_WORD.search(text):
            yield (
                day_in_words(text)
                or day_of(text)
                or (day_of(one.get("datetime")) if one.tag == "time" and _is_headed(one) else None)
            )


def _is_headed(time: Any) -> bool:
    """Whether a `<time>` stands in the head of an article, where it is the article's own."""
    return any(around.tag == "header" and around.find(".//h1") is not None for around in time.iterancestors())


def _is_aside(element: Any) -> bool:
    return (
        element.tag in ("aside", "nav", "footer", "li")
        or "comment" in (element.get("class") or "")
        or "related" in (element.get("class") or "")
    )


def _updates(tree: Any, metas: dict[str, str], story: Story) -> Iterable[tuple[object, str]]:
    yield story.updated, "json-ld"
    yield from ((metas.get(name), "opengraph") for name in _OPENGRAPH_UPDATES)
    yield from ((metas.get(name), "meta") for name in _META_UPDATES)
    property_ = "//*[@itemprop='dateModified']"
    yield from ((value, "time") for value in tree.xpath(f"{property_}/@datetime | {property_}/@content"))

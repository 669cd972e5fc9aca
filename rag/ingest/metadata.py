"""What is known of an article, from where, and which source is believed.

In this order: the caller's own fields, the folder's manifest, the page (JSON-LD, OpenGraph, meta tags, `<time>`), the feed, the
URL, and last what the text says of itself. Each fact names its origin in `Article.provenance`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, ValidationError

from rag.ingest.clean import clean_line
from rag.types import DateOrigin

MAX_URL_CHARS = 2000
FIRST_PAGES = date(1990, 1, 1)  # an earlier day in a page's data is the empty date of some program, such as 1970-01-01
EARLIEST = date(1600, 1, 1)  # the first newspapers; earlier ones are an empty date in some program, such as 0001-01-01
MAX_AHEAD = timedelta(days=2)  # time zones, and weeklies dated ahead

_SPACE_BEFORE_ZONE = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_DAY_IN_PATH = re.compile(
    r"/((?:19|20)\d{2})/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?:/|$)"
    r"|/((?:19|20)\d{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?:/|$)"  # a part of its own
    r"|[a-z]-((?:19|20)\d{2})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/?$"  # the end of a slug, as Reuters writes it
)
_OTHERS_HOSTS = re.compile(
    r"(?:^|\.)(?:archive\.(?:org|is|ph|today)|google\.\w+|ampproject\.(?:org|net)|googleusercontent\.com|facebook\.com|"
    r"twitter\.com|x\.com|t\.co|reddit\.com|youtube\.com|linkedin\.com|flipboard\.com|msn\.com|yahoo\.com|bing\.com)$"
)
"""Hosts that carry what others publish."""

_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one source says of an article; empty where it is silent.

    `origin` names the source, and `origins` that of a single fact where the source has several: `{"title": "json-ld"}`. `days`
    are all the days of publication that it states, each with its origin, the one to believe first first; empty where there is
    only `published`.
    """

    id: str = ""
    title: str = ""
    url: str = ""
    publisher: str = ""
    author: str = ""
    published: date | None = None
    published_from: DateOrigin | None = None
    language: str = ""
    section: str = ""
    canonical_url: str = ""
    updated: date | None = None
    origin: str = field(default="", compare=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    days: tuple[tuple[date, str], ...] = field(default=(), compare=False)

    def origin_of(self, fact: str) -> str:
        """Return where a fact of this source comes from."""
        return self.origins.get(fact) or self.origin


_LINES = ("id", "title", "url", "publisher", "author", "language", "section", "canonical_url")


def settle(sources: Iterable[Facts], *, now: datetime | None = None) -> Facts:
    """Return what the first source to know says, fact by fact, cleaned, and in `origins` where each comes from.

    Unknown counts what cannot be right: a URL that cannot be followed, a language that is no code, a day before 1600 or more
    than two days after `now`, a page's day before 1990, when there were none, and an update before the publication. Where a
    page states several days of publication that are more than a day apart, the one that the URL's day confirms is believed,
    else the first. The day falls back on the one in the settled URL, and the publisher on the URL's host.
    """
    tidied = [_tidied(facts) for facts in sources]
    known: dict[str, str] = {}
    origins: dict[str, str] = {}
    for fact in _LINES:
        teller = next((facts for facts in tidied if getattr(facts, fact)), None)
        if teller:
            known[fact] = getattr(teller, fact)
            origins[fact] = teller.origin_of(fact)
    settled = Facts(
        id=known.get("id", ""),
        title=known.get("title", ""),
        url=known.get("url", ""),
        publisher=known.get("publisher", ""),
        author=known.get("author", ""),
        language=known.get("language", ""),
        section=known.get("section", ""),
        canonical_url=known.get("canonical_url", ""),
    )
    if not settled.publisher and (host := host_publisher(settled.url or settled.canonical_url)):
        settled = replace(settled, publisher=host)
        origins["publisher"] = "domain"
    by_path = day_in_url(settled.url) or day_in_url(settled.canonical_url)
    tidied.append(Facts(published=by_path, published_from=DateOrigin.URL, origin="url"))
    for facts in tidied:
        if stated := _publication(facts, by_path, now):
            settled = replace(settled, published=stated[0], published_from=facts.published_from)
            origins["published"] = stated[1]
            break
    for facts in tidied:
        day = facts.updated
        if day and _is_possible(day, facts.published_from, now) and not (settled.published and day < settled.published):
            settled = replace(settled, updated=day)
            origins["updated"] = facts.origin_of("updated")
            break
    return replace(settled, origins={fact: origin for fact, origin in origins.items() if origin and fact != "id"})


def is_ahead(sources: Iterable[Facts], now: datetime | None) -> bool:
    """Return whether a source states a day that is too far ahead of `now` to be believed, and may be believed later."""
    if now is None:
        return False
    stated = [day for facts in sources for day in (facts.published, facts.updated, *(day for day, _ in facts.days)) if day]
    stated += [day for facts in sources for url in (facts.url, facts.canonical_url) if url and (day := day_in_url(url))]
    return any(day > _latest(now) for day in stated)


def _publication(facts: Facts, by_path: date | None, now: datetime | None) -> tuple[date, str] | None:
    """Return the day of publication that a source states and its origin; see `settle` for contradictions."""
    stated = facts.days or (((facts.published, facts.origin_of("published")),) if facts.published else ())
    possible = [one for one in stated if _is_possible(one[0], facts.published_from, now)]
    if not possible:
        return None
    if by_path and any(abs(day - possible[0][0]) > timedelta(days=1) for day, _ in possible):
        return next((one for one in possible if abs(one[0] - by_path) <= timedelta(days=1)), possible[0])
    return possible[0]


def _is_possible(day: date, origin: DateOrigin | None, now: datetime | None) -> bool:
    earliest = FIRST_PAGES if origin in (DateOrigin.META, DateOrigin.URL, DateOrigin.FEED) else EARLIEST
    return earliest <= day and not (now and day > _latest(now))


def _latest(now: datetime) -> date:
    """Return the last day that is believed."""
    return (now.astimezone(UTC) + MAX_AHEAD).date()


def host_publisher(url: str) -> str:
    """Return the host of a publisher's own site: `https://www.herald.example/x` -> `herald.example`; else the empty string."""
    parts = split_url(url)
    host = (parts.hostname or "").lower() if parts else ""
    host = re.sub(r"^(?:www\d?|m|mobile|amp)\.", "", host)
    is_name = re.fullmatch(r"(?:[\w-]+\.)+[^\W\d_][\w-]+", host) is not None  # no IP address, no `localhost`
    return host if is_name and not _OTHERS_HOSTS.search(host) else ""


def same_site(first: str, second: str) -> bool:
    """Whether two URLs lie on hosts of one site: equal ones, or one within the other, apart from `www.`, `m.` and `amp.`."""
    hosts = [
        re.sub(r"^(?:www\d?|m|mobile|amp)\.", "", (parts.hostname or "") if (parts := split_url(url)) else "")
        for url in (first, second)
    ]
    return all(hosts) and (hosts[0] == hosts[1] or any(a.endswith("." + b) for a, b in (hosts, hosts[::-1]) if "." in b))


def parse_day(value: object) -> date | None:
    """Return the UTC day of an ISO 8601 date or time; None for None and blank text. A time without a zone is UTC.

    Example: `2025-10-13T23:30:00-05:00` -> 2025-10-14.

    Raises:
        ValueError: anything else; the message names the value.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(_SPACE_BEFORE_ZONE.sub("", value.strip()))
        if isinstance(value, datetime):
            return (value if value.tzinfo is None else value.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{_short(value)} is not an ISO date such as 2025-10-13")


Day = Annotated[date | None, BeforeValidator(parse_day)]


def day_in_url(url: str) -> date | None:
    """Return the day that a URL's path names.

    `https://a.example/2025/10/13/port`, `/2025-10-13/port`, `/20251013/port`, `/port-strike-2025-10-13/` -> 2025-10-13.
    """
    found = _DAY_IN_PATH.search(urlsplit(url).path) if url else None
    try:
        return date(*(int(part) for part in found.groups() if part)) if found else None
    except ValueError:  # the 30th of February
        return None


def web_url(text: str) -> str:
    """Return `text` if it is an absolute http(s) URL that a page can safely link to, else the empty string."""
    url = text.strip()
    if not url.isprintable() or " " in url or len(url) > MAX_URL_CHARS:
        return ""
    parts = split_url(url)
    return url if parts and parts.scheme in ("http", "https") and parts.hostname else ""


def split_url(url: str) -> SplitResult | None:
    """Return the parts of `url`; None if its host or port is malformed."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when out of range
    except ValueError:
        return None
    return parts


def language_code(text: str) -> str:
    """Return the two-letter code that a language tag begins with: `es-CL` -> `es`; else the empty string."""
    found = _LANGUAGE.fullmatch(text.strip())
    return found[1].lower() if found else ""


def first_fault(error: ValidationError) -> str:
    """Return the first thing that is wrong with outside data, after the name of its field: `author: Input should …`."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    what = re.sub(r" at line \d+ column ", " at column ", fault["msg"].removeprefix("Value error, "))
    return f"{where}: {what}" if where else what


def _tidied(facts: Facts) -> Facts:
    """Return `facts` with one-line fields, and without URLs and languages that cannot be used."""
    if not any(getattr(facts, fact) for fact in _LINES):
        return facts
    return replace(
        facts,
        title=clean_line(facts.title, limit=500),
        url=web_url(facts.url),
        canonical_url=web_url(facts.canonical_url),
        publisher=clean_line(facts.publisher, limit=200),
        author=clean_line(facts.author, limit=300),
        section=clean_line(facts.section, limit=100),
        language=language_code(facts.language),
    )


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"

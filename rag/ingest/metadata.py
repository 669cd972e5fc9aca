"""What is known of an article, from where, and which source is believed: given > manifest > page > URL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, ValidationError

from rag.ingest.clean import clean_line
from rag.types import DateOrigin

MAX_URL_CHARS = 2000
EARLIEST = date(1600, 1, 1)  # the first newspapers; earlier ones are an empty date in some program, such as 0001-01-01
MAX_AHEAD = timedelta(days=2)  # time zones, and weeklies dated ahead

_SPACE_BEFORE_ZONE = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d{2})/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?:/|$)")
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one source says of an article; empty where it is silent."""

    id: str = ""
    title: str = ""
    url: str = ""
    publisher: str = ""
    author: str = ""
    published: date | None = None
    published_from: DateOrigin | None = None
    language: str = ""


def settle(sources: Iterable[Facts], *, now: datetime | None = None) -> Facts:
    """Return what the first source to know says, field by field, cleaned.

    A URL that cannot be followed and a language that is not a code count as unknown, as does a date before 1600 or more
    than two days after `now`. The date falls back on the one in the settled URL.
    """
    tidied = [_tidied(facts, now) for facts in sources]
    known = Facts(
        id=_first(facts.id for facts in tidied),
        title=_first(facts.title for facts in tidied),
        url=_first(facts.url for facts in tidied),
        publisher=_first(facts.publisher for facts in tidied),
        author=_first(facts.author for facts in tidied),
        language=_first(facts.language for facts in tidied),
    )
    by_path = Facts(published=day_in_url(known.url), published_from=DateOrigin.URL)
    for facts in (*tidied, _tidied(by_path, now)):
        if facts.published:
            return replace(known, published=facts.published, published_from=facts.published_from)
    return known


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
    """Return the day that a URL's path names: `https://a.example/2025/10/13/port` -> 2025-10-13."""
    found = _DAY_IN_PATH.search(urlsplit(url).path) if url else None
    try:
        return date(*(int(part) for part in found.groups())) if found else None
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


def _tidied(facts: Facts, now: datetime | None) -> Facts:
    """Return `facts` with one-line fields, and without values that cannot be right."""
    day = facts.published
    if day and (day < EARLIEST or (now and day > (now.astimezone(UTC) + MAX_AHEAD).date())):
        day = None
    return Facts(
        id=facts.id,
        title=clean_line(facts.title, limit=500),
        url=web_url(facts.url),
        publisher=clean_line(facts.publisher, limit=200),
        author=clean_line(facts.author, limit=300),
        published=day,
        published_from=facts.published_from if day else None,
        language=language_code(facts.language),
    )


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"

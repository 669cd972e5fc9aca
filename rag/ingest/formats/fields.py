"""Articles as data sets write them: the names that they give to a title, a text, a day.

Ours come first (`text`, `title`, `url`, `publisher`, `author`, `published`, `language`, `section`, `updated`, `canonical_url`),
then those of the usual news corpora and news APIs. Case, `_`, `-` and spaces in a name do not count: `publishDate` is
`publish_date`.

    {"headline": "Strike ends", "maintext": "The …", "date_publish": "2025-10-13 08:00:00", "source_domain": "herald.example"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from rag.errors import InputError
from rag.ingest.article import Draft
from rag.ingest.dates import day_of
from rag.ingest.metadata import Facts, host_publisher
from rag.types import DateOrigin

NAMES: dict[str, tuple[str, ...]] = {
    fact: tuple(names.split())
    for fact, names in {
        "text": "text maintext body content article fulltext articletext articlebody bodytext articlecontent story "
        "newstext cleanedtext plaintext",
        "title": "title headline heading newstitle articletitle headlinemain webtitle",
        "url": "url link weburl articleurl newsurl permalink pageurl shorturl",
        "canonical_url": "canonicalurl canonicallink canonical",
        "publisher": "publisher source sourcename outlet publication newspaper sitename site media newsoutlet provider "
        "sourcedomain domain",
        "author": "author authors byline creator writer by",
        "published": "published date publishdate datepublish pubdate publishedat publicationdate datepublished "
        "publisheddate webpublicationdate publishedtime datetime timestamp day",
        "updated": "updated modified updatedat datemodify datemodified modifieddate lastmodified lastupdated",
        "language": "language lang languagecode",
        "section": "section sectionname category categories newsdesk topic",
        "id": "id",
    }.items()
}
"""The names of each fact, the one to believe first first, without capitals, spaces, `_` and `-`."""

_TEXT_INSIDE = ("rendered", "main", "original", "name", "text", "value", "#text", "full_name", "title")
"""Where an object holds the text that it stands for: WordPress, the New York Times, NewsAPI and feeds turned into JSON."""

_MARKUP = re.compile(r"</?(?:p|br|div|h[1-6]|ul|li|span|strong|em|a)\b[^>]{0,500}>", re.IGNORECASE)
_CREDIT = re.compile(r"^(?:by|por|par|von|di)\s+(?=\S)", re.IGNORECASE)


def draft_of(fields: Mapping[str, Any]) -> Draft:
    """Return the draft of an article given as fields; unknown ones are ignored, blank ones unknown.

    Raises:
        InputError: no text, or a field that holds something else than it must; the message begins with the field's name.
    """
    by_key = {_key(name): (name, value) for name, value in reversed(list(fields.items())) if not _is_blank(value)}
    found = {fact: [by_key[key] for key in keys if key in by_key] for fact, keys in NAMES.items()}
    if not found["text"]:
        held = next((name for name in fields if _key(name) in NAMES["text"]), "")
        if not held:
            raise InputError(f"text: Field required; known names are {', '.join(NAMES['text'][:6])}")
        if not isinstance(fields[held], str):
            raise InputError(f"{held}: Input should be a valid string")
    published = _day(found["published"])
    text = _line(found["text"], "text")
    if _MARKUP.search(text):
        from rag.ingest.formats.markup import without_markup

        text = without_markup(text)
    return Draft(
        text,
        given=Facts(
            id=_line(found["id"], "id"),
            title=_line(found["title"], "title"),
            url=_line(found["url"], "url"),
            canonical_url=_line(found["canonical_url"], "canonical_url"),
            publisher=_publisher(_line(found["publisher"], "publisher")),
            author=_author(found["author"]),
            published=published,
            published_from=DateOrigin.GIVEN if published else None,
            updated=_day(found["updated"]),
            language=_line(found["language"], "language"),
            section=_line(found["section"], "section"),
        ),
    )


def _key(name: object) -> str:
    return re.sub(r"[\W_]+", "", str(name)).lower()


def _is_blank(value: object) -> bool:
    return (
        value is None or (isinstance(value, str | list | dict) and not value) or (isinstance(value, str) and not value.strip())
    )


def _line(found: list[tuple[str, Any]], fact: str) -> str:
    """Return the text of the first field that has one.

    Raises:
        InputError: the fact's own field holds no text; in a field that only other data sets give that name, it is unknown.
    """
    for name, value in found:
        if text := _text(value, is_list=fact == "section"):
            return text
        if _key(name) == _key(fact) or fact in ("text", "title"):
            if fact == "id" and isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            raise InputError(f"{name}: Input should be a valid string")
    return ""


def _text(value: Any, *, is_list: bool = False) -> str:
    """Return the text that a value is or holds; of a list that may be one, the first."""
    if isinstance(value, list) and is_list:
        return next((text for item in value if (text := _text(item))), "")
    if isinstance(value, dict):
        return next((inner for name in _TEXT_INSIDE if isinstance(inner := value.get(name), str) and inner.strip()), "")
    return value if isinstance(value, str) else ""


def _author(found: list[tuple[str, Any]]) -> str:
    """Return the names of a byline, a list of names, or a list written as text: `['Ana Ruiz', 'Luis Paz']`."""
    for name, value in found:
        values = value if isinstance(value, list) else [value]
        if isinstance(value, str) and re.fullmatch(r"\[.*\]", value.strip(), re.DOTALL):
            values = [two or one for one, two in re.findall(r"'([^']*)'|\"([^\"]*)\"", value)]
        names = [_CREDIT.sub("", text.strip()) for item in values if (text := _text(item).strip())]
        if names:
            return ", ".join(dict.fromkeys(names))
        if _key(name) == "author" and not isinstance(value, str | list | dict):
            raise InputError(f"{name}: Input should be a valid string")
    return ""


def _publisher(name: str) -> str:
    """Return a publisher's name; of an address, its host."""
    return host_publisher(name) if "://" in name else name


def _day(found: list[tuple[str, Any]]) -> date | None:
    """Return the first day that can be read.

    Raises:
        InputError: the field is ours, and holds no date.
    """
    for name, value in found:
        if day := day_of(value):
            return day
        if name in ("published", "updated"):
            shown = repr(value)
            raise InputError(f"{name}: {shown if len(shown) <= 80 else shown[:79] + '…'} is not a date such as 2025-10-13")
    return None

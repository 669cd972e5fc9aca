"""Between the nouns and the payloads of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rag.similar.prefer import Preference, preference
from rag.similar.prints import Print
from rag.store.listing import Listed
from rag.store.qdrant.points import LIVING
from rag.store.rows import (
    ARTICLE_COLUMNS,
    article_row,
    pieces_of,
    to_article,
    to_day,
    to_provenance,
    to_source,
    to_version,
    version_row,
)
from rag.types import Article, Passage, Source, Version

ARTICLE, VERSION, ORIGIN, COPY = "article", "version", "origin", "copy"
"""The kinds of records."""

_COLUMNS = ARTICLE_COLUMNS.split(", ")
_SOURCE = ("title", "publisher", "published", "url", "flags")
_VERSION = ("version", "title", "text", "published", "updated", "content_hash", "replaced_at")

SOURCE_FIELDS = ["id", *_SOURCE]
"""What `source_of` reads of an article."""

PREFERENCE_FIELDS = ["id", "number", "published", "publisher", "flags", "n_bytes"]
"""What `preference_of` reads of an article."""

HIT_FIELDS = ["id", "article_id", "start", "end", "text", "heading", *_SOURCE]
"""What `passage_of` and `source_of` read of a passage."""

Payload = Mapping[str, Any]


def article_payload(article: Article, text_print: Print, *, number: int, versions: int, passages: int, terms: int) -> Payload:
    """Return an article's payload; `versions` counts those before it, `passages` and `terms` what it is cut into."""
    return {
        **dict(zip(_COLUMNS, article_row(article), strict=True)),
        "day": ordinal(article.published),
        "pieces": pieces_of(article),
        "marks": list(text_print.marks),
        "number": number,
        "n_bytes": len(article.text.encode()),
        "n_versions": versions,
        "n_passages": passages,
        "n_terms": terms,
    }


def article_of(payload: Payload, *, origin: str = "", canonical: str | None = None) -> Article:
    """Return the article of a payload, a copy of the `canonical` one."""
    row = [payload[name] for name in _COLUMNS]
    return to_article(row, origin=origin, canonical=canonical, pieces=payload["pieces"])


def version_payload(article_id: str, version: Version) -> Payload:
    """Return the payload of what an article was before."""
    return {"id": article_id, **dict(zip(_VERSION, version_row(version), strict=True))}


def version_of(payload: Payload) -> Version:
    """Return the version of a payload."""
    return to_version([payload[name] for name in _VERSION])


def passage_payload(article: Article, passage: Passage, *, number: int, key: str, stems: Sequence[str]) -> Payload:
    """Return a passage's payload but for its neighbours.

    Args:
        number: Of its article.
        key: The hash of the text that its vector stands for.
        stems: The terms that it is found by, in order.
    """
    source = dict(zip(_COLUMNS, article_row(article), strict=True))
    return {
        "id": passage.id,
        "article_id": article.id,
        "number": number,
        "start": passage.start,
        "end": passage.end,
        "heading": passage.heading,
        "text": article.text[passage.start : passage.end],
        "hash": key,
        "stems": " ".join(stems),
        "n_terms": len(stems),
        "day": ordinal(article.published),
        "language": article.language,
        **{name: source[name] for name in _SOURCE},
    }


def passage_of(payload: Payload) -> Passage:
    """Return the passage of a payload."""
    return Passage(*(payload[name] for name in HIT_FIELDS[:6]))


def source_of(payload: Payload, article_id: str, canonical: str | None) -> Source:
    """Return the source of an article's payload or a passage's."""
    return to_source([article_id, *(payload[name] for name in _SOURCE), canonical])


def listed_of(payload: Payload, source: Source) -> Listed:
    """Return what the list of articles tells of one."""
    author, language, section = payload["author"], payload["language"], payload["section"]
    updated, provenance = to_day(payload["updated"]), to_provenance(payload["provenance"])
    return Listed(source, author, language, section, updated, provenance, payload["n_versions"])


def preference_of(payload: Payload) -> Preference:
    """Return what an article's payload tells of who copied whom."""
    flags = payload["flags"].split(",")
    return preference(payload["id"], payload["published"], payload["publisher"], flags, payload["n_bytes"])


def living(payload: Payload, born: int) -> dict[str, Any]:
    """Return a payload as it is stored when its point begins to live."""
    return {**payload, "born": born, "died": LIVING}


def ordinal(day: date | None) -> int:
    """Return a day as it is stored; 0 where it is not known."""
    return day.toordinal() if day else 0

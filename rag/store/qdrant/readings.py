"""What articles were read from: with each origin, the reading of its record and what the article was that this gave.

An origin tells nothing of an article that changed since: what it was is compared with what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rag.store.qdrant.client import Connection
from rag.store.qdrant.head import State
from rag.store.qdrant.points import equal, seen
from rag.store.qdrant.rows import ARTICLE, ORIGIN
from rag.store.rows import stored_flags
from rag.types import Action, Article, IngestItem

FIELD = "reading"


def origin_payload(article: Article, origin: str) -> dict[str, Any]:
    """Return the payload of one of an article's origins."""
    read = _read(article) if article.reading and origin == article.origin else {}
    return {"id": article.id, "origin": origin, **read}


def gave(article: Article, payload: Mapping[str, Any]) -> bool:
    """Return whether the article of a payload is just this one."""
    return (article.content_hash, stored_flags(article)) == (payload["content_hash"], payload["flags"])


def recall(connection: Connection, records: str, reading: str, state: State) -> IngestItem | None:
    """Return what to report of a record that was read so, if the article is what it gave."""
    present = seen(state.number)
    for origin in connection.scroll(records, [equal("kind", ORIGIN), equal(FIELD, reading), *present]):
        said = origin.payload or {}
        where = [equal("kind", ARTICLE), equal("id", said["id"]), *present]
        for found in connection.scroll(records, where, fields=["title", "content_hash", "flags"]):
            article = found.payload or {}
            if said["gave"] == [article["content_hash"], article["flags"]]:
                return IngestItem(said["origin"], Action.UNCHANGED, said["id"], article["title"])
    return None


def note(connection: Connection, records: str, articles: Iterable[Article], state: State) -> None:
    """Remember what articles were read from at the origins where they stand."""
    for article in articles:
        if article.reading and article.origin:
            where = [equal("kind", ORIGIN), equal("origin", article.origin), equal("id", article.id), *seen(state.number)]
            connection.mark(records, _read(article), where)


def _read(article: Article) -> dict[str, Any]:
    return {FIELD: article.reading, "gave": [article.content_hash, stored_flags(article)]}

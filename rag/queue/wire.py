"""Articles as a job carries them between machines that share no files."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TypedDict

from pydantic import TypeAdapter, ValidationError

from rag.errors import InputError
from rag.types import Article

VERSION = 1
"""Of the form of a payload: to be raised whenever an older worker would misread a newer one."""

_ARTICLES: TypeAdapter[list[Article]] = TypeAdapter(list[Article])


class Payload(TypedDict):
    """Version of the form, and articles: their JSON, compressed, in base64.

    Compressed, since the server writes each payload to its log; in base64, since its own JSON keeps no NUL and no half of a
    surrogate pair, which a text may hold.
    """

    version: int
    articles: str


def packed(articles: Sequence[Article]) -> Payload:
    """Return articles as a payload."""
    text = json.dumps([asdict(article) for article in articles], default=_iso, separators=(",", ":"))
    return {"version": VERSION, "articles": base64.b64encode(zlib.compress(text.encode())).decode()}


def _iso(value: date) -> str:
    return value.isoformat()


def unpacked(version: int, articles: str) -> list[Article]:
    """Return the articles of a payload.

    Raises:
        InputError: another version of this program wrote it, or it is damaged.
    """
    if version != VERSION:
        raise InputError(
            f"its payload is of version {version}, and this worker reads {VERSION}; run the newsrag that submitted it"
        )
    try:
        return _ARTICLES.validate_python(json.loads(zlib.decompress(base64.b64decode(articles, validate=True))))
    except (ValueError, zlib.error, ValidationError) as error:
        raise InputError(f"its payload is damaged ({type(error).__name__}); drop it and submit the articles again") from None

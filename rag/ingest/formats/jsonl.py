"""JSONL: an article a line, read one at a time, so that memory stays flat whatever the file's size.

`fields` says which names a line may use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

from rag.errors import InputError
from rag.ingest.article import SILENT, build_article
from rag.ingest.formats.fields import draft_of
from rag.ingest.metadata import Facts, first_fault
from rag.ingest.recall import Ask, Item
from rag.ingest.walk import Rejected
from rag.types import Article

MAX_LINE_BYTES = 4_000_000

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def read_jsonl(
    handle: BinaryIO,
    *,
    origin: str,
    manifest: Facts = SILENT,
    now: datetime | None = None,
    first: int = 1,
    known: Ask = lambda _line: None,
) -> Iterator[Item]:
    """Yield the article of each line, or the reason, with the line's number, why it has none.

    Args:
        origin: The file. An article's origin is this, `#`, and its id, its URL, or `sha:` and a hash of its text.
        manifest: What the folder's manifest says of all lines.
        first: Number of the first line, where `handle` is at a later piece of the file.
        known: Called with the bytes of each line; what it returns is yielded, and the line is not read.

    Raises:
        InputError: the file begins with a binary line, or has no lines.
    """
    is_empty = first == 1
    for number, raw in _numbered_lines(handle, first):
        if is_empty and raw and b"\0" in raw:
            raise InputError("binary, not text; JSONL is UTF-8")
        is_empty = False
        if raw and (there := known(raw)):
            yield there
            continue
        try:
            yield _article(raw, origin, manifest, now)
        except InputError as error:
            yield Rejected(origin, f"line {number}: {error}")
    if is_empty:
        raise InputError("no lines")


def _numbered_lines(handle: BinaryIO, first: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line that is not blank with its number; None for a line over the limit."""
    number = first - 1
    while raw := handle.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := handle.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif raw.strip():
            yield number, raw.strip()


def _article(raw: bytes | None, origin: str, manifest: Facts, now: datetime | None) -> Article:
    if raw is None:
        raise InputError(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        fields = _OBJECT.validate_json(raw)
    except ValidationError as error:
        raise InputError(first_fault(error)) from None
    draft = draft_of(fields)
    article = build_article(draft, origin=origin, manifest=manifest, now=now)
    name = draft.given.id or article.url or "sha:" + article.id.removeprefix("c-")
    return replace(article, origin=f"{origin}#{name}")

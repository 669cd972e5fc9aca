"""Web archives: each response that is a page. Its address is known from the record; when it was fetched is no date of
publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from rag.errors import InputError
from rag.ingest.formats.known import missing_extra
from rag.ingest.formats.parts import Part, Source
from rag.ingest.metadata import Facts, web_url
from rag.ingest.recall import Item

_PAGES = ("text/html", "application/xhtml+xml")


def parts(source: Source) -> Iterator[Part]:
    """Yield a part for each page that was answered with; other records are passed over.

    Raises:
        InputError: not a WARC file, damaged from some record on, or warcio is not installed.
    """
    try:
        from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
        from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
    except ImportError:
        raise missing_extra("warc", "warcio") from None
    is_empty = True
    try:
        for record in ArchiveIterator(source.handle):
            is_empty = False
            if record.rec_type in ("response", "resource") and _is_page(record):
                yield Part(record.rec_headers.get_header("WARC-Target-URI") or "", partial(_items, source, record))
    except (ArchiveLoadFailed, EOFError, ValueError, UnicodeError) as error:
        raise InputError(f"damaged: {str(error).strip()[:100]}") from None
    if is_empty:
        raise InputError("no record in it")


def _is_page(record: Any) -> bool:
    head = record.http_headers
    status = head.get_statuscode() if head is not None else "200"
    kind = (head.get_header("Content-Type") if head is not None else record.content_type) or ""
    return status == "200" and kind.partition(";")[0].strip().lower() in _PAGES


def _items(source: Source, record: Any) -> Iterator[Item]:
    from rag.ingest.formats import html

    most = source.limits.file_mb * 1_000_000
    data = record.content_stream().read(most + 1)
    if len(data) > most:
        raise InputError(f"a page larger than {source.limits.file_mb} MB; raise the setting ingest.file_mb")
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    if known := source.known(f"{address}\0".encode() + data):
        yield known
        return
    draft = html.parse(data)
    # Where it was fetched is sure; an address that the page gives itself is only its word.
    given = Facts(url=web_url(address), origin="warc")
    article = source.article(replace(draft, given=given), within=address or "record")
    yield replace(article, fetched_at=_fetched(record) or article.fetched_at)


def _fetched(record: Any) -> datetime | None:
    try:
        fetched = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    except ValueError:
        return None
    return fetched if fetched.tzinfo else None

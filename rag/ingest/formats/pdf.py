"""PDFs: text in reading order, tables as rows, without running heads, invisible words and the breaks of printed lines.

pdfplumber says where each letter and ruling stands; `columns` orders the lines, and `paragraphs` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

from rag.errors import InputError
from rag.ingest.article import MAX_TEXT_CHARS, Draft
from rag.ingest.formats.columns import Box, Line, lines_in_order
from rag.ingest.formats.known import missing_extra
from rag.ingest.formats.paragraphs import joined, without_running_heads
from rag.ingest.formats.parts import Source
from rag.ingest.formats.properties import property_day, usable_author, usable_title
from rag.ingest.formats.tables import table_lines
from rag.ingest.metadata import Facts
from rag.types import DateOrigin

_LEAST_SIZE = 2.0
"""Points below which no eye reads a letter."""

_MOST_EDGES = 3000
"""Lines of a page beyond which it is a drawing, where a search for tables takes minutes."""

_MAX_CHARS_A_PAGE = 200_000
_PRINTED = re.compile(r"skia/pdf|mozilla|chrome|wkhtmltopdf|headless|quartz pdfcontext|print to pdf|cairo|scan", re.IGNORECASE)
_XMP_DAY = re.compile(
    rb"(?:prism:publicationDate|dc:date)[^>]{0,100}>(?:\s|<rdf:(?:Seq|li)[^>]{0,50}>){0,4}([\dT:.+\-Z]{8,35})"
)
_XMP_BYTES = 1_000_000


def parse(source: Source) -> Draft:
    """Return the draft of a PDF; scripts and files within it are never looked at.

    Its day is what its XMP calls the publication's, else the day that it was made, unless a browser or scanner made it: they
    know when they ran, and not when the article was published.

    Raises:
        InputError: encrypted, damaged, too many pages, no text in it, or pdfplumber is not installed.
    """
    try:
        import pdfplumber
    except ImportError:
        raise missing_extra("pdf", "pdfplumber") from None
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(BytesIO(source.data())) as document:
            pages = _pages(document, source.limits.pages)
            facts = _facts(document)
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, PDFPasswordIncorrect):
            raise InputError("encrypted; save it without a password first") from None
        raise InputError(f"no PDF that can be read ({type(cause).__name__}); it may be damaged or cut short") from None
    text = joined(without_running_heads(pages))
    if not text.strip():
        raise InputError("no text in it, most likely a scan; let a program for text recognition go over it first")
    return Draft(text, page=facts, may_open_with_title=True)


def _pages(document: Any, most: int) -> list[list[Line]]:
    """Return the lines of each page in reading order."""
    pages: list[list[Line]] = []
    n_chars = 0
    # Pages are made one by one: a page tree can name a million, or itself.
    for number, page in enumerate(_numbered(document, most), 1):
        if number > most:
            raise InputError(f"over {most:,} pages; split it, or raise the setting ingest.pages")
        lines = _lines(page)
        page.close()
        n_chars += sum(len(line.text) for line in lines)
        if n_chars > MAX_TEXT_CHARS:
            raise InputError(f"over the limit of {MAX_TEXT_CHARS:,} characters in one article; split it")
        pages.append(lines)
    return pages


def _numbered(document: Any, most: int) -> Any:
    from itertools import islice

    from pdfminer.pdfpage import PDFPage
    from pdfplumber.page import Page

    top = 0.0
    for number, page in enumerate(islice(PDFPage.create_pages(document.doc), most + 1), 1):
        made = Page(document, page, page_number=number, initial_doctop=top)
        yield made
        top += float(made.height)


def _lines(page: Any) -> list[Line]:
    if len(page.chars) > _MAX_CHARS_A_PAGE:
        raise InputError(f"{len(page.chars):,} letters on one page, over the limit of {_MAX_CHARS_A_PAGE:,}")
    seen = page.filter(_is_seen(page))
    tables = []
    if len(page.lines) + len(page.rects) + len(page.curves) < _MOST_EDGES:
        tables = [table for table in seen.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    boxes = []
    for table in tables:
        if rows := table_lines(table.extract()):
            x0, top, x1, bottom = table.bbox
            boxes.append(Box(x0, x1, top, bottom, 0.0, "\n".join(rows), is_table=True))
    words = seen.extract_words(x_tolerance_ratio=0.2, extra_attrs=["size"])
    for word in words:
        x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
        if not any(box.is_table and box.x0 <= x <= box.x1 and box.top <= y <= box.bottom for box in boxes[: len(tables)]):
            boxes.append(Box(word["x0"], word["x1"], word["top"], word["bottom"], word["size"], word["text"]))
    return lines_in_order(boxes, height=float(page.height))


def _is_seen(page: Any) -> Callable[[dict[str, Any]], bool]:
    """Return whether an object is no letter, or one that a reader sees: on the page, not tiny, not white on white."""
    x0, top, x1, bottom = page.bbox
    dark = [(o["x0"], o["top"], o["x1"], o["bottom"]) for o in page.images]
    dark += [
        (o["x0"], o["top"], o["x1"], o["bottom"])
        for o in page.rects + page.curves
        if o.get("fill") and not _is_white(o.get("non_stroking_color"))
    ]

    def is_seen(found: dict[str, Any]) -> bool:
        if found.get("object_type") != "char":
            return True
        x, y = (found["x0"] + found["x1"]) / 2, (found["top"] + found["bottom"]) / 2
        if not (x0 <= x <= x1 and top <= y <= bottom) or found["size"] < _LEAST_SIZE:
            return False
        if not _is_white(found.get("non_stroking_color")):
            return True
        return any(left <= x <= right and high <= y <= low for left, high, right, low in dark)

    return is_seen


def _is_white(colour: Any) -> bool:
    parts = tuple(colour) if isinstance(colour, list | tuple) else (colour,)
    if not all(isinstance(part, int | float) for part in parts):
        return False
    return (len(parts) in (1, 3) and min(parts) >= 0.98) or (len(parts) == 4 and max(parts) <= 0.02)


def _facts(document: Any) -> Facts:
    known = {name: value for name, value in document.metadata.items() if isinstance(value, str)}
    found = _XMP_DAY.search(_xmp(document))
    day = property_day(found[1].decode()) if found else None
    if day is None and not _PRINTED.search(known.get("Producer", "") + known.get("Creator", "")):
        day = property_day(known.get("CreationDate"))
    return Facts(
        origin="properties",
        title=usable_title(known.get("Title")),
        author=usable_author(known.get("Author")),
        published=day,
        published_from=DateOrigin.META if day else None,
        language=_language(document),
    )


def _xmp(document: Any) -> bytes:
    from pdfminer.pdftypes import PDFStream, resolve1

    stream = resolve1(document.doc.catalog.get("Metadata"))
    try:
        return stream.get_data()[:_XMP_BYTES] if isinstance(stream, PDFStream) else b""
    except Exception:  # a damaged stream of facts is no reason against the text
        return b""


def _language(document: Any) -> str:
    language = document.doc.catalog.get("Lang")
    return language.decode("latin-1") if isinstance(language, bytes) else ""

"""Word documents: paragraphs, headings and tables in their order, by python-docx and what it leaves aside.

Its own `text` skips insertions that are being tracked, content controls and fields, so the words are collected here.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from rag.errors import InputError
from rag.ingest.article import Draft
from rag.ingest.formats.archive import open_zip
from rag.ingest.formats.known import missing_extra
from rag.ingest.formats.parts import Source
from rag.ingest.formats.properties import property_day, usable_author, usable_title
from rag.ingest.formats.tables import table_lines
from rag.ingest.metadata import Facts
from rag.types import DateOrigin

_MAX_DEPTH = 50
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GONE = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "footnoteReference", "rPr", "pPr")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what stands before it
_WRAPPERS = {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}


def parse(source: Source) -> Draft:
    """Return the draft of a .docx: title, author and day of making from its properties, tables as `| a | b |` rows.

    Raises:
        InputError: not a Word document, damaged, over a limit, or python-docx is not installed.
    """
    try:
        from docx import Document
        from docx.opc.exceptions import PackageNotFoundError
    except ImportError:
        raise missing_extra("docx", "python-docx") from None
    data = source.data()
    with open_zip(source) as archive:
        unpacked, most = sum(info.file_size for info in archive.infolist()), source.limits.file_mb * source.limits.expansion
        if unpacked > most * 1_000_000 or unpacked > max(len(data), 5000) * source.limits.expansion:
            raise InputError(f"unpacks to {unpacked // 1_000_000:,} MB: most likely made to fill a memory")
        if "word/document.xml" not in archive.namelist():
            raise InputError("no Word document: it holds no word/document.xml")
    try:
        document = Document(BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise InputError(f"no Word document that can be opened ({type(error).__name__}); it may be damaged") from None
    styles = {style.style_id: style.name or "" for style in document.styles}
    blocks = list(_blocks(document.element.body, styles, 0))
    known = document.core_properties
    titled = next((text for style, text in blocks if style == "Title"), "")
    day = property_day(known.created)
    facts = Facts(
        origin="properties",
        title=usable_title(known.title) or titled,
        author=usable_author(known.author),
        published=day,
        published_from=DateOrigin.META if day else None,
        language=known.language or "",
    )
    return Draft("\n\n".join(text for _, text in blocks), page=facts, may_open_with_title=True)


def _blocks(parent: Any, styles: dict[str, str], depth: int) -> Iterator[tuple[str, str]]:
    """Yield the style and text of each paragraph and table that is not empty; list items bear a hyphen."""
    if depth > _MAX_DEPTH:
        raise InputError("nested too deeply")
    for child in parent:
        if child.tag == f"{_W}p":
            text = _text(child).strip()
            style = styles.get(_value(child, "pPr/pStyle"), "")
            if text:
                yield style, f"- {text}" if style.startswith("List") or child.find(f"{_W}pPr/{_W}numPr") is not None else text
        elif child.tag == f"{_W}tbl":
            lines = table_lines(
                ["\n".join(text for _, text in _blocks(cell, styles, depth + 1)) for cell in row.findall(f"{_W}tc")]
                for row in child.iter(f"{_W}tr")
                if row.getparent() is child
            )
            if lines:
                yield "Table", "\n".join(lines)
        elif child.tag in _WRAPPERS:
            yield from _blocks(child, styles, depth + 1)


def _text(paragraph: Any) -> str:
    """Return the words of a paragraph as they would be printed: without what was deleted or is hidden."""
    written: list[str] = []
    pending = [paragraph]
    while pending:
        element = pending.pop()
        tag = element.tag
        if tag == f"{_W}t":
            written.append(element.text or "")
        elif tag == f"{_W}tab":
            written.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            written.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            written.append("-")
        elif tag in _GONE or tag == _FALLBACK or _is_hidden(element):
            continue
        else:
            pending.extend(reversed(element))
    return "".join(written)


def _is_hidden(element: Any) -> bool:
    """Whether a run is marked as hidden, or white on the white page."""
    marks = element.find(f"{_W}rPr") if element.tag == f"{_W}r" else None
    if marks is None:
        return False
    hidden = marks.find(f"{_W}vanish")
    if hidden is not None and hidden.get(f"{_W}val", "1") not in ("0", "false"):
        return True
    is_shaded = any(marks.find(f"{_W}{name}") is not None for name in ("shd", "highlight"))
    return _value(element, "rPr/color").upper() == "FFFFFF" and not is_shaded


def _value(element: Any, path: str) -> str:
    found = element.find("/".join(f"{_W}{step}" for step in path.split("/")))
    return (found.get(f"{_W}val") or "") if found is not None else ""

"""Printed lines to paragraphs: running heads dropped, broken words joined, sentences carried over columns and pages."""

from __future__ import annotations

import re
from collections import Counter

from rag.ingest.formats.columns import Line

_EDGE = 0.1
"""Share of a page's height, at its top and bottom, where running heads and page numbers stand."""

_REPEATED = 0.3
"""Share of the pages on which a running head stands: left and right pages can have different ones."""

_PAGE_NUMBER = re.compile(r"\W*(?:page |seite |página |p\.? ?)?#(?: ?(?:of|de|von|/|sur) ?#)?\W*", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…:。！？][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•▪‣◦●–—*-]\s|\(?\d{1,2}[.)]\s")
_BROKEN = re.compile(r"[^\W\d_]-$")


def without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Return the pages without lines that stand on many of them at the same edge, numbers aside, and page numbers."""
    if len(pages) < 2:
        return pages
    counts = Counter(key for page in pages for key in {_key(line) for line in page if _is_at_edge(line)})
    least = max(2, _REPEATED * len(pages))
    return [[line for line in page if not (_is_at_edge(line) and _runs(_key(line), counts, least))] for page in pages]


def joined(pages: list[list[Line]]) -> str:
    """Return the text: a line a paragraph, with a blank line between them, and tables row by row."""
    paragraphs: list[str] = []
    before: Line | None = None
    for page in pages:
        is_new_page = True
        for line in page:
            if before is None or _begins_paragraph(before, line, is_new_page=is_new_page):
                paragraphs.append(line.text)
            elif _BROKEN.search(paragraphs[-1]) and line.text[:1].islower():
                paragraphs[-1] = paragraphs[-1][:-1] + line.text
            else:
                paragraphs[-1] += " " + line.text
            before, is_new_page = line, False
    return "\n\n".join(paragraphs)


def _begins_paragraph(before: Line, line: Line, *, is_new_page: bool) -> bool:
    if before.is_table or line.is_table or abs(before.size - line.size) > 1 or _BULLET.match(line.text):
        return True
    if is_new_page or before.column != line.column:
        return bool(_ENDED.search(before.text)) or not (line.text[:1].islower() or _BROKEN.search(before.text))
    if line.top - before.bottom > 0.5 * line.size:
        return True
    has_indent = line.x0 - line.column_x0 > 0.8 * line.size and before.x0 - before.column_x0 < 0.4 * line.size
    is_short = before.column_x1 - before.x1 > 0.2 * (before.column_x1 - before.column_x0)
    return bool(_ENDED.search(before.text)) and (has_indent or is_short)


def _is_at_edge(line: Line) -> bool:
    return line.bottom < _EDGE * line.height or line.top > (1 - _EDGE) * line.height


def _key(line: Line) -> str:
    """Return what stays of a running head from page to page, and at which edge."""
    return f"{line.top < line.height / 2}:{re.sub(r'[0-9]+', '#', line.text).casefold()}"


def _runs(key: str, counts: Counter[str], least: float) -> bool:
    return counts[key] >= least or bool(_PAGE_NUMBER.fullmatch(key.partition(":")[2]))

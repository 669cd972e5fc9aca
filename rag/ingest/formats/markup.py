"""HTML trees: parsing and plain lines."""

from __future__ import annotations

import logging
import re
from typing import Any

from rag.errors import InputError
from rag.ingest.formats.hidden import drop_hidden

__all__ = ["drop_hidden", "load_tree", "plain_lines", "without_markup"]

_NO_TEXT = re.compile("script|style|template|noscript|head|iframe|object|svg|math")
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|d[dlt]|details|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|"
    "main|nav|ol|p|section|summary|table|ul"
)


_MAX_CELL_CHARS = 600
_MAX_CELL_BREAKS = 4


def load_tree(html: str) -> Any:
    """Return the lxml tree of a page.

    Raises:
        InputError: not HTML.
    """
    # Its warnings go to stderr and tell of pages that we report ourselves.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    from trafilatura import load_html

    try:
        tree = load_html(html)
    except (ValueError, RecursionError):
        tree = None
    if tree is None:
        raise InputError("not HTML")
    return tree


def plain_lines(tree: Any) -> str:
    """Return the text of a tree: a blank line between paragraphs, list items as `- …`, table rows as `| a | b |`.

    Raises:
        InputError: elements nested deeper than Python recurses.
    """
    writer = _Writer()
    try:
        writer.visit(tree, indent="")
    except RecursionError:
        raise InputError("nested too deeply") from None
    writer.end_line()
    return "\n".join(writer.lines)


def without_markup(text: str) -> str:
    """Return the text of a piece of HTML as `plain_lines` writes it, without what it hides.

    Raises:
        InputError: elements nested deeper than Python recurses.
    """
    tree = load_tree(f"<html><body>{text}</body></html>")
    drop_hidden(tree)
    return plain_lines(tree).strip("\n")


def _bullet(item: Any) -> str:
    """Return what stands before a list item: `-`, or its number."""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "-"
    start = parent.get("start", "1")
    return f"{(int(start) if start.isdecimal() and len(start) < 10 else 1) + parent.index(item)}."


def _is_layout(row: Any) -> bool:
    """Whether a row places parts of a page side by side: a cell holds a long text, a table, or several paragraphs or lines."""
    return any(
        len(cell.text_content()) > _MAX_CELL_CHARS
        or cell.find(".//table") is not None
        or len(cell.xpath(".//p | .//br")) > _MAX_CELL_BREAKS
        for cell in row
    )


class _Writer:
    """Collects inline text into lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._inline: list[str] = []
        self._prefix = ""

    def visit(self, element: Any, *, indent: str) -> None:
        """Write an element and what is in it, but not the text after it."""
        tag = element.tag if isinstance(element.tag, str) else "script"  # comments have a function for a tag
        if _NO_TEXT.fullmatch(tag):
            return
        if tag == "br":
            self.end_line()
        elif tag == "pre":
            self._gap(indent)
            self.lines.extend(element.text_content().split("\n"))
            self._gap(indent)
        elif tag in ("td", "th") or (tag == "tr" and _is_layout(element)):
            self._gap(indent)
            self._children(element, indent=indent)
            self._gap(indent)
        elif tag == "tr":
            self.end_line()
            cells = (" ".join(cell.text_content().split()).replace("|", r"\|") for cell in element)
            self.lines.append(f"| {' | '.join(cells)} |")
        elif tag == "li":
            self.end_line()
            self._prefix = f"{indent}{_bullet(element)} "
            self._children(element, indent=indent + "  ")
            self.end_line()
        else:
            is_block = _BLOCK.fullmatch(tag) is not None
            if is_block:
                self._gap(indent)
            self._children(element, indent=indent)
            if is_block:
                self._gap(indent)

    def end_line(self) -> None:
        """Close the line that is being collected."""
        line = " ".join("".join(self._inline).split())
        self._inline.clear()
        if line:
            self.lines.append(self._prefix + line)
            self._prefix = ""

    def _children(self, element: Any, *, indent: str) -> None:
        self._inline.append(element.text or "")
        for child in element:
            self.visit(child, indent=indent)
            self._inline.append(child.tail or "")

    def _gap(self, indent: str) -> None:
        """End the line, and the paragraph unless it is in a list, which stays in one piece."""
        self.end_line()
        if not indent:
            self.lines.append("")

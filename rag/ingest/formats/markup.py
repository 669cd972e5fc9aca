"""HTML trees: parsing, hidden text, and plain lines."""

from __future__ import annotations

import logging
import re
from typing import Any

from rag.errors import InputError

_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|(?:left|top|text-indent)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_HIDDEN_CLASSES = {"sr-only", "visually-hidden", "screen-reader-text"}
_NO_TEXT = re.compile("script|style|template|noscript|head|iframe|object|svg|math")
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|d[dlt]|details|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|"
    "main|nav|ol|p|section|summary|table|ul"
)


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


def drop_hidden(tree: Any) -> None:
    """Remove, in place, the elements whose text a browser does not show, as far as they say so themselves."""
    for element in tree.xpath("//*[@hidden or @style or @class or self::template or self::noscript]"):
        if element.getparent() is None or element.tag == "body":
            continue  # pages hide the whole body until their scripts have run
        if (
            element.tag in ("template", "noscript")
            or element.get("hidden", "until-found") != "until-found"  # until-found: folded, but the reader's to open
            or _HIDDEN_STYLE.search(element.get("style", ""))
            or _HIDDEN_CLASSES.intersection(element.get("class", "").split())
        ):
            element.drop_tree()


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


def _bullet(item: Any) -> str:
    """Return what stands before a list item: `-`, or its number."""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "-"
    start = parent.get("start", "1")
    return f"{(int(start) if start.isdecimal() and len(start) < 10 else 1) + parent.index(item)}."


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

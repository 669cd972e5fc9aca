"""Tables that place the parts of a page, as pages did before there were style sheets: they are no rows of data."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

_PARTS = ("thead", "tbody", "tfoot", "tr", "td")
_MOST_ROWS = 40
_PROSE_CHARS = 120
_NAMES = ("th", "caption")
_INLINE = ("a", "abbr", "b", "br", "cite", "code", "em", "font", "i", "q", "s", "small", "span", "strong", "sub", "sup", "u")


def unframe(tree: Any) -> None:
    """Turn tables that only place things into plain boxes, in place, with all their rows and cells.

    Such a table names none of its rows or columns, and holds another table, or has one cell in each of a few rows and prose
    in one of them.
    """
    # All is looked at first: what a cell belongs to is not to be told any more once a table around it is none.
    parts = [(part, next(part.iterancestors("table"), None)) for part in tree.iter("table", *_PARTS, *_NAMES)]
    named = {around for part, around in parts if part.tag in _NAMES}
    holding = {around for part, around in parts if part.tag == "table"}
    rows: dict[Any, list[Any]] = {}
    for part, around in parts:
        if part.tag == "tr":
            rows.setdefault(around, []).append(part)
    frames = {
        part
        for part, _ in parts
        if part.tag == "table" and part not in named and (part in holding or _is_column(rows.get(part, [])))
    }
    for part, around in parts:
        if part in frames or (part.tag != "table" and around in frames):
            is_cell = part.tag == "td"
            part.tag = "div"
            if is_cell:
                _wrap(part)


def _is_column(rows: list[Any]) -> bool:
    """Whether rows that hold no table stand for the paragraphs of a page."""
    return (
        len(rows) <= _MOST_ROWS
        and all(len(row) == 1 for row in rows)
        and any(len(row.text_content()) >= _PROSE_CHARS for row in rows)
    )


def _wrap(cell: Any) -> None:
    """Make a paragraph of the text that a cell begins with: its others have been marked as such, and it is the lead."""
    if not (cell.text or "").strip():
        return
    inline = list(takewhile(lambda one: isinstance(one.tag, str) and one.tag in _INLINE, cell))
    lead = cell.makeelement("p")
    lead.text, cell.text = cell.text, None
    for one in inline:
        lead.append(one)
    cell.insert(0, lead)

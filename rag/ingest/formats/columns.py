"""The order in which a printed page is read: columns from left to right, each from top to bottom.

Words that stand side by side with a gutter between them, line after line, are columns; a headline or table across them
parts what is above from what is below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_MAX_DEPTH = 6
_LEAST_LINES = 3
"""Lines on each side of a gutter, below which words that stand apart are a table or a byline."""


@dataclass(frozen=True, slots=True)
class Box:
    """A word, or a table as a whole, and where it stands: in points from the page's upper left corner."""

    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    text: str
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a table, of one column.

    `column_x0` and `column_x1` are the column's edges, `height` the page's. `column` tells one column of the page from another.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    column_x0: float
    column_x1: float
    column: int
    height: float
    is_table: bool = False


def lines_in_order(boxes: Sequence[Box], *, height: float) -> list[Line]:
    """Return the lines of a page in reading order."""
    lines: list[Line] = []
    for number, column in enumerate(_columns(list(boxes), 0)):
        x0, x1 = min(box.x0 for box in column), max(box.x1 for box in column)
        for row in _rows(column):
            row.sort(key=lambda box: box.x0)
            lines.append(
                Line(
                    text=" ".join(box.text for box in row),
                    x0=row[0].x0,
                    x1=max(box.x1 for box in row),
                    top=min(box.top for box in row),
                    bottom=max(box.bottom for box in row),
                    size=median(box.size for box in row),
                    column_x0=x0,
                    column_x1=x1,
                    column=number,
                    height=height,
                    is_table=any(box.is_table for box in row),
                )
            )
    return lines


def _columns(boxes: list[Box], depth: int) -> list[list[Box]]:
    """Return the boxes of each column, in reading order."""
    if len(boxes) < 2 * _LEAST_LINES or depth > _MAX_DEPTH:
        return [boxes] if boxes else []
    least = max(7.0, 0.9 * median(box.size for box in boxes))
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    rows = _bands(boxes)
    found: list[list[Box]] = []
    plain: list[Box] = []
    at = 0
    while at < len(rows):
        stop, gutter = _gutter(rows, at, left, right, least)
        if gutter is None:
            plain += rows[at]
            at += 1
            continue
        if plain:
            found.append(plain)
            plain = []
        block = [box for row in rows[at:stop] for box in row]
        found += _columns([box for box in block if box.x1 <= gutter], depth + 1)
        found += _columns([box for box in block if box.x1 > gutter], depth + 1)
        at = stop
    return [*found, plain] if plain else found


def _gutter(rows: list[list[Box]], at: int, left: float, right: float, least: float) -> tuple[int, float | None]:
    """Return how far down from a row one gutter goes, and where it is; None where the row begins no columns."""
    free = [gap for gap in _gaps(rows[at], left, right, least) if gap[0] > left and gap[1] < right]
    best: tuple[int, float | None] = (at + 1, None)
    stop = at
    while free and stop < len(rows):
        gaps = _gaps(rows[stop], left, right, least) if stop > at else free
        free = [
            (max(a, c), min(b, d)) for a, b in free for c, d in gaps if min(b, d) - max(a, c) >= least
        ]  # what is free in all rows so far
        stop += 1
        if free:
            middle = sum(free[0]) / 2
            block = [box for row in rows[at:stop] for box in row]
            sides = [box for box in block if box.x1 <= middle], [box for box in block if box.x1 > middle]
            if min(_n_lines(side) for side in sides) >= _LEAST_LINES:
                best = (stop, middle)
    return best


def _gaps(row: list[Box], left: float, right: float, least: float) -> list[tuple[float, float]]:
    """Return the stretches of a row without a box, from edge to edge of the column."""
    gaps = []
    end = left
    for box in sorted(row, key=lambda box: box.x0):
        if box.x0 - end >= least:
            gaps.append((end, box.x0))
        end = max(end, box.x1)
    if right - end >= least:
        gaps.append((end, right + least))
    return gaps


def _bands(boxes: list[Box]) -> list[list[Box]]:
    """Return the boxes from top to bottom, those together that no horizontal line parts."""
    bands: list[list[Box]] = []
    bottom = float("-inf")
    for box in sorted(boxes, key=lambda box: (box.top, box.x0)):
        # A little overlap is only long descenders over high letters.
        if bands and box.top < bottom - 0.3 * (box.bottom - box.top):
            bands[-1].append(box)
        else:
            bands.append([box])
        bottom = max(bottom, box.bottom)
    return bands


def _rows(boxes: list[Box]) -> list[list[Box]]:
    """Return the lines of one column: boxes whose middles are level."""
    rows: list[list[Box]] = []
    level = float("-inf")
    for box in sorted(boxes, key=lambda box: ((box.top + box.bottom) / 2, box.x0)):
        middle = (box.top + box.bottom) / 2
        if rows and not box.is_table and middle - level < 0.5 * (box.bottom - box.top):
            rows[-1].append(box)
        else:
            rows.append([box])
            level = middle if not box.is_table else float("-inf")
    return rows


def _n_lines(boxes: list[Box]) -> int:
    return len(_rows(boxes))

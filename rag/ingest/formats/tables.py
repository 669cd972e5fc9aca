"""Tables as text: a line a row, as web pages' tables come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table_lines(rows: Iterable[Sequence[str | None]]) -> list[str]:
    """Return a line `| a | b |` for each row that is not empty; a `|` within a cell is written with a backslash."""
    lines = []
    for row in rows:
        cells = [" ".join((cell or "").split()).replace("|", r"\|") for cell in row]
        if any(cells):
            lines.append(f"| {' | '.join(cells)} |")
    return lines

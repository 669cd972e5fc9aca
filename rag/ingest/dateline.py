"""What the top of a text says of itself: its day, its last change, who wrote it.

    SANTIAGO, Oct. 13, 2025 (Reuters) - The strike …     published, by the dateline
    Published: 13 October 2025 · Updated: 14 October 2025
    Monday, 13 October 2025                              a line of nothing else
    By Ana Ruiz

Only a whole date counts: a dateline's "Oct 13" has no year, and "yesterday" no day. Only the top of a text is read, where a
date dates the article and not an event.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rag.fold import fold
from rag.ingest.dates import day_in_words, day_of
from rag.ingest.metadata import Facts
from rag.types import DateOrigin, Removed

_HEAD_LINES = 10
_MAX_LINE_CHARS = 120
_MAX_DATELINE_CHARS = 90

_PUBLISHED = re.compile(
    r"^(?:first |originally )?(?:published|posted|publicad[oa]|publie|veroffentlicht|pubblicato|date|fecha|datum|data)"
    r"(?: on| at| el| le| am| il| em)?\b ?:? ?(?P<rest>.+)"
)
_UPDATED = re.compile(
    r"(?:^|[·|•,;(–—-] ?)(?:last )?(?:updated|modified|actualizad[oa]|mis a jour|aktualisiert|atualizad[oa]|aggiornato)"
    r"(?: on| at| el| le| am| il| em)?\b ?:? ?(?P<rest>.+)"
)
_DATELINE = re.compile(
    r"^[A-ZÀ-Þ][^.!?]{1,50}?[,(] ?(?P<rest>[^!?]{5,60}?)\)? ?(?:\([A-Za-z .]{2,30}\)\.? ?[-–—]*|[-–—]{1,2}) ?\S"
)
_ONLY_DATE = re.compile(
    r"^(?:[^\W\d_]+,? )?(?:[^\W\d_]+\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2}\W{0,2}(?: ?de)? [^\W\d_]+\.?,?(?: del?)? \d{4}|\d{4}-\d\d-\d\d)\W*$"
)
_BYLINE = re.compile(
    r"^(?:[Bb]y|BY|[Pp]or|[Pp]ar|[Vv]on|[Dd]i|[Ww]ritten by|[Aa]uthor|[Aa]utor[ae]?) ?:? "
    r"(?P<name>(?!(?:The|El|La|Los|Las|Le|Les|Der|Die|Das|Il|Our|Staff)\b)[A-ZÀ-Þ][\w.'’-]*(?: (?:de|da|do|di"
    r"|von|van|del|la|der|den|[A-ZÀ-Þ][\w.'’-]*)){1,4})"
    r"(?:, (?:[A-Za-z]+ ){0,3}(?:[Ww]riter|[Rr]eporter|[Cc]orrespondent|[Ee]ditor))?$"
)


def stated_in(text: str, removed: Sequence[Removed] = ()) -> Facts:
    """Return what the first lines of a cleaned text, and the bylines that cleaning took from it, say of it."""
    lines = [line.strip() for line in text.split("\n", 40)[:40] if line.strip()][:_HEAD_LINES]
    short = [line for line in lines if len(line) <= _MAX_LINE_CHARS]
    published = next((day for line in short if (day := _published(line))), None) or next(
        (day for line in lines[:3] if (day := _dateline(line))), None
    )
    updated = next(
        (day for line in short if (found := _UPDATED.search(fold(line))) and (day := day_in_words(found["rest"]))), None
    )
    bylines = [*(piece.text for piece in removed if piece.rule == "byline"), *short]
    author = next((found["name"] for line in bylines if (found := _BYLINE.match(line))), "")
    return Facts(
        author=author,
        published=published,
        published_from=DateOrigin.DATELINE if published else None,
        updated=updated,
        origin="text",
        origins={"published": "dateline", "author": "byline"},
    )


def states_head(line: str) -> bool:
    """Whether a line says when an article was published, or who wrote it, and hardly more."""
    line = line.strip()
    return len(line) <= _MAX_LINE_CHARS and (_published(line) is not None or _BYLINE.match(line) is not None)


def _published(line: str) -> date | None:
    """Return the day of a line that says when the article was published, or that holds a date and nothing else."""
    folded = fold(line)
    if found := _PUBLISHED.match(folded):
        first = _UPDATED.split(found["rest"])[0]
        return day_in_words(first) or day_of(first)
    return day_in_words(folded) or day_of(folded.strip(" .,")) if _ONLY_DATE.match(folded) else None


def _dateline(line: str) -> date | None:
    """Return the day in the dateline that a paragraph begins with."""
    found = _DATELINE.match(line[:_MAX_DATELINE_CHARS])
    return day_in_words(found["rest"]) if found else None

"""What programs write into the properties of the files they make: titles that are none, dates in their own spelling."""

from __future__ import annotations

import re
from datetime import date, datetime

from rag.ingest.metadata import parse_day

_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel) - .*|untitled.*|document\d*|doc\d+|word document|slide \d+"
    r"|.{0,60}\.(?:docx?|pdf|indd|qxd|txt|html?))",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:user|admin(?:istrator)?|owner|unknown|python-docx|author|default|microsoft office user)", re.IGNORECASE
)
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")
# The day that the template of python-docx was made: every document that it makes says so.
_STAMPS = {date(2013, 12, 23)}


def usable_title(title: str | None) -> str:
    """Return a title, or nothing where it is a program's or a file's name: `Microsoft Word - final3.doc`."""
    line = " ".join((title or "").split())
    return "" if _NO_TITLE.fullmatch(line) else line


def usable_author(author: str | None) -> str:
    """Return an author, or nothing where it is a program's word for anybody."""
    line = " ".join((author or "").split())
    return "" if _NO_AUTHOR.fullmatch(line) else line


def property_day(value: object) -> date | None:
    """Return the UTC day of a date in a file's properties, ISO or `D:20251013093000+02'00'`; None for anything else."""
    if isinstance(value, str) and (found := _PDF_DATE.fullmatch(value.strip())):
        year, month, day, hour, minute, _, _, sign, ahead, ahead_minutes = found.groups()
        zone = f"{sign}{ahead}:{ahead_minutes or '00'}" if sign else "+00:00"
        value = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}{zone}"
    try:
        known = parse_day(value) if isinstance(value, str | datetime) else None
    except ValueError:
        return None
    return None if known in _STAMPS else known

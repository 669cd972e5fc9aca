"""Days as pages, feeds and data sets write them.

    day_of("Fri, 01 Sep 2023 10:00:00 GMT")   -> 2023-09-01
    day_of("Sept. 1, 2023, 10:00 AM ET")      -> 2023-09-01
    day_of("1 de septiembre de 2023")         -> 2023-09-01
    day_of(1693562400), day_of(1693562400000) -> 2023-09-01: seconds or milliseconds since 1970
    day_of("04/05/2023"), day_of("2 hours ago"), day_of("yesterday") -> None

A day and month that could be told either way, and a day counted from the moment of reading, stay unknown: the moment of
reading is no publication date. What a *sentence* means by "yesterday" is `rag.timeline`'s to say, from a known publication day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from rag.fold import fold

MAX_CHARS = 80
"""A longer value is prose, not a date."""

_SECONDS = (631_152_000, 4_102_444_800)
"""1990 to 2099: a number outside is a count or an id."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene janvier janv januar janner jan. janeiro gennaio gen",
            "february feb febrero fevrier fevr februar fevereiro fev febbraio",
            "march mar marzo mars marz maerz marco",
            "april apr abril abr avril avr aprile",
            "may mayo mai maio mag maggio",
            "june jun junio juin juni junho giugno giu",
            "july jul julio juillet juil juli julho luglio lug",
            "august aug agosto ago aout",
            "september sept sep septiembre setiembre septembre setembro set settembre",
            "october oct octubre octobre oktober okt outubro out ottobre ott",
            "november nov noviembre novembre novembro",
            "december dec diciembre dic decembre dezember dez dezembro dicembre",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted((re.escape(name) for name in _MONTHS), key=len, reverse=True))
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_WORDS = re.compile(
    rf"\b(?:(?P<m>{_MONTH})\.?\s+{_DAY}(?:st|nd|rd|th)?,?\s+(?:de\s+|del\s+)?{_YEAR}\b"
    rf"|{_DAY.replace('<d>', '<d2>')}(?:st|nd|rd|th|er|\.|º|ª|o)?\s*[-\s]\s*(?:of\s+|de\s+)?(?P<m2>{_MONTH})\.?,?\s*[-\s]\s*"
    rf"(?:de\s+|del\s+)?{_YEAR.replace('<y>', '<y2>')}\b)"
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?!\d)")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T?\d{4,6}Z?)?")
_SPACE_BEFORE_ZONE = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")


def day_of(value: object) -> date | None:
    """Return the UTC day of a date in any of the common forms; None for anything else. A time without a zone is UTC."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value)
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > MAX_CHARS:
        return None
    if re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", text):
        return _since_1970(float(text))
    return _iso(text) or _compact(text) or _mail(text) or day_in_words(text) or _numeric(text)


def day_in_words(text: str) -> date | None:
    """Return the first full date in a text that names its month: `Published on Sept. 1, 2023 by …` -> 2023-09-01."""
    found = _WORDS.search(fold(text))
    if not found:
        return None
    month = _MONTHS[found["m"] or found["m2"]]
    return _date(int(found["y"] or found["y2"]), month, int(found["d"] or found["d2"]))


def _iso(text: str) -> date | None:
    try:
        return _utc(datetime.fromisoformat(_SPACE_BEFORE_ZONE.sub("", text)))
    except ValueError:
        return None


def _mail(text: str) -> date | None:
    """Return the day of an RFC 822 date."""
    try:
        return _utc(parsedate_to_datetime(text)) if re.search(r"\d\d:\d\d|[A-Za-z]{3},?\s", text) else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _compact(text: str) -> date | None:
    found = _COMPACT.fullmatch(text)
    return _date(*(int(part) for part in found.groups())) if found else None


def _numeric(text: str) -> date | None:
    """Return the day of `2023/09/01` or `13.10.2023`; None where day and month could change places."""
    found = _NUMBERS.search(text)
    if not found:
        return None
    first, second, third = (int(found[n]) for n in (1, 3, 4))
    if len(found[1]) == 4:
        return _date(first, second, third)
    if len(found[4]) != 4:
        return None
    if found[2] == "." or first > 12:  # with full stops the day comes first everywhere
        return _date(third, second, first)
    if second > 12 or first == second:
        return _date(third, first, second)
    return None


def _since_1970(number: float) -> date | None:
    seconds = number / 1000 if number >= _SECONDS[1] else number
    return datetime.fromtimestamp(seconds, UTC).date() if _SECONDS[0] <= seconds < _SECONDS[1] else None


def _utc(moment: datetime) -> date | None:
    try:
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except OverflowError:
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # the 30th of February
        return None

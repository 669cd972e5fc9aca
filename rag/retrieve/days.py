"""The days that a question names: dates, months, years, spans, and times counted from today."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from rag.almanac import MONTHS
from rag.fold import fold
from rag.types import Days

_NUMBERS = {
    word: value
    for value, words in enumerate(
        "one a un una uno|two dos|three tres|four cuatro|five cinco|six seis|seven siete|eight ocho|nine nueve|ten diez".split(
            "|"
        ),
        1,
    )
    for word in words.split()
} | {"couple": 2, "few": 3, "pocos": 3}
_UNITS = {
    name: unit
    for unit, names in {
        "day": "day days dia dias", "week": "week weeks semana semanas", "month": "month months mes meses",
        "year": "year years ano anos",
    }.items()
    for name in names.split()
}  # fmt: skip

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_COUNT = r"\d{1,3}|" + "|".join(_NUMBERS)
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"


class _Form(NamedTuple):
    """A way of writing a time, over folded text, and what it means today; None where it means none."""

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], date], Days | None]


def days_in(text: str, *, today: date) -> tuple[Days, ...]:
    """Return the times that a text names, in order.

    A date without a year is its last occurrence up to `today`. Two dates joined by "between … and" or "from … to" are one
    span; "since", "after", "before" and "until" open a span where a date follows at once.

    >>> days_in("What did they say in October 2025?", today=date(2025, 12, 1))
    (Days(first=datetime.date(2025, 10, 1), last=datetime.date(2025, 10, 31)),)
    """
    folded = _aligned(text)
    found: list[tuple[int, int, Days]] = []
    read: list[tuple[int, int]] = []
    for form in _FORMS:
        for match in form.pattern.finditer(folded):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in read):
                continue  # a longer form has read it: the month of a date, the year of a month
            read.append((start, end))
            days = form.read(match, today)
            if days:
                found.append((start, end, days))
    spans = _joined(folded, sorted(found), today)
    # A day within a month that is named too says which part of it is meant.
    return tuple(one for one in spans if not any(_is_within(other, one) for other in spans))


def _is_within(one: Days, other: Days) -> bool:
    """Whether a span is a smaller part of another."""
    return one != other and other.first <= one.first and one.last <= other.last


def _aligned(text: str) -> str:
    """Return a text folded letter by letter, so that places in it are places in the text."""
    if text.isascii():
        return text.lower()
    return "".join((fold(letter) or " ")[0] for letter in text)


def _joined(text: str, found: list[tuple[int, int, Days]], today: date) -> list[Days]:
    """Return the spans, those that words join or open made one."""
    joined: list[Days] = []
    place = 0
    while place < len(found):
        start, end, days = found[place]
        before = text[:start]
        if place + 1 < len(found) and _SPAN.search(before):
            second_start, _, second = found[place + 1]
            if _TO.fullmatch(text[end:second_start]) and days.first <= second.last:
                joined.append(Days(days.first, second.last))
                place += 2
                continue
        if _SINCE.search(before):
            days = Days(days.first, max(today, days.last))
        elif _UNTIL.search(before):
            days = Days(date.min, days.last)
        joined.append(days)
        place += 1
    return joined


_SPAN = re.compile(r"\b(?:between|from|entre|de|del|desde)\s+(?:the\s+|el\s+)?$")
_TO = re.compile(r"\s*(?:and|to|until|till|through|y|a|al|hasta|[-–—])\s+(?:the\s+|el\s+)?")
_SINCE = re.compile(r"\b(?:since|after|desde|despues del?)\s+(?:the\s+|el\s+)?$")
_UNTIL = re.compile(r"\b(?:before|until|till|up to|antes del?|hasta)\s+(?:the\s+|el\s+)?$")


def _date(match: re.Match[str], today: date) -> Days | None:
    """A day of a month, with or without its year."""
    month, day, year = MONTHS[match["month"]], int(match["day"]), match["year"]
    if year:
        found = _day(int(year), month, day)
    else:
        tries = (_day(year, month, day) for year in range(today.year, today.year - 5, -1))  # 29 February comes every four
        found = next((one for one in tries if one and one <= today), None)
    return Days(found, found) if found else None


def _numeric(match: re.Match[str], today: date) -> Days | None:  # noqa: ARG001 - one signature for all forms
    found = _day(int(match["year"]), int(match["month"]), int(match["day"]))
    return Days(found, found) if found else None


def _slashed(match: re.Match[str], today: date) -> Days | None:  # noqa: ARG001
    """A date with slashes, where only one order of day and month makes sense."""
    first, second = int(match["first"]), int(match["second"])
    if first <= 12 and second <= 12 and first != second:
        return None
    month, day = (first, second) if second > 12 else (second, first)
    found = _day(int(match["year"]), month, day)
    return Days(found, found) if found else None


def _month(match: re.Match[str], today: date) -> Days | None:
    month = MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    return _whole_month(year, month)


def _year(match: re.Match[str], today: date) -> Days | None:  # noqa: ARG001
    year = int(match["year"])
    return Days(date(year, 1, 1), date(year, 12, 31))


def _named_day(match: re.Match[str], today: date) -> Days | None:
    found = today - timedelta(days=match["which"] in ("yesterday", "ayer"))
    return Days(found, found)


def _this(match: re.Match[str], today: date) -> Days | None:
    """This week, month or year: up to today."""
    return Days(_begin(_UNITS[match["unit"]], today), today)


def _previous(match: re.Match[str], today: date) -> Days | None:
    """Last week, month or year: the whole one before this."""
    unit = _UNITS[match["unit"]]
    last = _begin(unit, today) - timedelta(days=1)
    return Days(_begin(unit, last), last)


def _past(match: re.Match[str], today: date) -> Days | None:
    """The last so many days, weeks, months or years: up to today."""
    return Days(_back(match, today), today)


def _ago(match: re.Match[str], today: date) -> Days | None:
    """So many days, weeks, months or years ago: the day, week, month or year around that day."""
    unit, found = _UNITS[match["unit"]], _back(match, today)
    if unit == "day":
        return Days(found, found)
    first = _begin(unit, found)
    if unit == "month":
        return _whole_month(first.year, first.month)
    return Days(first, first + timedelta(days=6)) if unit == "week" else Days(first, date(first.year, 12, 31))


def _back(match: re.Match[str], today: date) -> date:
    count = int(match["count"]) if match["count"].isdigit() else _NUMBERS[match["count"]]
    unit = _UNITS[match["unit"]]
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "year" else 1)
    year, month = divmod(max(months, 12), 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _begin(unit: str, day: date) -> date:
    """Return the first day of the week (Monday), month or year that holds a day."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "day":
        return day
    return date(day.year, day.month if unit == "month" else 1, 1)


def _whole_month(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# "may" and "mar" are words too: a month alone needs a word before it that a month follows, or its year behind it.
_IN = (
    r"(?:in|during|since|until|before|after|of|by|late|early|mid|"
    r"en|desde|hasta|de|durante|a (?:principios|finales|mediados) de)"
)

_FORMS = tuple(
    _Form(re.compile(pattern), read)
    for pattern, read in (
        (r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)\b", _numeric),
        (r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:19|20)\d\d)\b", _slashed),
        (rf"\b(?P<month>{_MONTH})\b\.?\s+{_DAY}\b(?!\s*%)(?:\s*,?\s*(?:of\s+)?{_YEAR}\b)?", _date),
        (rf"\b{_DAY}\s+(?:of\s+|de\s+)?(?P<month>{_MONTH})\b\.?(?:\s*,?\s*(?:del?\s+|of\s+)?{_YEAR}\b)?", _date),
        (rf"\b(?P<month>{_MONTH})\b\.?\s*,?\s*(?:of\s+|del?\s+)?{_YEAR}\b", _month),
        (rf"(?<=\b)(?:{_IN}\s+)(?P<month>{_MONTH})\b(?P<year>)", _month),
        (r"\b(?P<which>today|yesterday|hoy|ayer)\b", _named_day),
        (rf"\b(?:last|past|previous|ultim[oa]s)\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})\b", _past),
        (rf"\b(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})\s+ago\b", _ago),
        (rf"\bhace\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})\b", _ago),
        (rf"\b(?:this|est[ea])\s+(?P<unit>{_UNIT})\b", _this),
        (rf"\b(?:last|previous)\s+(?P<unit>{_UNIT})\b", _previous),
        (rf"\b(?P<unit>{_UNIT})\s+pasad[oa]\b", _previous),
        (rf"(?<![\w.,/-]){_YEAR}\b(?![/-]\d)(?!\s*(?:%|percent|votes|people|personas))", _year),
    )
)  # fmt: skip

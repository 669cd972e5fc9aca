from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.days import days_in
from rag.types import Days

TODAY = date(2025, 12, 10)  # a Wednesday


def span(first: str, last: str) -> Days:
    return Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on October 22, 2023", [span("2023-10-22", "2023-10-22")]),
        ("on 22nd of October 2023", [span("2023-10-22", "2023-10-22")]),
        ("on Oct. 4", [span("2025-10-04", "2025-10-04")]),
        ("on 24 December", [span("2024-12-24", "2024-12-24")]),  # not yet come this year
        ("el 19 de octubre de 2025", [span("2025-10-19", "2025-10-19")]),
        ("on 29 February", [span("2024-02-29", "2024-02-29")]),
        ("2023-10-22", [span("2023-10-22", "2023-10-22")]),
        ("22/10/2023", [span("2023-10-22", "2023-10-22")]),
        ("10/22/2023", [span("2023-10-22", "2023-10-22")]),
        ("in October 2025", [span("2025-10-01", "2025-10-31")]),
        ("in october", [span("2025-10-01", "2025-10-31")]),
        ("en diciembre", [span("2025-12-01", "2025-12-31")]),
        ("during 2023", [span("2023-01-01", "2023-12-31")]),
        ("today and yesterday", [span("2025-12-10", "2025-12-10"), span("2025-12-09", "2025-12-09")]),
        ("last week", [span("2025-12-01", "2025-12-07")]),
        ("this week", [span("2025-12-08", "2025-12-10")]),
        ("la semana pasada", [span("2025-12-01", "2025-12-07")]),
        ("last month", [span("2025-11-01", "2025-11-30")]),
        ("last year", [span("2024-01-01", "2024-12-31")]),
        ("the past 3 days", [span("2025-12-07", "2025-12-10")]),
        ("in the last two months", [span("2025-10-10", "2025-12-10")]),
        ("three days ago", [span("2025-12-07", "2025-12-07")]),
        ("hace dos semanas", [span("2025-11-24", "2025-11-30")]),
        ("two months ago", [span("2025-10-01", "2025-10-31")]),
        ("between 3 October 2025 and 5 November 2025", [span("2025-10-03", "2025-11-05")]),
        ("from October 2025 to November 2025", [span("2025-10-01", "2025-11-30")]),
        ("since 4 October 2025", [span("2025-10-04", "2025-12-10")]),
        ("after October 4, 2025", [span("2025-10-04", "2025-12-10")]),
        ("before October 2025", [Days(date.min, date(2025, 10, 31))]),
        (
            "Reports of October 2, 2023, and October 7, 2023",
            [span("2023-10-02", "2023-10-02"), span("2023-10-07", "2023-10-07")],
        ),
    ],
)
def test_times_in_words(text: str, found: list[Days]) -> None:
    assert list(days_in(text, today=TODAY)) == found


@pytest.mark.parametrize(
    "text",
    [
        "She may march in a sept",
        "31 February 2025",
        "05/06/2025",  # which of the two is the month nobody knows
        "1,999 votes, 2000 people and 1950 votes",
        "version 3.2023",
        "",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert days_in(text, today=TODAY) == ()


@given(st.text(max_size=80), st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)))
def test_any_text_gives_spans_that_begin_before_they_end(text: str, today: date) -> None:
    assert all(days.first <= days.last for days in days_in(text, today=today))


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)))
def test_every_day_is_read_in_three_forms(day: date) -> None:
    for text in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}", day.isoformat()):
        assert days_in(f"What happened on {text}?", today=TODAY) == (Days(day, day),)

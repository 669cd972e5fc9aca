"""Days as they are written, and what no day is made of."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.dateline import stated_in
from rag.ingest.dates import day_of
from rag.types import DateOrigin, Removed

DAY = date(2023, 9, 1)


@pytest.mark.parametrize(
    "value",
    [
        "2023-09-01",
        "2023-09-01T22:15:00-01:00",
        "2023-09-01 10:00:00",
        "20230901",
        "20230901T101500Z",
        "2023/09/01",
        "Fri, 01 Sep 2023 10:00:00 GMT",
        "Fri Sep 01 12:00:00 UTC 2023",
        "Sept. 1, 2023",
        "September 1st, 2023 10:00 a.m. ET",
        "1 September 2023",
        "01-Sep-2023",
        "1 de septiembre de 2023",
        "1er septembre 2023",
        "1. September 2023",
        "1 de setembro de 2023",
        "1º settembre 2023",
        "1.9.2023",
        1693562400,
        1693562400000,
        1693562400.5,
        "1693562400",
        datetime(2023, 9, 1, 23, tzinfo=UTC),
        DAY,
    ],
)
def test_day(value: object) -> None:
    assert day_of(value) == DAY


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "04/05/2023",
        "2023-09",
        "2023",
        "Sept. 1",
        "2 hours ago",
        "yesterday",
        "hoy",
        7,
        True,
        "31 February 2023",
        "x" * 200,
        ["2023-09-01"],
    ],
)
def test_no_day_is_guessed(value: object) -> None:
    assert day_of(value) is None


def test_day_and_month_that_cannot_change_places_are_told() -> None:
    assert day_of("13/09/2023") == day_of("09/13/2023") == date(2023, 9, 13)


@given(st.text(max_size=90) | st.floats() | st.integers())
def test_anything_is_a_day_or_none(value: object) -> None:
    day_of(value)


BODY = (
    "The strike at the harbour ended on Monday after twelve days, the union of the workers said. It had cost the port dearly."
)


@pytest.mark.parametrize(
    "text",
    [
        f"PORT MAREN, Sept. 1, 2023 (Reuters) - {BODY}",
        f"SANTIAGO, 1 de septiembre de 2023 (EFE).- {BODY}",
        f"Port strike ends\n\nPublished: 1 September 2023 · Updated: 3 September 2023\n\n{BODY}",
        f"Port strike ends\n\nFriday, September 1, 2023\n\n{BODY}",
        f"Port strike ends\n\nPublicado el 1 de septiembre de 2023\n\n{BODY}",
        f"Port strike ends\n\n2023-09-01\n\n{BODY}",
    ],
)
def test_day_at_the_top_dates_the_article(text: str) -> None:
    told = stated_in(text)
    assert (told.published, told.published_from) == (DAY, DateOrigin.DATELINE)


@pytest.mark.parametrize(
    "text",
    [
        f"PORT MAREN, Sept. 1 (Reuters) - {BODY}",
        f"The strike of September 1, 2023 ended. {BODY}",
        f"{BODY}\n\n" * 12 + "1 September 2023",
        f"Published 2 hours ago\n\n{BODY}",
        f"Updated on 1 September 2023\n\n{BODY}",
    ],
)
def test_day_elsewhere_does_not(text: str) -> None:
    assert stated_in(text).published is None


def test_update_and_author_are_read() -> None:
    told = stated_in(f"Port strike ends\n\nBy Ana Ruiz\n\nUpdated on 3 September 2023\n\n{BODY}")
    assert (told.updated, told.author) == (date(2023, 9, 3), "Ana Ruiz")
    assert stated_in(BODY, (Removed("byline", "Autor: Luis Paz"),)).author == "Luis Paz"
    assert stated_in(f"By Walt Jensen, Staff Writer\n\n{BODY}").author == "Walt Jensen"
    assert stated_in(f"By Walt Jensen, who was there\n\n{BODY}").author == ""
    assert stated_in(f"Autor: The Citizen\n\nBy the sea\n\n{BODY}").author == ""

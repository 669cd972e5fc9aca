from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.checking.reading import read
from rag.answer.checking.values import Bound, Kind, Value, same


def values(text: str) -> list[Value]:
    """Return the values of a text, in order."""
    return [token.value for token in read(text).tokens if token.value is not None]


@pytest.mark.parametrize(
    "texts",
    [
        ("1.2 million", "1,200,000", "1200000", "1,2 millones", "1 200 000"),
        ("58 %", "58%", "58 percent", "58 per cent", "58 por ciento"),
        ("$6 billion", "US$6bn", "6,000,000,000 dollars", "6.000 millones de dólares"),
        ("€4.80", "4.80 euros", "4,80 euros"),
        ("14 December", "Dec. 14", "December 14th", "el 14 de diciembre"),
        ("900 kilometers", "900 km", "900 kilómetros"),
        ("four thousand two hundred", "4,200", "4.200"),
        ("half a percentage point", "0.5 percentage points"),
        ("half a billion dollars", "$500 million"),
        ("a fifth of the seats", "20 percent", "20%"),
        ("two years", "24 months", "24 meses"),
        ("190 billion US dollars", "$190bn"),
        ("the 30th", "30º 30th".split()[1]),
        ("3-1", "3–1"),
        ("21:40",),
    ],
)
def test_spellings_of_one_value(texts: tuple[str, ...]) -> None:
    first = values(texts[0])[0]
    for text in texts:
        found = values(text)
        assert len(found) == 1, (text, found)
        assert same(first, found[0]), (text, found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("6 billion", "6 million"),
        ("4.80 euros", "4.80 dollars"),
        ("61 percent", "61"),
        ("900 km", "900 miles"),
        ("13 October", "13 November"),
        ("1994", "1998"),
        ("Monday", "Tuesday"),
        ("first", "second"),
        ("3-1", "1-3"),
    ],
)
def test_values_that_differ(one: str, other: str) -> None:
    assert not same(values(one)[0], values(other)[0])


def test_a_range_shares_its_unit_and_its_month() -> None:
    assert [value.amount for value in values("de 320 a 410 millones de pesos")] == [320e6, 410e6]
    assert [(value.amount, value.month) for value in values("between October 13th and 15th")] == [(13, 10), (15, 10)]


def test_a_table_cell_takes_the_scale_of_its_heading() -> None:
    cell = values("| Year | Volume (USD Billion) |\n| 2020 | 160 |")[-1]
    assert same(values("160 billion dollars")[0], cell)
    assert not same(values("160 million dollars")[0], cell)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("at least 14 people", Bound.LEAST),
        ("más de 14 personas", Bound.LEAST),
        ("up to 14 people", Bound.MOST),
        ("about 14 people", Bound.ABOUT),
        ("exactly 14 people", Bound.EXACT),
        ("14 years or longer", Bound.LEAST),
        ("14 people or fewer", Bound.NONE),
        ("14 or fewer people", Bound.MOST),
        ("it has gone up to 14 euros", Bound.NONE),
        ("14 people", Bound.NONE),
    ],
)
def test_bounds(text: str, bound: Bound) -> None:
    assert values(text)[0].bound is bound


@pytest.mark.parametrize("text", ["no number", "It may rain", "one of them", "COVID and 5G", "U.S. law", "a two-way pact"])
def test_words_that_are_no_values(text: str) -> None:
    assert not values(text)


@given(st.integers(min_value=2101, max_value=10**12))
def test_separators_do_not_change_a_number(number: int) -> None:
    plain, parted = values(f"{number} votes")[0], values(f"{number:,} votes")[0]
    assert plain.kind is Kind.NUMBER
    assert same(plain, parted)
    assert same(parted, values(f"{number:,}".replace(",", ".") + " votos")[0]) or number < 10_000


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    places = [token.place for token in read(text).tokens]
    assert places == list(range(len(places)))

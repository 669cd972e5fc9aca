"""Different spellings of one thing meet; different things do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.normalise import contains, is_number, quantities, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Jerí", "jose jeri"),
        ("54.53%", "54.53 percent"),
        ("54,53 por ciento", "54.53 per cent"),
        ("3,337,031 votes", "3.337.031 votes"),
        ("$6 billion", "US$6bn"),
        ("six billion dollars", "$6 billion"),
        ("6.000 millones dólares", "$6 billion"),
        ("twenty-five", "25"),
        ("cuarenta y dos", "42"),
        ("October 13, 2025", "2025-10-13"),
        ("13 de octubre de 2025", "October 13th, 2025"),
        ("the U.S.", "the US"),
        ("Boric’s visit", "Boric's visit"),
        ("1994–1998", "1994-1998"),
        ("4.20 euros", "4.2 euro"),
        ("a million", "1,000,000"),
        ("900 kilometers", "900 km"),
        ("60.000 personas", "60,000 personas"),
        ("7.200 toneladas", "7200 toneladas"),
        ("88.000 libros", "88 mil libros"),
        ("la feria vendió 1.234 en el año", "la feria vendió 1234 en el año"),
        ("60.000 people", "60,000 people"),
        ("6.000 mil", "6,000,000"),
        ("7.200 toneladas, 3,5 por ciento", "7200 toneladas, 3.5%"),
    ],
)
def test_spellings_of_one_thing_meet(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("45.53%", "5.53%"),
        ("Boricua", "Boric"),
        ("in 1962", "196"),
        ("3,337,031", "337,031"),
        ("October 13", "October 3"),
        ("", "x"),
        ("x", ""),
    ],
)
def test_a_match_ends_at_token_borders(text: str, phrase: str) -> None:
    assert not contains(tokens(text), tokens(phrase))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4.20 euros", "4.2"),
        ("2.5 million", "2500000"),
        ("1.250 million people", "1250000"),
        ("2.125 percent", "2.125"),
        ("the record is 9.581 seconds", "9.581"),
        ("0.125 mm", "0.125"),
        ("a share of 12.500%", "12.5"),
        ("3.337.031 votos", "3337031"),
        ("en 2.5 años", "2.5"),
        ("los precios subieron 4.25 por ciento", "4.25"),
        ("version 1.234.5 of it", "1"),
    ],
)
def test_a_point_parts_decimals_but_before_three_digits_in_spanish(text: str, number: str) -> None:
    assert number in tokens(text)


def test_a_lone_one_stays_a_word() -> None:
    assert not any(map(is_number, tokens("one of them")))


def test_quantities_come_with_what_follows() -> None:
    assert [(str(value), after) for value, after in quantities(tokens("over 900 km of border"))] == [
        ("900", ("km", "of", "border"))
    ]


@given(st.text())
def test_any_text_has_tokens_and_holds_each_of_them(text: str) -> None:
    found = tokens(text)
    assert all(token and not token.isspace() for token in found)
    assert all(contains(found, (token,)) for token in found)

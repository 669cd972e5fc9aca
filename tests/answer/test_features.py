from __future__ import annotations

import pytest

from rag.answer.features import is_negated, names, numbers, stems
from rag.fold import fold


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("54.53% of 3,337,031 votes", {"54.53", "3337031"}),
        ("3.337.031 votos", {"3337031"}),
        ("$6 billion", {"6000000000"}),
        ("US$1.5bn", {"1500000000"}),
        ("6,000,000,000", {"6000000000"}),
        ("October 13th and 15th, 2025", {"13", "15", "2025"}),
        ("six decades and twenty days", {"6", "20"}),
        ("one of them", set()),
        ("1975-1978", {"1975", "1978"}),
        ("5G and COVID-19", {"19"}),
        ("no number", set()),
    ],
)
def test_numbers(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Costa Rican President Rodrigo chaves endorsed Rebeca Grynspan.",
            {"costa", "rican", "president", "rodrigo", "rebeca", "grynspan"},
        ),
        ("The ministers met.", set()),
        ("Alicia Bárcena’s pledge", {"alicia", "barcena"}),
        ("Discussions went on.", set()),
        ("Grynspan.", {"grynspan"}),
        ("the UN and NATO", {"un", "nato"}),
    ],
)
def test_names(text: str, found: set[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("Chile isn’t a signatory.", True),
        ("They have not met.", True),
        ("Bolivia cannot agree.", True),
        ("without ambassadors", True),
        ("They met in Notre Dame.", False),
        ("Chile es parte.", False),
        ("Chile nunca firmó.", True),
    ],
)
def test_negation(text: str, is_so: bool) -> None:
    assert is_negated(text) is is_so


def test_stems_meet_over_inflection_case_and_accents() -> None:
    assert stems("Meetings in Yamandú’s house") == stems("meeting HOUSES yamandu")
    assert stems("the of and") == frozenset()


def test_fold() -> None:
    assert fold("Bárcena’s") == "barcena's"


def test_a_point_parts_thousands_in_spanish_alone() -> None:
    assert "1234" in numbers("Los barcos llevaron 1.234 toneladas de trigo al puerto.")
    assert "1.234" in numbers("The ships carried 1.234 tonnes of wheat to the port.")

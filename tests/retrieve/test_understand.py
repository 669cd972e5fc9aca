from datetime import date

import pytest

from rag.retrieve.parts import MOST_PARTS, parts
from rag.retrieve.publishers import PublisherNames
from rag.retrieve.understand import language_of, understand
from rag.types import Days

NAMES = PublisherNames(["The Verge", "The Age"])


def test_a_question_names_what_it_wants() -> None:
    found = understand(
        'What did "The Verge" say in October 2025 about "the new port law", and what does the Age say about harbour fees now?',
        publishers=NAMES,
        today=date(2025, 12, 1),
    )
    assert found.publishers == ("The Verge", "The Age")
    assert found.days == (Days(date(2025, 10, 1), date(2025, 10, 31)),)
    assert found.phrases == ("the new port law",)
    assert found.language == "en"
    assert found.is_about_now
    assert len(found.parts) == 2


def test_a_plain_question_is_one_part_and_names_nothing() -> None:
    question = "Who leads the port union?"
    found = understand(question, publishers=NAMES, today=date(2025, 12, 1))
    assert found.parts == (question,)
    assert (found.publishers, found.days, found.phrases, found.is_about_now) == ((), (), (), False)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Did rents fall in Leeds, while wages rose in York?", ["Did rents fall in Leeds", "while wages rose in York?"]),
        ("Who won on October 22, 2023?", ["Who won on October 22, 2023?"]),  # the comma of a date is no border
        ("Kast?", ["Kast?"]),
        ("Who won, and why?", ["Who won, and why?"]),  # too little to search by
        ("", [""]),
    ],
)
def test_parts(question: str, expected: list[str]) -> None:
    assert list(parts(question)) == expected


def test_parts_are_bounded_and_lose_no_content_word() -> None:
    clauses = [f"town{n} council{n} raised tax{n}" for n in range(30)]
    found = parts(", ".join(clauses))
    assert len(found) == MOST_PARTS
    assert all(f"council{n}" in " ".join(found) for n in range(30))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who won the election in Chile?", "en"),
        ("¿Quién ganó las elecciones en Chile?", "es"),
        ("Qui a gagné les élections au Chili et pour quelle raison ?", "fr"),
        ("Kast Jara", ""),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language

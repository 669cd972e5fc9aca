from __future__ import annotations

from datetime import date

import pytest

from rag.converse.remark import remark
from rag.types import LibraryStats

STATS = LibraryStats("", 5, 30, 4, 5, date(2025, 3, 3), date(2025, 3, 10), "hash", 1, 0)
EMPTY = LibraryStats("", 0, 0, 0, 0, None, None, "", 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello!",
        "who are you?",
        "What can you do?",
        "help",
        "Hola",
        "¿Quién eres?",
        "Hi there, what can you do?",
        "ayuda",
        "ok",
    ],
)
def test_small_talk_is_told_what_there_is_to_ask(text: str) -> None:
    said = remark(text, lambda: STATS)
    assert "2025-03-03" in said
    assert "2025-03-10" in said
    assert ("5 artículos, de 4 medios" if text in ("Hola", "¿Quién eres?", "ayuda") else "5 articles, by 4 publishers") in said


@pytest.mark.parametrize(
    ("text", "reply"), [("thanks", "You are welcome."), ("muchas gracias", "De nada."), ("bye", "Goodbye.")]
)
def test_thanks_are_answered_in_a_word(text: str, reply: str) -> None:
    def unread() -> LibraryStats:
        raise AssertionError("the library was read")

    assert remark(text, unread) == reply


@pytest.mark.parametrize(
    "text",
    [
        *("Hi, who won the election?", "thanks, and in Bolivia?", "Hello Kitty", "help for farmers", "Who are the candidates?"),
        *("What's up with inflation?", "Hola, ¿quién ganó las elecciones?", "What is this article about?", "test", "?", ""),
        *("what can you do about inflation", "who are you " * 50, "How does this work in Chile?", "¿Qué puede hacer Kast?"),
    ],
)
def test_a_question_to_the_articles_is_one_even_if_it_begins_with_a_greeting(text: str) -> None:
    assert remark(text, lambda: STATS) == ""


def test_an_empty_library_is_said_to_be_one() -> None:
    assert "no articles yet" in remark("hi", lambda: EMPTY)

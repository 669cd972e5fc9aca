from __future__ import annotations

import pytest

from rag.answer.told import Place, Telling, Told


def told(question: str, *places: Place) -> list[Told]:
    return Telling(question, places).told()


def test_words_that_say_the_same_are_met() -> None:
    same, other = told(
        "Who launched the petition?", Place("She started the petition.", None, ""), Place("It rained.", None, "")
    )
    assert same.own == same.plain == 1.0
    assert other.own == 0.0


def test_what_stands_around_a_sentence_counts_apart() -> None:
    places = (Place("The petition is for Vellby.", None, "Trees"), Place("It was begun by Ruth Amsel.", 0, "Trees"))
    _, second = told("Who began the petition in Vellby?", *places)
    assert second.own < second.near == 1.0
    assert second.named == 1.0


def test_the_title_counts_around_a_sentence() -> None:
    one, other = told("bees of Aldermoor", Place("Bees fly.", None, "Aldermoor"), Place("Bees fly.", None, ""))
    assert one.near == pytest.approx(1.0)
    assert other.near < 1.0


def test_a_question_without_words_lacks_nothing() -> None:
    (one,) = told("", Place("It rained.", None, ""))
    assert one == Told(1.0, 1.0, 1.0, 1.0)


def test_no_sentences_tell_nothing() -> None:
    assert told("Who won?") == []

"""The language of a text."""

import pytest

from eval.pages.stories import STORIES
from rag.ingest.language import language_of


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.key)
def test_language_of_each_story_and_of_each_long_paragraph(story) -> None:  # type: ignore[no-untyped-def]
    assert language_of("\n".join(story.paragraphs)) == story.language
    assert [language_of(line) for line in story.paragraphs if len(line) > 130] == [story.language] * sum(
        len(line) > 130 for line in story.paragraphs
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "De trein rijdt weer en dat is voor veel mensen een opluchting, zei de minister van verkeer na het "
            "debat met de kamer.",
            "nl",
        ),
        (
            "Tåget går igen och det är för många en lättnad, sade ministern som inte ville svara på flera frågor efter mötet.",
            "sv",
        ),
        (
            "Pociąg znów jeździ i dla wielu to ulga, powiedział minister, który nie chciał odpowiedzieć na "
            "pytania po spotkaniu, że się spóźni.",
            "pl",
        ),
        ("Поезд снова ходит, сообщил министр транспорта.", "ru"),
        ("Поїзд знову ходить, повідомив міністр, і це є добре.", "uk"),
        ("列車は再び走っていると大臣は述べた。", "ja"),
        ("火车又开了，部长说，许多人松了一口气。", "zh"),
        ("기차가 다시 달린다고 장관이 말했다.", "ko"),
        ("القطار يعمل من جديد، قال الوزير", "ar"),
        ("Το τρένο λειτουργεί ξανά, είπε ο υπουργός", "el"),
    ],
)
def test_other_languages(text: str, code: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize("text", ["", "Ana Ruiz", "12 34 56", "Bachelet Boric Kast", "x" * 5000, "| a | b |"])
def test_language_that_cannot_be_told_is_unknown(text: str) -> None:
    assert language_of(text) == ""

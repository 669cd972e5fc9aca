"""The conversation through the whole assistant, over three short articles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.converse.history import Exchange
from rag.shapes import answer_shape
from rag.types import Article, Finished, Found, Status, Understood, Working
from tests.conftest import make_article

FIRST = "Who was elected to lead the port union?"


@pytest.fixture
def assistant(config: Config, harbour: list[Article]) -> Iterator[Assistant]:
    spanish = make_article("Los bomberos apagaron el incendio en Iquique.", id="fuego", language="es")
    with Assistant.over([*harbour, spanish], config) as made:
        yield made


def test_a_follow_up_is_searched_as_it_was_meant_and_kept_as_it_was_typed(assistant: Assistant) -> None:
    history = [Exchange.of(assistant.ask(FIRST))]
    events = list(assistant.stream("Who did she replace?", history=history))
    assert isinstance(events[0], Understood)
    assert events[0].question == "Who did Ines Moreau replace?"
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.answer.question, last.answer.asked) == ("Who did she replace?", "Who did Ines Moreau replace?")
    assert answer_shape(last.answer)["asked"] == "Who did Ines Moreau replace?"
    found = next(event for event in events if isinstance(event, Found))
    assert found.hits[0].source.article_id == "union"


def test_a_question_that_stands_alone_is_answered_the_same_in_a_conversation(assistant: Assistant) -> None:
    alone = assistant.ask(FIRST)
    among = assistant.ask(FIRST, history=[Exchange("Who is Karl Voss?", "Karl Voss led the union.")])
    assert (among.text, among.asked) == (alone.text, "")


def test_small_talk_is_answered_without_a_search(assistant: Assistant) -> None:
    (only,) = assistant.stream("hi")
    assert isinstance(only, Finished)
    assert only.answer.status is Status.REMARK
    assert "4 articles" in only.answer.text
    assert (only.answer.hits, only.answer.citations, only.answer.model) == ((), (), "")
    assert any(isinstance(event, Working) for event in assistant.stream("Hi, who leads the port union?"))


def test_the_assistants_own_words_are_in_the_language_of_the_question(assistant: Assistant) -> None:
    answer = assistant.ask("¿Cuántas lunas tiene el planeta Júpiter?")
    assert answer.status is Status.ABSTAINED
    assert answer.text.startswith("Los artículos no responden a esta pregunta.")
    assert assistant.ask("How many moons does Jupiter have?").text.startswith("The articles do not answer this question.")

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from rag.converse.history import Exchange
from rag.errors import EmptyLibraryError, TransientError
from rag.types import Answer, Delta, Stage, Status, Understood, Working
from tests.ui.scripted import PAID, PAY, ScriptedAssistant, playing, quote
from ui.turn import BUG, Turn, history, take

ASKED = Turn(1, "What do the dockers want?")


def test_a_turn_goes_through_its_stages_to_an_answer_with_its_quotes_in_place() -> None:
    states = list(take(ASKED, lambda: playing(PAID)))  # type: ignore[arg-type,return-value]
    assert [state.stage for state in states if not state.is_done][-1] is Stage.CHECKING
    assert (states[0].is_begun, states[0].stage) == (True, None)
    assert [state.draft for state in states][-4:] == ["The dockers ", *["The dockers want more."] * 3]
    assert states[3].nearest[0].quote == quote(PAY)
    assert [state.is_done for state in states] == [False] * (len(states) - 1) + [True]
    last = states[-1]
    assert last.answer == PAID
    assert last.cited[1].before.endswith("began on Monday. ")
    assert last.cited[1].quote == quote(PAY)


def test_our_own_errors_are_told_in_their_words() -> None:
    assistant = ScriptedAssistant(lambda _: [Working(Stage.SEARCHING), TransientError("refused; try again")])
    *_, last = take(ASKED, lambda: assistant)  # type: ignore[arg-type,return-value]
    assert last == replace(ASKED, is_begun=True, error="refused; try again")


def test_a_library_that_cannot_be_opened_is_told_too() -> None:
    def missing() -> None:
        raise EmptyLibraryError("there is no library; type: rag ingest PATH")

    *_, last = take(ASKED, missing)  # type: ignore[arg-type]
    assert last.error == "there is no library; type: rag ingest PATH"


def test_a_bug_is_told_in_general_and_logged_in_full(caplog: pytest.LogCaptureFixture) -> None:
    assistant = ScriptedAssistant(lambda _: [ValueError("secret detail")])
    with caplog.at_level(logging.ERROR):
        *_, last = take(ASKED, lambda: assistant)  # type: ignore[arg-type,return-value]
    assert last.error == BUG
    assert "secret detail" in caplog.text


def test_closing_a_turn_stops_the_model() -> None:
    assistant = ScriptedAssistant(lambda _: [Delta("word ")] * 1000)
    states = take(ASKED, lambda: assistant)  # type: ignore[arg-type,return-value]
    next(states)
    next(states)
    states.close()
    assert assistant.closed.is_set()
    assert len(assistant.given) == 1


def test_an_article_removed_meanwhile_leaves_the_quote() -> None:
    *_, last = take(ASKED, lambda: playing(PAID, articles=()))  # type: ignore[arg-type,return-value]
    assert (last.cited[1].before, last.cited[1].quote.text, last.cited[1].after) == ("", PAY, "")


def test_what_a_follow_up_was_taken_to_mean_is_kept_and_the_earlier_answers_are_passed() -> None:
    assistant = ScriptedAssistant(lambda _: [Understood("Who opposes the dockers?"), Working(Stage.SEARCHING)])
    past = (Exchange("What do the dockers want?"),)
    states = list(take(replace(ASKED, question="who opposes them?"), lambda: assistant, past=past))  # type: ignore[arg-type,return-value]
    assert [state.asked for state in states] == ["", *["Who opposes the dockers?"] * 2]
    assert assistant.past == past


def test_a_question_leans_on_answers_alone() -> None:
    remark: Answer = replace(PAID, status=Status.REMARK, claims=(), citations=())
    turns = [
        replace(ASKED, answer=PAID),
        replace(ASKED, answer=remark),
        replace(ASKED, error="no"),
        replace(ASKED, is_stopped=True),
    ]
    assert history(turns) == (Exchange(PAID.question, "The dockers want 12% more pay.", (PAY,)),)

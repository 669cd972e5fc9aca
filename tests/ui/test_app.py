"""The page's own steps, without a browser: what each gives for the components to show."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import Mock

import gradio as gr
import pytest

from rag.errors import CorruptError
from rag.types import ANY, Delta, Stage, Working
from tests.ui.page_html import parse
from tests.ui.scripted import PAID, ScriptedAssistant, ScriptedBackend, playing
from ui.app import Page
from ui.examples import EXAMPLES, SEED_IDS
from ui.turn import Turn

Updates = dict[Any, Any]
SETTINGS = ("", "", "", "normal")
"""As the tab of settings has them at first."""


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop, and have the page made in one: outside of one, Gradio makes a loop and leaves it open."""

    @functools.wraps(test)
    def run(*args: Any, **options: Any) -> None:
        laid_out()
        asyncio.run(test(*args, **options))

    return run


def reader(name: str = "one") -> gr.Request:
    """Return a request of one open page."""
    return Mock(spec=gr.Request, session_hash=name)


@functools.cache
def laid_out() -> Page:
    """Return a page, made once since that takes half a second."""

    async def body() -> Page:
        return Page(ScriptedBackend(playing(PAID)))  # type: ignore[arg-type]

    return asyncio.run(body())


def page_over(assistant: ScriptedAssistant, **options: Any) -> Page:
    """Return the page over another assistant, with nobody reading it."""
    page = laid_out()
    page.screen.backend = ScriptedBackend(assistant, **options)
    page.answering._runs.clear()
    return page


async def asked(page: Page, question: str, turns: list[Turn] | None = None, who: str = "one") -> tuple[Updates, list[Updates]]:
    """Return what asking shows at once, and what follows."""
    screen = page.screen
    begun = await page.answering.ask(reader(who), question, turns or [], 0, "", ANY, *SETTINGS)
    open_id = begun.get(screen.shelf.open_id, "")
    return begun, [updates async for updates in page.answering.answer(begun.get(screen.turns, []), open_id, "", reader(who))]


def reply(updates: Updates, page: Page) -> str:
    """Return the HTML of the newest reply."""
    markup: str = updates[page.screen.chat][-1]["content"][0].value
    return markup


def held() -> ScriptedAssistant:
    """Return an assistant that begins to write and then waits."""
    return ScriptedAssistant(lambda _: [Working(Stage.WRITING), Delta("begun"), *[Delta("x")] * 100], hold_at=2)


@in_loop
async def test_a_question_shows_at_once_and_its_answer_follows() -> None:
    page = page_over(playing(PAID))
    begun, updates = await asked(page, "  What do they want? ")
    assert begun[page.screen.chat][0] == {"role": "user", "content": "What do they want?"}
    assert parse(reply(begun, page)).one(tag="section").classes == {"turn", "working"}
    assert (begun[page.screen.box].value, begun[page.screen.box].stop_btn) == ("", "Stop")
    last = updates[-1]
    assert "The dockers want 12% more pay." in parse(reply(last, page)).one(cls="answer").text
    assert [turn.answer for turn in last[page.screen.turns]] == [PAID]
    assert last[page.screen.box].stop_btn is False
    assert "12% more pay" in last[page.screen.announcer]
    assert page.answering._runs == {}


@in_loop
async def test_a_second_question_keeps_the_first_answer() -> None:
    page = page_over(playing(PAID))
    _, first = await asked(page, "One?")
    _, second = await asked(page, "Two?", first[-1][page.screen.turns])
    assert [(turn.number, turn.question) for turn in second[-1][page.screen.turns]] == [(1, "One?"), (2, "Two?")]
    assert len(second[-1][page.screen.chat]) == 4
    assert [one.question for one in page.screen.backend.scripted.past] == [PAID.question]  # type: ignore[attr-defined]


@in_loop
async def test_a_question_of_markup_and_broken_characters_is_text() -> None:
    page = page_over(playing(PAID))
    begun, _ = await asked(page, "<img src=x onerror=alert(1)> & \ud800 Bolivia's?")
    assert begun[page.screen.chat][0]["content"] == "&lt;img src=x onerror=alert(1)&gt; &amp; ? Bolivia's?"


@pytest.mark.parametrize(("question", "complaint"), [("  \n ", "Type a question"), ("x" * 100_000, "100,000 characters")])
@in_loop
async def test_what_is_no_question_is_said_below_the_box_and_stays_in_it(question: str, complaint: str) -> None:
    page = page_over(playing(PAID))
    begun, updates = await asked(page, question)
    assert list(begun) == [page.screen.hint]
    assert complaint in parse(begun[page.screen.hint]).one(cls="warning").text
    assert updates == [{page.screen.announcer: gr.skip()}]


@in_loop
async def test_an_example_is_asked_as_if_typed() -> None:
    page = page_over(playing(PAID))
    begun = await page._ask_example(reader(), Mock(spec=gr.SelectData, value={"text": "Example?"}), [], 0, "", ANY, *SETTINGS)
    assert begun[page.screen.turns] == [Turn(1, "Example?")]


@in_loop
async def test_stopping_shows_the_draft_and_stops_the_model() -> None:
    assistant = held()
    page = page_over(assistant)
    asking = asyncio.ensure_future(asked(page, "Long?"))
    await asyncio.sleep(0.2)
    assert list(await page.answering.stop([], "", "", reader())) == [page.screen.announcer]
    _, updates = await asyncio.wait_for(asking, 3)
    assistant.released.set()
    await asyncio.to_thread(assistant.closed.wait, 3)
    assert parse(reply(updates[-1], page)).one(cls="state").text == "Stopped"
    assert updates[-1][page.screen.turns][0].draft == "begun"
    assert assistant.closed.is_set()
    assert len(assistant.given) <= 3


@in_loop
async def test_stopping_nothing_is_harmless() -> None:
    page = page_over(playing(PAID))
    assert list(await page.answering.stop([], "", "", reader())) == [page.screen.announcer]
    _, updates = await asked(page, "What do they want?")
    assert list(await page.answering.stop(updates[-1][page.screen.turns], "", "", reader())) == [page.screen.announcer]


@in_loop
async def test_stopping_in_line_ends_the_turn_that_never_begins() -> None:
    assistant = playing(PAID)
    page = page_over(assistant)
    begun = await page.answering.ask(reader(), "Queued?", [], 0, "", ANY, *SETTINGS)
    stopped = await page.answering.stop(begun[page.screen.turns], begun[page.screen.shelf.open_id], "", reader())
    assert [turn.is_stopped for turn in stopped[page.screen.turns]] == [True]
    assert stopped[page.screen.box].stop_btn is False
    assert [one async for one in page.answering.answer(stopped[page.screen.turns], "", "", reader())] == [
        {page.screen.announcer: gr.skip()}
    ]
    assert assistant.given == []


@in_loop
async def test_a_full_line_is_told() -> None:
    page = page_over(playing(PAID))
    begun = await page.answering.ask(reader(), "Refused?", [], 0, "", ANY, *SETTINGS)
    refused = page.answering.refuse(begun[page.screen.turns], begun[page.screen.shelf.open_id], "", reader())
    assert "Too many questions are waiting" in parse(reply(refused, page)).one(cls="problem").text


@pytest.mark.parametrize("leaves", [False, True])
@in_loop
async def test_a_new_chat_or_a_closed_page_stops_the_model_and_shows_no_more_of_it(leaves: bool) -> None:
    assistant = held()
    page = page_over(assistant)
    asking = asyncio.ensure_future(asked(page, "Long?"))
    await asyncio.sleep(0.2)
    if leaves:
        page.answering.leave(reader())
    else:
        assert page.revisiting.begin_anew("", reader())[page.screen.turns] == []
    _, updates = await asyncio.wait_for(asking, 3)
    assistant.released.set()
    await asyncio.to_thread(assistant.closed.wait, 3)
    assert not any(page.screen.turns in one for one in updates)
    assert assistant.closed.is_set()
    assert page.answering._runs == {}


@in_loop
async def test_two_readers_are_answered_apart() -> None:
    page = page_over(playing(PAID))
    mine, yours = await asyncio.gather(asked(page, "Mine?", who="one"), asked(page, "Yours?", who="two"))
    assert [turn.question for turn in mine[1][-1][page.screen.turns]] == ["Mine?"]
    assert [turn.question for turn in yours[1][-1][page.screen.turns]] == ["Yours?"]


@in_loop
async def test_the_greeting_offers_examples_only_for_the_sample_articles() -> None:
    page = page_over(playing(PAID))
    assert page.greet()[page.screen.chat].examples == []
    page = page_over(playing(PAID), ids=SEED_IDS)
    assert [one["text"] for one in page.greet()[page.screen.chat].examples] == [one.question for one in EXAMPLES]


@in_loop
async def test_a_library_that_cannot_be_read_is_told_at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_over(playing(PAID))
    monkeypatch.setattr(
        page.screen.backend, "stats", Mock(side_effect=CorruptError("the library is damaged; type: rag doctor"))
    )
    assert "rag doctor" in parse(page.greet()[page.masthead]).one(cls="library").text


@in_loop
async def test_closing_ends_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = held()
    page = page_over(assistant)
    monkeypatch.setattr(page.blocks, "app", Mock(), raising=False)
    asking = asyncio.ensure_future(asked(page, "Long?"))
    await asyncio.sleep(0.2)
    page.close()
    await asyncio.wait_for(asking, 3)
    assistant.released.set()
    page.blocks.app.stop_event.set.assert_called_once()

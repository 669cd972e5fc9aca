"""Questions asked on the page: shown at once, answered in the background, stopped, refused, and kept when they are done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.assistant import MAX_QUESTION
from rag.errors import NewsRagError
from rag.types import Filter
from ui.accounts.caller import caller_of
from ui.chatbox import announcement, messages, warning
from ui.render import spoken
from ui.run import Run
from ui.screen import Screen, Updates
from ui.shelf import marker_html
from ui.turn import Turn, history, take
from ui.welcome import HINT
from ui.wish import wish_of


class Answering:
    """The turns that are being answered: one at most of each open page."""

    def __init__(self, screen: Screen) -> None:
        """Answer nothing yet."""
        self._screen = screen
        self._runs: dict[str, Run] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a reader waits for the end of an answer that they see."""
        return any(run.is_begun for run in self._runs.values())

    async def ask(
        self, request: gr.Request, question: str, turns: list[Turn], editing: int, open_id: str, where: Filter, *settings: Any
    ) -> Updates:
        """Show the question at once, and have it wait in line for its answer.

        Args:
            editing: Number of the question that it takes the place of; 0 for a new one.
            settings: As `SettingsTab.inputs` has them.
        """
        screen = self._screen
        question = question.strip().encode("utf-8", "replace").decode()  # half a surrogate pair can be sent, but not stored
        if not question:
            return screen.warned("Type a question first.")
        if len(question) > MAX_QUESTION:
            return screen.warned(f"That is {len(question):,} characters; a question has {MAX_QUESTION:,} at most.")
        try:
            wish = wish_of(*settings)
        except ValueError as error:
            return screen.warned(f"In the settings: {error}.")
        where = replace(where, as_of=wish.as_of)
        self.drop(request)
        turns = turns[: editing - 1] if editing else turns
        hint = HINT
        try:
            begin = screen.thread(request).begin  # in a thread: where conversations are kept may be slow, or away
            open_id = await asyncio.to_thread(begin, open_id, where, n_kept=len(turns))
        except NewsRagError as error:
            open_id, hint = "", warning(f"This conversation cannot be kept: {error}")
        turn = Turn(len(turns) + 1, question)
        backend = screen.backend
        how = wish.how(where, configured=backend.config.llm.model)
        states = take(turn, backend.assistant, past=history(turns), **how)
        self._runs[session(request)] = Run(turn, states, line=backend.line, who=caller_of(request).paying)
        return {
            screen.box: gr.Textbox(value="", submit_btn=False, stop_btn="Stop"),
            screen.chat: [*messages(turns), *messages([turn])],
            screen.turns: [*turns, turn],
            screen.hint: hint,
            screen.editing: 0,
            screen.shelf.open_id: open_id,
            screen.shelf.marker: marker_html(open_id),
            screen.announcer: announcement(spoken(turn)),
        }

    async def answer(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> AsyncIterator[Updates]:
        """Show the newest turn's states, until it is answered, stopped, or the reader began anew."""
        yield {self._screen.announcer: gr.skip()}  # Gradio empties what a generator without values was to show
        run = self._runs.get(session(request))
        if run is None or run.is_begun:
            return
        past = messages(turns[:-1])
        async for turn in run.states():
            if self._runs.get(session(request)) is not run:
                return
            if turn.is_done:
                yield await asyncio.to_thread(self._state, past, turns[:-1], turn, open_id, words, request)
            else:
                yield self._state(past, turns[:-1], turn, open_id, words, request)
        self.drop(request)

    async def stop(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> Updates:
        """End the newest turn: once it has begun it tells so itself, while it waits in line it never begins."""
        run = self._runs.get(session(request))
        if run is not None and run.is_begun:
            run.stop()
            return {self._screen.announcer: announcement("Stopping…")}
        return self._give_up(turns, open_id, words, request, is_stopped=True)

    def refuse(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> Updates:
        """Tell the reader that the line is full."""
        error = "Too many questions are waiting. Please ask again in a moment."
        return self._give_up(turns, open_id, words, request, error=error)

    def leave(self, request: gr.Request) -> None:
        """Stop the model of a reader who closed the page."""
        self.drop(request)

    def drop(self, request: gr.Request) -> None:
        """Stop the reader's present turn, if there is one, and show nothing more of it."""
        run = self._runs.pop(session(request), None)
        if run is not None:
            run.stop()

    def close(self) -> None:
        """Stop all models at their next word. Called from the event loop."""
        for run in list(self._runs.values()):
            run.stop()

    def _give_up(self, turns: list[Turn], open_id: str, words: str, request: gr.Request, **end: Any) -> Updates:
        """End a turn that has not begun."""
        self.drop(request)
        if not turns or turns[-1].is_done:
            return {self._screen.announcer: announcement("")}
        return self._state(messages(turns[:-1]), turns[:-1], replace(turns[-1], **end), open_id, words, request)

    def _state(
        self, past: list[dict[str, Any]], earlier: list[Turn], turn: Turn, open_id: str, words: str, request: gr.Request
    ) -> Updates:
        """Show a state of the newest turn; the last one is kept, and the next question may be asked.

        Args:
            past: What the chat shows of the `earlier` turns.
        """
        screen = self._screen
        updates: Updates = {screen.chat: [*past, *messages([turn])], screen.announcer: announcement(spoken(turn))}
        if turn.is_done:
            updates[screen.turns] = [*earlier, turn]
            updates[screen.box] = gr.Textbox(submit_btn="Ask", stop_btn=False)
            try:
                screen.thread(request).keep(open_id, turn)
                updates[screen.shelf.shown] = screen.shelf.listed(words, open_id, request)
            except NewsRagError as error:
                updates[screen.hint] = warning(f"This answer was not kept: {error}")
        return updates


def session(request: gr.Request) -> str:
    """Return what tells one open page from another."""
    return request.session_hash or ""

"""The page itself: Gradio's chat, wired to turns that are answered in the background."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components.chatbot import ComponentMessage

from rag.assistant import MAX_QUESTION
from rag.errors import NewsRagError
from ui.backend import Backend
from ui.markup import text
from ui.render import spoken, turn_html
from ui.run import Run
from ui.turn import Turn, history, take
from ui.welcome import HINT, examples_shown, library_line, masthead, welcome

TITLE = "Ask the news"

Updates = dict[Any, Any]
"""New values by component; a component that is left out stays as it is."""


class Page:
    """One page for all readers: what they see is theirs alone, the assistant behind it is shared."""

    def __init__(self, backend: Backend) -> None:
        """Lay out the page and wire its events."""
        self._backend = backend
        self._runs: dict[str, Run] = {}
        with gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, fill_width=True) as self.blocks:
            self._turns = gr.State([])
            with gr.Row(elem_id="masthead"):
                self._masthead = gr.HTML(masthead(TITLE, ""), elem_id="title")
                self._new = gr.Button("New chat", size="sm", elem_id="new-chat")
            self._chat = _conversation()
            with gr.Column(elem_id="composer"):
                self._box = _question_box()
                self._hint = gr.HTML(HINT, elem_id="hint")
            self._announcer = gr.HTML(announcement(""), elem_id="announcer")
            self._wire()
        page = backend.config.page
        self.blocks.queue(max_size=page.queue, default_concurrency_limit=page.concurrency, api_open=False)

    def _wire(self) -> None:
        """Connect what readers do with what then happens. Nothing is offered as an API."""
        started = [self._box, self._chat, self._turns, self._hint, self._announcer]
        followed = [self._box, self._chat, self._turns, self._announcer]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.blocks.load(self._greet, None, [self._masthead, self._chat], queue=False, **quiet)
        for begun in (
            self._box.submit(self._ask, [self._box, self._turns], started, queue=False, **quiet),
            self._chat.example_select(self._ask_example, [self._turns], started, queue=False, **quiet),
        ):
            begun.then(
                self._answer,
                [self._turns],
                followed,
                concurrency_limit=self._backend.config.page.concurrency,
                concurrency_id="answer",
                **quiet,
            ).failure(self._refuse, [self._turns], followed, queue=False, **quiet)
        self._box.stop(self._stop, [self._turns], followed, queue=False, **quiet)
        self._new.click(self._reset, None, started, queue=False, **quiet)
        self.blocks.unload(self._leave)

    def _greet(self) -> Updates:
        """Tell a reader who opens the page what is in the library, and what to ask or to type."""
        try:
            stats, article_ids = self._backend.stats(), self._backend.article_ids()
        except NewsRagError as error:
            return {self._masthead: masthead(TITLE, str(error))}
        examples = examples_shown(article_ids)
        return {
            self._masthead: masthead(TITLE, library_line(stats), self._backend.config.llm.model),
            self._chat: gr.Chatbot(
                placeholder=welcome(stats, self._backend.config.library.path, has_examples=bool(examples)),
                examples=examples,
            ),
        }

    async def _ask(self, question: str, turns: list[Turn], request: gr.Request) -> Updates:
        """Show the question at once, and have it wait in line for its answer."""
        question = question.strip().encode("utf-8", "replace").decode()  # half a surrogate pair can be sent, but not stored
        if not question:
            return {self._hint: warning("Type a question first.")}
        if len(question) > MAX_QUESTION:
            return {self._hint: warning(f"That is {len(question):,} characters; a question has {MAX_QUESTION:,} at most.")}
        turn = Turn(len(turns) + 1, question)
        self._drop(request)
        self._runs[session(request)] = Run(turn, take(turn, self._backend.assistant, past=history(turns)))
        return {
            self._box: gr.Textbox(value="", submit_btn=False, stop_btn="Stop"),
            self._chat: [*messages(turns), *messages([turn])],
            self._turns: [*turns, turn],
            self._hint: HINT,
            self._announcer: announcement(spoken(turn)),
        }

    async def _ask_example(self, turns: list[Turn], request: gr.Request, selected: gr.SelectData) -> Updates:
        """Ask one of the example questions."""
        return await self._ask(selected.value["text"], turns, request)

    async def _answer(self, turns: list[Turn], request: gr.Request) -> AsyncIterator[Updates]:
        """Show the newest turn's states, until it is answered, stopped, or the reader began anew."""
        yield {self._announcer: gr.skip()}  # Gradio empties what a generator without values was to show
        run = self._runs.get(session(request))
        if run is None:
            return
        past = messages(turns[:-1])
        async for turn in run.states():
            if self._runs.get(session(request)) is not run:
                return
            yield self._state(past, turns[:-1], turn)
        self._drop(request)

    async def _stop(self, turns: list[Turn], request: gr.Request) -> Updates:
        """End the newest turn: once it has begun it tells so itself, while it waits in line it never begins."""
        run = self._runs.get(session(request))
        if run is not None and run.is_begun:
            run.stop()
            return {self._announcer: announcement("Stopping…")}
        return self._give_up(turns, request, is_stopped=True)

    def _refuse(self, turns: list[Turn], request: gr.Request) -> Updates:
        """Tell the reader that the line is full."""
        return self._give_up(turns, request, error="Too many questions are waiting. Please ask again in a moment.")

    def _give_up(self, turns: list[Turn], request: gr.Request, **end: Any) -> Updates:
        """End a turn that has not begun."""
        self._drop(request)
        if not turns or turns[-1].is_done:
            return {self._announcer: announcement("")}
        return self._state(messages(turns[:-1]), turns[:-1], replace(turns[-1], **end))

    def _state(self, past: list[dict[str, Any]], earlier: list[Turn], turn: Turn) -> Updates:
        """Show a state of the newest turn; the last one is kept, and the next question may be asked.

        Args:
            past: What the chat shows of the `earlier` turns.
        """
        updates: Updates = {self._chat: [*past, *messages([turn])], self._announcer: announcement(spoken(turn))}
        if turn.is_done:
            updates[self._turns] = [*earlier, turn]
            updates[self._box] = gr.Textbox(submit_btn="Ask", stop_btn=False)
        return updates

    def _reset(self, request: gr.Request) -> Updates:
        """Begin a new conversation."""
        self._drop(request)
        return {
            self._box: gr.Textbox(value="", submit_btn="Ask", stop_btn=False),
            self._chat: [],
            self._turns: [],
            self._hint: HINT,
            self._announcer: announcement("New chat."),
        }

    def _leave(self, request: gr.Request) -> None:
        """Stop the model of a reader who closed the page."""
        self._drop(request)

    def _drop(self, request: gr.Request) -> None:
        """Stop the reader's present turn, if there is one, and show nothing more of it."""
        run = self._runs.pop(session(request), None)
        if run is not None:
            run.stop()

    def close(self) -> None:
        """End every stream: the models at their next word, and Gradio's heartbeats. Called from the event loop."""
        for run in list(self._runs.values()):
            run.stop()
        self.blocks.app.stop_event.set()


def _conversation() -> gr.Chatbot:
    """Return the chat; neither what readers say, which is shown as it is, nor answers, markup of ours, are Markdown."""
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        layout="panel",
        buttons=[],
        render_markdown=False,
        latex_delimiters=[],
        autoscroll=False,
        height=None,
    )


def _question_box() -> gr.Textbox:
    """Return the box that questions are typed into, with its button."""
    return gr.Textbox(
        elem_id="question",
        label="Your question",
        show_label=False,
        placeholder="Ask the articles…",
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn="Ask",
        stop_btn=False,
    )


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return turns as the chat component takes them: the question as text, the reply as markup of ours."""
    shown: list[dict[str, Any]] = []
    for turn in turns:
        # The component renders tags even in messages that are not Markdown, so the question is escaped.
        shown.append({"role": "user", "content": text(turn.question)})
        # `gr.HTML(…)` would be made anew for every message at every state; its serialised form costs 1/150 of that.
        reply = ComponentMessage(component="html", value=turn_html(turn), constructor_args={}, props={})
        shown.append({"role": "assistant", "content": [reply]})
    return shown


def announcement(words: str) -> str:
    """Return what screen readers are to say next."""
    return f'<p role="status" aria-live="polite">{text(words)}</p>'


def warning(words: str) -> str:
    """Return a line under the question box that says what is wrong with it."""
    return f'<p role="alert" class="warning">{text(words)}</p>'


def session(request: gr.Request) -> str:
    """Return what tells one open page from another."""
    return request.session_hash or ""

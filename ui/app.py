"""The page itself: Gradio's chat, wired to turns that are answered in the background and kept in conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import gradio as gr
from gradio.components.chatbot import ComponentMessage

from rag.assistant import MAX_QUESTION
from rag.errors import NewsRagError
from rag.types import ANY, Article, Filter
from ui.accounts.caller import caller_of
from ui.backend import Backend
from ui.bridge import bridge, pressed
from ui.evals_tab import EvalsTab
from ui.examples import examples_for
from ui.library_tab import LibraryTab
from ui.markup import text
from ui.render import spoken, turn_html
from ui.run import Run
from ui.scope import scope_html
from ui.settings_tab import SettingsTab, day_of
from ui.shelf import Shelf, marker_html
from ui.thread import Thread
from ui.turn import Turn, history, take
from ui.welcome import HINT, examples_shown, library_line, masthead, welcome

TITLE = "Ask the news"
LOOKED_AT = 12
"""Newest articles that first questions are made of."""

MOST_WAITING = 10_000
"""Events of all pages that may wait; questions have a shorter line of their own."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

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
            self._editing = gr.State(0)
            self._bridge = bridge(lambda article_id: self._backend.assistant().library.article(article_id))
            self._shelf = Shelf(lambda: self._backend.conversations())
            with gr.Row(elem_id="masthead"):
                self._masthead = gr.HTML(masthead(TITLE, ""), elem_id="title")
                self._new = gr.Button("New chat", size="sm", elem_id="new-chat")
            with gr.Tabs(elem_id="tabs", selected="ask") as self._tabs:
                with gr.Tab("Ask", id="ask", elem_id="tab-ask"):
                    self._chat = _conversation()
                    with gr.Column(elem_id="composer"):
                        self._scope = gr.HTML("", elem_id="scope")
                        self._box = _question_box()
                        self._hint = gr.HTML(HINT, elem_id="hint")
                with gr.Tab("Library", id="library", elem_id="tab-library"):
                    self._library = LibraryTab(backend)
                with gr.Tab("Evals", id="evals", elem_id="tab-evals"):
                    self._evals = EvalsTab()
                with gr.Tab("Settings", id="settings", elem_id="tab-settings"):
                    self._settings = SettingsTab(backend)
            self._announcer = gr.HTML(announcement(""), elem_id="announcer")
            self._wire()
        self.blocks.queue(max_size=MOST_WAITING, default_concurrency_limit=backend.config.page.concurrency, api_open=False)

    def _wire(self) -> None:
        """Connect what readers do with what then happens. Nothing is offered as an API."""
        shelf, where = self._shelf, self._library.where
        how = [self._turns, self._editing, shelf.open_id, where, self._settings.model, self._settings.as_of]
        started = [self._box, self._chat, self._turns, self._hint, self._announcer, self._editing, shelf.open_id, shelf.marker]
        followed = [self._box, self._chat, self._turns, self._announcer, self._hint, shelf.shown]
        shown = [*started, shelf.shown, where, self._scope, self._tabs]
        kept = [self._turns, shelf.open_id, shelf.search]
        self.blocks.load(self._greet, None, [self._masthead, self._chat], queue=False, **QUIET).then(
            self._arrive, None, [shelf.shown], queue=False, **QUIET
        )
        for begun in (
            self._box.submit(self._ask, [self._box, *how], started, queue=False, **QUIET),
            self._chat.example_select(self._ask_example, how, started, queue=False, **QUIET),
            self._bridge.click(self._act, [shelf.search, self._turns, *how[2:]], shown, queue=False, **QUIET),
        ):
            begun.then(
                self._answer,
                kept,
                followed,
                concurrency_limit=None,  # questions have a line of their own
                **QUIET,
            ).failure(self._refuse, kept, followed, queue=False, **QUIET)
        self._box.stop(self._stop, kept, followed, queue=False, **QUIET)
        self._new.click(self._reset, [shelf.search], shown, queue=False, **QUIET)
        shelf.wire()
        self._library.wire(self.blocks, self._bridge, self._scope, self._tabs)
        self._evals.wire(self.blocks)
        self._settings.wire(self.blocks)
        self.blocks.unload(self._leave)

    def _greet(self) -> Updates:
        """Tell a reader who opens the page what is in the library, and what to ask or to type."""
        try:
            stats, article_ids = self._backend.stats(), self._backend.article_ids()
            examples = examples_shown(article_ids, self._newest) if stats else []
        except NewsRagError as error:
            return {self._masthead: masthead(TITLE, str(error))}
        leaves_open = any(not example.is_answered for example in examples_for(article_ids))
        path = self._backend.config.library.path
        return {
            self._masthead: masthead(TITLE, library_line(stats), self._backend.config.llm.model),
            self._chat: gr.Chatbot(
                placeholder=welcome(stats, path, has_examples=bool(examples), leaves_open=leaves_open), examples=examples
            ),
        }

    def _newest(self) -> Iterator[Article]:
        library = self._backend.assistant().library
        for source in islice(library.sources(), LOOKED_AT):
            yield library.article(source.article_id)

    def _arrive(self, request: gr.Request) -> Updates:
        """Show what conversations there are; one that the address names is opened by the script."""
        return {self._shelf.shown: self._shelf.listed("", "", request)}

    async def _ask(
        self,
        question: str,
        turns: list[Turn],
        editing: int,
        open_id: str,
        where: Filter,
        model: str | None,
        as_of: str,
        request: gr.Request,
    ) -> Updates:
        """Show the question at once, and have it wait in line for its answer."""
        question = question.strip().encode("utf-8", "replace").decode()  # half a surrogate pair can be sent, but not stored
        if not question:
            return {self._hint: warning("Type a question first.")}
        if len(question) > MAX_QUESTION:
            return {self._hint: warning(f"That is {len(question):,} characters; a question has {MAX_QUESTION:,} at most.")}
        try:
            where = replace(where, as_of=day_of(as_of or ""))
        except ValueError:
            return {self._hint: warning("The as-of day in the settings is none; write it like 2025-03-31.")}
        self._drop(request)
        turns = turns[: editing - 1] if editing else turns
        thread = self._thread(request)
        hint = HINT
        try:
            open_id = thread.begin(open_id, where, n_kept=len(turns))
        except NewsRagError as error:
            open_id, hint = "", warning(f"This conversation cannot be kept: {error}")
        turn = Turn(len(turns) + 1, question)
        how: dict[str, Any] = {} if where == ANY else {"where": where}
        if model and model != self._backend.config.llm.model:
            how["llm"] = model
        states = take(turn, self._backend.assistant, past=history(turns), **how)
        self._runs[session(request)] = Run(turn, states, line=self._backend.line, who=caller_of(request).paying)
        return {
            self._box: gr.Textbox(value="", submit_btn=False, stop_btn="Stop"),
            self._chat: [*messages(turns), *messages([turn])],
            self._turns: [*turns, turn],
            self._hint: hint,
            self._editing: 0,
            self._shelf.open_id: open_id,
            self._shelf.marker: marker_html(open_id),
            self._announcer: announcement(spoken(turn)),
        }

    async def _ask_example(
        self,
        turns: list[Turn],
        editing: int,
        open_id: str,
        where: Filter,
        model: str | None,
        as_of: str,
        request: gr.Request,
        selected: gr.SelectData,
    ) -> Updates:
        """Ask one of the example questions."""
        return await self._ask(selected.value["text"], turns, editing, open_id, where, model, as_of, request)

    async def _act(
        self,
        words: str,
        turns: list[Turn],
        open_id: str,
        where: Filter,
        model: str | None,
        as_of: str,
        request: gr.Request,
        event: gr.EventData,
    ) -> Updates:
        """Do what a button of ours says; what is no button of the chat's is left to others."""
        what = pressed(event)
        number = int(what["turn"]) if what.get("turn", "").isdigit() else 0
        match what.get("act"):
            case "ask":
                return await self._ask(what.get("text", ""), turns, 0, open_id, where, model, as_of, request)
            case "retry" if 0 < number <= len(turns):
                question = turns[number - 1].question
                return await self._ask(question, turns, number, open_id, where, model, as_of, request)
            case "edit" if 0 < number <= len(turns):
                question = turns[number - 1].question
                return {self._box: gr.Textbox(value=question), self._editing: number, self._hint: editing_hint(number)}
            case "leave-edit":
                return {self._box: gr.Textbox(value=""), self._editing: 0, self._hint: HINT}
            case "like" | "dislike" if 0 < number <= len(turns):
                return self._judge(turns, number, what["act"] == "like", open_id, request)
            case "open":
                return self._open(what.get("id", ""), words, request)
            case "rename" | "delete":
                return self._change(what, words, open_id, request)
            case "everything":
                return {self._library.where: ANY, self._scope: ""}
        return {self._announcer: gr.skip()}

    def _open(self, wanted: str, words: str, request: gr.Request) -> Updates:
        """Show a conversation that was kept."""
        self._drop(request)
        try:
            turns, where = self._thread(request).turns(wanted)
        except NewsRagError as error:
            told = {**self._empty(words, request), self._hint: warning(str(error))}
            return {**told, self._shelf.shown: self._shelf.listed(words, "", request)}
        return {
            **self._empty(words, request),
            self._chat: messages(turns),
            self._turns: turns,
            self._announcer: announcement(f"{len(turns)} questions."),
            self._shelf.open_id: wanted,
            self._shelf.marker: marker_html(wanted),
            self._shelf.shown: self._shelf.listed(words, wanted, request),
            self._library.where: where,
            self._scope: scope_html(where),
            self._tabs: gr.Tabs(selected="ask"),
        }

    def _change(self, what: dict[str, str], words: str, open_id: str, request: gr.Request) -> Updates:
        """Rename or delete a conversation."""
        wanted = what.get("id", "")
        store, owner = self._backend.conversations(), caller_of(request).owner
        try:
            if what["act"] == "rename":
                store.rename(owner, wanted, what.get("title", ""))
            else:
                store.delete(owner, wanted)
        except NewsRagError as error:
            return {self._hint: warning(str(error))}
        if what["act"] == "delete" and wanted == open_id:
            return self._reset(words, request)
        return {self._shelf.shown: self._shelf.listed(words, open_id, request)}

    def _judge(self, turns: list[Turn], number: int, is_liked: bool, open_id: str, request: gr.Request) -> Updates:
        """Keep what the reader thinks of an answer; the same again takes it back."""
        turn = turns[number - 1]
        liked = None if turn.liked is is_liked else is_liked
        try:
            self._thread(request).judge(open_id, number, liked)
        except NewsRagError as error:
            return {self._hint: warning(str(error))}
        turns = [*turns[: number - 1], replace(turn, liked=liked), *turns[number:]]
        return {self._turns: turns, self._chat: messages(turns), self._announcer: announcement("Noted, thank you.")}

    async def _answer(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> AsyncIterator[Updates]:
        """Show the newest turn's states, until it is answered, stopped, or the reader began anew."""
        yield {self._announcer: gr.skip()}  # Gradio empties what a generator without values was to show
        run = self._runs.get(session(request))
        if run is None or run.is_begun:
            return
        past = messages(turns[:-1])
        async for turn in run.states():
            if self._runs.get(session(request)) is not run:
                return
            yield self._state(past, turns[:-1], turn, open_id, words, request)
        self._drop(request)

    async def _stop(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> Updates:
        """End the newest turn: once it has begun it tells so itself, while it waits in line it never begins."""
        run = self._runs.get(session(request))
        if run is not None and run.is_begun:
            run.stop()
            return {self._announcer: announcement("Stopping…")}
        return self._give_up(turns, open_id, words, request, is_stopped=True)

    def _refuse(self, turns: list[Turn], open_id: str, words: str, request: gr.Request) -> Updates:
        """Tell the reader that the line is full."""
        error = "Too many questions are waiting. Please ask again in a moment."
        return self._give_up(turns, open_id, words, request, error=error)

    def _give_up(self, turns: list[Turn], open_id: str, words: str, request: gr.Request, **end: Any) -> Updates:
        """End a turn that has not begun."""
        self._drop(request)
        if not turns or turns[-1].is_done:
            return {self._announcer: announcement("")}
        return self._state(messages(turns[:-1]), turns[:-1], replace(turns[-1], **end), open_id, words, request)

    def _state(
        self, past: list[dict[str, Any]], earlier: list[Turn], turn: Turn, open_id: str, words: str, request: gr.Request
    ) -> Updates:
        """Show a state of the newest turn; the last one is kept, and the next question may be asked.

        Args:
            past: What the chat shows of the `earlier` turns.
        """
        updates: Updates = {self._chat: [*past, *messages([turn])], self._announcer: announcement(spoken(turn))}
        if turn.is_done:
            updates[self._turns] = [*earlier, turn]
            updates[self._box] = gr.Textbox(submit_btn="Ask", stop_btn=False)
            try:
                self._thread(request).keep(open_id, turn)
                updates[self._shelf.shown] = self._shelf.listed(words, open_id, request)
            except NewsRagError as error:
                updates[self._hint] = warning(f"This answer was not kept: {error}")
        return updates

    def _empty(self, words: str, request: gr.Request) -> Updates:
        """Return the page without a conversation."""
        return {
            self._box: gr.Textbox(value="", submit_btn="Ask", stop_btn=False),
            self._chat: [],
            self._turns: [],
            self._editing: 0,
            self._hint: HINT,
            self._shelf.open_id: "",
            self._shelf.marker: marker_html(""),
            self._shelf.shown: self._shelf.listed(words, "", request),
        }

    def _reset(self, words: str, request: gr.Request) -> Updates:
        """Begin a new conversation; what it is limited to stays."""
        self._drop(request)
        return {**self._empty(words, request), self._announcer: announcement("New chat."), self._tabs: gr.Tabs(selected="ask")}

    def _thread(self, request: gr.Request) -> Thread:
        """Return the reader's conversations."""
        return Thread(self._backend, caller_of(request).owner)

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


def editing_hint(number: int) -> str:
    """Return the line under the question box while an earlier question is changed."""
    return (
        f'<p role="status">You are changing question {number}; asking it drops what came after. '
        '<button type="button" data-act="leave-edit">Leave it</button></p>'
    )


def session(request: gr.Request) -> str:
    """Return what tells one open page from another."""
    return request.session_hash or ""

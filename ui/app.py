"""The page itself: its parts laid out, and what readers do connected with what then happens."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterator
from itertools import islice
from typing import Any

import gradio as gr

from rag.errors import NewsRagError
from rag.types import ANY, Article, Filter
from ui.answering import Answering
from ui.backend import Backend
from ui.bridge import bridge, pressed
from ui.chatbox import announcement, conversation, editing_hint, question_box
from ui.evals_tab import EvalsTab
from ui.examples import examples_for
from ui.library_tab import LibraryTab
from ui.revisiting import Revisiting
from ui.screen import Screen, Updates
from ui.settings_tab import SettingsTab, kept_settings
from ui.shelf import Shelf
from ui.turn import Turn
from ui.welcome import HINT, examples_shown, library_days, library_line, masthead, welcome

TITLE = "Ask the news"
LOOKED_AT = 12
"""Newest articles that first questions are made of."""

MOST_WAITING = 10_000
"""Events of all pages that may wait; questions have a shorter line of their own."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Page:
    """One page for all readers: what they see is theirs alone, the assistant behind it is shared."""

    def __init__(self, backend: Backend) -> None:
        """Lay out the page and wire its events."""
        with gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, fill_width=True) as self.blocks:
            self._bridge = bridge(lambda article_id: self.screen.backend.assistant().library.article(article_id))
            kept = kept_settings()
            shelf = Shelf(lambda: self.screen.backend.conversations())
            with gr.Row(elem_id="masthead"):
                self.masthead = gr.HTML(masthead(TITLE, ""), elem_id="title")
                self._new = gr.Button("New chat", size="sm", elem_id="new-chat")
            with gr.Tabs(elem_id="tabs", selected="ask") as tabs:
                with gr.Tab("Ask", id="ask", elem_id="tab-ask"):
                    chat = conversation()
                    with gr.Column(elem_id="composer"):
                        scope = gr.HTML("", elem_id="scope")
                        self._wished = gr.HTML("", elem_id="wished")
                        box = question_box()
                        hint = gr.HTML(HINT, elem_id="hint")
                with gr.Tab("Library", id="library", elem_id="tab-library"):
                    self._library = LibraryTab(backend)
                with gr.Tab("Evals", id="evals", elem_id="tab-evals"):
                    self._evals = EvalsTab()
                with gr.Tab("Settings", id="settings", elem_id="tab-settings"):
                    self._settings = SettingsTab(backend, kept)
            self.screen = Screen(
                backend=backend,
                chat=chat,
                box=box,
                hint=hint,
                scope=scope,
                announcer=gr.HTML(announcement(""), elem_id="announcer"),
                tabs=tabs,
                turns=gr.State([]),
                editing=gr.State(0),
                where=self._library.where,
                as_of=self._settings.as_of,
                shelf=shelf,
            )
            self.answering = Answering(self.screen)
            self.revisiting = Revisiting(self.screen, self.answering)
            self._wire()
        self.blocks.queue(max_size=MOST_WAITING, default_concurrency_limit=backend.config.page.concurrency, api_open=False)

    def _wire(self) -> None:
        """Connect what readers do with what then happens. Nothing is offered as an API."""
        screen, shelf = self.screen, self.screen.shelf
        how = [screen.turns, screen.editing, shelf.open_id, screen.where, *self._settings.inputs]
        started = [screen.box, screen.chat, screen.turns, screen.hint, screen.announcer, screen.editing]
        started += [shelf.open_id, shelf.marker]
        followed = [screen.box, screen.chat, screen.turns, screen.announcer, screen.hint, shelf.shown]
        shown = [*started, shelf.shown, screen.where, screen.scope, screen.as_of, screen.tabs]
        kept = [screen.turns, shelf.open_id, shelf.search]
        self.blocks.load(self.greet, None, [self.masthead, screen.chat], queue=False, **QUIET).then(
            self._arrive, None, [shelf.shown], queue=False, **QUIET
        )
        for begun in (
            screen.box.submit(self.answering.ask, [screen.box, *how], started, queue=False, **QUIET),
            screen.chat.example_select(self._ask_example, how, started, queue=False, **QUIET),
            self._bridge.click(self._act, [shelf.search, *how], shown, queue=False, **QUIET),
        ):
            begun.then(
                self.answering.answer,
                kept,
                followed,
                concurrency_limit=None,  # questions have a line of their own
                **QUIET,
            ).failure(self.answering.refuse, kept, followed, queue=False, **QUIET)
        screen.box.stop(self.answering.stop, kept, followed, queue=False, **QUIET)
        self._new.click(self.revisiting.begin_anew, [shelf.search], shown, queue=False, **QUIET)
        shelf.wire()
        self._library.wire(self.blocks, self._bridge, screen.scope, screen.tabs)
        self._evals.wire(self.blocks)
        self._settings.wire(self.blocks, self._wished)
        self.blocks.unload(self.answering.leave)

    def greet(self) -> Updates:
        """Tell a reader who opens the page what is in the library, and what to ask or to type."""
        backend, chat = self.screen.backend, self.screen.chat
        try:
            stats, article_ids = backend.stats(), backend.article_ids()
            examples = examples_shown(article_ids, self._newest) if stats else []
        except NewsRagError as error:
            return {self.masthead: masthead(TITLE, str(error))}
        leaves_open = any(not example.is_answered for example in examples_for(article_ids))
        said = welcome(
            stats,
            backend.config.library.path,
            has_examples=bool(examples),
            leaves_open=leaves_open,
            may_add=backend.config.page.add,
        )
        return {
            self.masthead: masthead(TITLE, library_line(stats), library_days(stats), backend.config.llm.model),
            chat: gr.Chatbot(placeholder=said, examples=examples),
        }

    def _newest(self) -> Iterator[Article]:
        library = self.screen.backend.assistant().library
        for source in islice(library.sources(), LOOKED_AT):
            yield library.article(source.article_id)

    def _arrive(self, request: gr.Request) -> Updates:
        """Show what conversations there are; one that the address names is opened by the script."""
        return {self.screen.shelf.shown: self.screen.shelf.listed("", "", request)}

    async def _ask_example(
        self,
        request: gr.Request,
        selected: gr.SelectData,
        turns: list[Turn],
        editing: int,
        open_id: str,
        where: Filter,
        *settings: Any,
    ) -> Updates:
        """Ask one of the example questions."""
        return await self.answering.ask(request, selected.value["text"], turns, editing, open_id, where, *settings)

    async def _act(
        self,
        request: gr.Request,
        event: gr.EventData,
        words: str,
        turns: list[Turn],
        _editing: int,
        open_id: str,
        where: Filter,
        *settings: Any,
    ) -> Updates:
        """Do what a button of ours says; what is no button of the chat's is left to others.

        What looks into kept conversations runs in a thread: where they are kept may be slow, or away.
        """
        screen, what = self.screen, pressed(event)
        number = int(what["turn"]) if what.get("turn", "").isdigit() else 0
        match what.get("act"):
            case "ask":
                return await self.answering.ask(request, what.get("text", ""), turns, 0, open_id, where, *settings)
            case "retry" if 0 < number <= len(turns):
                question = turns[number - 1].question
                return await self.answering.ask(request, question, turns, number, open_id, where, *settings)
            case "edit" if 0 < number <= len(turns):
                question = turns[number - 1].question
                return {screen.box: gr.Textbox(value=question), screen.editing: number, screen.hint: editing_hint(number)}
            case "leave-edit":
                return {screen.box: gr.Textbox(value=""), screen.editing: 0, screen.hint: HINT}
            case "like" | "dislike" if 0 < number <= len(turns):
                return await to_thread(self.revisiting.judge, turns, number, what["act"] == "like", open_id, request)
            case "open":
                return await to_thread(self.revisiting.open, what.get("id", ""), words, request)
            case "rename" | "delete":
                return await to_thread(self.revisiting.change, what, words, open_id, request)
            case "everything":
                return {screen.where: ANY, screen.scope: ""}
        return {screen.announcer: gr.skip()}

    @property
    def is_busy(self) -> bool:
        """Whether a reader waits for the end of an answer that they see."""
        return self.answering.is_busy

    def close(self) -> None:
        """End every stream: the models at their next word, and Gradio's heartbeats. Called from the event loop."""
        self.answering.close()
        self.blocks.app.stop_event.set()

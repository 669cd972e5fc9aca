"""What the steps of a conversation have in common: the components that they change, and the assistant behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ui.accounts.caller import caller_of
from ui.backend import Backend
from ui.chatbox import warning
from ui.shelf import Shelf, marker_html
from ui.thread import Thread
from ui.welcome import HINT

Updates = dict[Any, Any]
"""New values by component; a component that is left out stays as it is."""


@dataclass(slots=True)
class Screen:
    """The components of one page. `turns` are those shown, `editing` is the number of the one being changed, else 0.

    `where` is what the conversation is limited to but for the day in `as_of`, and `scope` says so; `announcer` is what screen
    readers hear.
    """

    backend: Backend
    chat: gr.Chatbot
    box: gr.Textbox
    hint: gr.HTML
    scope: gr.HTML
    announcer: gr.HTML
    tabs: gr.Tabs
    turns: gr.State
    editing: gr.State
    where: gr.State
    as_of: gr.Textbox
    shelf: Shelf

    def thread(self, request: gr.Request) -> Thread:
        """Return the reader's conversations."""
        return Thread(self.backend, caller_of(request).owner)

    def warned(self, words: str) -> Updates:
        """Return the page with a warning under the question box."""
        return {self.hint: warning(words)}

    def emptied(self, words: str, request: gr.Request) -> Updates:
        """Return the page without a conversation; `words` are those that the sidebar is searched for."""
        return {
            self.box: gr.Textbox(value="", submit_btn="Ask", stop_btn=False),
            self.chat: [],
            self.turns: [],
            self.editing: 0,
            self.hint: HINT,
            self.shelf.open_id: "",
            self.shelf.marker: marker_html(""),
            self.shelf.shown: self.shelf.listed(words, "", request),
        }

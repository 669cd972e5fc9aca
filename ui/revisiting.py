"""Conversations that were kept, on the page: opened again, renamed, deleted, their answers judged, and a new one begun."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from rag.errors import NewsRagError
from ui.accounts.caller import caller_of
from ui.answering import Answering
from ui.chatbox import announcement, messages
from ui.scope import scope_html
from ui.screen import Screen, Updates
from ui.shelf import marker_html
from ui.turn import Turn


class Revisiting:
    """What a reader does with conversations besides asking."""

    def __init__(self, screen: Screen, answering: Answering) -> None:
        """Change what `screen` shows; `answering` is told when a conversation is left."""
        self._screen = screen
        self._answering = answering

    def open(self, wanted: str, words: str, request: gr.Request) -> Updates:
        """Show a conversation that was kept."""
        screen = self._screen
        self._answering.drop(request)
        try:
            turns, where = screen.thread(request).turns(wanted)
        except NewsRagError as error:
            return {**screen.emptied(words, request), **screen.warned(str(error))}
        limited = replace(where, as_of=None)  # the day has its own place, in the settings
        return {
            **screen.emptied(words, request),
            screen.chat: messages(turns),
            screen.turns: turns,
            screen.announcer: announcement(f"{len(turns)} questions."),
            screen.shelf.open_id: wanted,
            screen.shelf.marker: marker_html(wanted),
            screen.shelf.shown: screen.shelf.listed(words, wanted, request),
            screen.where: limited,
            screen.scope: scope_html(limited),
            screen.as_of: where.as_of.isoformat() if where.as_of else "",
            screen.tabs: gr.Tabs(selected="ask"),
        }

    def change(self, what: dict[str, str], words: str, open_id: str, request: gr.Request) -> Updates:
        """Rename or delete a conversation."""
        screen, wanted = self._screen, what.get("id", "")
        owner = caller_of(request).owner
        try:
            store = screen.backend.conversations()
            if what["act"] == "rename":
                store.rename(owner, wanted, what.get("title", ""))
            else:
                store.delete(owner, wanted)
        except NewsRagError as error:
            return screen.warned(str(error))
        if what["act"] == "delete" and wanted == open_id:
            return self.begin_anew(words, request)
        return {screen.shelf.shown: screen.shelf.listed(words, open_id, request)}

    def judge(self, turns: list[Turn], number: int, is_liked: bool, open_id: str, request: gr.Request) -> Updates:
        """Keep what the reader thinks of an answer; the same again takes it back."""
        screen, turn = self._screen, turns[number - 1]
        liked = None if turn.liked is is_liked else is_liked
        try:
            screen.thread(request).judge(open_id, number, liked)
        except NewsRagError as error:
            return screen.warned(str(error))
        turns = [*turns[: number - 1], replace(turn, liked=liked), *turns[number:]]
        return {screen.turns: turns, screen.chat: messages(turns), screen.announcer: announcement("Noted, thank you.")}

    def begin_anew(self, words: str, request: gr.Request) -> Updates:
        """Begin a new conversation; what it is limited to stays."""
        screen = self._screen
        self._answering.drop(request)
        said = announcement("New chat.")
        return {**screen.emptied(words, request), screen.announcer: said, screen.tabs: gr.Tabs(selected="ask")}

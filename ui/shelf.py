"""The sidebar with a reader's conversations: found, opened, renamed, deleted, taken away as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from rag.errors import NewsRagError
from ui.accounts.caller import caller_of
from ui.conversations import Conversations, Match, Summary
from ui.markup import attribute, text

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
NONE_YET = '<p class="shelf-note">Your conversations will stand here.</p>'
NONE_FOUND = '<p class="shelf-note">No conversation holds these words.</p>'


class Shelf:
    """The sidebar. `open_id` is the conversation that is shown, empty for one not begun; `marker` tells it to the script."""

    def __init__(self, store: Callable[[], Conversations]) -> None:
        """Lay out the sidebar over what `store` gives."""
        self._store = store
        self.open_id = gr.State("")
        with gr.Sidebar(elem_id="shelf", label="Conversations", open=False, width=300):
            gr.HTML("<h2>Conversations</h2>")
            self.search = gr.Textbox(
                label="Search conversations", show_label=False, placeholder="Search…", elem_id="shelf-search", max_lines=1
            )
            self.shown = gr.HTML(NONE_YET, elem_id="shelf-list")
        self.marker = gr.HTML(marker_html(""), elem_id="open-conversation")

    def wire(self) -> None:
        """Search while a reader types."""
        self.search.change(
            self._find, [self.search, self.open_id], [self.shown], queue=False, trigger_mode="always_last", **QUIET
        )

    def _find(self, words: str, open_id: str, request: gr.Request) -> str:
        return self.listed(words, open_id, request)

    def listed(self, words: str, open_id: str, request: gr.Request) -> str:
        """Return the list of a reader's conversations, those that hold `words` where there are any."""
        owner = caller_of(request).owner
        try:
            if words.strip():
                return matches_html(self._store().search(owner, words), open_id)
            return summaries_html(self._store().summaries(owner), open_id)
        except NewsRagError as error:
            return f'<p class="shelf-note" role="alert">{text(str(error))}</p>'


def marker_html(conversation_id: str) -> str:
    """Return what tells the script which conversation the address should name."""
    return f'<span data-open="{attribute(conversation_id)}"></span>'


def summaries_html(summaries: Sequence[Summary], open_id: str) -> str:
    """Return the conversations, the last used first."""
    return _list([_item(one, "", open_id) for one in summaries]) or NONE_YET


def matches_html(matches: Sequence[Match], open_id: str) -> str:
    """Return the conversations that a search found, each with the words around what was found."""
    return _list([_item(one.summary, one.snippet, open_id) for one in matches]) or NONE_FOUND


def _list(items: Sequence[str]) -> str:
    return f'<ol class="conversations">{"".join(items)}</ol>' if items else ""


def _item(summary: Summary, snippet: str, open_id: str) -> str:
    name = attribute(summary.title)
    here = ' aria-current="true"' if summary.id == open_id else ""
    count = "1 question" if summary.turns == 1 else f"{summary.turns} questions"
    found = f'<span class="snippet" dir="auto">{text(snippet)}</span>' if snippet else ""
    id_ = attribute(summary.id)
    meta = f"{summary.updated:%-d %b} · {count}"
    return (
        f'<li><button type="button" class="conversation" data-act="open" data-id="{id_}"{here}>'
        f'<span class="name" dir="auto">{text(summary.title)}</span><span class="meta">{meta}</span>'
        f'{found}</button><details class="more"><summary aria-label="More for {name}">…</summary><div class="menu">'
        f'<button type="button" data-act="rename" data-id="{id_}" data-title="{name}">Rename</button>'
        f'<a href="api/conversations/{id_}.md" download>Export as Markdown</a>'
        f'<a href="api/conversations/{id_}.json" download>Export as JSON</a>'
        f'<button type="button" class="danger" data-act="delete" data-id="{id_}" data-confirm="Delete for good?">Delete'
        "</button>"
        f"</div></details></li>"
    )

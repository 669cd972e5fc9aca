"""What the page's own script and the server say to each other: an article to read, and a button of ours that was pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag.errors import InputError, NewsRagError
from rag.types import Article
from ui.reader import GONE, reader_html, reading

ON_LOAD = "window.newsrag = { read: (wish) => server.read(wish), act: (what) => trigger('click', what) };"


def bridge(article: Callable[[str], Article]) -> gr.HTML:
    """Return an invisible component: `newsrag.read(wish)` gives the HTML of an article, `newsrag.act(what)` is its click.

    Args:
        article: Gives an article by its id.
    """

    def read(wish: Any) -> str:
        wanted = reading(wish)
        try:
            return reader_html(article(wanted.article_id), wanted)
        except (InputError, NewsRagError):
            return GONE

    return gr.HTML("", elem_id="bridge", js_on_load=ON_LOAD, server_functions=[read], apply_default_css=False)


def pressed(event: gr.EventData) -> dict[str, str]:
    """Return what was pressed, as names to texts: a browser can send anything."""
    data = event._data
    return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else {}

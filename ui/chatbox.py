"""The chat and the box that questions are typed into: the components, and what stands in and around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components.chatbot import ComponentMessage

from ui.markup import text
from ui.render import turn_html
from ui.turn import Turn


def conversation() -> gr.Chatbot:
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


def question_box() -> gr.Textbox:
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

"""The buttons below an answer; `static/act.js` tells the server when one is pressed."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Status
from ui.markup import attribute, text
from ui.turn import Turn

_THUMB = (
    "M2 7.5h2.6V14H2zM5.6 7.2 8.4 1.6c1.3 0 2 .9 1.8 2.1l-.5 2.5h3.2c1.1 0 1.8.9 1.5 1.9l-1.3 4.7c-.2.8-.8 1.2-1.6 1.2H5.6z"
)
_THUMBS = {
    "like": f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{_THUMB}" fill="currentColor"/></svg>',
    "dislike": f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{_THUMB}" fill="currentColor" '
    'transform="rotate(180 8 8)"/></svg>',
}


def actions(turn: Turn) -> str:
    """Return what can be done with a turn that is done: copy, like or dislike an answer, ask it again or otherwise."""
    answer = turn.answer
    buttons = []
    if answer:
        buttons.append(f'<button type="button" data-act="copy" data-text="{attribute(answer.text)}">Copy</button>')
    buttons.append(_button("retry", turn, "Retry", "Ask this question again"))
    buttons.append(_button("edit", turn, "Edit", "Change this question; what came after it is dropped"))
    if answer and answer.status is not Status.REMARK:
        buttons.append(_judgement("like", turn, "Good", is_on=turn.liked is True))
        buttons.append(_judgement("dislike", turn, "Poor", is_on=turn.liked is False))
    return f'<div class="acts" role="group" aria-label="Answer {turn.number}">{"".join(buttons)}</div>'


def asking_next(questions: Sequence[str]) -> str:
    """Return questions that a press asks."""
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" data-act="ask" data-text="{attribute(one)}" dir="auto">{text(one)}</button></li>'
        for one in questions
    )
    return f'<div class="next"><h3>Ask next</h3><ul>{items}</ul></div>'


def _button(act: str, turn: Turn, word: str, hint: str) -> str:
    return f'<button type="button" data-act="{act}" data-turn-number="{turn.number}" title="{attribute(hint)}">{word}</button>'


def _judgement(act: str, turn: Turn, word: str, *, is_on: bool) -> str:
    """Return a button that stays down: pressed again, it takes the judgement back."""
    return (
        f'<button type="button" data-act="{act}" data-turn-number="{turn.number}" aria-pressed="{str(is_on).lower()}" '
        f'aria-label="{word} answer">{_THUMBS[act]}{word}</button>'
    )

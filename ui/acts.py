"""The buttons below an answer; `static/act.js` tells the server when one is pressed."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Status
from ui.markup import attribute, text
from ui.turn import Turn


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
        f'aria-label="{word} answer">{"▲" if act == "like" else "▼"} {word}</button>'
    )

"""A turn to HTML: status, answer with its marks, and the sources beside it. No state, no Gradio."""

from __future__ import annotations

import re

from rag.converse.wording import wording_for
from rag.types import Answer, Claim, Stage, Status, Verdict
from ui.acts import actions, asking_next
from ui.cards import anchor, cited_cards, empty_cards, nearest_cards
from ui.markup import WORDS, badge, shape, text
from ui.told import abstention_html, conflicts_html, timeline_html
from ui.turn import Turn

UNDERSTANDING = "Understanding"

STAGES: dict[Stage, str] = {
    Stage.SEARCHING: "Searching",
    Stage.READING: "Reading",
    Stage.WRITING: "Writing",
    Stage.CHECKING: "Checking",
}

AWAITED_CARDS = 2

_MARKERS = re.compile(r"(?:\s*\[\d+\])+")


def turn_html(turn: Turn) -> str:
    """Return one turn: the reply, and its sources to the right of it or, on a narrow screen, below."""
    state = "done" if turn.is_done else "working"
    return (
        f'<section class="turn {state}" data-turn="{turn.number}"><div class="reply">{_reply(turn)}</div>'
        f'<aside class="sources" aria-label="Sources of answer {turn.number}">{_sources(turn)}</aside></section>'
    )


def spoken(turn: Turn) -> str:
    """Return what a screen reader says of the newest state: the stage while it works, then the whole reply."""
    if turn.error:
        return f"That did not work. {turn.error}"
    if turn.is_stopped:
        return "Stopped."
    if turn.answer and turn.answer.status is Status.REMARK:
        return turn.answer.text
    if turn.answer is None:
        waiting = f"{UNDERSTANDING}…" if turn.is_begun else f"{_waiting(turn)}…"
        return f"{STAGES[turn.stage]}…" if turn.stage else waiting
    understood = f"{_understood(turn)} " if turn.asked else ""
    return f"{understood}{_summary(turn.answer)}. {turn.answer.text} {_count(len(turn.answer.citations), 'source')}."


def _reply(turn: Turn) -> str:
    """Return what the question was taken to mean, where that is another than was typed, and the newest state below it."""
    understood = f'<p class="understood" dir="auto">{text(_understood(turn))}</p>' if turn.asked else ""
    return f"{understood}{_state(turn)}"


def _understood(turn: Turn) -> str:
    return f"{wording_for(turn.asked).understood} {turn.asked}" if turn.asked else ""


def _state(turn: Turn) -> str:
    if turn.error:
        problem = f'<p class="state error">That did not work</p><p class="problem">{text(_sentence(turn.error))}</p>'
        return f"{problem}{actions(turn)}"
    if turn.answer:
        return f"{_answer(turn)}{actions(turn)}{asking_next(turn.follow_ups)}"
    if turn.is_stopped:
        label = '<p class="draft-label">Unchecked draft, as far as it went</p>' if turn.draft else ""
        return f'<p class="state stopped">Stopped</p>{label}{_draft(turn.draft)}{actions(turn)}'
    waiting = "" if turn.is_begun or turn.stage else f'<span class="in-line">{_waiting(turn)}</span>'
    label = "Draft, not checked yet" if turn.draft else waiting
    return f'{_steps(turn)}<p class="draft-label">{label}</p>{_draft(turn.draft)}'


def _waiting(turn: Turn) -> str:
    return f"Waiting in line, place {turn.place:,}" if turn.place else "Waiting in line"


def _steps(turn: Turn) -> str:
    """Return the stages with the present one marked; none while it waits in line."""
    stages = [None, *STAGES]
    reached = stages.index(turn.stage) if turn.is_begun or turn.stage else -1
    steps = "".join(
        f'<li class="{"now" if place == reached else "past" if place < reached else "next"}"'
        f"{' aria-current=step' if place == reached else ''}>{word}</li>"
        for place, word in enumerate([UNDERSTANDING, *STAGES.values()])
    )
    return f'<ol class="steps" aria-label="Progress">{steps}</ol>'


def _draft(draft: str) -> str:
    return f'<div class="draft" dir="auto">{text(draft)}</div>'


def _answer(turn: Turn) -> str:
    answer = turn.answer
    assert answer is not None
    if answer.status is Status.REMARK:
        return f'<div class="answer" dir="auto"><p>{text(answer.text)}</p></div>'
    notice = f'<p class="notice">{text(_sentence(answer.notice))}</p>' if answer.notice else ""
    as_of = f'<p class="as-of" dir="auto">{text(answer.as_of_note)}</p>' if answer.as_of_note else ""
    is_open = answer.status is Status.ABSTAINED
    said = (
        f'<div class="answer{" said-instead" if is_open else ""}" dir="auto">{_paragraphs(turn.number, answer)}</div>'
        f"{abstention_html(answer) if is_open else ''}"
    )
    return (
        f'<p class="state {answer.status.value}">{_state_shape(answer)}{text(_summary(answer))}</p>{notice}'
        f"{f'<div class=abstention>{said}</div>' if is_open else said}{as_of}{conflicts_html(answer.conflicts)}"
        f"{timeline_html(turn.timeline)}{_checks(answer)}{_made(answer)}"
    )


def _state_shape(answer: Answer) -> str:
    if answer.status is Status.ABSTAINED:
        return ""
    return shape(Verdict.SUPPORTED if answer.status is Status.ANSWERED else Verdict.PARTIAL)


def _summary(answer: Answer) -> str:
    """Return in a few words what the check found."""
    if answer.status is Status.ABSTAINED:
        return "Not in the articles"
    good = sum(claim.verdict is Verdict.SUPPORTED for claim in answer.claims)
    if good == len(answer.claims) == 1:
        return "Supported by its quotes"
    return f"{good} of {_count(len(answer.claims), 'sentence')} supported by their quotes"


def _paragraphs(turn: int, answer: Answer) -> str:
    """Return the answer's text, its sentences marked by their verdicts and its markers made links to the cards.

    Words of the text that belong to no claim, such as "What they do say:", stay as they are.
    """
    parts: list[str] = []
    position = 0
    for claim in answer.claims:
        begin = answer.text.find(claim.text, position)
        if begin >= 0:
            parts.append(_between(answer.text[position:begin]))
            position = begin + len(claim.text)
        parts.append(_claim(turn, claim, answer))
    parts.append(_between(answer.text[position:]))
    return f"<p>{''.join(parts)}</p>"


def _between(words: str) -> str:
    """Return what stands between two claims, without the markers of the first; a line break begins a paragraph."""
    breaks = "\n" in words.strip(" ")
    rest = _MARKERS.sub(" ", words).strip()
    return f"{'</p><p>' if breaks else ' '}{text(rest)}{' ' if rest else ''}"


def _claim(turn: int, claim: Claim, answer: Answer) -> str:
    """Return a sentence with its verdict, unless it is a good one, and the chips of its citations."""
    verdicts = {citation.marker: citation.verdict for citation in answer.citations}
    judged = answer.status is not Status.ABSTAINED
    chips = "".join(
        _chip(turn, marker, verdicts[marker] if judged else None) for marker in claim.citations if marker in verdicts
    )
    flag = "" if claim.verdict is Verdict.SUPPORTED else f"&nbsp;{badge(claim.verdict)}"
    return f'<span class="claim {claim.verdict.value}"><span class="words">{text(claim.text)}</span>{flag}{chips}</span>'


def _chip(turn: int, marker: int, verdict: Verdict | None) -> str:
    """Return a marker as a link to its card, with the verdict as shape and, for screen readers, in words."""
    words = f": {WORDS[verdict].lower()}" if verdict else ""
    return (
        f'&nbsp;<a class="chip {verdict.value if verdict else ""}" href="#{anchor(turn, marker)}" role="button" '
        f'aria-haspopup="dialog" '
        f'aria-label="Source {marker}{words}">{shape(verdict) if verdict else ""}{marker}</a>'
    )


def _checks(answer: Answer) -> str:
    """Return how each sentence was checked, folded away; nothing for an abstention, which claims nothing of its own."""
    if answer.status is Status.ABSTAINED or not answer.claims:
        return ""
    rows = "".join(
        f'<li>{badge(claim.verdict)}<span class="reason">{text(claim.reason)}</span>'
        f'<span class="said" dir="auto">{text(claim.text)}</span></li>'
        for claim in answer.claims
    )
    return f'<details class="checks"><summary>How each sentence was checked</summary><ol>{rows}</ol></details>'


def _made(answer: Answer) -> str:
    """Return who wrote the answer and how long it took."""
    seconds = answer.timings_ms.get("total", 0) / 1000
    return f'<p class="made">{text(answer.model)} · {seconds:.1f} s</p>'


def _sources(turn: Turn) -> str:
    if turn.answer and turn.answer.citations:
        return f"<h2>Sources</h2>{cited_cards(turn.number, turn.answer, turn.cited)}"
    if turn.nearest:
        note = '<p class="aside-note">The answer cites none of these.</p>' if turn.answer else ""
        return f"<h2>Nearest passages</h2>{note}{nearest_cards(turn.nearest)}"
    if turn.is_done:
        return ""
    return f"<h2>Nearest passages</h2>{empty_cards(AWAITED_CARDS)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(message: str) -> str:
    """Return a message of ours as a sentence begins: they are written to follow `rag:` in a terminal."""
    return message[:1].upper() + message[1:]

"""What changed between two texts, sentence by sentence and within these word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.sentences import sentence_spans

_CONTEXT_WORDS = 6
_MOST_WORDS = 2000
"""Longer changes are told as a whole: what words they share means little, and finding out takes long."""


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences that stood at one place before and those that stand there now; one of the two may be empty."""

    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """Return the runs of sentences in which two texts differ, in their order; nothing where all sentences are the same."""
    old, new = _sentences(before), _sentences(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Change(" ".join(old[first:last]), " ".join(new[start:end]))
        for tag, first, last, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def marked(change: Change) -> str:
    """Return a change on one line: `The port handled [-310-] {+312+} ships in May.`

    Longer runs of words that stayed are cut to the six beside a change.
    """
    old, new = change.before.split(), change.after.split()
    if not old or not new or len(old) + len(new) > _MOST_WORDS:
        return " ".join(_wrapped(old, new))
    parts: list[str] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (tag, first, last, start, end) in enumerate(steps):
        if tag == "equal":
            parts += _cut(old[first:last], is_first=place == 0, is_last=place == len(steps) - 1)
        else:
            parts += _wrapped(old[first:last], new[start:end])
    return " ".join(parts)


def _sentences(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]


def _wrapped(old: Sequence[str], new: Sequence[str]) -> list[str]:
    return [
        f"{opening}{' '.join(words)}{closing}" for opening, words, closing in (("[-", old, "-]"), ("{+", new, "+}")) if words
    ]


def _cut(words: Sequence[str], *, is_first: bool, is_last: bool) -> list[str]:
    """Return words that stayed, without those that are far from any change."""
    ahead, behind = (0 if is_first else _CONTEXT_WORDS), (0 if is_last else _CONTEXT_WORDS)
    if len(words) <= ahead + behind:
        return list(words)
    return [*words[:ahead], "…", *words[len(words) - behind :]]

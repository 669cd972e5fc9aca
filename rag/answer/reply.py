"""The model's reply, taken apart: what it asserts, which sources it named, and whether it declined."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.sentences import sentence_spans

_MARKER = re.compile(r"\s*\[(?:sources?\s*)?(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]", re.IGNORECASE)
_STOP_THEN_MARKERS = re.compile(rf"([.!?]+)((?:{_MARKER.pattern})+)", re.IGNORECASE)

# Declining, in the words that models use for it; each pattern stands at the start of a sentence.
_DECLINES = re.compile(
    "|".join(
        (
            r"i\s+(?:don't|do\s+not|can't|cannot)\s+(?:know|answer|say|tell|find|determine)",
            r"i'm\s+(?:sorry|not\s+sure)",
            r"(?:the\s+)?(?:\w+\s+)?(?:sources?|articles?|passages?|texts?|information|context)\b.{0,40}?"
            r"\b(?:do(?:es)?\s+not|don't|doesn't|is\s+not|isn't|are\s+not|aren't|cannot|contains?\s+no|provides?\s+no|"
            r"mentions?\s+no|gives?\s+no)\b",
            r"(?:none\s+of\s+)the\s+(?:\w+\s+)?(?:sources?|articles?|passages?)\b",
            r"there\s+is\s+no\s+(?:information|mention|answer)",
            r"(?:no\s+)?(?:answer|information)\s+(?:is\s+)?(?:not\s+)?(?:found|given|provided|available)",
            r"(?:it\s+is\s+)?(?:not|un)\s?(?:known|mentioned|stated|specified|provided)\b",
            r"no\s+(?:lo\s+)?s[eé]\b",
            r"(?:las\s+fuentes|los\s+art[ií]culos|los\s+textos)\s+no\b",
            r"je\s+ne\s+sais\s+pas",
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the reply without its markers, and the source numbers that these named."""

    text: str
    hinted: frozenset[int]


def statements(reply: str) -> list[Statement]:
    """Return the sentences of a reply that assert something, in order; sentences that decline are left out.

    >>> [(s.text, sorted(s.hinted)) for s in statements("He won 54.53%. [2] I don't know.")]
    [('He won 54.53%.', [2])]
    """
    text = _STOP_THEN_MARKERS.sub(lambda match: match.group(2) + match.group(1), reply.strip())
    found = []
    for span in sentence_spans(text):
        sentence = text[span.start : span.end]
        bare = _MARKER.sub("", sentence).strip(" *#>-–•\t")
        if re.search(r"\w", bare) and not declines(bare):
            found.append(Statement(bare, frozenset(_markers(sentence))))
    return found


def declines(sentence: str) -> bool:
    """Return whether a sentence says that the answer is not known or not in the sources."""
    return _DECLINES.match(sentence.replace("’", "'").lstrip(" \"'“*")) is not None


def _markers(text: str) -> list[int]:
    """Return the source numbers that a text's markers name."""
    return [int(number) for group in _MARKER.findall(text) for number in re.findall(r"\d+", group)]

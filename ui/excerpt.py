"""A quote and the sentences around it, cut from the article by offsets."""

from __future__ import annotations

from dataclasses import dataclass

from rag.sentences import sentence_spans
from rag.types import Article, Quote, Source

SENTENCES = 2
"""Most sentences shown on either side of a quote."""

CHARACTERS = 260
"""Most characters shown on either side, whole sentences only."""

_WINDOW = 4 * CHARACTERS
"""Characters looked at on either side, so that a long article costs no more than a short one."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote in its place: `before + quote.text + after` is one run of the article's text.

    Both are empty where the article could not be read, or changed since it was quoted.
    """

    quote: Quote
    source: Source
    before: str = ""
    after: str = ""


def excerpt(quote: Quote, source: Source, article: Article) -> Excerpt:
    """Return the quote between the sentences that stand around it in its article."""
    text = article.text
    if text[quote.start : quote.end] != quote.text:
        return Excerpt(quote, source)
    start = _start_before(text, quote.start)
    end = _end_after(text, quote.end)
    return Excerpt(quote, source, text[start : quote.start], text[quote.end : end])


def _start_before(text: str, start: int) -> int:
    """Return where the sentences shown before offset `start` begin; `start` itself where none fits."""
    low = max(0, start - _WINDOW)
    spans = sentence_spans(text[low:start])
    if low:
        spans = spans[1:]  # the window may begin in the middle of it
    begin = start
    for span in reversed(spans[-SENTENCES:]):
        if start - (low + span.start) > CHARACTERS:
            break
        begin = low + span.start
    return begin


def _end_after(text: str, end: int) -> int:
    """Return where the sentences shown after offset `end` stop; `end` itself where none fits."""
    high = min(len(text), end + _WINDOW)
    spans = sentence_spans(text[end:high])
    if high < len(text):
        spans = spans[:-1]  # the window may cut it
    stop = end
    for span in spans[:SENTENCES]:
        if span.end > CHARACTERS:
            break
        stop = end + span.end
    return stop

"""An article to HTML for the reader beside the chat: its text with the quoted words marked, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.types import Article, DateOrigin
from ui.markup import DATE_UNKNOWN, attribute, link, safe_url, text, title

MOST_MARKS = 64
"""Most quotes of one answer that are marked in one article."""

KNOWN_FROM: Mapping[DateOrigin, str] = {
    DateOrigin.GIVEN: "as given with the article",
    DateOrigin.MANIFEST: "as the manifest says",
    DateOrigin.META: "as the page says",
    DateOrigin.URL: "from its address",
    DateOrigin.FEED: "from the feed",
    DateOrigin.DATELINE: "from its dateline",
}

FLAGS: Mapping[str, str] = {
    "opinion": "Opinion",
    "stub": "Only a fragment",
    "machine-translated": "Machine translated",
    "duplicate-of": "Duplicate of",
    "wire": "Agency report by",
    "sponsored": "Sponsored",
    "correction": "Corrected",
}

GONE = '<p class="reader-note" role="alert">This article is no longer in the library.</p>'

_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of an article's text and the words that were quoted there."""

    start: int
    end: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader wants to see: an article, the quote to scroll to, and the other quotes of the same answer."""

    article_id: str
    here: Span | None = None
    also: tuple[Span, ...] = ()


def reading(asked: object) -> Reading:
    """Return what a browser asks for; whatever is not of that shape is left out, since anything can be sent."""
    wish = asked if isinstance(asked, Mapping) else {}
    also = wish.get("also")
    spans = (_span(one) for one in (also[:MOST_MARKS] if isinstance(also, list) else []))
    return Reading(str(wish.get("article", "")), _span(wish.get("here")), tuple(span for span in spans if span))


def reader_html(article: Article, wish: Reading) -> str:
    """Return the article with the wanted quote marked `here` and the others `also`; all of it is text."""
    here = _placed(article.text, wish.here)
    also = [span for one in wish.also if (span := _placed(article.text, one)) and span != here]
    missing = wish.here is not None and here is None
    note = '<p class="reader-note">The article changed since it was quoted; the quoted words are no longer in it.</p>'
    language = f' lang="{attribute(article.language)}"' if article.language else ""
    return (
        f'<header class="reader-head"><h2 id="reader-title" dir="auto">{text(title(article.source))}</h2>'
        f"{_facts(article)}{_flags(article)}{_original(article)}</header>{note if missing else ''}"
        f'<div class="reader-text" tabindex="0" role="document" aria-labelledby="reader-title" dir="auto"{language}>'
        f"{_paragraphs(article.text, here, also)}</div>"
    )


def date_words(article: Article) -> str:
    """Return the day of publication and how it is known: `3 March 2025 (from the feed)`."""
    if article.published is None:
        return DATE_UNKNOWN
    how = KNOWN_FROM.get(article.published_from) if article.published_from else None
    return f"{article.published:%-d %B %Y}{f' ({how})' if how else ''}"


def flag_words(flag: str) -> str:
    """Return a flag in words: `wire:Reuters` -> `Agency report by Reuters`."""
    name, _, value = flag.partition(":")
    return f"{FLAGS.get(name, name.replace('-', ' ').capitalize())}{f' {value}' if value else ''}"


def _facts(article: Article) -> str:
    facts = [
        ("Publisher", article.publisher or "unknown"),
        ("Published", date_words(article)),
        ("Updated", f"{article.updated:%-d %B %Y}" if article.updated else ""),
        ("Author", article.author),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in facts if value)
    return f'<dl class="reader-facts">{rows}</dl>'


def _flags(article: Article) -> str:
    words = [flag_words(flag) for flag in article.flags]
    if article.published is None:
        words.append("Date unknown")
    if not words:
        return ""
    return f'<ul class="flags" aria-label="To know">{"".join(f"<li>{text(one)}</li>" for one in words)}</ul>'


def _original(article: Article) -> str:
    if not safe_url(article.url):
        return ""
    return f'<p class="reader-link">{link(article.url, "Open the original")}</p>'


def _span(sent: object) -> Span | None:
    """Return a span from `{"start": 1, "end": 5, "words": "…"}`."""
    if not isinstance(sent, Mapping):
        return None
    try:
        return Span(int(sent.get("start", -1)), int(sent.get("end", -1)), str(sent.get("words", "")))
    except (TypeError, ValueError, OverflowError):
        return None


def _placed(body: str, span: Span | None) -> Span | None:
    """Return where the quoted words stand now, or None where they do not."""
    if span is None:
        return None
    if 0 <= span.start < span.end <= len(body) and body[span.start : span.end] == span.words:
        return span
    start = body.find(span.words) if span.words else -1
    return Span(start, start + len(span.words), span.words) if start >= 0 else None


def _paragraphs(body: str, here: Span | None, also: Sequence[Span]) -> str:
    """Return the text in paragraphs; a quote that runs over several is marked in each."""
    parts = []
    begin = 0
    is_first = True
    for gap in [*_PARAGRAPH.finditer(body), None]:
        end = gap.start() if gap else len(body)
        if body[begin:end].strip():
            marked, is_first = _marked(body, begin, end, here, also, is_first=is_first)
            parts.append(f"<p>{marked}</p>")
        begin = gap.end() if gap else end
    return "".join(parts)


def _marked(body: str, begin: int, end: int, here: Span | None, also: Sequence[Span], *, is_first: bool) -> tuple[str, bool]:
    """Return a paragraph with its marks, and whether the mark to scroll to is still to come."""
    spans = [*([here] if here else []), *also]
    cuts = {begin, end}
    for span in spans:
        cuts |= {cut for cut in (span.start, span.end) if begin < cut < end}
    pieces = []
    ordered = sorted(cuts)
    for left, right in pairwise(ordered):
        words = text(body[left:right])
        if here and here.start <= left and right <= here.end:
            anchor = ' id="reader-here" tabindex="-1"' if is_first else ""
            is_first = False
            pieces.append(f'<mark class="here"{anchor}>{words}</mark>')
        elif any(span.start <= left and right <= span.end for span in also):
            pieces.append(f'<mark class="also">{words}</mark>')
        else:
            pieces.append(words)
    return "".join(pieces), is_first

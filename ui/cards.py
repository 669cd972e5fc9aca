"""The quotes beside an answer, each in its place in its article."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.types import Answer, Citation, Quote, Source, Status
from ui.excerpt import Excerpt
from ui.markup import attribute, badge, byline, link, text, title
from ui.reader import flag_words

_BREAK = re.compile(r"\s*\n\s*")


def anchor(turn: int, marker: int) -> str:
    """Return the id of the card that the marker [n] of a turn points to."""
    return f"turn-{turn}-source-{marker}"


def cited_cards(turn: int, answer: Answer, cited: Mapping[int, Excerpt]) -> str:
    """Return a card for each citation of an answer, in the order of their markers."""
    ordered = sorted(answer.citations, key=lambda one: one.marker)
    judged = answer.status is not Status.ABSTAINED  # which cites the articles' own words, and claims nothing
    cards = "".join(_cited(turn, citation, cited.get(citation.marker), is_judged=judged) for citation in ordered)
    return f'<ol class="cards">{cards}</ol>'


def nearest_cards(nearest: Sequence[Excerpt]) -> str:
    """Return a card for each sentence that the search found: no markers, since nothing cites them yet."""
    cards = "".join(f'<li class="card" {place(one.quote)}>{_body(one)}</li>' for one in nearest)
    return f'<ol class="cards found">{cards}</ol>'


def empty_cards(count: int) -> str:
    """Return the outlines of cards that are still to come, so that nothing moves when they do."""
    return f'<ol class="cards awaited" aria-hidden="true">{"<li class=card></li>" * count}</ol>'


def _cited(turn: int, citation: Citation, found: Excerpt | None, *, is_judged: bool) -> str:
    verdict = badge(citation.verdict) if is_judged else ""
    return (
        f'<li class="card" id="{anchor(turn, citation.marker)}" {place(citation.quote)} aria-label="Source {citation.marker}">'
        f'<p class="card-head"><span class="marker">{citation.marker}</span>{verdict}</p>'
        f"{_body(found or Excerpt(citation.quote, citation.source))}</li>"
    )


def _body(found: Excerpt) -> str:
    """Return the quote among its neighbours and where it stands; `dir` follows the language of the article."""
    source = found.source
    return (
        f'<blockquote class="passage" dir="auto"><span class="around">{_compact(found.before)}</span>'
        f'<mark>{text(found.quote.text)}</mark><span class="around">{_compact(found.after)}</span></blockquote>'
        f'<p class="origin" dir="auto"><cite>{link(source.url, title(source))}</cite>'
        f'<span class="byline">{text(byline(source))}</span>{_flags(source)}</p>'
        f'<p class="read"><button type="button" class="opens" aria-haspopup="dialog">Read in the article</button></p>'
    )


def place(quote: Quote) -> str:
    """Return where a quote stands, as attributes that the reader is opened by."""
    return f'data-article="{attribute(quote.article_id)}" data-start="{quote.start}" data-end="{quote.end}"'


def _flags(source: Source) -> str:
    words = ", ".join(flag_words(flag) for flag in source.flags)
    return f'<span class="tag">{text(words)}</span>' if words else ""


def _compact(around: str) -> str:
    """Return what stands around a quote without its empty lines; the quote itself stays as it is."""
    return text(_BREAK.sub("\n", around))

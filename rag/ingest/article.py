"""From what a reader found to a finished article: clean -> metadata -> identity."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rag.errors import InputError
from rag.ingest.clean import clean
from rag.ingest.identity import article_id, content_hash
from rag.ingest.metadata import Facts, settle
from rag.types import Article

MAX_TEXT_CHARS = 2_000_000
MAX_HEADLINE_CHARS = 200
SILENT = Facts()

_ENDS_SENTENCE = re.compile(r"[.!?:;,…。！？][\"'”’»)\]]*$")
_BYLINE = re.compile(r"(?:by|por|par|von|di|autor|author|auteur|written by)\b:?\s", re.IGNORECASE)
_LIST_OR_ROW = re.compile(r"[-*•·#>|\t]|\d+[.)]\s")


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as the reader of its format found it: text not yet cleaned, and what its source says of it.

    `given` was said by whoever handed the article over (a JSONL field), `page` by the page itself.
    `may_open_with_title` where the format has no field for a title.
    """

    text: str
    given: Facts = SILENT
    page: Facts = SILENT
    may_open_with_title: bool = False


def build_article(draft: Draft, *, origin: str, manifest: Facts = SILENT, now: datetime | None = None) -> Article:
    """Return the finished article.

    Args:
        origin: The file that it was read from.
        manifest: What the folder's manifest says of it.
        now: When it was read. Later dates are dropped; None keeps them.

    Raises:
        InputError: no text, too much text, or an id that cannot be used.
    """
    check_size(draft.text)
    text = clean(draft.text).text
    if not text:
        raise InputError("no text" if not draft.text.strip() else "no text left after cleaning")
    page = draft.page
    if draft.may_open_with_title and not page.title:
        page = replace(page, title=headline(text))
    facts = settle((draft.given, manifest, page), now=now)
    return Article(
        id=article_id(facts, text),
        text=text,
        title=facts.title,
        url=facts.url,
        publisher=facts.publisher,
        author=facts.author,
        published=facts.published,
        published_from=facts.published_from,
        language=facts.language,
        origin=origin,
        fetched_at=now,
        content_hash=content_hash(facts, text),
    )


def check_size(text: str) -> None:
    """Raise InputError if `text` is longer than an article may be."""
    if len(text) > MAX_TEXT_CHARS:
        raise InputError(f"{len(text):,} characters in one article, over the limit of {MAX_TEXT_CHARS:,}; split it")


def headline(text: str) -> str:
    """Return the first line of cleaned text if it reads like a headline, else the empty string.

    It has at most 200 characters, no stop, comma or colon at its end, and text below it; it is no byline, date, list
    item or table row, and no first line of a hard-wrapped sentence.
    """
    first, _, rest = text.partition("\n")
    second = rest.partition("\n")[0].strip()
    line = first.strip()
    if not rest or len(line) > MAX_HEADLINE_CHARS or _ENDS_SENTENCE.search(line):
        return ""
    if _LIST_OR_ROW.match(line) or "|" in line or _BYLINE.match(line) or _is_date(line):
        return ""
    if second and not _ENDS_SENTENCE.search(second) and not _BYLINE.match(second):
        return ""  # neither a blank line, a whole paragraph nor a byline: the first line may go on in the second
    return line


def _is_date(line: str) -> bool:
    """Whether a line holds hardly more than a date, such as `Monday, 3 October 2022`."""
    n_words, n_numbers = len(re.findall(r"[^\W\d_]+", line)), len(re.findall(r"\d+", line))
    return n_words == 0 or (n_words <= 2 and n_numbers >= 2)

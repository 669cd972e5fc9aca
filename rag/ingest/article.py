"""From what a reader found to a finished article: clean -> metadata -> flags -> identity."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rag.errors import InputError
from rag.ingest.clean import clean
from rag.ingest.dateline import stated_in
from rag.ingest.flags import Seen, flags_of
from rag.ingest.identity import article_id, content_hash
from rag.ingest.language import language_of
from rag.ingest.metadata import Facts, is_ahead, same_site, settle
from rag.types import Article, Removed

MAX_TEXT_CHARS = 2_000_000
MAX_HEADLINE_CHARS = 200
SILENT = Facts()

PASSING = "passing"
"""The `reading` of an article that may be read otherwise another day: its source states a day that is still to come."""

_ENDS_SENTENCE = re.compile(r"[.!?:;,…。！？][\"'”’»)\]]*$")
_BYLINE = re.compile(r"(?:by|por|par|von|di|autor|author|auteur|written by)\b:?\s", re.IGNORECASE)
_LIST_OR_ROW = re.compile(r"[-*•·#>|\t]|\d+[.)]\s")


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as the reader of its format found it: text not yet cleaned, and what its source says of it.

    `given` was said by whoever handed the article over (a JSONL field), `page` by the page itself. `removed` is what the reader
    left out, in order, and `kinds` what the page's data calls it: types of JSON-LD, and `paid` where it is not free to read.
    `may_open_with_title` where the format has no field for a title.
    """

    text: str
    given: Facts = SILENT
    page: Facts = SILENT
    may_open_with_title: bool = False
    removed: tuple[Removed, ...] = ()
    kinds: tuple[str, ...] = ()


def build_article(
    draft: Draft, *, origin: str, manifest: Facts = SILENT, feed: Facts = SILENT, now: datetime | None = None
) -> Article:
    """Return the finished article.

    Args:
        origin: The file that it was read from.
        manifest: What the folder's manifest says of it.
        feed: What the feed or sitemap that led to it says of it.
        now: When it was read. Later dates are dropped; None keeps them.

    Raises:
        InputError: no text, too much text, or an id that cannot be used.
    """
    check_size(draft.text)
    sources = [
        _named(draft.given, "given"),
        _named(manifest, "manifest"),
        _named(draft.page, "meta"),
        _named(feed, "feed"),
    ]
    told = settle(sources, now=now)
    cleaned = clean(draft.text, title=told.title, author=told.author)
    text = cleaned.text
    if not text:
        raise InputError("no text" if not draft.text.strip() else "no text left after cleaning")
    sources.append(stated_in(text, cleaned.removed))
    if draft.may_open_with_title and not told.title:
        sources.append(Facts(title=headline(text), origin="text"))
    sources.append(Facts(language=language_of(text), origin="detected"))
    facts = _canonical(settle(sources, now=now))
    removed = (*draft.removed, *cleaned.removed)
    return Article(
        id=article_id(replace(facts, url=facts.canonical_url or facts.url), text),
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
        flags=flags_of(Seen(text, facts, removed, draft.kinds)),
        content_hash=content_hash(facts, text),
        section=facts.section,
        canonical_url=facts.canonical_url,
        updated=facts.updated,
        provenance=facts.origins,
        removed=removed,
        reading=PASSING if is_ahead(sources, now) else "",
    )


def _named(facts: Facts, origin: str) -> Facts:
    """Return facts that name their source."""
    return facts if facts.origin else replace(facts, origin=origin)


def _canonical(facts: Facts) -> Facts:
    """Return facts whose canonical URL is of the article's own site, and whose URL it is where there is no other.

    A page that calls another site's address its own would take the place of that site's article.
    """
    url, canonical = facts.url or facts.canonical_url, facts.canonical_url
    origins = dict(facts.origins)
    if not facts.url and canonical:
        origins["url"] = origins["canonical_url"]
    if canonical and not same_site(url, canonical):
        canonical = ""
        del origins["canonical_url"]
    return replace(facts, url=url, canonical_url=canonical, origins=origins)


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

"""The nouns: what flows from articles to a cited answer.

Every class is frozen and slotted. Character offsets are half-open, count Python characters, and always refer to
`Article.text`, the cleaned text that the library stores: `article.text[quote.start:quote.end] == quote.text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What the check of a sentence against the words it cites found."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


class Status(StrEnum):
    """Whether the articles answered the question. A remark is a reply to small talk or to a question about the assistant."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    ABSTAINED = "abstained"
    REMARK = "remark"


class DateOrigin(StrEnum):
    """How a publication date is known. Ingest time is never one of them."""

    GIVEN = "given"  # a field of the JSONL line or passage
    MANIFEST = "manifest"
    META = "meta"  # the page's own metadata
    URL = "url"
    FEED = "feed"
    DATELINE = "dateline"


class Action(StrEnum):
    """What ingesting one article did to the library."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


DUPLICATE_OF = "duplicate-of:"
"""Begins the flag of a copy; the id of the article that speaks for all its copies follows. Told when read, never stored."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who published which article, and when: what a citation names.

    `published` is a UTC day, or None where it is not known. `flags` say what a reader should know of it (`opinion`, `stub`, …).
    """

    article_id: str
    title: str = ""
    publisher: str = ""
    published: date | None = None
    url: str = ""
    flags: tuple[str, ...] = ()

    @property
    def original(self) -> str:
        """The id of the article that this one is a copy of, its own where it is none: copies share it."""
        return next((flag.removeprefix(DUPLICATE_OF) for flag in self.flags if flag.startswith(DUPLICATE_OF)), self.article_id)

    @property
    def label(self) -> str:
        """Title, publisher and day in one line, as far as they are known; the id where there is no title."""
        day = f"{self.published:%-d %B %Y}" if self.published else ""
        return ", ".join(part for part in (self.title or self.article_id, self.publisher, day) if part)


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of a page that cleaning took out of its article, and the rule that did: `cookie notice`, `share buttons`, …"""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One cleaned article.

    `id` is the caller's own, else a stable hash of the canonical URL, else of the content. `origin` says where it was read (a
    file, or a line's id within a file), so that a changed file replaces what it held before. `language` is a two-letter code
    or empty where unknown. `updated` is the UTC day of the last change that its publisher names. `flags` follow documented
    rules (`opinion`, `wire:Reuters`, …). `provenance` says for a fact's name where it comes from: `{"title": "meta"}`.
    `removed` is what cleaning took out, in order. `reading` names the record that it was read from and how, where that is to be
    remembered; what is stored does not bear it.
    """

    id: str
    text: str
    title: str = ""
    url: str = ""
    publisher: str = ""
    author: str = ""
    published: date | None = None
    published_from: DateOrigin | None = None
    language: str = ""
    origin: str = ""
    fetched_at: datetime | None = None
    flags: tuple[str, ...] = ()
    content_hash: str = ""
    section: str = ""
    canonical_url: str = ""
    updated: date | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[Removed, ...] = ()
    reading: str = field(default="", compare=False, repr=False)

    @property
    def source(self) -> Source:
        """The part of the article that a citation shows."""
        return Source(self.id, self.title, self.publisher, self.published, self.url, self.flags)


@dataclass(frozen=True, slots=True)
class Version:
    """What an article was before it changed: the `number`-th, from 1 on, until `replaced_at` (None where not known)."""

    number: int
    title: str
    text: str
    published: date | None = None
    updated: date | None = None
    content_hash: str = ""
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: `article.text[start:end] == text`."""

    id: str
    article_id: str
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may find; an empty one lets all through.

    `as_of` hides articles published after that UTC day; articles without a date stay visible. Every other field admits only
    articles that are known to match: one of the publishers, in the language, among the ids, published from the first to the
    last day (both inclusive; an article without a date matches no range).
    """

    publishers: tuple[str, ...] = ()
    language: str = ""
    articles: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    as_of: date | None = None


ANY = Filter()
"""The filter that lets every article through."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the retrievers see it: its words, how many hits are wanted, and which articles may be found.

    `context` asks for the passages before and after each hit as well.
    """

    text: str
    k: int = 8
    where: Filter = ANY
    context: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """A run of UTC days, both ends inclusive."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a question says of the articles it wants.

    `parts` are its sub-questions in order, the question itself where it has one; `publishers` those of the library that it
    names; `days` the times it names; `phrases` what it quotes; `language` a two-letter code, empty where unknown.
    `is_about_now` tells that it asks for the present or the latest.
    """

    parts: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    days: tuple[Days, ...] = ()
    phrases: tuple[str, ...] = ()
    language: str = ""
    is_about_now: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found.

    `score` is comparable within one search only; `ranks` holds its 1-based rank in each retriever that found it. `before` and
    `after` are its neighbours in the article, where the query asked for them and there are any.
    """

    passage: Passage
    source: Source
    score: float
    ranks: Mapping[str, int] = field(default_factory=dict)
    before: Passage | None = None
    after: Passage | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits of one question, best first, the milliseconds that each stage took, and how the question was understood."""

    question: str
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]
    understanding: Understanding = Understanding()


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of an article."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote: the marker [n] of the answer points here. `verdict` is the worst of the sentences citing it."""

    marker: int
    quote: Quote
    source: Source
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer, without markers, with the markers of its citations and why it got its verdict."""

    text: str
    verdict: Verdict
    citations: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of all prompts sent and all replies received for one answer, as the backend counts them."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that an article states: as written there, the sentence that states it, and whose it is.

    `is_superseded` tells that a newer article gives another value for the present.
    """

    value: str
    quote: Quote
    source: Source
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Different values that articles state for what the question asks.

    Two or more of `stated` that are not superseded disagree. Where only one is not, it is the present value and comes first,
    and the others, newest first, are what it was before: an update and no disagreement.
    """

    stated: tuple[Stated, ...]

    @property
    def present(self) -> tuple[Stated, ...]:
        """The values that stand; more than one where the articles disagree."""
        return tuple(one for one in self.stated if not one.is_superseded)

    @property
    def earlier(self) -> tuple[Stated, ...]:
        """The superseded values, newest first."""
        return tuple(one for one in self.stated if one.is_superseded)

    @property
    def is_update(self) -> bool:
        """Whether one value stands and the rest are superseded."""
        return len(self.present) == 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says, and what stands behind each sentence of it.

    `text` carries markers like [1]. When `status` is `abstained`, `text` says that the articles do not answer and then what
    the nearest articles do say, and `claims` are those verbatim sentences. `notice` is a line the reader must see, such as
    which model stood in for a missing one. `raw` is the model's own reply before citations were placed, `shown` the sentences
    that it was shown, then the sides of a disagreement that it was not. `conflicts` are the different values that articles
    state; `as_of_note` says of which day the answer is, what was before, and how old the news is, and is empty where the
    question is not about the present and nothing changed.
    `question` is as it was typed; `asked` what it was taken to mean where it leaned on the conversation, else empty.
    """

    question: str
    status: Status
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    model: str
    prompt_version: str
    index_generation: int
    timings_ms: Mapping[str, float]
    tokens: Tokens
    trace_id: str
    raw: str = ""
    shown: tuple[Quote, ...] = ()
    notice: str = ""
    conflicts: tuple[Conflict, ...] = ()
    as_of_note: str = ""
    asked: str = ""


class Stage(StrEnum):
    """What the assistant is doing, in order."""

    SEARCHING = "searching"
    READING = "reading"
    WRITING = "writing"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Working:
    """Event: a stage began."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Understood:
    """Event: the question leaned on the conversation; `question` is what it is taken to mean, and what is searched."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """Event: the search is done; `quotes` are the sentences nearest to the question, best first, with their sources."""

    hits: tuple[Hit, ...]
    quotes: tuple[tuple[Quote, Source], ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """Event: the model wrote `text`. It is unchecked, and the checked answer that follows may differ.

    `text` is empty now and then while the model is silent, so that whoever reads the events can stop it.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Event: the checked answer; always the last one."""

    answer: Answer


Event = Working | Understood | Found | Delta | Finished


@dataclass(frozen=True, slots=True)
class IngestItem:
    """What became of one article or file; `reason` says why it was rejected, or left alone for a later reading."""

    origin: str
    action: Action
    article_id: str = ""
    title: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Counts of a library and the embedder that built it."""

    path: str
    articles: int
    passages: int
    publishers: int
    dated_articles: int
    first_published: date | None
    last_published: date | None
    embedder: str
    generation: int
    bytes_on_disk: int

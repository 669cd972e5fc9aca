"""A topic to its dated events: the sentences that tell them, in the order of their days, copies told once.

No model is needed. A day comes from the sentence itself, counted from its article's publication where it says `on Sunday`; else
it is the day of publication, and the event says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rag.almanac import WEEKDAYS
from rag.answer.evidence import Sentence, gather
from rag.answer.fit import terms
from rag.fold import fold
from rag.ports import Embedder
from rag.retrieve.days import days_in
from rag.types import Days, Hit, Quote, Source

ARTICLE_SHARE = 0.6
"""Least share of the best sentence's score that the best one of an article must reach for the article to be on the topic."""

SENTENCE_SHARE = 0.35
"""The same for each sentence of such an article that tells a day."""

LONGEST = timedelta(days=31)
"""Longer times than this are no events: a whole year, or since 2019."""

SAME_COSINE = 0.8
SAME_WORDS = 0.5
"""From this cosine, or share of common words, on two sentences of one day tell the same."""

_EVERYTHING = 1_000_000
_HALF_A_YEAR = timedelta(days=182)
# Said from the day of writing on; any other day and month is the nearest one to it.
_FROM_WRITING = re.compile(
    r"\b(?:today|yesterday|last|past|previous|this|ago|since|after|hoy|ayer|hace|pasad[oa]s?|ultim[oa]s?|este|esta|desde|despues)\b"
)
_WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})\b")
_AHEAD = re.compile(r"\b(?:will|shall|is to|are to|next|plans? to|from|proximo)\s+(?:\w+\s+){0,6}$")


class DayOrigin(StrEnum):
    """How the day of an event is known."""

    STATED = "stated"  # by the sentence
    PUBLISHED = "published"  # only the article's day is known


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence that tells an event, and the article that it is of."""

    quote: Quote
    source: Source


@dataclass(frozen=True, slots=True)
class Dated:
    """An event: its day or days, how these are known, and who tells it, the sentence nearest to the topic first."""

    days: Days
    origin: DayOrigin
    told: tuple[Told, ...]

    @property
    def text(self) -> str:
        """The sentence nearest to the topic, word for word."""
        return self.told[0].quote.text


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a topic, the earliest first. `n_undated` counts the articles on it whose events have no day at all."""

    topic: str
    events: tuple[Dated, ...]
    n_undated: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A sentence with its day."""

    sentence: Sentence
    days: Days
    origin: DayOrigin


def timeline_of(topic: str, hits: Sequence[Hit], embedder: Embedder) -> Timeline:
    """Return the timeline of a topic from the passages found for it; it is empty where there are none.

    Of an article on the topic it takes each sentence that tells a day and speaks of the topic, or else its best sentence under
    the day of publication. Copies of one text are one article: the first of them that tells an event tells it for all.
    """
    # Not by how likely they answer: a topic asks for nothing, and the passage that a search ranks last may tell an event.
    sentences = sorted(gather(topic, hits, embedder, budget=_EVERYTHING).sentences, key=lambda one: -one.match)
    if not sentences:
        return Timeline(topic, ())
    best = sentences[0].match
    by_article: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_article.setdefault(sentence.source.original, []).append(sentence)
    found: list[_Found] = []
    n_undated = 0
    for told in by_article.values():
        if told[0].match < ARTICLE_SHARE * best:
            continue
        dated = list(_dated([one for one in told if one.match >= SENTENCE_SHARE * best]))
        n_undated += not dated
        found.extend(dated)
    events = sorted(_merged(found), key=lambda event: (event.days.first, event.days.last, event.text))
    return Timeline(topic, tuple(events), n_undated)


def _dated(sentences: Sequence[Sentence]) -> list[_Found]:
    """Return the sentences of one article that tell a day; its first under the day of publication where none does.

    Where the sentences are of its copies too, that is the day on which the first of them was published.
    """
    found = []
    for one in sentences:
        days = day_told(one.quote.text, one.source.published)
        if days:
            found.append(_Found(one, days, DayOrigin.STATED))
    published = [one for one in sentences if one.source.published]
    if not found and published:
        first = min(published, key=lambda one: one.source.published or date.max)
        day = first.source.published or date.max
        found.append(_Found(first, Days(day, day), DayOrigin.PUBLISHED))
    return found


def day_told(sentence: str, published: date | None) -> Days | None:
    """Return the day or short time that a sentence tells, the shortest where it tells several; None where it tells none.

    Args:
        published: The day that `on Sunday` and a day without its year are counted from; None reads only what needs no such day.

    >>> day_told("The bridge opens to traffic on 1 October.", date(2024, 4, 5)).first
    datetime.date(2024, 10, 1)
    """
    folded = fold(sentence)
    if published is None:
        early, late = (days_in(sentence, today=day) for day in (date(1990, 1, 1), date(2090, 1, 1)))
        told = [days for days in early if days in late]
    else:
        # The nearest day of that name, before or after: papers write of what is to come as well.
        is_from_writing = bool(_FROM_WRITING.search(folded))
        told = list(days_in(sentence, today=published if is_from_writing else published + _HALF_A_YEAR))
    short = [days for days in told if days.first > date.min and days.last - days.first <= LONGEST]
    if short:
        return min(short, key=lambda days: days.last - days.first)
    return _weekday_told(folded, published) if published else None


def _weekday_told(folded: str, published: date) -> Days | None:
    """Return the day of the week that a sentence names: the last one up to publication, the next one where it is to come."""
    match = _WEEKDAY.search(folded)
    if match is None:
        return None
    wanted = WEEKDAYS[match.group(1)]
    if _AHEAD.search(folded[: match.start()]):
        day = published + timedelta(days=(wanted - published.weekday() - 1) % 7 + 1)
    else:
        day = published - timedelta(days=(published.weekday() - wanted) % 7)
    return Days(day, day)


def _merged(found: Sequence[_Found]) -> list[Dated]:
    """Return the events, those of one day that say the same told once; one sentence that states the day is enough."""
    groups: list[list[_Found]] = []
    for one in sorted(found, key=lambda one: -one.sentence.match):
        group = next((group for group in groups if group[0].days == one.days and _say_the_same(group[0], one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    events = []
    for group in groups:
        speaking: dict[str, str] = {}
        for one in group:
            speaking.setdefault(one.sentence.source.original, one.sentence.source.article_id)
        told = tuple(
            Told(one.sentence.quote, one.sentence.source)
            for one in group
            if speaking[one.sentence.source.original] == one.sentence.source.article_id
        )
        origin = DayOrigin.STATED if any(one.origin is DayOrigin.STATED for one in group) else DayOrigin.PUBLISHED
        events.append(Dated(group[0].days, origin, told))
    return events


def _say_the_same(one: _Found, other: _Found) -> bool:
    if float(one.sentence.vector @ other.sentence.vector) >= SAME_COSINE:
        return True
    words, others = terms(one.sentence.quote.text), terms(other.sentence.quote.text)
    return len(words & others) >= SAME_WORDS * max(1, len(words | others))


def within(timeline: Timeline, first: date | None, last: date | None) -> Timeline:
    """Return the events that touch the time from `first` to `last`, both inclusive; None leaves that end open."""
    events = tuple(
        event
        for event in timeline.events
        if (first is None or event.days.last >= first) and (last is None or event.days.first <= last)
    )
    return replace(timeline, events=events)

"""What the day of an article does to an answer: the newest of equals leads, and a note says as of when it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.answer.compose import Composed
from rag.answer.evidence import Evidence, Sentence
from rag.types import Conflict, Filter, Quote, Source, Status, Understanding

SUPERSEDED_SHARE = 0.2
"""What is left of the score of a sentence whose value a newer one replaces."""

OLD_DAYS = 30
"""From so many days on the note tells how old the newest article is."""


def is_about_then(understood: Understanding, today: date | None) -> bool:
    """Return whether a question names a time that is over by `today`, so that it wants what held then."""
    return today is not None and any(days.last < today for days in understood.days)


def with_newest_first(evidence: Evidence, conflicts: Sequence[Conflict]) -> Evidence:
    """Return the evidence with the present value where its superseded ones stood, and these behind.

    Only sentences that an update names change their place, and none is left out: a model still reads all of them with their
    days. Where the present value is not among the evidence, nothing changes.
    """
    for conflict in conflicts:
        if conflict.is_update:
            evidence = _led_by(evidence, conflict.present[0].quote, [one.quote for one in conflict.earlier])
    return evidence


def _led_by(evidence: Evidence, new: Quote, old: Sequence[Quote]) -> Evidence:
    place = next((place for place, one in enumerate(evidence.sentences) if _overlap(one.quote, new)), None)
    if place is None:
        return evidence
    former = [one for one in evidence.sentences if any(_overlap(one.quote, quote) for quote in old)]
    best = max((one.score for one in former), default=0.0)
    sentences: list[Sentence] = []
    for number, one in enumerate(evidence.sentences):
        if number == place:
            one = replace(one, score=max(one.score, best))
        elif one in former:
            one = replace(one, score=round(one.score * SUPERSEDED_SHARE, 5))
        sentences.append(one)
    return replace(evidence, sentences=tuple(sorted(sentences, key=lambda one: -one.score)))


def _overlap(one: Quote, other: Quote) -> bool:
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


def as_of_note(
    composed: Composed,
    conflicts: Sequence[Conflict],
    *,
    understood: Understanding,
    where: Filter,
    newest: date | None,
    today: date,
) -> str:
    """Return a line that says of which day the answer is, what it was before, and how old the newest article is.

    It is empty for an answer that abstains, and where the question neither asks for the present, nor is asked as of a day, nor
    finds an older value.

    Args:
        newest: Publication day of the newest article of the library; None where no article has one.
        today: The UTC day of the asking.
    """
    updates = [conflict for conflict in conflicts if conflict.is_update and _is_cited(composed, conflict.present[0].quote)]
    is_dated = understood.is_about_now or where.as_of is not None
    if composed.status is Status.ABSTAINED or not (is_dated or updates):
        return ""
    parts = []
    days = [citation.source.published for citation in composed.citations if citation.source.published]
    if days:
        parts.append(f"As of {_written(max(days))}, the day of the newest article cited.")
    parts.extend(f"Earlier: {_told(conflict)}." for conflict in updates)
    if understood.is_about_now and newest is not None and (age := ((where.as_of or today) - newest).days) >= OLD_DAYS:
        parts.append(f"The newest article here is {age:,} days old ({_written(newest)}); things may have changed since.")
    return " ".join(parts)


def _is_cited(composed: Composed, quote: Quote) -> bool:
    return any(_overlap(citation.quote, quote) for citation in composed.citations)


def _told(conflict: Conflict) -> str:
    return "; ".join(f"{one.value} ({_label(one.source)}), superseded" for one in conflict.earlier)


def _label(source: Source) -> str:
    day = _written(source.published) if source.published else ""
    return ", ".join(part for part in (source.publisher or source.title or source.article_id, day) if part)


def _written(day: date) -> str:
    return f"{day:%-d %B %Y}"

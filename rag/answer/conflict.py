"""Where articles state different values for what a question asks: a disagreement to show, or an older value to leave behind.

Precision comes first: a value counts only where its passage speaks of all the names of the question and its sentence of the
same matter as the other's. What the rules do not understand is no conflict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from rag.answer.asked import Asked, Wanted, asked
from rag.answer.compose import Composed, marked
from rag.answer.evidence import Evidence
from rag.answer.limits import are_apart
from rag.answer.stated import Statement, differ, statements_of
from rag.converse.wording import ENGLISH, Wording
from rag.fold import fold
from rag.types import Citation, Claim, Conflict, Hit, Quote, Source, Stated, Status, Verdict

NEWS_CYCLE = timedelta(days=7)
"""Reports further apart than this do not disagree: the newer one replaces the older."""

MOST_VALUES = 4
"""Most values shown side by side; more are a list of things rather than one thing told differently."""

MIN_BESIDE = 3
"""Least shared words beside two values where none of them is the question's."""

# A newer report that says so replaces an older one of the same week too.
_CHANGED = re.compile(
    r"\b(?:now|no longer|ris(?:en|es) to|rose to|gone up|went up|climbed to|fallen to|fell to|cut to|put off|postponed|delayed"
    r"|brought forward|correct(?:ed|ion|s)|revis(?:ed|ion)|earlier report|recount\w*|final (?:count|results?|tally|figures?)"
    r"|certified|closed|ahora|ya no|subio a|ha subido|bajo a|aplaz\w+|corrig\w+|correccion|recuento final|definitiv\w+)\b"
)
# An older one that says so was never meant to last.
_PASSING = re.compile(
    r"\b(?:so far|as of|by noon|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|preliminary|provisional|partial|early count"
    r"|still (?:searching|counting)|hasta ahora|preliminar\w*|provisional\w*|parcial\w*|seguian buscando)\b"
)


def find_conflicts(question: str, hits: Sequence[Hit], *, is_about_then: bool = False) -> tuple[Conflict, ...]:
    """Return the different values that the hits state for what the question asks: none or one conflict.

    Values of the same amount count once, whoever copied whom; the hit that ranks best, or the newest, speaks for them. A
    question that asks for no value, or for no single one, has no conflict.

    Args:
        is_about_then: The question names a time of its own, so that no newer value replaces the one it asks for.
    """
    wanted = asked(question)
    if wanted is None:
        return ()
    statements = statements_of(wanted, hits)
    head = wanted.head
    # What is counted comes first, `turnout` before `runoff`: a sentence that names it speaks of the matter itself.
    for first in sorted(statements, key=lambda one: (head not in one.near, -len(one.near))):
        values = _distinct([first, *_rivals(wanted, first, statements)])
        if 2 <= len(values) <= MOST_VALUES:
            conflict = _conflict(values, hits)
            return () if is_about_then and conflict.is_update else (conflict,)
    return ()


def _rivals(wanted: Asked, first: Statement, statements: Sequence[Statement]) -> list[Statement]:
    """Return of each other article the statement that shares most words with the first, where the choice is mutual."""
    chosen = _closest(wanted, first, statements)
    own = first.source.original
    mutual = [other for other in chosen.values() if _closest(wanted, other, statements).get(own) is first]
    return [other for other in mutual if not are_apart(first.limits, other.limits)]


def _closest(wanted: Asked, one: Statement, statements: Sequence[Statement]) -> dict[str, Statement]:
    """Return by article, copies being one, the statement of the same matter with most words shared, the first of equals."""
    best: dict[str, Statement] = {}
    for other in statements:
        if _is_same_matter(wanted, one, other):
            known = best.get(other.source.original)
            if known is None or _shared(one, other) > _shared(one, known):
                best[other.source.original] = other
    return best


def _shared(one: Statement, other: Statement) -> int:
    return len(one.near & other.near) + len(one.beside & other.beside)


def _is_same_matter(wanted: Asked, one: Statement, other: Statement) -> bool:
    """Return whether two statements of different articles measure one thing in one unit and speak of it in shared words."""
    if one.source.original == other.source.original or not _same_measure(wanted, one, other):
        return False
    near, beside = one.near & other.near, one.beside & other.beside
    if wanted.wanted is Wanted.HOLDER:
        return bool(near)
    # What is measured stands beside both values or neither: turnout is not compared with a share of the votes.
    if wanted.wanted is not Wanted.COUNT and (wanted.head in one.near) != (wanted.head in other.near):
        return False
    return (bool(near) and bool(beside)) or len(beside) >= MIN_BESIDE


def _same_measure(wanted: Asked, one: Statement, other: Statement) -> bool:
    if one.unit == other.unit:
        return True
    if wanted.wanted not in (Wanted.COUNT, Wanted.NUMBER):
        return False
    # People are counted as residents here and as marchers there; a bare number may count the same.
    counted = {stem for token in wanted.words for stem in token.stems} | {"people", ""}
    return one.unit in counted or other.unit in counted


def _distinct(statements: Sequence[Statement]) -> list[Statement]:
    """Return one statement for each value, best hits first; of equal values the newest, where a day is known."""
    found: list[Statement] = []
    for one in statements:
        place = next((place for place, other in enumerate(found) if not differ(one, other)), None)
        if place is None:
            found.append(one)
        elif _is_newer(one.source, found[place].source):
            found[place] = one
    return found


def _is_newer(one: Source, other: Source) -> bool:
    return one.published is not None and other.published is not None and one.published > other.published


def _conflict(values: Sequence[Statement], hits: Sequence[Hit]) -> Conflict:
    """Return the values, those that stand first, in the order of the hits; then the superseded ones, newest first."""
    old = {id(one) for one in values if any(_replaces(other, one, hits) for other in values if other is not one)}
    stand = [_stated(one, is_superseded=False) for one in values if id(one) not in old]
    gone = [_stated(one, is_superseded=True) for one in values if id(one) in old]
    gone.sort(key=lambda one: one.source.published.toordinal() if one.source.published else 0, reverse=True)
    return Conflict((*stand, *gone))


def _replaces(new: Statement, old: Statement, hits: Sequence[Hit]) -> bool:
    """Return whether a newer report takes the place of an older one."""
    if not _is_newer(new.source, old.source):
        return False
    assert new.source.published is not None
    assert old.source.published is not None
    if new.source.published - old.source.published > NEWS_CYCLE:
        return True
    return bool(_CHANGED.search(fold(hits[new.hit].passage.text)) or _PASSING.search(fold(hits[old.hit].passage.text)))


def _stated(one: Statement, *, is_superseded: bool) -> Stated:
    return Stated(one.text, one.quote, one.source, is_superseded)


REASON = "the value stands word for word in its quote; another article gives another"


def with_conflicts(composed: Composed, conflicts: Sequence[Conflict], wording: Wording = ENGLISH) -> Composed:
    """Return an answer that also gives every side of a disagreement, each value cited by its own quote.

    An update adds nothing to the text: the present value is the answer. Nor does a disagreement to an answer that abstains.
    """
    if composed.status is Status.ABSTAINED:
        return composed
    for conflict in conflicts:
        if not conflict.is_update:
            composed = _with_sides(composed, conflict, wording)
    return composed


def _with_sides(composed: Composed, conflict: Conflict, wording: Wording) -> Composed:
    """Return the answer with one sentence more: `The articles differ: 52.4 percent [1] (Ledger); 51.1 percent [2] (Radio).`

    Each value is a claim of its own, behind which its own quote stands and no other.
    """
    citations = list(composed.citations)
    markers = {citation.quote: citation.marker for citation in citations}
    has_days = len({one.source.published for one in conflict.present}) > 1
    claims, said = [], []
    for one in conflict.present:
        if one.quote not in markers:
            markers[one.quote] = max(markers.values(), default=0) + 1
            citations.append(Citation(markers[one.quote], one.quote, one.source, Verdict.SUPPORTED))
        claims.append(Claim(one.value, Verdict.SUPPORTED, (markers[one.quote],), REASON))
        said.append(f"{marked(claims[-1])} ({_speaker(one.source, has_day=has_days)})")
    text = f"{composed.text} {wording.differ} {'; '.join(said)}."
    return Composed(composed.status, text, (*composed.claims, *claims), tuple(citations))


def _speaker(source: Source, *, has_day: bool) -> str:
    """Return who says a value, and when where that tells the sides apart."""
    day = f"{source.published:%-d %B %Y}" if has_day and source.published else ""
    return ", ".join(part for part in (source.publisher or source.title or source.article_id, day) if part)


def shown_with(evidence: Evidence, conflicts: Sequence[Conflict]) -> tuple[Quote, ...]:
    """Return the quotes of the evidence, and after them the sides of disagreements that it had no room for."""
    quotes = [sentence.quote for sentence in evidence.sentences]
    sides = (one.quote for conflict in conflicts if not conflict.is_update for one in conflict.present)
    return tuple(dict.fromkeys((*quotes, *sides)))

"""Numbers, days and names: each must stand in the cited words, in its unit and within its bounds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.matching import Matching, name_runs
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.values import Bound, Kind, Value, comparable, same_unit, unit_of
from rag.types import Verdict

_ENDS = frozenset("to a hasta".split())
_OF_SOMEBODY = re.compile(r"\W*(?:s?he|they|él|ella|ellos|ellas)\b", re.IGNORECASE)
_FLIPPED = {(Bound.LEAST, Bound.MOST), (Bound.MOST, Bound.LEAST)}


def value_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault for each value that the cited words and the byline do not hold, or hold with another bound."""
    for token in matching.claim.tokens:
        if token.value is None:
            continue
        if not matching.has(token):
            yield _missing(token, matching)
        elif fault := _unit_fault(token, matching) or _end_fault(token, matching) or _bound_fault(token, matching):
            yield fault


def _missing(token: Token, matching: Matching) -> Fault:
    """Return the fault of a value that is not there: the cited words give another one for the same, or none."""
    assert token.value is not None
    rivals = [other for other in matching.cited.tokens if other.value is not None and _is_rival(token.value, other.value)]
    if rivals:
        told = " or ".join(dict.fromkeys(repr(other.text) for other in rivals[:3]))
        reason = f"it says {token.text!r} where the cited words say {told}"
        return Fault(Verdict.CONTRADICTED, Ground.VALUE, reason, token.place)
    counted = next(
        (other for other in matching.cited.tokens if other.value is not None and _counts(token.value, other.value)), None
    )
    if counted is not None:
        return Fault(
            Verdict.PARTIAL, Ground.VALUE, f"it says {token.text!r}, the cited words only {counted.text!r}", token.place
        )
    return Fault(Verdict.UNSUPPORTED, Ground.VALUE, f"{token.text!r} is not in the cited words", token.place)


def _counts(claimed: Value, cited: Value) -> bool:
    """Return whether a count is told by an ordinal: four defeats by the fourth defeat."""
    return claimed.kind is Kind.NUMBER and cited.kind is Kind.ORDINAL and claimed.amount == cited.amount and not claimed.unit


def _is_rival(claimed: Value, cited: Value) -> bool:
    """Return whether a cited value stands in the place of the claimed one."""
    if not comparable(claimed, cited):
        return False
    if {claimed.kind, cited.kind} == {Kind.NUMBER, Kind.YEAR}:
        return False
    if claimed.kind is Kind.NUMBER and claimed.amount != cited.amount:
        return same_unit(claimed, cited)
    return True


def _unit_fault(token: Token, matching: Matching) -> Fault | None:
    """Return the fault of a unit that the cited words name nowhere: 900 euros for 900."""
    assert token.value is not None
    unit = token.value.unit
    places = [other for other in matching.at(token) if other.value is not None]
    if not unit or not places or any(other.value.unit == unit for other in places if other.value):
        return None
    if any(unit_of(other.word) == unit for other in matching.cited.tokens):
        return None
    reason = f"it says {token.text!r}, the cited words only {places[0].text!r}"
    return Fault(Verdict.UNSUPPORTED, Ground.VALUE, reason, token.place)


def _end_fault(token: Token, matching: Matching) -> Fault | None:
    """Return the fault of a range taken by its wrong end: rose to 10 where it rose from 10 to 25."""
    before = matching.claim.tokens[token.place - 1].word if token.place else ""
    if before not in _ENDS:
        return None
    for place in matching.at(token):
        theirs = matching.cited.tokens[place.place - 1].word if place.place else ""
        following = [other.word for other in matching.cited.tokens[place.place + 1 : place.place + 2]]
        is_start = theirs in {"from", "de", "desde"} and following[:1] in (["to"], ["a"], ["hasta"])
        if not (before in {"to", "a", "hasta"} and is_start):
            return None
    reason = f"it ends at {token.text!r}, where the cited words begin"
    return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place) if matching.at(token) else None


def _bound_fault(token: Token, matching: Matching) -> Fault | None:
    """Return what is wrong with `at least`, `exactly` and their like."""
    assert token.value is not None
    cited = [other for other in matching.at(token) if other.value is not None]
    if token.value.kind is not Kind.NUMBER or not cited:
        return None
    bounds = {other.value.bound for other in cited if other.value}
    own = token.value.bound
    if own in bounds or Bound.NONE in bounds:
        return None
    theirs = next(iter(sorted(bounds)))
    reason = f"it says {own.value or 'plainly'} {token.text!r}, the cited words {theirs.value} that"
    if all((own, bound) in _FLIPPED for bound in bounds):
        return Fault(Verdict.CONTRADICTED, Ground.QUANTITY, reason, token.place)
    if own is Bound.EXACT or (own is Bound.NONE and theirs is not Bound.ABOUT):
        return Fault(Verdict.PARTIAL, Ground.QUANTITY, reason, token.place)
    if own in {Bound.LEAST, Bound.MOST} and bounds <= {Bound.ABOUT}:
        return Fault(Verdict.PARTIAL, Ground.QUANTITY, reason, token.place)
    return None


def name_faults(matching: Matching, question: Reading) -> Iterator[Fault]:
    """Yield a fault for each name that is not there, or that joins parts of two; one that the question gives weighs less."""
    asked = {token.word for token in question.tokens if token.is_content}
    known = {token.word for token in question.tokens if token.is_capital and not opens_sentence(token, question)}
    for run in name_runs(matching.claim):
        if len(run) == 1 and opens_sentence(run[0], matching.claim) and run[0].word not in known:
            continue
        missing = [token for token in run if not matching.has(token)]
        if not missing:
            if torn := _torn(run, matching):
                yield Fault(Verdict.UNSUPPORTED, Ground.NAME, f"the cited words name no {torn!r}", run[0].place)
            continue
        added = [token for token in missing if token.word not in asked]
        if added:
            told = " ".join(token.text for token in added)
            yield Fault(Verdict.UNSUPPORTED, Ground.NAME, f"{told!r} is not in the cited words", added[0].place)
        elif len(missing) == len(run):
            told = " ".join(token.text for token in missing)
            reason = f"only the question, not the cited words, names {told!r}"
            verdict = Verdict.UNSUPPORTED if _is_of_somebody(matching.cited) else Verdict.PARTIAL
            yield Fault(verdict, Ground.QUESTION, reason, missing[0].place)


def _is_of_somebody(cited: Reading) -> bool:
    """Return whether a cited sentence says `she` or `he` of whom it tells, which is nobody that the question names."""
    return any(_OF_SOMEBODY.match(sentence) for sentence in cited.sentences)


def opens_sentence(token: Token, claim: Reading) -> bool:
    """Return whether a capital only begins a sentence, so that it does not tell a name."""
    if len(token.text) > 1 and token.text.isupper():
        return False
    before = claim.tokens[: token.place]
    return not any(
        other.sentence == token.sentence and (other.is_content or (other.is_stop and other.stems)) for other in before
    )


def _torn(run: list[Token], matching: Matching) -> str:
    """Return the name if its parts stand in different places of the cited words: a first name here, a surname there."""
    for one, other in itertools.pairwise(run):
        if one.concepts or other.concepts or other.place != one.place + 1:
            continue
        left, right = matching.at(one), matching.at(other)
        if not left or not right or any(token.stands_for for token in (*left, *right)):
            continue
        if not any(abs(a.place - b.place) <= 4 for a in left for b in right):
            return f"{one.text} {other.text}"
    return ""

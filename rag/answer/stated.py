"""Where the articles state the value that a question asks for: the value, its sentence, and what that speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer.asked import Asked, Wanted
from rag.answer.checking.matching import match, name_runs
from rag.answer.checking.reading import Reading, Token, read
from rag.answer.checking.values import CURRENCIES, Bound, Kind, Value
from rag.answer.injection import speaks_to_a_machine
from rag.answer.limits import Limits, is_elsewhere, limits_of
from rag.chunk import is_heading
from rag.fold import fold
from rag.sentences import sentence_spans
from rag.types import Hit, Passage, Quote, Source

MIN_ABOUT = 0.6
"""Least share of the question's words that the passage and its title must hold."""

MIN_ABOUT_NAMELESS = 0.8
"""The same for a question without names, which little else ties to a matter."""

REACH = 14
"""Tokens on either side of a value in which the question's words must stand."""

ROUND_ZEROS = 3
"""A number that ends in so many zeros is taken for a rounded one."""

_KINDS = {Wanted.DAY: Kind.DAY, Wanted.TIME: Kind.TIME}
# What somebody wishes for is no value of the thing.
_WISH = re.compile(
    r"\b(?:offer\w*|wants?|wanted|demand\w*|propos\w*|ask(?:ed|s)? for|reject\w*|ofrec\w*|pidi\w*|exig\w*|propus\w*)\b"
)
# What counts people, whatever the report calls them.
_PEOPLE = frozenset(
    "people person persons residents inhabitants men women children persona personas habitantes vecinos".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that an article states.

    `text` is the value as it is written there, or the name, whose last word's stems are `name`. `near` are the places of the
    question's words that stand around it, `beside` the concepts or stems of the sentence's own words, `unit` what the value
    measures: a unit, a counted noun, or nothing. `hit` counts the hits from 0.
    """

    text: str
    value: Value | None
    name: frozenset[str]
    unit: str
    near: frozenset[int]
    beside: frozenset[str]
    limits: Limits
    quote: Quote
    source: Source
    hit: int


def statements_of(asked: Asked, hits: Sequence[Hit]) -> list[Statement]:
    """Return the values of the wanted kind in passages that speak of all the names of the question, best hits first.

    A sentence with several values of that kind, none of them nearest to the question's words, states none.
    """
    nothing = read("")
    found = []
    for number, hit in enumerate(hits):
        about = read(f"{hit.source.title}. {hit.passage.text}")
        whole = match(asked.reading, about, nothing)
        least = MIN_ABOUT if asked.names else MIN_ABOUT_NAMELESS
        if not all(whole.has(name) for name in asked.names) or whole.share((*asked.names, *asked.words)) < least:
            continue
        for quote in _quotes(hit.passage):
            if _WISH.search(fold(quote.text)):
                continue
            sentence = read(quote.text)
            near = match(asked.reading, sentence, nothing)
            places = {token.place: [other.place for other in near.at(token)] for token in asked.words}
            named = {token.place: [other.place for other in near.at(token)] for token in asked.names}
            one = _pick(asked, sentence, places, named)
            if one is None:
                continue
            at, text, value, name, unit, is_alone = one
            if is_elsewhere(asked, sentence, at):
                continue
            clause = sentence.tokens[at].clause
            own = [token for token in sentence.tokens if is_alone or token.clause == clause]
            reach = {token.place for token in own if abs(token.place - at) <= REACH}
            around = frozenset(place for place, theirs in places.items() if not reach.isdisjoint(theirs))
            if not around and not (asked.wanted in _KINDS and any(named.values())) and not unit:
                continue
            beside = frozenset(
                stem
                for token in own
                if token.is_content and token.value is None and token.place != at and (not token.is_capital or token.place == 0)
                for stem in (token.concepts or token.stems)
            )
            found.append(
                Statement(text, value, name, unit, around, beside, limits_of(asked, sentence, at), quote, hit.source, number)
            )
    return found


_Found = tuple[int, str, Value | None, frozenset[str], str, bool]


def _pick(asked: Asked, sentence: Reading, places: dict[int, list[int]], named: dict[int, list[int]]) -> _Found | None:
    """Return the one value of a sentence that the question asks for: its place, text, value, name and unit."""
    found = list(_holders(asked, sentence) if asked.wanted is Wanted.HOLDER else _values(asked, sentence))
    if len(found) > 1 and asked.wanted is Wanted.COUNT:
        counted = {fold(token.text) for token in asked.words[:1]}
        fit = [one for one in found if counted & {one[4]}]
        found = fit or found
    if len(found) <= 1:
        return found[0] if found else None
    if asked.wanted is Wanted.HOLDER:
        return None
    # Each value has its own clause: `a crossing costs 4.80 euros, and the pass 109`.
    words = [other for group in places.values() for other in group]
    theirs = words or [other for group in named.values() for other in group]
    if not theirs:
        return None
    ranks = sorted((_fit(one[0], theirs, sentence), place) for place, one in enumerate(found))
    (best, place), (second, _) = ranks[:2]
    return (*found[place][:5], False) if best < second else None


def _fit(at: int, theirs: Sequence[int], sentence: Reading) -> tuple[int, int]:
    """Return how far a value is from the question's words, less for more of them in its clause."""
    clause = sentence.tokens[at].clause
    return -sum(sentence.tokens[other].clause == clause for other in theirs), sum(abs(at - other) for other in theirs)


def _values(asked: Asked, sentence: Reading) -> list[_Found]:
    """Return the values of the wanted kind."""
    found: list[_Found] = []
    for token in sentence.tokens:
        value = token.value
        if value is None:
            continue
        if asked.wanted in _KINDS:
            if value.kind is _KINDS[asked.wanted] and (value.kind is not Kind.DAY or value.month):
                found.append((token.place, token.text, value, frozenset(), "", True))
            continue
        if value.kind is not Kind.NUMBER:
            continue
        unit, text = _measured(token, sentence)
        if _fits(asked.wanted, value, unit):
            found.append((token.place, text, value, frozenset(), unit, True))
    return found


def _fits(wanted: Wanted, value: Value, unit: str) -> bool:
    if wanted is Wanted.SHARE:
        return unit == "%"
    if wanted is Wanted.MONEY:
        return value.unit in CURRENCIES or (not value.unit and bool(unit))
    if wanted is Wanted.COUNT:
        return not value.unit
    return True


def _measured(token: Token, sentence: Reading) -> tuple[str, str]:
    """Return what a number measures, its unit or the noun after it, and the number as written with that noun."""
    assert token.value is not None
    if token.value.unit:
        return token.value.unit, token.text
    following = sentence.tokens[token.place + 1 : token.place + 2]
    head = following[0] if following else None
    if head is None or head.is_stop or head.value is not None or head.is_capital or _is_deed(head):
        return "", token.text
    noun = "people" if head.word in _PEOPLE else min(head.stems or {head.word})
    return noun, f"{token.text} {head.text}"


def _is_deed(token: Token) -> bool:
    """Return whether a word after a number tells what was done, `412 voted`, and not what is counted."""
    return token.is_verb_like and not token.is_noun and not token.word.endswith("ing")


def _holders(asked: Asked, sentence: Reading) -> list[_Found]:
    """Return the names of two words or more that are not the question's own."""
    known = {stem for token in (*asked.names, *asked.words) for stem in token.stems}
    found: list[_Found] = []
    for run in name_runs(sentence):
        own = [token for token in run if not token.stems & known]
        places = [token.place for token in own]
        if len(own) < 2 or len(own) < len(run) - 1 or places != list(range(places[0], places[0] + len(own))):
            continue
        text = " ".join(token.text.removesuffix("'s").removesuffix("’s") for token in own)
        found.append((own[0].place, text, None, frozenset(own[-1].stems), "", True))
    return found


def differ(one: Statement, other: Statement) -> bool:
    """Return whether two statements give values that cannot both be right: not roundings of one, nor `over 100` and 120."""
    if one.value is None or other.value is None:
        return one.name.isdisjoint(other.name)
    a, b = one.value, other.value
    if a.kind is Kind.DAY:
        return (a.amount, a.month) != (b.amount, b.month)
    if a.bound is Bound.LEAST or b.bound is Bound.LEAST or a.bound is Bound.MOST or b.bound is Bound.MOST:
        return False
    largest = max(a.amount, b.amount)
    gap = abs(a.amount - b.amount) / largest if largest else 0.0
    if Bound.ABOUT in (a.bound, b.bound) and gap <= 0.1:
        return False
    return gap > 1e-9 and not _rounds_to(one, b.amount) and not _rounds_to(other, a.amount)


def _rounds_to(rounded: Statement, amount: float) -> bool:
    """Return whether a number as written stands for another one with more digits: 52 for 52.4, 1.2 million for 1,213,450."""
    assert rounded.value is not None
    match_ = re.search(r"\d(?:[\d.,]*\d)?", rounded.text)
    digits = re.sub(r"\D", "", match_.group()) if match_ else ""
    if not digits.strip("0"):
        return False
    zeros = len(digits) - len(digits.rstrip("0"))
    step = rounded.value.amount / float(digits) * (10.0**zeros if zeros >= ROUND_ZEROS else 1.0)
    return abs(rounded.value.amount - amount) < step / 2


def _quotes(passage: Passage) -> Iterator[Quote]:
    """Yield the sentences of a passage that can be quoted: no headings, and nothing of a paragraph that speaks to a machine."""
    closed = -1
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        if start < closed or is_heading(text):
            continue
        if speaks_to_a_machine(text):
            after = passage.text.find("\n", end)
            closed = after if after >= 0 else len(passage.text)
            continue
        yield Quote(passage.article_id, passage.start + start, passage.start + end, text)

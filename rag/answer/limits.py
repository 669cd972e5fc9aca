"""What narrows the matter that a value is of: its year, its round, whom it was against, the part it is of.

Two values that each keep to limits of their own are of two matters, and no conflict.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from rag.answer.asked import Asked
from rag.answer.checking.lexicon import are_converse, are_opposite
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.values import Kind, word_value
from rag.fold import fold

_TIMES = frozenset({Kind.YEAR, Kind.MONTH, Kind.DAY})
_TIED = frozenset("against in at near for to from versus en contra para cerca".split())
_OF = frozenset("of de del".split())
# What says no part: the number of dead is the dead.
_WHOLE = frozenset(
    "number total toll count share rate level size cost price sum amount figure numero cifra costo precio cantidad".split()
)
_SURVEY = re.compile(r"\b(?:polls?|pollsters?|survey\w*|forecasts?|estimat\w*|encuestas?|sondeos?|pronostic\w*)\b")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a value: its `times`, `ordinals`, `names` and `parts` that are not the question's own.

    `is_opposite` tells that a word beside the value says the opposite of one of the question's.
    """

    times: frozenset[tuple[Kind, float, int]]
    ordinals: frozenset[float]
    names: frozenset[str]
    parts: frozenset[str]
    is_opposite: bool
    is_survey: bool


def limits_of(asked: Asked, sentence: Reading, at: int) -> Limits:
    """Return what limits the value at a place of a sentence."""
    tokens = sentence.tokens
    clause = tokens[at].clause
    own = [token for token in tokens if token.clause == clause]
    known = {stem for token in (*asked.names, *asked.words) for stem in token.stems}
    matter = {stem for token in asked.words for stem in token.stems}
    meant = {concept for token in asked.words for concept in token.concepts}
    valued = [token for token in tokens if token.value is not None and token.place != at]
    asked_values = {token.value.amount for token in asked.reading.tokens if token.value is not None}
    return Limits(
        times=frozenset(
            (token.value.kind, token.value.amount, token.value.month)
            for token in valued
            if token.value is not None and token.value.kind in _TIMES and token.value.amount not in asked_values
        ),
        ordinals=frozenset(
            token.value.amount
            for token in valued
            if token.value is not None
            and token.value.kind is Kind.ORDINAL
            and token.clause == clause
            and token.value.amount not in asked_values
        ),
        names=frozenset(other.word for one, other in itertools.pairwise(own) if one.word in _TIED and _is_name(other, known)),
        parts=frozenset(
            one.word
            for one, of in itertools.pairwise(own)
            if of.word in _OF and _is_part(one, known, meant) and _leads_to(of, own, matter)
        ),
        is_opposite=any(
            are_opposite(token.concepts, other.concepts) and not are_converse(token.concepts, other.concepts)
            for token in own
            if token.is_content
            for other in asked.words
        ),
        is_survey=bool(_SURVEY.search(fold(" ".join(sentence.sentences)))),
    )


def are_apart(one: Limits, other: Limits) -> bool:
    """Return whether two values keep to different limits, so that both can be right."""
    if one.is_survey or other.is_survey or one.is_opposite != other.is_opposite:
        return True
    if one.ordinals != other.ordinals or one.parts != other.parts:
        return True
    pairs = ((one.times, other.times), (one.names, other.names))
    return any(ours and theirs and ours.isdisjoint(theirs) for ours, theirs in pairs)


def is_elsewhere(asked: Asked, sentence: Reading, at: int) -> bool:
    """Return whether the clause of a value names a place of its own and nothing that the question names: `in Duneport`."""
    clause = sentence.tokens[at].clause
    own = [token for token in sentence.tokens if token.clause == clause]
    known = {stem for token in asked.names for stem in token.stems}
    if not known or any(token.stems & known for token in own):
        return False
    return any(one.word in _TIED and _is_name(other, known) for one, other in itertools.pairwise(own))


def _is_name(token: Token, known: set[str]) -> bool:
    is_day = token.value is not None or word_value(token.word) is not None  # also in `Sunday's`
    return token.is_capital and not token.is_stop and not is_day and not token.stems & known


def _is_part(token: Token, known: set[str], meant: set[str]) -> bool:
    """Return whether a noun before `of` says a part that the question does not: `the repair of the bridge`."""
    return (
        token.is_content
        and token.value is None
        and not token.is_capital
        and token.word not in _WHOLE
        and not token.stems & known
        and not token.concepts & meant
    )


def _leads_to(of: Token, own: list[Token], matter: set[str]) -> bool:
    """Return whether what stands after `of` is the question's matter."""
    for token in own:
        if token.place > of.place:
            if token.stems & matter:
                return not token.is_verb_like
            if not (token.is_stop or token.is_capital):
                return False
    return False

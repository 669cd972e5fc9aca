"""Which number belongs to what: 45 percent for Paz is not 45 percent for Ruiz, and 97 percent of the ballots no turnout.

What stands nearest to a value in the sentence must stand nearer to it, in the cited words, than to any other value of its kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rag.answer.checking.facts import opens_sentence
from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.lexicon import is_speaking
from rag.answer.checking.matching import Matching
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.values import Kind, Value, comparable, same_unit
from rag.types import Verdict

_CLAUSE_COST = 4
_SENTENCE_COST = 40
_ANCHOR_REACH = 10
_SPEAKER_REACH = 6
_COUNTED_REACH = 4
_ACCORDING = frozenset("according segun".split())
_OFFICES = frozenset("mayor president minister government police company lead".split())
_LEAST_AGAINST = 0.3
_AMOUNTS = frozenset({Kind.NUMBER, Kind.SCORE, Kind.YEAR})
_AGAINST = frozenset("against versus vs contra".split())
_RANGE_WORDS = frozenset("to a - – until hasta".split())


def binding_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault for each value that the cited words give for another thing than the sentence does."""
    claim, cited = matching.claim, matching.cited
    others = _speakers(claim) | _opponents(claim)
    for token in claim.tokens:
        if token.value is None or token.value.kind not in _AMOUNTS or not matching.at(token):
            continue
        anchors = [
            other
            for other in claim.tokens
            if other.place != token.place
            and _is_anchor(other, token, others)
            and _nearest(other, token.value, claim) == token.place
        ]
        votes = sum(_vote(anchor, token, matching, cited) for anchor in anchors)
        if votes < -_LEAST_AGAINST:
            yield _bound_elsewhere(token, anchors, matching)
        elif (fault := _whole_for_part(token, matching)) or (
            fault := _counted_elsewhere(token, anchors, matching)
            or _other_noun(token, matching)
            or _other_owner(token, matching)
        ):
            yield fault
        elif anchors and not any(matching.has(anchor) for anchor in anchors):
            told = " ".join(anchor.text for anchor in anchors[:3])
            reason = f"the cited words give {token.text!r}, but not for {told!r}"
            yield Fault(Verdict.UNSUPPORTED, Ground.BINDING, reason, token.place)


def _counted_elsewhere(token: Token, anchors: list[Token], matching: Matching) -> Fault | None:
    """Return the fault of a value whose every neighbour stands nearer to a value of another unit: a count for a percentage."""
    if token.value is None or token.value.kind is not Kind.NUMBER or any(at.value is None for at in matching.at(token)):
        return None
    anchors = [anchor for anchor in anchors if anchor.value is None]
    told = [(anchor, _nearest_of_all(anchor, token, matching)) for anchor in anchors if matching.at(anchor)]
    far = [(anchor, rival) for anchor, rival in told if rival is not None]
    counted = [anchor for anchor, _ in far if 0 < anchor.place - token.place <= _COUNTED_REACH]
    if not counted or len(far) < len(told):
        return None
    anchor, rival = next(pair for pair in far if pair[0] in counted)
    if rival.value is None or same_unit(token.value, rival.value):
        return None
    reason = f"the cited words put {rival.text!r}, not {token.text!r}, to {anchor.text!r}"
    return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place)


def _other_noun(token: Token, matching: Matching) -> Fault | None:
    """Return the fault of a number that counts another noun: `37 volunteers` where the volunteers counted `37 species`."""
    assert token.value is not None
    ours = _counted(token, matching.claim)
    if token.value.kind is not Kind.NUMBER or token.value.unit or ours is None or not matching.at(ours):
        return None
    for place in matching.at(token):
        theirs = _counted(place, matching.cited)
        near = any(0 < at.place - place.place <= _COUNTED_REACH + 1 for at in matching.at(ours))
        if theirs is None or near or any(theirs in matching.at(other) for other in matching.claim.tokens):
            return None
        reason = f"the cited words count {theirs.text!r}, not {ours.text!r}, with {token.text!r}"
    return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place)


def _counted(value: Token, reading: Reading) -> Token | None:
    """Return the noun right after a number."""
    following = reading.tokens[value.place + 1 : value.place + 2]
    if not following or following[0].value is not None or not following[0].is_content or following[0].is_verb_like:
        return None if not following or following[0].value is not None or not following[0].is_noun else following[0]
    return following[0]


def _other_owner(token: Token, matching: Matching) -> Fault | None:
    """Return the fault of a number given to a name of another clause, past the name that stands beside it."""
    assert token.value is not None
    places = matching.at(token)
    if token.value.kind is not Kind.NUMBER or len(places) != 1:
        return None
    names = [one for one in matching.claim.tokens if one.is_capital and one.clause == token.clause and matching.at(one)]
    beside = [
        one
        for one in matching.cited.tokens
        if one.is_capital and one.is_content and one.clause == places[0].clause and not opens_sentence(one, matching.cited)
    ]
    if not names or not beside or len([one for one in matching.claim.tokens if one.value is not None]) > 1:
        return None
    if any(at.clause == places[0].clause or at.sentence != places[0].sentence for one in names for at in matching.at(one)):
        return None
    if any(one in matching.at(other) for one in beside for other in matching.claim.tokens):
        return None
    if any(at.place < min(one.place for one in beside) for one in names for at in matching.at(one)):
        return None  # a name before both may be the subject of all
    told = " ".join(one.text for one in beside)
    reason = f"the cited words give {token.text!r} for {told!r}, not for {' '.join(one.text for one in names)!r}"
    return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place)


def _nearest_of_all(anchor: Token, value: Token, matching: Matching) -> Token | None:
    """Return the amount nearest to an anchor in its cited sentence, where that is not the given one at any of its places."""
    amounts = [token for token in matching.cited.tokens if token.value is not None and token.value.kind is Kind.NUMBER]
    nearest = None
    for place in matching.at(anchor):
        rivals = [token for token in amounts if _same_sentence(token, place)]
        if not rivals:
            return None
        nearest = min(rivals, key=lambda rival: _distance(place, rival))
        if nearest in matching.at(value):
            return None
    return nearest


def _speakers(claim: Reading) -> frozenset[int]:
    """Return the places of the words that tell who says it, next to a verb of saying or after `according to`."""
    told = [token for token in claim.tokens if token.word in _ACCORDING or (token.is_verb_like and is_speaking(token.concepts))]
    return frozenset(
        token.place
        for token in claim.tokens
        for verb in told
        if token.value is None
        and abs(token.place - verb.place) <= _SPEAKER_REACH
        and token.clause in {verb.clause, verb.clause - 1}
        and (token.is_capital or token.concepts & _OFFICES)
    )


def _whole_for_part(token: Token, matching: Matching) -> Fault | None:
    """Return the fault of a whole given for its part: `2,300 jobs go` where `1,850 of its 2,300 jobs` do."""
    verbs = [verb for verb in matching.claim.tokens if verb.is_verb_like and verb.is_content and matching.at(verb)]
    for whole in matching.at(token):
        part = _part_of(whole, matching.cited)
        if part is None or not verbs or any(part in matching.at(other) for other in matching.claim.tokens):
            continue
        reason = f"the cited words say {part.text!r} of {whole.text!r}"
        return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place)
    return None


def _part_of(whole: Token, reading: Reading) -> Token | None:
    """Return the number that is told as a part of another: `412 of the union's 530 members`, `of its 530 members, 412`."""
    before = reading.tokens[max(0, whole.place - 5) : whole.place]
    for token in before:
        between = [other.word for other in before if other.place > token.place]
        if token.value is not None and token.value.kind is Kind.NUMBER and between[:1] in (["of"], ["de"]):
            return token if token.sentence == whole.sentence and token.value.unit != "%" else None
    if any(token.word == "of" and token.sentence == whole.sentence for token in before[-4:]):
        after = reading.tokens[whole.place + 1 : whole.place + 6]
        told = next((token for token in after if token.value is not None and token.value.kind is Kind.NUMBER), None)
        if told is not None and told.value is not None and whole.value is not None and told.value.unit == whole.value.unit:
            return told if told.value.amount < whole.value.amount else None
    return None


def _opponents(claim: Reading) -> frozenset[int]:
    """Return the places of `against` and of the names after it in its clause: the value is that of the other side."""
    found: set[int] = set()
    for at in claim.tokens:
        if at.word in _AGAINST:
            after = claim.tokens[at.place + 1 :]
            found |= {at.place, *(token.place for token in after if token.clause == at.clause and token.is_capital)}
    return frozenset(found)


def _is_anchor(token: Token, value: Token, others: frozenset[int]) -> bool:
    """Return whether a token can tell what a value is of: a content word, or a value of another kind such as the year."""
    assert value.value is not None
    if token.sentence != value.sentence or token.weight == 0.0 or _distance(token, value) > _ANCHOR_REACH:
        return False
    if token.place in others:
        return False
    return token.value is None or token.value.kind is not value.value.kind


def _nearest(anchor: Token, value: Value, reading: Reading) -> int:
    """Return the place of the value, of those that could stand in for `value`, that is nearest to a token; -1 for none."""
    rivals = [token for token in reading.tokens if token.value is not None and _could_be(value, token.value)]
    if not rivals:
        return -1
    return min(rivals, key=lambda rival: (_distance(anchor, rival), rival.place > anchor.place)).place


def _could_be(value: Value, other: Value) -> bool:
    """Return whether a value can be taken for another: two amounts, or two years, in units that do not differ."""
    return comparable(value, other) and (value.kind is Kind.YEAR) == (other.kind is Kind.YEAR) and same_unit(value, other)


def _distance(one: Token, other: Token) -> int:
    """Return how far apart two tokens are, borders of clauses and sentences counting more."""
    apart = abs(one.place - other.place)
    return apart + _CLAUSE_COST * abs(one.clause - other.clause) + _SENTENCE_COST * abs(one.sentence - other.sentence)


def _vote(anchor: Token, value: Token, matching: Matching, cited: Reading) -> float:
    """Return > 0 where the cited words put the value to the anchor, < 0 where they put another one there."""
    assert value.value is not None
    wanted = {token.place for token in matching.at(value)}
    votes = []
    for place in matching.at(anchor):
        if place.stands_for or (place.value is not None and anchor.value is None):
            continue
        nearest = _nearest(place, value.value, cited)
        if nearest >= 0 and _same_sentence(place, cited.tokens[nearest]):
            meant = _range(cited, nearest) & wanted
            near = _distance(place, cited.tokens[nearest])
            far = min(_distance(place, cited.tokens[other]) for other in wanted)
            votes.append(1.0 if meant else near / far - 1.0)  # two that are about as far tell little
    if not votes:
        return 0.0
    weight = 0.5 if anchor.is_verb_like else 1.5 if anchor.is_capital and anchor.place else 1.0
    return weight * max(votes)


def _range(reading: Reading, place: int) -> frozenset[int]:
    """Return the places of the values that make one range with the value at a place: `from 320 to 410`."""
    values = [token for token in reading.tokens if token.value is not None]
    found = {place}
    for one, other in itertools.pairwise(values):
        between = {token.word for token in reading.tokens[one.place + 1 : other.place]}
        if between and between <= _RANGE_WORDS and {one.place, other.place} & found:
            found |= {one.place, other.place}
    return frozenset(found)


def _same_sentence(one: Token, other: Token) -> bool:
    return one.sentence == other.sentence


def _bound_elsewhere(token: Token, anchors: list[Token], matching: Matching) -> Fault:
    """Return the fault of a value that belongs to something else, naming what the cited words give instead."""
    assert token.value is not None
    for anchor in anchors:
        if _vote(anchor, token, matching, matching.cited) < 0:
            rival = matching.cited.tokens[_nearest(matching.at(anchor)[0], token.value, matching.cited)]
            reason = f"the cited words put {rival.text!r}, not {token.text!r}, to {anchor.text!r}"
            return Fault(Verdict.CONTRADICTED, Ground.BINDING, reason, token.place)
    raise AssertionError("unreachable: a vote was against it")

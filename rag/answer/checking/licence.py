"""What must be shown before a sentence is called supported: where a doubt is left, it is supported in part.

The faults tell what is wrong, by what the words are known to mean; that nothing was found wrong does not make a sentence right.
Here the question is turned: every word that tells something is met, what governs it in the cited words is kept (`offered to
help` is not `helped`), each verb has the parties and each number the names that it has there, and what comes first, or causes
the other, is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from rag.answer.checking.altered import alterations
from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.matching import Matching, nearest_sentence
from rag.answer.checking.parties import ARTICLES, CONDITIONS, is_name, names_somebody, other_parties, turned_round, word_before
from rag.answer.checking.polarity import is_denying
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.stance import Hedge, hedges, is_covered, markers
from rag.answer.checking.values import Kind
from rag.types import Verdict

FOREIGN_LACKING = 1
"""Most words, verbs apart, that the lists may not know where sentence and quotes are in two languages."""

_VAGUE = frozenset("time times city town position put".split())
"""Words that tell nothing of their own beside those that stand with them: `the city of Beijing`, `for a fourth time`."""

_GOVERNS = 5
"""Most tokens between who is asked and what is asked of them: `asked the town council to wait`."""

_ASKING = frozenset("ask want order allow expect call promise need help".split())
_DONE = frozenset("begin succeed cause keep use".split())
_DONE_WORDS = frozenset(
    "managed manages began begins started starts continued continues continue came comes had has have used helped helps"
    " proved went got forced serves served able rushed returned decided said is was were are be been".split()
)
"""What `to` and a verb follow, and tells that the thing was done."""

_NOT_DONE_WORDS = frozenset("yet due likely set ready unable hope hopes hoped refused".split())
_PLANNED = frozenset("plan want propose".split())
_VALUES = frozenset({Kind.NUMBER, Kind.SCORE, Kind.YEAR, Kind.DAY, Kind.TIME})


class Manner(Enum):
    """How a sentence is put: in words of its own, or as a short reply that its question completes, one to `who` or another."""

    WHOLE = "whole"
    WHO = "who"
    REPLY = "reply"


def doubts(matching: Matching, own: frozenset[int], settled: frozenset[int], manner: Manner) -> Iterator[Fault]:
    """Yield what keeps a sentence from being called supported; each leaves it supported in part.

    Args:
        own: Places of the tokens that the sentence itself gives, its question apart.
        settled: Places of words that are met though they do not stand there, such as a denied opposite.
        manner: How far the wording is the sentence's own.
    """
    for reason in _lacking(matching, own, settled):
        yield Fault(Verdict.PARTIAL, Ground.WORDING, reason)
    if manner is Manner.WHOLE:
        for reason in _unsaid(matching, settled):
            yield Fault(Verdict.PARTIAL, Ground.WORDING, reason)
        for reason in _denied_alone(matching, settled):
            yield Fault(Verdict.PARTIAL, Ground.DOUBT, reason)
    for reason in _apart(matching):
        yield Fault(Verdict.PARTIAL, Ground.BINDING, reason)
    for reason in (reason for rule in _RULES[manner] for reason in rule(matching)):
        yield Fault(Verdict.PARTIAL, Ground.DOUBT, reason)


def _lacking(matching: Matching, own: frozenset[int], settled: frozenset[int]) -> Iterator[str]:
    """Yield the words that are not met."""
    lacking = [
        token
        for token in matching.claim.content
        if token.place in own
        and token.place not in settled
        and token.weight == 1.0
        and token.word not in _VAGUE
        and not matching.has(token)
    ]
    is_foreign = matching.claim.is_spanish != matching.cited.is_spanish
    if is_foreign and len(lacking) <= FOREIGN_LACKING and not any(token.is_verb_like for token in lacking):
        return
    for token in lacking:
        yield f"the cited words hold the rest, but not {token.text!r}"


def _unsaid(matching: Matching, settled: frozenset[int]) -> Iterator[str]:
    """Yield a doubt where not one of the verbs of the sentence is met: the rest may be told of something else."""
    verbs = [
        token for token in matching.claim.content if token.is_verb_like and word_before(token, matching.claim) not in ARTICLES
    ]
    if verbs and not any(matching.has(token) or token.place in settled for token in verbs):
        yield f"the cited words do not say {verbs[0].text!r}"


def _denied_alone(matching: Matching, settled: frozenset[int]) -> Iterator[str]:
    """Yield a doubt where the sentence denies something and the cited words deny nothing at all."""
    cue = next((token for token in matching.claim.tokens if token.is_cue), None)
    if cue is not None and not settled and not is_denying(matching.cited):
        yield f"it says {cue.text!r}, the cited words deny nothing"


def _apart(matching: Matching) -> Iterator[str]:
    """Yield a doubt for each value that stands in no cited sentence with a name of its clause, but with another name."""
    for value in matching.claim.tokens:
        if value.value is None or value.value.kind not in _VALUES or not matching.at(value):
            continue
        names = [token for token in matching.claim.tokens if token.clause == value.clause and is_name(token, matching)]
        beside = {at.sentence for at in matching.at(value)}
        if not names or any(at.sentence in beside for name in names for at in matching.at(name)):
            continue
        there = [token for token in matching.cited.tokens if token.sentence in beside]
        others = [token for token in there if names_somebody(token, matching.cited)]
        if others and not any(token.stands_for for token in there):
            yield f"the cited words give {value.text!r} with {others[0].text!r}, not with {names[0].text!r}"


def _ungoverned(matching: Matching) -> Iterator[str]:
    """Yield a doubt where a verb of the sentence is, in the cited words, only what somebody offers, asks or fails to do."""
    says_as_much = bool(hedges(matching.claim) & {Hedge.POSSIBLE, Hedge.INTENDED, Hedge.ALLEGED})
    if says_as_much or is_denying(matching.claim):
        return
    nearest = nearest_sentence(matching)
    for verb in matching.claim.tokens:
        if not verb.is_verb_like or verb.word.endswith("ing") or word_before(verb, matching.claim) == "to":
            continue
        places = [at for at in matching.at(verb) if at.sentence == nearest or len(matching.at(verb)) == 1]
        governors = [one for at in places if (one := _governor(at, matching.cited)) is not None]
        if governors and len(governors) == len(places):
            yield f"the cited words say {governors[0].text!r} of what the sentence has as done: {verb.text!r}"


def _governor(verb: Token, reading: Reading) -> Token | None:
    """Return the word that `to` ties a verb to, unless it tells that the thing was done: `offered` in `offered to help`."""
    if verb.place < 2 or word_before(verb, reading) != "to":
        return None
    last = reading.tokens[verb.place - 2]
    if last.sentence != verb.sentence:
        return None
    if last.is_verb_like or last.word in _NOT_DONE_WORDS:
        return None if last.word in _DONE_WORDS or last.concepts & _DONE else last
    for token in reversed(reading.tokens[max(0, verb.place - 2 - _GOVERNS) : verb.place - 1]):
        if token.sentence == verb.sentence and token.is_verb_like and token.concepts & _ASKING:
            return token
    return None


def _hedged(matching: Matching) -> Iterator[str]:
    """Yield a doubt where the cited words allege, think possible or make conditional what the sentence does not."""
    own = hedges(matching.claim)
    met = [token for token in matching.claim.content if token.value is None and not token.is_capital and matching.at(token)]
    verbs = [token for token in met if token.is_verb_like] or met
    told = {at.place for token in matching.claim.tokens for at in matching.at(token)}
    for marker in markers(matching.cited):
        if marker.hedge is Hedge.SAID or is_covered(marker.hedge, own) or marker.token.place in matching.cited.denied | told:
            continue
        within = [token for token in verbs if any(at.place in marker.scope for at in matching.at(token))]
        if within and not all(any(at.place not in marker.scope for at in matching.at(token)) for token in verbs):
            yield f"the cited words put {marker.token.text!r} before {within[0].text!r}"
    if Hedge.POSSIBLE in own or any(token.word in CONDITIONS or token.concepts & _PLANNED for token in matching.claim.tokens):
        return
    for token in matching.cited.tokens:
        before = [at for verb in verbs for at in matching.at(verb) if at.sentence == token.sentence and at.place < token.place]
        if token.word in CONDITIONS and any(at.clause in {token.clause, token.clause - 1} for at in before):
            yield f"the cited words make it depend on something: {token.text!r}"


_RULES = {
    Manner.WHOLE: (alterations, _ungoverned, _hedged, other_parties, turned_round),
    Manner.WHO: (other_parties,),
    Manner.REPLY: (),
}

"""No and yes, up and down: the sentence must deny what the cited words deny, and point where they point."""

from __future__ import annotations

from collections.abc import Iterator

from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.lexicon import are_converse, are_opposite
from rag.answer.checking.matching import Matching, nearest_sentence
from rag.answer.checking.reading import Reading, Token
from rag.types import Verdict

_VERBAL_CUES = frozenset("not cannot never nunca jamas".split())
_OPPOSITE_PREPOSITIONS = frozenset(
    pair
    for one, other in (
        ("for", "against"),
        ("to", "from"),
        ("into", "from"),
        ("with", "without"),
        ("with", "against"),
        ("up", "down"),
        ("on", "off"),
        ("in", "out"),
    )
    for pair in ((one, other), (other, one))
)
_REACH = 8
"""Tokens over which two words of the cited text belong to one statement."""

_WORDS_OF_DENIAL = frozenset({"deny"})
_REFUSALS = frozenset("deny reject fail prevent block".split())
"""What somebody refuses, fails to do or prevents is not done."""


def negation_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault for what one side denies and the other asserts, and for what the cited words only deny."""
    ours, theirs = matching.claim.denied, matching.cited.denied
    nearest = nearest_sentence(matching)
    for token in matching.claim.tokens:
        at = [other for other in matching.closest(token) if other.is_content and other.value is None]
        if not at or token.value is not None or token.is_capital or not token.is_content:
            continue
        is_denied = token.place in ours
        at = [other for other in at if other.sentence == nearest] or at
        if (
            is_denied
            and not any(other.place in theirs or (is_denial(other) and not is_denial(token)) for other in at)
            and not _denies_near(at, matching)
        ):
            reason = f"it denies {token.text!r}, the cited words do not"
            yield Fault(Verdict.CONTRADICTED, Ground.NEGATION, reason, token.place)
            return
        if not is_denied and all(other.place in theirs for other in at) and not is_denying(matching.claim):
            reason = f"the cited words deny {at[0].text!r}, it does not"
            yield Fault(Verdict.CONTRADICTED, Ground.NEGATION, reason, token.place)
            return
    yield from _denied_whole(matching)
    yield from _denied_speech(matching)


def _denied_whole(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the sentence denies a statement that the cited words make without denying anything."""
    for cue in matching.claim.tokens:
        if not cue.is_cue or (cue.word not in _VERBAL_CUES and not cue.word.endswith("n't")):
            continue
        clause = [token for token in matching.claim.content if token.clause == cue.clause]
        for sentence in {at.sentence for token in clause for at in matching.at(token)}:
            met = [token for token in clause if any(at.sentence == sentence for at in matching.at(token))]
            if len(met) < max(2.0, 0.6 * len(clause)):
                continue
            cited = [token for token in matching.cited.tokens if token.sentence == sentence]
            if not any(denies(token) or _turns(token, clause) for token in cited):
                reason = "it denies what the cited words state"
                yield Fault(Verdict.CONTRADICTED, Ground.NEGATION, reason, cue.place)
                return


def _turns(token: Token, clause: list[Token]) -> bool:
    """Return whether a cited word is the opposite of one in a clause of the sentence: `rejected` for `did not accept`."""
    return any(are_opposite(token.concepts, other.concepts) for other in clause)


def _denied_speech(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the sentence states what the cited words say that somebody denies or cannot confirm."""
    theirs = matching.cited.denied
    if is_denying(matching.claim):
        return
    for verb in matching.cited.tokens:
        is_doubted = verb.place in theirs and verb.is_verb_like and _takes_a_clause(verb, matching.cited)
        is_refused = (
            verb.is_verb_like and bool(verb.concepts & _REFUSALS) and (is_denial(verb) or _leads_on(verb, matching.cited))
        )
        if not (is_doubted or is_refused):
            continue
        if any(verb in matching.at(token) for token in matching.claim.tokens):
            continue
        met = [token for token in matching.claim.content if matching.at(token)]
        after = [token for token in met if all(verb.place < at.place <= verb.place + 25 for at in matching.at(token))]
        if (
            met
            and len(after) >= 0.6 * len(met)
            and any(_same_sentence(verb, at) for token in after for at in matching.at(token))
        ):
            reason = f"it states what the cited words do not: {verb.text!r}"
            yield Fault(Verdict.CONTRADICTED, Ground.NEGATION, reason, after[0].place)
            return


def _same_sentence(one: Token, other: Token) -> bool:
    return one.sentence == other.sentence


def _takes_a_clause(verb: Token, reading: Reading) -> bool:
    """Return whether `that`, `whether` or `how` follows a verb at once."""
    return any(
        token.word in {"that", "whether", "how", "que", "si"} for token in reading.tokens[verb.place + 1 : verb.place + 2]
    )


def _leads_on(verb: Token, reading: Reading) -> bool:
    """Return whether a verb of refusal tells what is refused by another verb: `refused to sell`, `rejected reports that`."""
    following = [token.word for token in reading.tokens[verb.place + 1 : verb.place + 4]]
    return following[:1] == ["to"] or "that" in following or "que" in following


def is_denial(token: Token) -> bool:
    return bool(token.concepts & _WORDS_OF_DENIAL)


def is_denying(reading: Reading) -> bool:
    """Return whether a sentence denies anything, in whatever words."""
    return any(map(denies, reading.tokens))


def denies(token: Token) -> bool:
    """Return whether a word denies: `not`, `without`, `refused`."""
    return token.is_cue or is_denial(token)


def _denies_near(at: list[Token], matching: Matching) -> bool:
    """Return whether a cue stands before one of the cited words, in its clause: `have not, to this day, signed`."""
    return any(
        token.is_cue and token.clause == other.clause and other.place - token.place > 0
        for token in matching.cited.tokens
        for other in at
    )


def direction_faults(matching: Matching, converse: frozenset[int]) -> Iterator[Fault]:
    """Yield a fault for a word whose opposite stands where the cited words speak of the same.

    Args:
        converse: Places of the words of the sentence that were found to say the same of swapped parties.
    """
    ours, theirs = matching.claim.denied, matching.cited.denied
    for token in matching.claim.tokens:
        if not token.is_directional or token.place in converse:
            continue
        met = matching.at(token)
        if met and (rival := _nearer_opposite(token, met, matching)) is not None:
            reason = f"it says {token.text!r} where the cited words say {rival.text!r}"
            yield Fault(Verdict.CONTRADICTED, Ground.DIRECTION, reason, token.place)
            return
        if met and not (token.is_verb_like and not any(other.is_verb_like for other in met)):
            continue
        for other in matching.cited.tokens:
            if not other.is_directional or not are_opposite(token.concepts, other.concepts):
                continue
            if met and not (other.is_verb_like and _has_same_subject(token, other, matching)):
                continue
            if (token.place in ours) != (other.place in theirs) or not _is_about_the_same(token, other, matching):
                continue
            reason = f"it says {token.text!r} where the cited words say {other.text!r}"
            yield Fault(Verdict.CONTRADICTED, Ground.DIRECTION, reason, token.place)
            return


def _nearer_opposite(token: Token, met: tuple[Token, ...], matching: Matching) -> Token | None:
    """Return a cited opposite of a word that more of its neighbours stand by than by the word itself; None for none."""
    opposites = [one for one in matching.cited.tokens if one.is_directional and are_opposite(token.concepts, one.concepts)]
    if not opposites or (token.place in matching.claim.denied) != any(one.place in matching.cited.denied for one in opposites):
        return None
    content = [one for one in matching.claim.content if one.weight == 1.0 or one.value is not None]
    before = [one for one in content if one.place < token.place][-1:]
    after = [one for one in content if one.place > token.place][:1]
    rival = max(opposites, key=lambda one: _company(one, before, after, matching))
    ours = max(_company(one, before, after, matching) for one in met)
    return rival if _company(rival, before, after, matching) > ours else None


def _company(one: Token, before: list[Token], after: list[Token], matching: Matching) -> int:
    """Return how many of the words before and after stand at the same side of a cited word, close by."""
    left = any(0 < one.place - at.place <= 4 and at.sentence == one.sentence for token in before for at in matching.at(token))
    right = any(0 < at.place - one.place <= 4 and at.sentence == one.sentence for token in after for at in matching.at(token))
    return left + 2 * right


def _has_same_subject(token: Token, other: Token, matching: Matching) -> bool:
    """Return whether the word before a verb of the sentence also stands close before another verb of the cited words."""
    before = [one for one in matching.claim.content if one.place < token.place]
    return bool(before) and any(at.clause == other.clause and 0 < other.place - at.place <= 3 for at in matching.at(before[-1]))


def preposition_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the same verb goes with the opposite preposition: voted for, voted against."""
    for verb in matching.claim.tokens:
        if not verb.is_verb_like:
            continue
        ours = _next_word(verb, matching.claim)
        for other in matching.at(verb):
            if (ours, _next_word(other, matching.cited)) in _OPPOSITE_PREPOSITIONS:
                reason = f"it says {verb.text} {ours}, the cited words {other.text} {_next_word(other, matching.cited)}"
                yield Fault(Verdict.CONTRADICTED, Ground.DIRECTION, reason, verb.place)
                return


def _next_word(token: Token, reading: Reading) -> str:
    following = reading.tokens[token.place + 1 : token.place + 2]
    return following[0].word if following else ""


def restated(matching: Matching) -> frozenset[int]:
    """Return the places of words that a denied opposite restates: `did not accept` for `rejected`."""
    ours, theirs = matching.claim.denied, matching.cited.denied
    return frozenset(
        token.place
        for token in matching.claim.tokens
        for other in matching.cited.tokens
        if token.is_directional
        and other.is_directional
        and (token.place in ours) != (other.place in theirs)
        and are_opposite(token.concepts, other.concepts)
        and not are_converse(token.concepts, other.concepts)
    )


def _is_about_the_same(token: Token, other: Token, matching: Matching) -> bool:
    """Return whether neighbours of a word of the sentence stand near its opposite in the cited words."""
    near = [
        neighbour
        for neighbour in matching.claim.content
        if neighbour.place != token.place and abs(neighbour.place - token.place) <= _REACH and matching.at(neighbour)
    ]
    met = [
        one
        for one in near
        if any(abs(at.place - other.place) <= _REACH and at.sentence == other.sentence for at in matching.at(one))
    ]
    return bool(met) and 2 * len(met) >= len(near)

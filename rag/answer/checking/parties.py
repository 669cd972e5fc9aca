"""Who does it, who says it, what comes first: whether verbs have the parties in a sentence that they have where it is cited.

`roles` tells where parties are the other way round or another's; here it is enough for a doubt that they are not seen to agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answer.checking.facts import opens_sentence
from rag.answer.checking.lexicon import is_speaking, is_symmetric
from rag.answer.checking.matching import Matching
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.roles import Sides, is_joint, is_passive, meant, sides

_NAME_WEIGHT = 2.0
_WINDOW = 2
"""Tokens at each side of a verb by which a text is found worded alike, and which a verb of saying has for itself."""

_BESIDE = 4
"""Most tokens between a verb of saying and who the sentence has say it, and half of what the cited words may have there."""

CONDITIONS = frozenset("if unless provided si salvo".split())
_LATER = frozenset("after following tras despues once".split())
_EARLIER = frozenset("before until antes".split())
_BECAUSE = frozenset("because porque since due".split())
_SO = frozenset("so therefore thus".split())
_TURNS = ((_LATER, _EARLIER), (_BECAUSE, _SO))
"""Words that join what is told to what came before it or caused it, and those that join them the other way round."""

_JOINTS = _BECAUSE | _SO
_SUBJECTS = frozenset("he she it they él ella ellos ellas".split())
_TELLERS = frozenset("according segun by".split())
_DOERS = frozenset("by from por".split())
ARTICLES = frozenset("the a an el la los las un una".split())
_PARTS = frozenset("half third quarter fifth tenth part some most parte mitad tercio cuarto".split())


Halves = tuple[Sequence[Token], Sequence[Token]]
"""What stands on the two sides of a word."""


def other_parties(matching: Matching) -> Iterator[str]:
    """Yield a doubt for each verb whose parties are not those that the cited words give it."""
    for verb in matching.claim.tokens:
        is_noun = word_before(verb, matching.claim) in ARTICLES
        if not verb.is_verb_like or not matching.at(verb) or is_noun or verb.word in CONDITIONS:
            continue
        if is_speaking(verb.concepts):
            reason = _other_speaker(verb, matching)
        elif verbs := [at for at in matching.at(verb) if at.is_verb_like]:
            reason = _party_fault(verb, verbs, matching)
        else:
            reason = _done_by_the_other(verb, matching)
        if reason:
            yield reason


def _party_fault(verb: Token, verbs: Sequence[Token], matching: Matching) -> str:
    """Return what is wrong with the parties of a verb that the cited words have as a verb too; empty for nothing."""
    ours = sides(matching.claim, verb)
    at, theirs = meant(ours, verbs, matching)
    if other := _other_subject(ours, at, matching):
        return f"the cited words say {at.text!r} of {other.text!r}"
    if is_symmetric(verb.concepts):
        return ""
    if _is_turned(verb, at, matching) and not is_joint(ours, theirs, matching):
        return f"the parties of {verb.text!r} stand the other way round in the cited words"
    if _is_same_wording(verb, at, matching) or verb.word.endswith("ing") or at.word.endswith("ing"):
        return ""
    has_subject = word_before(at, matching.cited) != ","
    if part := _only_a_part(at, matching):
        return f"the cited words say {at.text!r} of a part: {part.text!r}"
    if (has_subject and _differ(ours.agents, theirs.agents, matching)) or _differ(ours.patients, theirs.patients, matching):
        return f"the cited words give {verb.text!r} other parties"
    return ""


def _only_a_part(at: Token, matching: Matching) -> Token | None:
    """Return the word after a cited verb that makes what it is done to a part of the whole, where the sentence has none."""
    after = [token for token in matching.cited.tokens[at.place + 1 : at.place + 3] if token.sentence == at.sentence]
    part = next((token for token in after if token.word in _PARTS), None)
    kept = any(token.value is not None or token.word in _PARTS for token in matching.claim.tokens)
    return None if kept else part


def _differ(ours: Sequence[Token], theirs: Sequence[Token], matching: Matching) -> bool:
    """Return whether two sides of a verb both name somebody or something, and nothing in common."""
    is_named = any(token.weight == 1.0 and not token.stands_for for token in ours)
    return is_named and bool(theirs) and not _meets(ours, theirs, matching)


def _meets(ours: Sequence[Token], theirs: Sequence[Token], matching: Matching) -> bool:
    places = {token.place for token in theirs}
    if any(token.place in matching.about or any(at.place in places for at in matching.at(token)) for token in ours):
        return True
    names = [token for token in ours if token.is_capital]
    return any(token.stands_for and (not names or not _is_another(token, names, matching)) for token in theirs)


def _is_another(pronoun: Token, names: Sequence[Token], matching: Matching) -> bool:
    """Return whether a pronoun of the cited words stands for other names, and these for others than it."""
    return not any(token.word in pronoun.stands_for for token in names) and all(matching.at(token) for token in names)


def _other_speaker(verb: Token, matching: Matching) -> str:
    """Return the doubt of a verb of saying whose speaker the cited words have beside none; empty where they do."""
    beside = [
        token
        for token in matching.claim.content
        if token.sentence == verb.sentence
        and token.value is None
        and not token.is_verb_like
        and abs(token.place - verb.place) <= _BESIDE
        and token.clause in {verb.clause, verb.clause - 1}
    ]
    named = [token for token in beside if token.is_capital] or [token for token in beside if token.place < verb.place]
    if not named or any(token.stands_for for token in matching.cited.tokens):
        return ""
    told = [token for token in matching.cited.tokens if is_speaking(token.concepts) or token.word in _TELLERS]
    for at in (at for token in named for at in matching.at(token)):
        if any(at.sentence == one.sentence and abs(at.place - one.place) <= 2 * _BESIDE + 1 for one in told):
            return ""
    return f"the cited words do not have {named[0].text!r} say it"


def _other_subject(ours: Sides, at: Token, matching: Matching) -> Token | None:
    """Return the name before a cited verb whose sentence has none of the names that the sentence says the verb of."""
    names = [token for token in ours.agents if is_name(token, matching)]
    told = [place for token in names for place in matching.at(token) if not place.stands_for or place.word in _SUBJECTS]
    if not names or any(place.sentence == at.sentence for place in told):
        return None
    before = [token for token in matching.cited.tokens if token.sentence == at.sentence and token.place < at.place]
    if any(token.word in _SUBJECTS for token in before):
        return None
    return next((token for token in before if names_somebody(token, matching.cited)), None)


def _is_same_wording(verb: Token, at: Token, matching: Matching) -> bool:
    """Return whether the same words stand around a verb in both texts."""
    ours, theirs = (
        {token.word for token in reading.tokens[max(0, place - _WINDOW) : place + _WINDOW + 1]}
        for reading, place in ((matching.claim, verb.place), (matching.cited, at.place))
    )
    return ours <= theirs


def _is_turned(verb: Token, at: Token, matching: Matching) -> bool:
    """Return whether what stands before a verb in the sentence stands after it in the cited words, and the other way."""
    ours, theirs = _halves(verb, matching.claim), _halves(at, matching.cited)
    if any(token.stands_for for token in theirs[0]):
        return False
    return _crossed(ours, theirs, matching) > _straight(ours, theirs, matching)


def _halves(verb: Token, reading: Reading) -> Halves:
    """Return all that stands before a verb and after it in its sentence, but for who says it; turned in the passive."""
    tellers = [token.place for token in reading.tokens if is_speaking(token.concepts) and token.place != verb.place]
    tokens = [
        token
        for token in reading.tokens
        if token.sentence == verb.sentence and not any(abs(token.place - place) <= _WINDOW for place in tellers)
    ]
    before = [token for token in tokens if token.place < verb.place]
    after = [token for token in tokens if token.place > verb.place]
    has_doer = any(token.word in _DOERS - {"from"} for token in after)
    return (after, before) if has_doer and is_passive(tokens, verb, after) else (before, after)


def _straight(ours: Halves, theirs: Halves, matching: Matching) -> float:
    return _shared(ours[0], theirs[0], matching) + _shared(ours[1], theirs[1], matching)


def _crossed(ours: Halves, theirs: Halves, matching: Matching) -> float:
    return _shared(ours[0], theirs[1], matching) + _shared(ours[1], theirs[0], matching)


def _shared(ours: Sequence[Token], theirs: Sequence[Token], matching: Matching) -> float:
    places = {token.place for token in theirs}
    met = [token for token in ours if token.is_content and any(at.place in places for at in matching.at(token))]
    return sum(_NAME_WEIGHT if token.is_capital else token.weight for token in met)


def _done_by_the_other(verb: Token, matching: Matching) -> str:
    """Return the doubt of a verb that the cited words hold as a noun, done by who it is done to in the sentence."""
    ours = sides(matching.claim, verb)
    for noun in matching.at(verb):
        after = [token for token in matching.cited.tokens[noun.place + 1 : noun.place + 7] if token.sentence == noun.sentence]
        by = next((place for place, token in enumerate(after[:2]) if token.word in _DOERS), None)
        doer = [] if by is None else after[by + 1 :]
        if doer and _meets(ours.patients, doer, matching) and not _meets(ours.agents, doer, matching):
            return f"the cited words have the other party do it: {noun.text!r}"
    return ""


def turned_round(matching: Matching) -> Iterator[str]:
    """Yield a doubt where what comes after, or because of, the other is told the other way round."""
    for straight, turned in _TURNS:
        joints = straight | turned
        told = [_around(token, matching.cited, turned) for token in matching.cited.tokens if token.word in joints]
        for token in matching.claim.tokens:
            if token.word not in joints or not told:
                continue
            ours = _around(token, matching.claim, turned)
            scores = [(_straight(ours, theirs, matching), _crossed(ours, theirs, matching)) for theirs in told]
            as_told, the_other_way = max(scores, key=max)
            if the_other_way > as_told:
                yield f"the cited words tell it the other way round of {token.text!r}"


def _around(joint: Token, reading: Reading, turned: frozenset[str]) -> Halves:
    """Return what a joint is told of and what it adds, which ends at the comma where the joint opens the sentence."""
    tokens = [token for token in reading.tokens if token.sentence == joint.sentence]
    main = [token for token in tokens if token.place < joint.place]
    added = [token for token in tokens if token.place > joint.place]
    other = next((place for place, token in enumerate(added) if token.word in _JOINTS), len(added))
    added = added[:other] if any(token.is_content for token in main) else added
    if not any(token.is_content for token in main):
        comma = next((place for place, token in enumerate(added) if token.text == ","), len(added))
        main, added = added[comma:], added[:comma]
    return (added, main) if joint.word in turned else (main, added)


def is_name(token: Token, matching: Matching) -> bool:
    """Return whether the cited words have a capital word of the sentence as a name, and not only where a sentence begins."""
    return token.is_capital and token.is_content and any(names_somebody(at, matching.cited) for at in matching.at(token))


def names_somebody(token: Token, reading: Reading) -> bool:
    """Return whether a token is a name, and no capital that only opens a sentence."""
    return token.is_capital and token.is_content and not opens_sentence(token, reading)


def word_before(token: Token, reading: Reading) -> str:
    """Return the word right before a token; empty where the text begins."""
    return reading.tokens[token.place - 1].word if token.place else ""

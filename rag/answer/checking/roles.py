"""Who does what to whom: A endorsed B is not B endorsed A.

A verb that both texts share has a side that acts and a side that it is done to. The passive turns them, `by` names who acts,
and a converse verb (`beat`, `lost to`) turns them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.lexicon import are_converse, is_speaking, is_symmetric
from rag.answer.checking.matching import Matching
from rag.answer.checking.reading import PRONOUNS, Reading, Token
from rag.types import Verdict

_BE = frozenset("is are was were be been being got gets get es fue fueron ser sido era eran son".split())
_IS = frozenset("is are was were es son fue fueron".split())
_BY = frozenset("by por".split())
_JOINTS = frozenset("and or but y o pero".split())
_AFTER_SPEECH = frozenset('”"»’')
_SPEAKER_ENDS = frozenset("to on in at ante a en al who which that que after ; .".split())
_NAMING = frozenset("called named dubbed known llamado llamada".split())
_CLAUSE_REACH = 6
_NEXT = 4
_IRREGULAR = frozenset(
    "bought beaten built brought caught chosen done drawn driven found given held hit hurt kept known led left"
    " lost made met paid put read run said seen sold sent set shot shown shut spent split spoken stolen struck"
    " taken taught thought told understood won worn written cut".split()
)
_OWNERS = frozenset("his its their su sus".split())
"""Pronouns that only tell whose a thing is: `his brother` is not he."""

_GENERIC = frozenset("company government president minister mayor lead party people police country team lawmaker".split())
"""Concepts of words that often stand for a name given elsewhere: `the company`."""

_NAME_WEIGHT = 2.0
_WORD_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Sides:
    """The tokens on the acting side of a verb, and those on the other."""

    agents: tuple[Token, ...]
    patients: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """What the verbs that both texts share tell: what is wrong, and which words say the same of swapped parties."""

    faults: tuple[Fault, ...]
    converse: frozenset[int]


def compare_roles(matching: Matching) -> Roles:
    """Return the faults in who does what, at most one a verb of the sentence."""
    faults = []
    converse = set()
    for verb in matching.claim.tokens:
        if not verb.is_verb_like or is_symmetric(verb.concepts):
            continue
        ours = sides(matching.claim, verb)
        same_verbs = [other for other in matching.at(verb) if other.is_verb_like]
        if same_verbs:
            likely, theirs = meant(ours, same_verbs, matching)
            if fault := _fault(verb, ours, likely, theirs, matching):
                faults.append(fault)
            continue
        for other in matching.cited.tokens:
            if other.is_verb_like and are_converse(verb.concepts, other.concepts):
                theirs = sides(matching.cited, other)
                straight, crossed = _scores(ours, theirs, matching)
                if crossed > straight:
                    converse.add(verb.place)
    found = (
        *faults,
        *_copula_faults(matching),
        *_exchange_faults(matching),
        *_route_faults(matching),
        *_speaker_faults(matching),
    )
    return Roles(found, frozenset(converse))


def _exchange_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where two verbs have exchanged what follows them, or who stands before them."""
    verbs = [token for token in matching.claim.tokens if token.is_verb_like and token.is_content and matching.at(token)]
    if any(token.word in _BY for token in matching.claim.tokens):
        return  # the passive puts its parties elsewhere
    for one, other in combinations(verbs, 2):
        for beside in (_after, _before):
            ours, theirs = beside(matching.claim, one), beside(matching.claim, other)
            if ours is None or theirs is None or ours.word == theirs.word:
                continue
            if _goes_with(ours, other, beside, matching) and _goes_with(theirs, one, beside, matching):
                if _goes_with(ours, one, beside, matching) or _goes_with(theirs, other, beside, matching):
                    continue
                reason = f"{one.text!r} and {other.text!r} have exchanged {ours.text!r} and {theirs.text!r}"
                yield Fault(Verdict.CONTRADICTED, Ground.ROLES, reason, one.place)
                return


def _goes_with(party: Token, verb: Token, beside: Callable[[Reading, Token], Token | None], matching: Matching) -> bool:
    """Return whether the cited words have a party right beside a verb."""
    return any(beside(matching.cited, at) in matching.at(party) for at in matching.at(verb) if at.is_verb_like)


def _after(reading: Reading, verb: Token) -> Token | None:
    """Return the first content token after a verb, within its clause."""
    return next((token for token in reading.content if token.place > verb.place and token.clause == verb.clause), None)


def _before(reading: Reading, verb: Token) -> Token | None:
    """Return the last party before a verb, within its clause."""
    before = [token for token in reading.content if token.place < verb.place and token.clause == verb.clause]
    return next((token for token in reversed(before) if token.value is None and not token.is_verb_like), None)


def _copula_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the cited words say of another name what the sentence says that one is."""
    told = _copulas(matching.cited)
    for ours in _copulas(matching.claim):
        names = [token for token in ours.agents if token.is_capital]
        nouns = [token for token in ours.patients if not token.is_capital]
        if not names or not nouns or not all(matching.at(token) for token in names):
            continue
        alike = [theirs for theirs in told if 2 * _met(nouns, theirs.patients, matching) >= len(nouns) + 1]
        others = [[token for token in theirs.agents if token.is_capital and token.is_content] for theirs in alike]
        if alike and all(others) and not any(_met(names, theirs.agents, matching) for theirs in alike):
            reason = f"the cited words say that of {' '.join(token.text for token in others[0])}"
            yield Fault(Verdict.CONTRADICTED, Ground.ROLES, reason, names[0].place)
            return


def _copulas(reading: Reading) -> list[Sides]:
    """Return what stands before and after each `is`, within its clause."""
    found = []
    for verb in reading.tokens:
        if verb.word not in _IS:
            continue
        tokens = [token for token in reading.tokens if token.sentence == verb.sentence]
        before = [token for token in tokens if token.place < verb.place]
        last_verb = max((token.place for token in before if token.is_verb_like or token.word in _IS), default=verb.place)
        start = max((token.place for token in before if token.word in _JOINTS and token.place > last_verb), default=-1)
        left = [token for token in before if token.place > start]
        right = [token for token in tokens if verb.place < token.place and token.clause == verb.clause]
        found.append(Sides(_parties(left), _parties(right)))
    return found


def _route_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where `from A to B` became `from B to A`."""
    for one, other in _routes(matching.claim):
        for start, end in _routes(matching.cited):
            if end in matching.at(one) and start in matching.at(other) and start not in matching.at(one):
                reason = f"it goes from {one.text!r} to {other.text!r}, the cited words the other way"
                yield Fault(Verdict.CONTRADICTED, Ground.ROLES, reason, one.place)
                return


def _speaker_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the sentence has somebody say what the cited words tell without naming that speaker."""
    for verb in matching.claim.tokens:
        if not verb.is_verb_like or not is_speaking(verb.concepts):
            continue
        if any(at.is_verb_like and not at.is_capital for at in matching.at(verb)):
            continue
        before = [token for token in sides(matching.claim, verb).agents if token.place < verb.place]
        speaker = max(before, key=lambda token: token.place, default=None)
        if speaker is not None and verb.place - speaker.place <= _NEXT and not matching.has(speaker):
            reason = f"the cited words name no {speaker.text!r} that says it"
            yield Fault(Verdict.UNSUPPORTED, Ground.ROLES, reason, verb.place)
            return


def _routes(reading: Reading) -> Iterator[tuple[Token, Token]]:
    """Yield the first words of A and B in each `from A to B`."""
    for opening in reading.tokens:
        if opening.word not in {"from", "de", "desde"}:
            continue
        rest = [token for token in reading.tokens[opening.place + 1 : opening.place + 8] if token.sentence == opening.sentence]
        turn = next((place for place, token in enumerate(rest) if token.word in {"to", "a", "hasta"}), 0)
        start = next((token for token in rest[:turn] if token.is_content), None)
        end = next((token for token in rest[turn + 1 :] if token.is_content), None)
        if turn and start and end:
            yield start, end


def meant(ours: Sides, verbs: Sequence[Token], matching: Matching) -> tuple[Token, Sides]:
    """Return the verb that the sentence most likely means, with its sides: those that share most, at best as they stand."""
    found = [sides(matching.cited, verb) for verb in verbs]
    scores = [_scores(ours, theirs, matching) for theirs in found]
    most = max(sum(score) for score in scores)
    likely = [place for place, score in enumerate(scores) if 2 * sum(score) >= most]
    best = max(likely, key=lambda place: (scores[place][0] - scores[place][1], -place))
    return verbs[best], found[best]


def sides(reading: Reading, verb: Token) -> Sides:
    """Return the two sides of a verb within its sentence."""
    tokens = [token for token in reading.tokens if token.sentence == verb.sentence]
    left = _left(tokens, verb)
    right = _right(tokens, verb)
    if is_speaking(verb.concepts) and (speaker := _speaker_after(tokens, verb)):
        return Sides(_parties(speaker), _parties(left))
    by = next((token for token in right if token.word in _BY), None)
    if not is_passive(tokens, verb, right):
        return Sides(_parties(left), _parties(right))
    if by is None:
        return Sides((), _parties(left))
    return Sides(_parties([token for token in right if token.place > by.place]), _parties(left))


def _speaker_after(tokens: Sequence[Token], verb: Token) -> list[Token]:
    """Return who speaks where a verb of saying follows what is said: `“We were lucky,” said the coach, Ana Ruiz`."""
    before = next((token for token in reversed(tokens) if token.place < verb.place), None)
    if before is not None and before.text == ",":
        before = tokens[tokens.index(before) - 1]
    if before is None or before.text not in _AFTER_SPEECH:
        return []
    found = []
    for token in tokens:
        if token.place > verb.place:
            if token.word in _SPEAKER_ENDS or token.is_verb_like:
                break
            found.append(token)
    return found


def _left(tokens: Sequence[Token], verb: Token) -> list[Token]:
    """Return the tokens before a verb, back to the verb before it that has a party of its own after it.

    A verb that `and` joins to one before it shares the subject of that one.
    """
    found: list[Token] = []
    before = [token for token in tokens if token.place < verb.place]
    if any(token.word in _JOINTS for token in before[-2:]):
        earlier = [token for token in before if token.is_verb_like and token.is_content]
        if earlier:
            return _left(tokens, earlier[-1])
    for token in reversed(_without_inset(before)):
        if (token.is_verb_like or token.word in {";", "but"}) and _parties(found):
            break
        found.append(token)
    return found


def _without_inset(before: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens before a verb without what commas set off there, if that has a verb: `Marchetti, ranked 94th, won`."""
    marks = [place for place, token in enumerate(before) if token.text == ","]
    if len(marks) < 2 or any(token.is_content or token.word in PRONOUNS for token in before[marks[-1] + 1 :]):
        return before
    inset = before[marks[-2] : marks[-1]]
    is_name = any(token.word in _NAMING for token in inset[:2])
    has_verb = any(token.is_verb_like or token.word in _BE for token in inset)
    return before[: marks[-2]] if has_verb and not is_name else before


def _right(tokens: Sequence[Token], verb: Token) -> list[Token]:
    """Return the tokens after a verb, up to the next verb that comes after a party, or the end of the statement."""
    found: list[Token] = []
    for token in tokens:
        if token.place <= verb.place:
            continue
        if token.word in {";", "but", "while", "which", "after", "before", "because", "porque", "mientras", "upon", "when"}:
            break
        if token.is_verb_like and _parties(found):
            break
        if token.word in _JOINTS and opens_a_clause(tokens, token):
            break
        found.append(token)
    return found


def opens_a_clause(tokens: Sequence[Token], joint: Token) -> bool:
    """Return whether a verb with a party of its own follows `and` soon: `and Quiroga received`."""
    after = [token for token in tokens if joint.place < token.place <= joint.place + _CLAUSE_REACH]
    verb = next((token for token in after if token.is_verb_like or token.word in _BE), None)
    return verb is not None and bool(_parties([token for token in after if token.place < verb.place]))


def is_passive(tokens: Sequence[Token], verb: Token, right: Sequence[Token]) -> bool:
    """Return whether a verb stands in the passive."""
    is_participle = verb.word.endswith(("ed", "en", "ado", "ido", "ada", "ida", "ados", "idos")) or verb.word in _IRREGULAR
    if not is_participle:
        return False
    before = [token.word for token in tokens if verb.place - 3 <= token.place < verb.place]
    return any(word in _BE for word in before) or any(token.word in _BY for token in right[:2])


def _parties(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return the tokens that can name a party: names, nouns, and pronouns that stand for a name."""
    return tuple(
        token
        for token in tokens
        if (token.stands_for and token.word not in _OWNERS)
        or (token.is_content and token.value is None and (token.is_capital or not token.is_verb_like))
    )


def _scores(ours: Sides, theirs: Sides, matching: Matching) -> tuple[float, float]:
    """Return how well the sides agree as they stand, and how well when turned."""
    straight = _met(ours.agents, theirs.agents, matching) + _met(ours.patients, theirs.patients, matching)
    crossed = _met(ours.agents, theirs.patients, matching) + _met(ours.patients, theirs.agents, matching)
    return straight, crossed


def _met(ours: Sequence[Token], theirs: Sequence[Token], matching: Matching) -> float:
    """Return the weight of our tokens that stand among theirs."""
    places = {token.place for token in theirs}
    met = [token for token in ours if any(at.place in places for at in matching.at(token))]
    return sum(_weight(token) for token in met)


def _weight(token: Token) -> float:
    return _NAME_WEIGHT if token.is_capital or token.stands_for else _WORD_WEIGHT


def _fault(verb: Token, ours: Sides, meant: Token, theirs: Sides, matching: Matching) -> Fault | None:
    """Return what is wrong with the parties of a verb, if anything is."""
    straight, crossed = _scores(ours, theirs, matching)
    turned = _met(ours.agents, theirs.patients, matching)
    if crossed > straight and crossed >= _NAME_WEIGHT and turned and not is_joint(ours, theirs, matching):
        reason = f"the parties of {verb.text!r} are the other way round in the cited words"
        return Fault(Verdict.CONTRADICTED, Ground.ROLES, reason, verb.place)
    if not ours.agents or not theirs.agents or _met(ours.agents, theirs.agents, matching):
        return None
    if any(token.word in PRONOUNS for token in ours.agents) or verb.word.endswith("ing") or meant.word.endswith("ing"):
        return None  # who `it` is, or whose doing a participle is, the sentence alone does not tell
    told = " ".join(token.text for token in reversed(ours.agents[:3]))
    theirs_named = [token for token in theirs.agents if token.is_capital or token.stands_for or _is_next_to(token, meant)]
    if not theirs_named or not (is_speaking(verb.concepts) or _met(ours.patients, theirs.patients, matching)):
        return None
    if not any(matching.at(token) for token in ours.agents):
        reason = f"the cited words do not say that {told!r} {verb.text}"
        is_vague = all(token.concepts & _GENERIC for token in ours.agents)
        verdict = Verdict.PARTIAL if is_vague else Verdict.UNSUPPORTED
        return Fault(verdict, Ground.ROLES, reason, verb.place, frozenset(token.word for token in ours.agents))
    if _is_party_elsewhere(verb, ours, theirs, meant, matching):
        reason = f"the cited words say {verb.text!r} of somebody other than {told!r}"
        return Fault(Verdict.CONTRADICTED, Ground.ROLES, reason, verb.place)
    return None


def is_joint(ours: Sides, theirs: Sides, matching: Matching) -> bool:
    """Return whether the sentence has both parties act together: `A and B held talks` for `A held talks with B`."""
    names = [token for token in ours.agents if token.is_capital]
    return _met(names, theirs.agents, matching) > 0 and _met(names, theirs.patients, matching) > 0


def _is_next_to(token: Token, verb: Token) -> bool:
    """Return whether a party stands right before a verb, but for auxiliaries and an inset."""
    return token.sentence == verb.sentence and 0 < verb.place - token.place <= _NEXT and not token.concepts & _GENERIC


def _is_party_elsewhere(verb: Token, ours: Sides, theirs: Sides, meant: Token, matching: Matching) -> bool:
    """Return whether who acts in the sentence stands in the cited words, but not with this verb."""
    if any(token.is_capital and matching.at(token) for token in ours.agents):
        return True
    heads = [
        token for token in ours.agents if matching.at(token) and _is_next_to(token, verb) and verb.place - token.place <= 2
    ]
    return bool(heads) and any(_is_next_to(token, meant) for token in theirs.agents)


def subject_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where a pronoun of the cited words stands for another name than the one the sentence says it of."""
    for sentence in {token.sentence for token in matching.claim.tokens}:
        tokens = [token for token in matching.claim.tokens if token.sentence == sentence]
        verb = next((token for token in tokens if token.is_verb_like and matching.at(token)), None)
        if verb is None:
            continue
        subject = [token for token in tokens if token.place < verb.place and token.is_capital and matching.at(token)]
        for other in matching.at(verb):
            before = [
                token for token in matching.cited.tokens if token.sentence == other.sentence and token.place < other.place
            ]
            pronoun = next((token for token in before if token.stands_for), None)
            names = [token for token in before if token.is_capital and token.is_content]
            if pronoun is None or names or not subject:
                continue
            agents = sides(matching.cited, other).agents
            if any(at in agents for token in subject for at in matching.at(token)):
                continue  # it was started by her
            if not any(token.word in pronoun.stands_for for token in subject):
                told = " ".join(token.text for token in subject)
                reason = f"the cited words say {verb.text!r} of {' '.join(sorted(pronoun.stands_for))}, not of {told!r}"
                yield Fault(Verdict.UNSUPPORTED, Ground.ROLES, reason, verb.place)
                return

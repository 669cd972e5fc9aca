"""How sure the cited words are: what somebody alleges, may do, or plans is not a fact; and some are not all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.lexicon import names_a_thing
from rag.answer.checking.matching import Matching, nearest_sentence
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.roles import opens_a_clause
from rag.types import Verdict


class Hedge(IntEnum):
    """Ways in which a statement falls short of a fact."""

    ALLEGED = 1
    SAID = 2
    POSSIBLE = 3
    INTENDED = 4


_ALLEGED = frozenset("accuse suspect".split())
_ALLEGED_WORDS = frozenset(
    "reportedly allegedly alleged allege alleges claimed claims purported purportedly rumoured rumored apparently"
    " supposedly presunto presunta presuntamente supuesto supuesta supuestamente aparentemente".split()
)
_SAID_WORDS = frozenset(
    "say says said tell tells told argue argues argued insist insists insisted claim believe believes believed"
    " think thinks called describe describes described dijo dicen afirmo sostuvo califico assured assures assert"
    " asserts asserted according segun explained emphasized considera considero viewed seen".split()
)
_OFFICIAL = frozenset("count data figure figures statistics results report study our record records".split())
_POSSIBLE_WORDS = frozenset(
    "may might could can possibly possible potential potentially perhaps maybe probably likely tentatively if"
    " unless podria podrian puede pueden posible posiblemente quizas quiza tal-vez probable probablemente seem"
    " seems appears would yet".split()
) - {"yet", "can"}
_INTENDED_WORDS = frozenset("will shall would going ira willing willingness agree agreed agrees acordo acordaron due".split())
_INTENDED = frozenset("plan promise want expect".split())
_FUTURE_ENDINGS = ("ara", "era", "ira", "aran", "eran", "iran")

_UNIVERSAL = frozenset(
    "all every everyone everybody everything always entire entirely whole only sole solely completely never todos"
    " todas toda todo siempre unico unicamente nunca jamas".split()
)
_EACH = frozenset("each cada both ambos".split())
_BEFORE_IDIOM = frozenset("above after at sobre ante".split())
"""Before `all` they make an idiom: `above all`."""

_LISTING = frozenset("and or y o e ,".split())
_OPPOSED_WORDS = frozenset({"but", "pero", ";", "while", "mientras"})
_TELLING = frozenset("say stress announce explain describe".split())
_DESCRIBING = frozenset("called calls call described describes viewed seen califico".split())
"""They say what somebody thinks of a thing, up to the end of the clause."""

_SOURCES = frozenset("count counts survey surveys poll study estimate estimates recuento encuesta estudio".split())
"""What a sentence may name as the source of what it tells: `by the paper's count`, `a survey found`."""

_SAYING = frozenset("said says told announced promised".split())
_NEEDED = 0.5


@dataclass(frozen=True, slots=True)
class Marker:
    """A word that hedges, and the places of the words that it hedges."""

    hedge: Hedge
    token: Token
    scope: frozenset[int]


def stance_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the sentence states as fact, or as certain, what the cited words do not; at most one."""
    own = hedges(matching.claim)
    told = [token for token in matching.claim.content if token.value is None and not token.is_capital and matching.at(token)]
    verbs = [token for token in told if token.is_verb_like]
    subject = {token.word for token in matching.claim.content}
    nearest = nearest_sentence(matching)
    for marker in markers(matching.cited):
        if is_covered(marker.hedge, own) or marker.token.place in matching.cited.denied:
            continue
        if marker.hedge is Hedge.SAID and (
            marker.token.sentence != nearest or _speaks_of_itself(marker, matching.cited, subject)
        ):
            continue
        if marker.hedge is Hedge.INTENDED and not any(token.is_verb_like for token in matching.claim.content):
            continue
        scoped = [token for token in verbs or told if any(at.place in marker.scope for at in matching.at(token))]
        certain = [token for token in verbs or told if any(at.place not in marker.scope for at in matching.at(token))]
        if scoped and len(scoped) >= _NEEDED * len(verbs or told) and len(certain) <= len(scoped):
            yield Fault(Verdict.PARTIAL, Ground.STANCE, _reason(marker), scoped[0].place)
            return


def quantifier_faults(matching: Matching) -> Iterator[Fault]:
    """Yield a fault where the sentence says all, only or never and the cited words do not."""
    nearest = nearest_sentence(matching)
    theirs = {token.word for token in matching.cited.tokens if token.sentence == nearest} & (_UNIVERSAL | _EACH)
    for token in matching.claim.tokens:
        before = matching.claim.tokens[token.place - 1].word if token.place else ""
        if before in _BEFORE_IDIOM:
            continue
        if token.word in _UNIVERSAL and not theirs and not (token.is_content and matching.at(token)):
            reason = f"it says {token.text!r}, the cited words do not"
            yield Fault(Verdict.PARTIAL, Ground.QUANTITY, reason, token.place)
            return


def hedges(reading: Reading) -> frozenset[Hedge]:
    """Return the hedges of a text, wherever they stand."""
    found = {hedge for token in reading.tokens if (hedge := hedge_of(token, reading)) is not None}
    if any(token.is_verb_like and token.concepts & _TELLING for token in reading.tokens):
        found.add(Hedge.SAID)
    words = [token.word for token in reading.tokens]
    if any(one in {"is", "are", "was", "were"} and other == "to" for one, other in pairwise(words)):
        found.add(Hedge.INTENDED)  # is to be sold
    if "can" in words or "cannot" in words:
        found.add(Hedge.POSSIBLE)
    if _SOURCES.intersection(words):
        found.add(Hedge.SAID)
    return frozenset(found)


def markers(reading: Reading) -> list[Marker]:
    """Return the hedging words of a text with what they hedge."""
    found = []
    for token in reading.tokens:
        hedge = hedge_of(token, reading)
        if hedge is not None:
            found.append(Marker(hedge, token, _scope(token, hedge, reading)))
    return found


def hedge_of(token: Token, reading: Reading) -> Hedge | None:
    """Return the hedge that a token is in its text; None where it is none."""
    is_thing = names_a_thing(token.word) and not token.word.endswith(("ly", "mente")) and token.word not in _INTENDED_WORDS
    if token.value is not None or is_thing:
        return None
    word = token.word
    if word in {"claim", "claims"} and token.is_noun and _next(token, reading) != "that":
        return None  # what somebody demands
    if word == "would" and _is_reported(token, reading):
        return Hedge.INTENDED
    if word in _ALLEGED_WORDS or (token.concepts & _ALLEGED and not token.concepts & {"say", "cost", "charge"}):
        return Hedge.ALLEGED
    if word in {"accused", "blamed"}:
        return Hedge.ALLEGED
    if word in _SAID_WORDS:
        following = {other.word for other in reading.tokens[token.place + 1 : token.place + 4]}
        return None if word == "according" and following & _OFFICIAL else Hedge.SAID
    if word in _POSSIBLE_WORDS:
        return None if word == "may" and token.is_capital else Hedge.POSSIBLE
    if word in _INTENDED_WORDS or token.concepts & _INTENDED:
        return Hedge.INTENDED
    if reading.is_spanish and len(word) > 5 and word.endswith(_FUTURE_ENDINGS) and not token.is_stop:
        return Hedge.INTENDED
    return None


def _next(token: Token, reading: Reading) -> str:
    following = reading.tokens[token.place + 1 : token.place + 2]
    return following[0].word if following else ""


def _is_reported(token: Token, reading: Reading) -> bool:
    """Return whether `would` is the `will` of somebody whose words are told: `he said that each seam would be tested`."""
    return any(
        other.sentence == token.sentence and token.place - other.place > 0 and other.word in _SAYING for other in reading.tokens
    )


def _scope(marker: Token, hedge: Hedge, reading: Reading) -> frozenset[int]:
    """Return the places that a hedge covers: what follows it, or the whole sentence where nothing does."""
    sentence = [token for token in reading.tokens if token.sentence == marker.sentence]
    if marker.word in {"according", "segun"}:
        return frozenset(token.place for token in sentence)
    after: list[Token] = []
    for token in sentence:
        if token.place <= marker.place:
            continue
        if token.word in _OPPOSED_WORDS or (marker.word in _DESCRIBING and token.word in {",", "who", "which"}):
            break
        has_passed = hedge >= Hedge.POSSIBLE and token.clause != marker.clause and bool(after)
        if has_passed and (token.word not in _LISTING or opens_a_clause(sentence, token)):
            break
        after.append(token)
    told = [token for token in after if token.is_content and token.value is None and not token.is_capital]
    if hedge <= Hedge.SAID and not told:
        return frozenset(token.place for token in sentence)
    scope = {token.place for token in after}
    if reading.is_spanish and hedge is Hedge.INTENDED:
        scope.add(marker.place)
    if marker.word in _DESCRIBING:
        scope.add(marker.place)
    return frozenset(scope)


def is_covered(hedge: Hedge, own: frozenset[Hedge]) -> bool:
    """Return whether the sentence hedges as much itself."""
    if hedge in {Hedge.ALLEGED, Hedge.SAID}:
        return bool(own & {Hedge.ALLEGED, Hedge.SAID})
    if hedge is Hedge.POSSIBLE:
        return bool(own & {Hedge.POSSIBLE})
    return bool(own & {Hedge.POSSIBLE, Hedge.INTENDED})


def _speaks_of_itself(marker: Marker, cited: Reading, subject: set[str]) -> bool:
    """Return whether who speaks is who the sentence is about: a company that says it will close a plant announces it."""
    before = [token for token in cited.tokens if token.sentence == marker.token.sentence and token.place < marker.token.place]
    return marker.token.word in {"said", "says", "dijo"} and any(
        token.is_capital and token.word in subject for token in before[-6:]
    )


def _reason(marker: Marker) -> str:
    told = {
        Hedge.ALLEGED: "an allegation",
        Hedge.SAID: "what somebody says",
        Hedge.POSSIBLE: "a possibility",
        Hedge.INTENDED: "an intention",
    }[marker.hedge]
    return f"the cited words give it as {told} ({marker.token.text!r}), the sentence as a fact"

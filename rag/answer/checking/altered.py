"""What was changed in words that a sentence takes over nearly as they stand: one dropped `may` or an exchanged name tells all.

A sentence that follows its cited one word by word is laid beside it. Where they part, a name or number in the place of another,
a denial or hedge on one side alone, `some` that became `all`, or `up` that became `down` leave a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.answer.checking.lexicon import is_verbal
from rag.answer.checking.matching import Matching
from rag.answer.checking.polarity import denies
from rag.answer.checking.reading import Token
from rag.answer.checking.stance import Hedge, hedge_of
from rag.answer.checking.values import Bound, same

TAKEN = 0.6
"""Least share of the words of a sentence, in [0, 1], that a cited one has in the same order for it to be laid beside that."""

SHORT = 4
"""Most words that are taken for an alteration; a longer part is left out or added, not altered."""

_SOME = frozenset(
    "some many most several few certain almost nearly partly partially half about roughly mainly mostly often sometimes usually"
    " only algunos algunas muchos muchas varios varias casi".split()
)
_ALL = frozenset("all every always never only entire entirely whole todos todas todo siempre nunca".split())
_OPPOSITE = frozenset(
    frozenset(pair.split())
    for pair in (
        "up down|in out|on off|after before|with without|to from|over under|above below|for against|more less|more fewer"
        "|first last|until since|into from|inside outside"
    ).split("|")
)
_LINKS = frozenset(
    "in at on from by of to for with near under over since until about against as during and or y e de en".split()
)
_SURE = frozenset("will would shall".split())
_GOVERNED = frozenset("to of that".split())


@dataclass(frozen=True, slots=True)
class Part:
    """Where two sentences part: our words and theirs. `is_within`: the cited sentence goes on, with `following`, after it."""

    own: Sequence[Token]
    cited: Sequence[Token]
    is_within: bool
    following: Sequence[Token]

    def __str__(self) -> str:
        """Return both sides for a reader."""
        return f"{_told(self.own)!r} where the cited words say {_told(self.cited)!r}"


def alterations(matching: Matching) -> Iterator[str]:
    """Yield what is altered, in words for a reader."""
    for number in sorted({token.sentence for token in matching.claim.tokens}):
        ours = [token for token in matching.claim.tokens if token.sentence == number and not _is_mark(token)]
        theirs = _beside(ours, matching)
        if theirs:
            yield from _altered(ours, _parts(ours, theirs), matching)


def _beside(ours: Sequence[Token], matching: Matching) -> Sequence[Token]:
    """Return the cited sentence that holds most of these words in the same order; none where it holds too few."""
    by_sentence: dict[int, list[Token]] = {}
    for token in matching.cited.tokens:
        if not _is_mark(token):
            by_sentence.setdefault(token.sentence, []).append(token)
    sizes = {number: _n_taken(ours, theirs) for number, theirs in by_sentence.items()}
    most = max(sizes, key=sizes.__getitem__, default=-1)
    return by_sentence[most] if sizes.get(most, 0) >= max(1.0, TAKEN * len(ours)) else ()


def _compared(ours: Sequence[Token], theirs: Sequence[Token]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, [token.word for token in theirs], [token.word for token in ours], autojunk=False)


def _n_taken(ours: Sequence[Token], theirs: Sequence[Token]) -> int:
    return sum(block.size for block in _compared(ours, theirs).get_matching_blocks())


def _parts(ours: Sequence[Token], theirs: Sequence[Token]) -> list[Part]:
    """Return where two sentences part, in order."""
    return [
        Part(ours[from_:to], theirs[start:end], start > 0 and end < len(theirs), theirs[end : end + 1])
        for kind, start, end, from_, to in _compared(ours, theirs).get_opcodes()
        if kind != "equal"
    ]


def _altered(ours: Sequence[Token], parts: Sequence[Part], matching: Matching) -> Iterator[str]:
    """Yield what is altered in a sentence that parts from the cited one there."""
    added = [token for part in parts for token in part.own]
    is_passive = any(token.word == "by" for token in added)  # which puts its parties elsewhere
    for part in parts:
        if not is_passive and part.own and part.cited and (pair := _substituted(part, matching)):
            yield f"it says {pair[0].text!r} where the cited words say {pair[1].text!r}"
        if part.is_within and not any(map(denies, ours)) and any(map(denies, part.cited[-SHORT - 1 :])):
            yield f"the cited words deny what follows {_told(part.cited[-SHORT - 1 :])!r}"
        if len(part.own) > SHORT or len(part.cited) > SHORT:
            continue
        is_denying, is_denied = any(map(denies, part.own)), any(map(denies, part.cited))
        if pair := _exchanged(part, matching):
            yield f"it says {pair[0].text!r} where the cited words say {pair[1].text!r}"
        if is_denying != is_denied and (is_denying or part.is_within):
            yield f"one side denies what the other states: {part}"
        if part.is_within and (hedge := _unhedged(part, added, matching)):
            yield f"the cited words say {hedge.text!r}, the sentence does not"
        if _is_ungoverned(part):
            yield f"the cited words say {_told(part.cited)!r}, the sentence does not"
        if _is_widened(part) or _is_opposite(part):
            yield f"it says {part}"
    if not is_passive and (moved := _moved(ours, parts)) is not None:
        yield f"{moved.text!r} stands in another place of the cited words"


def _exchanged(part: Part, matching: Matching) -> tuple[Token, Token] | None:
    """Return a name or number and the other one that the cited words have in its place."""
    for token in part.own:
        for other in part.cited:
            if token.value is not None and other.value is not None:
                if token.value.kind is other.value.kind and not same(token.value, other.value):
                    return token, other
            elif token.is_capital and other.is_capital and token.is_content and other.is_content:
                is_there = any(one in matching.at(token) for one in part.cited)
                if not is_there and not any(other in matching.at(one) for one in part.own):
                    return token, other
    return None


def _substituted(part: Part, matching: Matching) -> tuple[Token, Token] | None:
    """Return a word that tells something and the other one that the cited words have in its place, where none says the same.

    Where the cited sentence goes on after the last word in common, only its beginning stands in the place of the words here.
    """
    cited = part.cited if part.following else part.cited[: len(part.own) + 2]
    own = [token for token in part.own if _tells(token)]
    theirs = [token for token in cited if _tells(token)]
    if len(part.own) > SHORT or len(cited) > SHORT + 2 or not own or not theirs or any(token.stands_for for token in cited):
        return None
    if any(token.is_verb_like for token in own) != any(token.is_verb_like for token in theirs):
        return None
    return None if any(one in matching.at(token) for token in own for one in theirs) else (own[0], theirs[0])


def _tells(token: Token) -> bool:
    """Return whether a token is a word that tells something, and neither a number nor an adverb."""
    return token.is_content and token.value is None and not token.word.endswith(("ly", "mente"))


def _unhedged(part: Part, added: Sequence[Token], matching: Matching) -> Token | None:
    """Return a hedge of the cited words that the sentence has dropped."""
    kept = {hedge for token in added if (hedge := hedge_of(token, matching.claim)) is not None}
    for token in part.cited:
        hedge = hedge_of(token, matching.cited)
        if hedge is None or hedge is Hedge.SAID or token.word in _SURE or kept & {hedge, Hedge.POSSIBLE, Hedge.ALLEGED}:
            continue
        if not any(token.concepts & other.concepts for other in part.own):
            return token
    return None


def _is_ungoverned(part: Part) -> bool:
    """Return whether the cited words that were dropped end in a verb and `to`: `hopes to` before `win`."""
    words = [token.word for token in part.cited]
    is_governor = words[-1:] == ["to"] and any(is_verbal(token.concepts) for token in part.cited[:-1])
    return part.is_within and is_governor and not any(token.word in _GOVERNED for token in part.own)


def _is_widened(part: Part) -> bool:
    """Return whether some became all, or `almost` and its like were dropped."""
    own, cited = ({token.word for token in tokens} for tokens in (part.own, part.cited))
    is_bound = any(
        token.word in _SOME or (token.value is not None and token.value.bound is not Bound.NONE) for token in part.own
    )
    return bool(own & _ALL - cited) or (part.is_within and not is_bound and bool(cited & _SOME - own))


def _is_opposite(part: Part) -> bool:
    """Return whether one side says `up` where the other says `down`."""
    own, cited = (
        frozenset(word for token in tokens for word in token.text.lower().split()) for tokens in (part.own, part.cited)
    )
    return any(frozenset((one, other)) in _OPPOSITE for one in own - cited for other in cited - own)


def _moved(ours: Sequence[Token], parts: Sequence[Part]) -> Token | None:
    """Return a name or number that the sentence has in another place: one tied to it by no preposition, or the first of two."""
    gone = {token.word for part in parts for token in part.cited if token.is_capital or token.value is not None}
    before = dict(zip(ours[1:], ours, strict=False))
    at_once = []
    for part in parts:
        moved = [token for token in part.own if token.word in gone and token.is_content and _is_fact(token)]
        for token in moved:
            last = before.get(token)
            if last is not None and last.word not in _LINKS and not last.is_capital:
                return token
        at_once += moved[:1]
    return at_once[0] if len(at_once) > 1 else None


def _is_fact(token: Token) -> bool:
    return token.is_capital or token.value is not None


def _is_mark(token: Token) -> bool:
    return not any(character.isalnum() for character in token.text)


def _told(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)

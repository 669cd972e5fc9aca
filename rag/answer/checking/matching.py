"""Which words of the cited text stand for which words of the sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.values import same

_COGNATE_PREFIX = 4
_COGNATE_SHARE = 0.65
_CONNECTORS = frozenset("of the for on in de del la las los".split())


@dataclass(frozen=True, slots=True)
class Matching:
    """A sentence against its cited words.

    `found` maps the place of a token of the sentence to the cited tokens that say the same, `about` holds the places that the
    article's byline answers for.
    """

    claim: Reading
    cited: Reading
    found: dict[int, tuple[Token, ...]]
    about: frozenset[int]

    def has(self, token: Token) -> bool:
        """Return whether a token of the sentence stands in the cited words or in the byline."""
        return token.place in self.found or token.place in self.about

    def at(self, token: Token) -> tuple[Token, ...]:
        """Return the cited tokens that say what a token of the sentence says."""
        return self.found.get(token.place, ())

    def closest(self, token: Token) -> tuple[Token, ...]:
        """Return of the cited tokens that say the same those of the same stem, or all where none has it."""
        found = self.at(token)
        return tuple(other for other in found if other.stems & token.stems) or found

    def share(self, tokens: Sequence[Token]) -> float:
        """Return the weighted share of the tokens that are met, in [0, 1]; 1 where none of them tells anything."""
        total = sum(token.weight for token in tokens)
        return sum(token.weight for token in tokens if self.has(token)) / total if total else 1.0


def match(claim: Reading, cited: Reading, about: Reading) -> Matching:
    """Return which cited tokens, or words of the byline, say what each token of the sentence says."""
    is_foreign = claim.is_spanish != cited.is_spanish
    says = _matcher(is_foreign=is_foreign)
    among = _Index(cited.tokens, is_foreign=is_foreign)
    among_about = _Index(about.tokens, is_foreign=is_foreign)
    found = {}
    in_byline = set()
    acronyms = _spelled_out(claim, cited) | _shortened(claim, cited)
    for token in claim.tokens:
        if not (token.is_content or token.is_directional or token.is_verb_like):
            continue
        same_words = tuple(other for other in among.near(token) if says(token, other)) or acronyms.get(token.place, ())
        if same_words:
            found[token.place] = same_words
        elif any(says(token, other) for other in among_about.near(token)):
            in_byline.add(token.place)
    return Matching(claim, cited, found, frozenset(in_byline))


class _Index:
    """The tokens of a text by what could make another token match them."""

    def __init__(self, tokens: Sequence[Token], *, is_foreign: bool) -> None:
        self._tokens = tokens
        self._is_foreign = is_foreign
        self._always = [
            token.place for token in tokens if token.value is not None or token.stands_for or token.word == "together"
        ]
        self._by_key: dict[str, list[int]] = {}
        for token in tokens:
            for key in (token.word, *token.stems, *token.concepts):
                self._by_key.setdefault(key, []).append(token.place)

    def near(self, token: Token) -> list[Token]:
        """Return the tokens that may match, in order."""
        if self._is_foreign or token.stands_for:
            return list(self._tokens)
        places = set(self._always)
        for key in (token.word, *token.stems, *token.concepts):
            places.update(self._by_key.get(key, ()))
        return [self._tokens[place] for place in sorted(places)]


def _matcher(*, is_foreign: bool) -> Callable[[Token, Token], bool]:
    def says(one: Token, other: Token) -> bool:
        if other.word == "together" and one.value is not None:
            return one.value.amount == 2.0 and not one.value.unit  # `the two` for `both`
        if one.value is not None and other.value is not None:
            return same(one.value, other.value)
        if one.word in other.stands_for or other.word in one.stands_for:
            return True
        if other.is_stop and one.word != other.word:
            return (one.is_directional or other.is_verb_like) and bool(one.concepts & other.concepts)
        if one.word == other.word or one.concepts & other.concepts:
            return True
        if one.value is not None or other.value is not None:
            return False
        return bool(one.stems & other.stems) or (is_foreign and are_cognate(one.word, other.word))

    return says


@lru_cache(maxsize=65536)
def are_cognate(one: str, other: str) -> bool:
    """Return whether two folded words of two languages look like one: `candidatura`, `candidate`."""
    one, other = _respelled(one), _respelled(other)
    shorter = min(len(one), len(other))
    prefix = next((place for place in range(shorter) if one[place] != other[place]), shorter)
    return prefix >= _COGNATE_PREFIX and prefix >= _COGNATE_SHARE * shorter and shorter >= _COGNATE_PREFIX


def _respelled(word: str) -> str:
    """Return a word in the spelling that English and Spanish share: `ph` as `f`, no double letters."""
    for theirs, ours in (("ph", "f"), ("th", "t"), ("qu", "c"), ("k", "c"), ("y", "i")):
        word = word.replace(theirs, ours)
    word = re.sub(r"(.)\1", r"\1", word)
    return word.removeprefix("e") if re.match(r"es[ptc]", word) else word


def nearest_sentence(matching: Matching) -> int:
    """Return the cited sentence that holds most words of the sentence; the first of equals."""
    counts: dict[int, int] = {}
    for token in matching.claim.content:
        for sentence in {at.sentence for at in matching.at(token)}:
            counts[sentence] = counts.get(sentence, 0) + 1
    return max(sorted(counts), key=lambda sentence: counts[sentence], default=0)


def name_runs(reading: Reading) -> list[list[Token]]:
    """Return the runs of capitalised words, with the small words between them left out; a lone sentence opener is none."""
    runs: list[list[Token]] = []
    gap = True
    for token in reading.tokens:
        if token.is_capital and not token.is_stop and token.value is None:
            if gap or not runs or runs[-1][-1].sentence != token.sentence:
                runs.append([token])
            else:
                runs[-1].append(token)
            gap = token.text.endswith(("'s", "’s"))
        elif token.word not in _CONNECTORS:
            gap = True
    return runs


def _spelled_out(claim: Reading, cited: Reading) -> dict[int, tuple[Token, ...]]:
    """Return for acronyms of the sentence the cited names whose initials they are."""
    by_initials = {_initials(part): part for run in name_runs(cited) for part in _parts(run)}
    return {
        token.place: tuple(by_initials[token.text])
        for token in claim.tokens
        if _is_acronym(token.text) and token.text in by_initials
    }


def _shortened(claim: Reading, cited: Reading) -> dict[int, tuple[Token, ...]]:
    """Return for names of the sentence the cited acronym that their initials make."""
    acronyms = {token.text: token for token in cited.tokens if _is_acronym(token.text)}
    return {
        token.place: (acronyms[_initials(part)],)
        for run in name_runs(claim)
        for part in _parts(run)
        if _initials(part) in acronyms
        for token in part
    }


def _parts(run: list[Token]) -> list[list[Token]]:
    """Return the runs within a run that an acronym of two to six letters may stand for."""
    return [run[start:end] for start in range(len(run)) for end in range(start + 2, min(len(run), start + 6) + 1)]


def _initials(run: Sequence[Token]) -> str:
    return "".join(token.text[0] for token in run)


def _is_acronym(text: str) -> bool:
    return 2 <= len(text) <= 6 and text.isupper() and text.isalpha()

"""A text as the check reads it: sentences of tokens, each a word, a value or a mark, with what it stands for.

Names of several words that have a short form, `United Nations`, are one token; a pronoun knows the names it may stand for.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import NamedTuple

from rag.answer.checking.lexicon import concepts, is_light, is_speaking, is_verbal, names_a_thing, phrases, spanish_stem
from rag.answer.checking.values import CURRENCIES, PATTERN, Kind, Value, read_value, scale_of, unit_of, word_value
from rag.answer.features import stem
from rag.fold import fold
from rag.retrieve.lexical import STOP_WORDS
from rag.sentences import sentence_spans

MAX_TEXT = 8000
"""Characters of a text that are read; a sentence and its quotes are far shorter."""

LIGHT = 0.4
"""Weight of a verb that goes with anything, against 1 of other words."""

_ALIASES = {
    "united-nations": "united nations|u.n.|u.n|naciones unidas|onu",
    "united-states": "united states of america|united states|u.s.a.|u.s.|u.s|usa|estados unidos|ee.uu.|eeuu|ee uu",
    "united-kingdom": "united kingdom|great britain|u.k.|reino unido",
    "european-union": "european union|union europea|e.u.",
    "world-health-organization": "world health organization|world health organisation|organizacion mundial de la salud|oms",
    "imf": "international monetary fund|fondo monetario internacional|fmi",
    "oas": "organization of american states|organizacion de los estados americanos|oea",
    "nato": "north atlantic treaty organization|otan",
    "bri": "belt and road initiative|belt and road|iniciativa de la franja y la ruta|franja y la ruta",
    "fta": "free trade agreement|tratado de libre comercio|tlc",
    "gdp": "gross domestic product|producto interno bruto|pib",
    "runoff": "segunda vuelta|run-off",
    "together": "both|ambos|ambas",
    "participate": "take part|takes part|took part|taken part|taking part",
    "at-least": "at least|al menos|por lo menos|no less than|no fewer than",
    "at-most": "at most|a lo sumo|como maximo|no more than",
}
_PLAIN_ALIASES = frozenset({"together", "participate", "at-least", "at-most"})
_BARE_ALIASES = {
    "US": "united-states",
    "UN": "united-nations",
    "UK": "united-kingdom",
    "EU": "european-union",
    "WHO": "world-health-organization",
} | {short.upper(): short for short in ("imf", "oas", "nato", "bri", "fta", "gdp")}
_PHRASES = {phrase: short for short, told in _ALIASES.items() for phrase in told.split("|")}
_WIDE_STOP = frozenset("among amongst amid".split())
_WIDE_NOUNS = frozenset("fund funds study studies survey surveys custody".split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?:-\d+\b)?|\d+[^\W\d_]+")
_MARK = re.compile(r"[,;:()\[\]|«»“”\"—–!?]|\s-\s|\.\.\.|…")

_FOLDED_STOP_WORDS = frozenset(fold(word) for word in STOP_WORDS)
_STOP = (_FOLDED_STOP_WORDS - {"news", "article", "articles", "against"}) | frozenset(
    "since until at-least at-most together anything something everything nothing someone anyone thing things not"
    " nor cannot will shall must may might should would could let per via de van von y e u a al i you your within"
    " upon also yet already even still however therefore thus there here this that these those another each every"
    " all any both either whether though although despite while unless than as so such if then own same it's he's"
    " she's they're we we're n't don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't won't"
    " wouldn't can't couldn't shouldn't one no ni sin nunca jamas tampoco ningun ninguna ninguno todo toda todos"
    " todas cada aunque mientras entonces asi aun estar estara esta estan estaba sera seran seria sido siendo hay"
    " habia haber ser era eran fueron tiene tienen tenia tener segun debido ante durante mediante donde roughly"
    " approximately nearly almost least exactly precisely circa aproximadamente unos unas casi alrededor"
    " exactamente mr mrs ms dr sr sra don dona lo le les se nos me te mi tu si".split()
)
_DIRECTIONAL = frozenset(
    "more before after since up down under most antes despues tras desde mas menos less fewer former against".split()
)
"""Of the stop words, those whose opposite changes what is said."""

_BOUNDARY_WORDS = frozenset(
    "and but while because although which who whom whose when where y e pero mientras porque aunque quien cuyo"
    " cuando donde after before despite as".split()
)
_SUBJECT_PRONOUNS = frozenset("he she it they él ella ellos ellas".split())
PRONOUNS = _SUBJECT_PRONOUNS | frozenset("his her its their him them who su sus himself herself itself themselves".split())
_CUES = frozenset(
    "not no never none nobody nothing neither nor without cannot n't nunca jamas ni sin tampoco ningun ninguna"
    " ninguno nadie".split()
)
_HEADS_END = frozenset("of to for in on that by with from as de que por con en para".split())
_SCOPE = 2
"""Content words after a cue that it denies."""

_QUOTES = frozenset("“«‘")
_QUOTE_MARKS = frozenset("“”«»‘")
_NOT_PAST = frozenset("red hundred sacred naked bed shed".split())
_DETERMINERS = frozenset(
    "the a an its his her their this that these those of in on with without for from at per some any no our el"
    " los las un una su sus de del al sin con este esta ese esa la".split()
)
_RELATIVES = frozenset("who whom".split())
_SPANISH = frozenset("el la los las de del que y en un una por para con su se al lo es no fue segun desde entre mas".split())
_ENGLISH = frozenset("the of and to in a is that for on with by was as at from it be are has its not".split())


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `place` counts all tokens of the text from 0; `clause` counts across sentences.

    `is_content`: it tells something by itself. `is_directional`: its opposite would change what is said. `is_verb_like`: it can
    tie one party to another. `is_cue`: it denies what follows. `weight`, in [0, 1], is how much it tells.
    """

    place: int
    text: str
    word: str
    stems: frozenset[str]
    concepts: frozenset[str]
    sentence: int
    clause: int
    is_capital: bool
    is_stop: bool
    value: Value | None = None
    stands_for: frozenset[str] = frozenset()
    is_noun: bool = False
    is_quoted: bool = False

    is_content: bool = field(init=False)
    is_directional: bool = field(init=False)
    is_verb_like: bool = field(init=False)
    is_cue: bool = field(init=False)
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what every rule asks again and again."""
        is_content = self.value is not None or not self.is_stop
        is_word = self.value is None or self.value.kind is Kind.ORDINAL
        tells_little = is_light(self.concepts) or is_speaking(self.concepts)
        is_directional = is_word and bool(self.concepts) and (not self.is_stop or self.word in _DIRECTIONAL)
        object.__setattr__(self, "is_content", is_content)
        object.__setattr__(self, "is_directional", is_directional)
        is_cue = (self.word in _CUES or self.word.endswith("n't")) and not self.is_quoted
        object.__setattr__(self, "is_cue", is_cue)
        object.__setattr__(self, "is_verb_like", self._is_verb_like())
        object.__setattr__(self, "weight", 0.0 if not is_content else LIGHT if tells_little else 1.0)

    def _is_verb_like(self) -> bool:
        if self.value is not None or self.is_capital or self.is_noun or names_a_thing(self.word):
            return False
        if self.is_stop:
            return is_speaking(self.concepts)
        return is_verbal(self.concepts) or (
            self.word.endswith("ed") and not self.word.endswith("eed") and self.word not in _NOT_PAST
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The tokens of a text in order, those that tell something, the places of those that are denied, and the sentences."""

    tokens: tuple[Token, ...]
    content: tuple[Token, ...]
    denied: frozenset[int]
    sentences: tuple[str, ...]
    is_spanish: bool


@lru_cache(maxsize=4096)
def read(text: str, *, is_wide: bool = False) -> Reading:
    """Return the reading of a text.

    Args:
        is_wide: Whether to know the further words and phrases that the check alone reads by; what else reads texts here was
            fitted without them.
    """
    text = text[:MAX_TEXT]
    phrases = _known_phrases(is_wide=is_wide)
    folded = fold_in_place(text)
    tokens: list[Token] = []
    sentences = []
    clause = 0
    for number, span in enumerate(sentence_spans(text)):
        sentences.append(text[span.start : span.end])
        clause += 1
        is_open = False
        subject: frozenset[str] = frozenset()
        previous = _subject(tokens, number - 1)
        for start, end, value in _pieces(folded, span.start, span.end, phrases.pattern):
            piece = text[start:end]
            word = (
                "él"
                if piece.lower() == "él"
                else phrases.words.get(folded[start:end]) or _BARE_ALIASES.get(piece) or _unpossessive(folded[start:end])
            )
            if _is_boundary(piece, word):
                clause += 1
            stands_for: frozenset[str] = frozenset()
            if word in PRONOUNS and value is None:
                stands_for = _antecedent(tokens, number) if word in _RELATIVES else subject | previous if tokens else previous
            token = _token(len(tokens), piece, word, number, clause, value, stands_for, is_wide=is_wide)
            if tokens and _makes_noun(tokens[-1], token):
                token = replace(token, is_noun=True)
            is_open = (piece in _QUOTES) if piece in _QUOTE_MARKS else is_open
            if is_open and token.is_capital:
                token = replace(token, is_quoted=True)  # in a title, or a word as such: “No”
            if token.is_capital and token.is_content and not subject and word not in _SUBJECT_PRONOUNS:
                subject = frozenset({word})
            elif token.is_capital and tokens and tokens[-1].is_capital and tokens[-1].word in subject:
                subject |= {word}
            tokens.append(token)
    tokens = _with_shared_units(tokens)
    tokens = _with_table_scale(tokens, text)
    content = tuple(token for token in tokens if token.is_content)
    return Reading(tuple(tokens), content, _denied(tokens), tuple(sentences), _is_spanish(folded))


class _Phrases(NamedTuple):
    """Phrases of several words, with the word that each is read as, and what finds them."""

    words: dict[str, str]
    pattern: re.Pattern[str]


@cache
def _known_phrases(*, is_wide: bool) -> _Phrases:
    words = phrases() | _PHRASES if is_wide else _PHRASES
    longest_first = "|".join(re.escape(phrase) for phrase in sorted(words, key=len, reverse=True))
    return _Phrases(words, re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)"))


def _denied(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the places of the words that a cue denies: the first content words after it, no names, within its clause."""
    found = set()
    for cue in tokens:
        if not cue.is_cue:
            continue
        left = _SCOPE
        for token in tokens[cue.place + 1 :]:
            if token.sentence != cue.sentence or (token.clause != cue.clause and left < _SCOPE) or left == 0:
                break
            if token.word in _HEADS_END and left < _SCOPE:
                break
            if token.is_content and token.value is None and not token.is_capital:
                found.add(token.place)
                left -= 1
                if token.is_verb_like:
                    break
    return frozenset(found)


def fold_in_place(text: str) -> str:
    """Return the text in lower case without accents, each character at its place."""
    return "".join(_folded(character) for character in text)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character in "’‘`":
        return "'"
    base = unicodedata.normalize("NFKD", character)[:1].lower()[:1]
    return base or character


def _pieces(folded: str, start: int, end: int, phrases: re.Pattern[str]) -> Iterator[tuple[int, int, Value | None]]:
    """Yield the borders of the tokens of one sentence, and the value of those that are one."""
    at = start
    while at < end:
        character = folded[at]
        if character.isspace():
            at += 1
            continue
        phrase = phrases.match(folded, at, end)
        if phrase and not (at > start and folded[at - 1].isalnum()):
            yield at, phrase.end(), None
            at = phrase.end()
            continue
        match = PATTERN.match(folded, at, end)
        value = read_value(match, folded) if match and match.end() > at else None
        if match and value is not None:
            yield at, match.end(), value
            at = match.end()
            continue
        word = _WORD.match(folded, at, end)
        if word:
            yield at, word.end(), word_value(word.group())
            at = word.end()
            continue
        mark = _MARK.match(folded, at, end)
        if mark:
            yield at, mark.end(), None
        at = max(at + 1, mark.end() if mark else 0)


def _token(
    place: int,
    piece: str,
    word: str,
    sentence: int,
    clause: int,
    value: Value | None,
    stands: frozenset[str],
    *,
    is_wide: bool,
) -> Token:
    is_word = bool(_WORD.match(piece)) or word != piece
    is_acronym = len(piece) > 1 and piece.isupper() and piece.isalpha()
    is_stop = value is None and (not is_word or (word in _STOP and not is_acronym) or word in PRONOUNS)
    if piece in _BARE_ALIASES or (word in _ALIASES and word not in _PLAIN_ALIASES):
        is_stop = False
    if is_wide and word in _WIDE_STOP:
        is_stop = True
    stems = {stem(word), spanish_stem(word)} | ({stem(_american(word))} if is_wide else set())
    found = concepts(word, is_wide=is_wide) if value is None or value.kind is Kind.ORDINAL else frozenset()
    return Token(
        place=place,
        text=piece,
        word=word,
        stems=frozenset(stems) if is_word and value is None else frozenset(),
        concepts=found,
        sentence=sentence,
        clause=clause,
        is_capital=value is None and piece[:1].isupper(),
        is_stop=is_stop,
        value=value,
        stands_for=stands,
        is_noun=is_wide and word in _WIDE_NOUNS,
    )


def _american(word: str) -> str:
    """Return a British spelling as it is spelled in America: `neighbouring`, `organise`, `centre`."""
    return re.sub(
        r"(?<=[a-z]{3})is(?=(?:e|ed|es|ing|ation)$)", "iz", re.sub(r"(?<=[a-z]{2})our(?=s?$|ing|ed|ite|able)", "or", word)
    )


def _makes_noun(before: Token, token: Token) -> bool:
    """Return whether the token before shows that a word that may be a verb is a noun: `the strike`, `two goals`."""
    if before.sentence != token.sentence or token.word.endswith(("ing", "ed")) or token.word in {"ahead", "behind"}:
        return False
    return before.word in _DETERMINERS or (before.value is not None and before.value.kind in {Kind.NUMBER, Kind.ORDINAL})


def _subject(tokens: list[Token], sentence: int) -> frozenset[str]:
    """Return the names of a sentence, which a pronoun in the next one may stand for; not those that only own something."""
    return frozenset(
        token.word
        for token in tokens
        if token.sentence == sentence and token.is_capital and token.is_content and not token.text.endswith(("'s", "’s", "s’"))
    )


def _antecedent(tokens: list[Token], sentence: int) -> frozenset[str]:
    """Return the words of the last name of a sentence so far, which `who` is taken to stand for."""
    found: set[str] = set()
    for token in reversed(tokens):
        if token.sentence != sentence or (found and not token.is_capital):
            break
        if token.is_capital and token.is_content:
            found.add(token.word)
    return frozenset(found)


def _is_boundary(piece: str, word: str) -> bool:
    return word in _BOUNDARY_WORDS or piece in {",", ";", ":", "(", ")", "|", "—", "–"}


def _with_shared_units(tokens: list[Token]) -> list[Token]:
    """Return the tokens with units and months that a range tells once: `320 to 410 million pesos`, `October 13 and 15`."""
    joined = frozenset("to a and y or o e - – al between".split())
    out = list(tokens)
    places = [place for place, token in enumerate(out) if token.value is not None]
    for left, right in itertools.pairwise(places):
        one, other = out[left].value, out[right].value
        assert one is not None
        assert other is not None
        between = [token.word for token in out[left + 1 : right]]
        if right - left > 3 or not all(word in joined or word in {"el", "the"} for word in between):
            continue
        if other.kind is Kind.NUMBER and one.kind is Kind.NUMBER and not one.unit and not one.has_scale and between:
            factor = _factor(out[right].text)
            out[left] = replace(out[left], value=replace(one, amount=one.amount * factor, unit=other.unit))
        elif one.kind is Kind.DAY and other.kind in {Kind.ORDINAL, Kind.NUMBER} and not other.unit and other.amount <= 31:
            out[right] = replace(out[right], value=Value(Kind.DAY, other.amount, month=one.month))
        elif other.kind is Kind.DAY and one.kind in {Kind.ORDINAL, Kind.NUMBER} and not one.unit and one.amount <= 31:
            out[left] = replace(out[left], value=Value(Kind.DAY, one.amount, month=other.month))
    return out


def _factor(text: str) -> float:
    """Return the scale that the text of a value names."""
    factor = 1.0
    for word in _WORD.findall(text):
        factor *= scale_of(word)
    return factor


def _with_table_scale(tokens: list[Token], text: str) -> list[Token]:
    """Return the tokens with the further meaning of table cells whose heading names a scale: `(USD Billion)`."""
    if "|" not in text:
        return tokens
    scale, unit = 1.0, ""
    for token in tokens:
        if token.value is None:
            scale = max(scale, scale_of(token.word)) if len(token.word) > 2 else scale
            unit = unit or (unit_of(token.word) if unit_of(token.word) in CURRENCIES else "")
    if scale == 1.0:
        return tokens
    return [
        replace(token, value=replace(token.value, others=(token.value.amount * scale,), unit=token.value.unit or unit))
        if token.value is not None and token.value.kind is Kind.NUMBER and not token.value.has_scale
        else token
        for token in tokens
    ]


def _unpossessive(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'")


def _is_spanish(folded: str) -> bool:
    words = re.findall(r"[a-z]+", folded)
    return sum(word in _SPANISH for word in words) > sum(word in _ENGLISH for word in words)

"""Words that say the same, in English and Spanish, and words that say the opposite: the vocabulary of news.

`concepts.txt` has one concept a line, `name: English words | Spanish words`, without accents, in the base form and the
irregular ones; regular endings are met by stemming. A concept marked `*` holds verbs, which can tie one party to another. A
word may stand in several concepts. The lists are kept by hand and know common words only: one that they do not know matches
itself, its inflections, and its cognate in the other language.

`further.txt` has more of the same, and `phrases.txt` phrases of several words, `word: phrase, phrase` with the forms of a verb
parted by `/`. The check alone reads by those two: what else reads by this vocabulary, the choice of sentences, was fitted
without them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from rag.answer.features import stem
from rag.fold import fold

_OPPOSITES = """
rise fall|win lose|support oppose|accept reject|deny admit|begin end|open close|buy sell|arrive leave|join withdraw
die survive|arrest release|convict acquit|build destroy|make consume|export import|succeed fail|strengthen weaken|allow block
improve worsen|marry divorce|warm cool|follow precede|cause prevent|more fewer|big small|good bad|positive negative|new old
former current|first last|early late|high low|left right|north south|east west|public private|legal illegal|safe dangerous
rich poor|ahead behind|male female
majority minority|stable unstable|peace war|ally rival|profit deficit|true false|full empty|save lose
hide show|accept oppose|support reject|first second|owe earn|borrow save|father mother|son daughter
withdraw keep|earn lose|fall strengthen|rise weaken|support accuse|open end|begin close|danger safe|father son|cost save
"""

_CONVERSES = "win lose|ahead behind|buy sell|give take|give earn|follow precede|send earn"
"""Opposites that say the same of swapped parties: A beats B, B loses to A."""

_SYMMETRIC = frozenset(
    "meet agree share cooperate discuss marry divorce exchange equal cost rise fall begin end warm cool improve worsen".split()
)
"""Verbs whose parties may change places."""

_SPEAKING = frozenset("say announce accuse deny admit suspect stress explain describe answer promise".split())

_NOUNS = frozenset(
    "accord advocate against back alliance ballot bid boss building campaign candidate casualty center centre"
    " champion chief contender count deal death dialogue dialog election employee employer failure fare fatality"
    " fee growth goal goals husband job jobs journey leader leaders loser loss losses meeting member members"
    " office output pact part party poll post price producer producers product products prosecutor quest relief"
    " resident residents rival runoff sale school signatory signature spectator spectators speech statement strike"
    " success summit talks teacher tenure treaty trip victim victims victory voyage wage wife winner worker"
    " workers consumer consumers builder builders member opening participation support help work fire charge"
    " acuerdo apoyo aumento ayuda balotaje baja bajada campana candidato candidata candidatura cargo comercio"
    " compra constructor costo crecimiento cumbre dano dano elecciones empleo empleado eleccion ensayo gira herido"
    " heridos huelga incendio inicio jefe jefa lider maestro muerte muertos muerto obrero pago perdida plan planes"
    " precio producto productor profesor promesa recorte respaldo reunion socio subida tarifa trabajador"
    " trabajadores trabajo tratado triunfo vecino venta viaje victoria visita voto".split()
)
"""Words of verbal concepts that name a thing or a person."""

_NOUN_ENDINGS = tuple(
    "tion tions sion sions ment ments ship ships ance ances ence ences ness ity ities ist"
    " ists cion ciones miento mientos dad dades dor dores ly mente".split()
)

_LIGHT = frozenset("say keep make earn give take show use need try serve expect number part run lead cause think".split())
"""Concepts that tell little: verbs that go with anything."""


class Lexicon(NamedTuple):
    """Concepts by word and by stem, and the verbs among them."""

    by_word: dict[str, frozenset[str]]
    by_stem: dict[str, frozenset[str]]
    by_spanish_stem: dict[str, frozenset[str]]
    verbs: frozenset[str]


@lru_cache(maxsize=65536)
def concepts(word: str, *, is_wide: bool = False) -> frozenset[str]:
    """Return the concepts of a folded word; none where the lists do not know it.

    Args:
        is_wide: Whether to look into the further list too.

    >>> sorted(concepts("endorsed"))
    ['support']
    """
    known = lexicon(is_wide=is_wide)
    found = known.by_word.get(word) or known.by_stem.get(stem(word))
    return found or known.by_spanish_stem.get(spanish_stem(word)) or frozenset()


@cache
def phrases() -> dict[str, str]:
    """Return the phrases of several words that stand for one: `stepped down` for `resign`."""
    found = {}
    for line in (files("rag.answer.checking") / "phrases.txt").read_text(encoding="utf-8").splitlines():
        word, _, told = line.partition(": ")
        for phrase in told.split(", "):
            verbs, _, rest = phrase.partition(" ")
            found.update({f"{verb} {rest}": word for verb in verbs.split("/")})
    return found


def are_opposite(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two words with these concepts say opposite things; words that share a concept do not."""
    return not one & other and any((a, b) in _opposed() for a in one for b in other)


def are_converse(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two opposite words say the same when their parties change places: `beat` and `lost to`."""
    return any((a, b) in _converse() for a in one for b in other)


def is_verbal(found: frozenset[str]) -> bool:
    """Return whether a word with these concepts can be a verb."""
    return bool(found & lexicon(is_wide=True).verbs)


def names_a_thing(word: str) -> bool:
    """Return whether a folded word, though of a verbal concept, is a noun or an adverb."""
    return word in _NOUNS or word.endswith(_NOUN_ENDINGS)


def is_symmetric(found: frozenset[str]) -> bool:
    """Return whether the parties of a verb with these concepts may change places."""
    return bool(found & _SYMMETRIC)


def is_speaking(found: frozenset[str]) -> bool:
    """Return whether a word with these concepts tells that somebody says something."""
    return bool(found & _SPEAKING)


def is_light(found: frozenset[str]) -> bool:
    """Return whether a word with these concepts tells little."""
    return bool(found) and found <= _LIGHT


@cache
def lexicon(*, is_wide: bool = False) -> Lexicon:
    """Return the lists, read once; a concept of the further list takes the place of one of the same name."""
    lines = {}
    for file in ("concepts.txt", "further.txt") if is_wide else ("concepts.txt",):
        for line in (files("rag.answer.checking") / file).read_text(encoding="utf-8").splitlines():
            name, _, words = line.partition(":")
            lines[name] = words
    by_word: dict[str, set[str]] = {}
    by_stem: dict[str, set[str]] = {}
    by_spanish_stem: dict[str, set[str]] = {}
    for marked, words in lines.items():
        name = marked.removeprefix("*")
        english, _, spanish = words.partition("|")
        for word in map(fold, english.split()):
            by_word.setdefault(word, set()).add(name)
            by_stem.setdefault(stem(word), set()).add(name)
        for word in map(fold, spanish.split()):
            by_word.setdefault(word, set()).add(name)
            by_spanish_stem.setdefault(spanish_stem(word), set()).add(name)
    verbs = frozenset(name.removeprefix("*") for name in lines if name.startswith("*"))
    return Lexicon(_frozen(by_word), _frozen(by_stem), _frozen(by_spanish_stem), verbs)


@lru_cache(maxsize=65536)
def spanish_stem(word: str) -> str:
    """Return a crude stem of a folded Spanish word: its endings of number, gender, person and tense taken off."""
    for ending in _SPANISH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


_SPANISH_ENDINGS = sorted(
    "aciones amientos imientos amiento imiento iendo ieron adas ados idas idos aron aran eran iran arse erse"
    " irse ando aban"
    " ada ado ida ido aba ara era ira ara are ere ire ian aria eria iria ar er ir as os es an en a o e s".split(),
    key=len,
    reverse=True,
)


@cache
def _opposed() -> frozenset[tuple[str, str]]:
    return _pairs(_OPPOSITES)


@cache
def _converse() -> frozenset[tuple[str, str]]:
    return _pairs(_CONVERSES)


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    """Return the pairs, both ways round."""
    listed = [tuple(pair.split()) for pair in text.replace("\n", "|").split("|") if pair.strip()]
    return frozenset((a, b) for a, b in listed) | frozenset((b, a) for a, b in listed)


def _frozen(table: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {word: frozenset(names) for word, names in table.items()}

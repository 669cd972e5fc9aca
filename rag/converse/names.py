"""The names of a text, with what each is likely to name: rules and short lists, no model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rag.fold import fold
from rag.retrieve.lexical import STOP_WORDS


class Kind(StrEnum):
    """What a name names."""

    PERSON = "person"
    PLACE = "place"
    GROUP = "group"
    THING = "thing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, where it begins in the text, and `gender` `f`, `m` or empty where unknown."""

    text: str
    start: int
    kind: Kind
    gender: str = ""

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.start + len(self.text)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# All folded: lower case, no accents.
_TITLES = _words(
    "president presidente presidenta minister ministro ministra senator senador senadora secretary secretario secretaria "
    "governor gobernador gobernadora mayor alcalde alcaldesa mr mrs ms miss dr sr sra king queen rey reina pope papa prince "
    "princess chancellor canciller judge juez jueza justice professor profesor profesora candidate candidato candidata "
    "leader "
    "director directora secretary-general former ex ex-president expresidente expresidenta deputy diputado diputada "
    "prime vice "
    "vice-president ambassador embajador embajadora commissioner chief foreign environment finance monsieur madame m mme"
)
_WOMEN_TITLES = _words(
    "presidenta ministra senadora gobernadora alcaldesa mrs ms miss sra queen reina princess jueza candidata directora "
    "expresidenta diputada embajadora profesora madame mme"
)
_MEN_TITLES = _words(
    "mr sr king rey papa pope prince presidente ministro senador gobernador alcalde candidato diputado monsieur"
)
_GROUPS = _words(
    "union party council commission bank court ministry government congress senate parliament university association "
    "federation "
    "company nations organization organisation committee league agency institute front movement corporation inc ltd "
    "group forum "
    "partido consejo banco tribunal ministerio gobierno congreso senado parlamento universidad asociacion federacion empresa "
    "organizacion comite liga agencia instituto frente movimiento grupo comision fiscalia corte post times herald "
    "journal news"
)
_THINGS = _words(
    "agreement treaty act law declaration accord summit conference cup award prize convention protocol plan pact report "
    "war bill "
    "deal championship festival constitution acuerdo tratado ley declaracion cumbre conferencia copa premio convenio "
    "protocolo "
    "pacto informe guerra constitucion"
)
_PLACES = _words(
    "afghanistan argentina australia austria bangladesh belgium bolivia brazil brasil britain bulgaria cambodia canada "
    "chile china "
    "colombia croatia cuba cyprus denmark ecuador egypt england estonia ethiopia europe finland france francia georgia "
    "germany "
    "alemania ghana greece guatemala haiti honduras hungary iceland india indonesia iran iraq ireland israel italy "
    "italia jamaica "
    "japan japon jordan kenya korea kuwait latvia lebanon libya lithuania malaysia mexico mongolia morocco myanmar nepal "
    "netherlands nicaragua nigeria norway oman pakistan panama paraguay peru philippines poland polonia portugal qatar "
    "romania "
    "russia rusia rwanda scotland senegal serbia singapore slovakia slovenia somalia spain espana sudan sweden "
    "switzerland syria "
    "taiwan tanzania thailand tunisia turkey ukraine ucrania uruguay venezuela vietnam wales yemen zambia zimbabwe "
    "africa asia "
    "america antarctica gaza palestine washington london paris berlin beijing brussels santiago madrid lima bogota"
)
_SEVERAL = _words("united_states united_kingdom new_zealand south_africa saudi_arabia costa_rica el_salvador south_korea")
_WOMEN = _words(
    "michelle isabel carmen ines anne jane mary elizabeth margaret kate claire helen rachel susan karen christine evelyn "
    "marine "
    "carol sarah hannah ruth judith beatriz pilar dolores mercedes raquel ingrid brigitte hillary nancy emily alice sophie "
    "jeannette liz joan marie irene megan erin ashley jennifer amy kim"
)
_MEN = _words(
    "jose juan carlos luis jorge rafael miguel daniel gabriel david john james robert michael william donald joe barack "
    "george "
    "karl emmanuel vladimir manuel javier andres nicolas jeremy keir boris sam peter paul mark thomas felipe jaime enrique "
    "vicente evo lula joshua luca nikita xi tom tim ben jack simon stephen steven kevin eric frank henry charles edward oscar "
    "hector "
    "cesar victor martin adam alan brian scott andrew anthony ruben"
)
_NEVER = _words(
    "january february march april may june july august september october november december monday tuesday wednesday thursday "
    "friday saturday sunday i did does do is are was were will would has have had can could should may might must tell "
    "give show "
    "explain according please hi hello hey ok yes no enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre lunes martes miercoles jueves viernes sabado domingo he she they it ella ellos"
)
_STOP_WORDS = frozenset(fold(word) for word in STOP_WORDS)
_PARTICLES = _words("de del la las los of the van von bin al da do dos das du")
_DEMONYM = re.compile(r"\w{2,}(?:ean|ian|ese|ish|can)s?")
_WORD = re.compile(r"[^\W\d_][\w]*(?:[-'’.][^\W\d_]\w*)*")
_OPENS = re.compile(r"(?:[.?!:;]\s|[¿¡“\"«(\n])\s*$")
_ACTS = re.compile(r"\s+(?:said|says|was|is|has|had|will|won|lost|wants|told|leads|led|became|received|dijo|es|fue|gan[oó])\b")
_BEFORE = 16
"""Characters before a name that tell of it."""
_IN = re.compile(r"\b(?:in|en|at|from|to|desde|across|à)\s+(?:la\s+|el\s+)?$", re.IGNORECASE)


def names_in(text: str, *, around: Iterable[str] = ()) -> list[Name]:
    """Return the names in the order in which they stand.

    Args:
        text: Read up to its capitals: a text without small letters, or without capitals, has no names.
        around: Other texts of the conversation; a single name takes its kind from a longer one there.
    """
    wider = _named_in(text)
    whole = [*wider, *(name for other in dict.fromkeys(around) for name in _named_in(other))]
    people = {fold(name.text).split()[-1]: name for name in whole if name.kind is Kind.PERSON and " " in name.text}
    inner = {fold(name.text) for name in whole if " " in name.text}
    inner.update(fold(name.text) for name in wider if not _opens(name, text))
    found = []
    for name in wider:
        folded = fold(name.text)
        if name.kind is Kind.UNKNOWN and folded in people:
            name = Name(name.text, name.start, Kind.PERSON, people[folded].gender)
        elif name.kind is Kind.UNKNOWN and _opens(name, text) and folded not in inner and not _ACTS.match(text, name.end):
            continue  # a common word that begins a sentence
        found.append(name)
    return found


def fuller(name: Name, texts: Iterable[str]) -> str:
    """Return the longest name of a person that ends in this one, as `Rebeca Grynspan` for `Grynspan`, else the name "
    "itself."""
    ending = f" {fold(name.text)}"
    longer = [
        one.text for text in texts for one in names_in(text) if one.kind is Kind.PERSON and fold(one.text).endswith(ending)
    ]
    return max(longer, key=len, default=name.text)


@lru_cache(maxsize=512)
def _named_in(text: str) -> tuple[Name, ...]:
    """Return every run of capitals that can be a name. A conversation is read over and over, hence the memory."""
    if not text or text.isupper():
        return ()
    return tuple(name for run in _runs(text) if (name := _named(run, text)))


def _opens(name: Name, text: str) -> bool:
    """Return whether a name begins its sentence."""
    return _OPENS.search(text[max(0, name.start - _BEFORE) : name.start]) is not None or not text[: name.start].strip()


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Return the runs of capitalised words, particles between them included."""
    runs: list[list[re.Match[str]]] = []
    held: list[re.Match[str]] = []  # particles that belong to a name if a capital follows
    for word in _WORD.finditer(text):
        last = held or (runs[-1] if runs else [])
        before = last[-1] if last else None
        is_joined = before is not None and text[before.end() : word.start()] in (" ", ". ") and not _parted(text, before, word)
        folded = fold(word.group())
        # A stop word in capitals begins a sentence, but `UN` is a name.
        is_surname = folded == "may" and is_joined and not held  # Theresa May
        is_common = (folded in _NEVER and not is_surname) or (
            folded in _STOP_WORDS and not (word.group().isupper() and len(folded) > 1)
        )
        if word.group()[0].isupper() and not is_common:
            if is_joined:
                runs[-1] += [*held, word]
            else:
                runs.append([word])
            held = []
        elif is_joined and folded in _PARTICLES and len(held) < 2:
            held.append(word)
        else:
            held = []
    return runs


def _parted(text: str, before: re.Match[str], word: re.Match[str]) -> bool:
    """Return whether a full stop that ends a sentence stands between two words; one of `J.` or `Dr.` does not."""
    return "." in text[before.end() : word.start()] and len(before.group()) > 3


def _named(run: list[re.Match[str]], text: str) -> Name | None:
    """Return the name that a run of words holds, without the titles before and behind it."""
    folded = [fold(word.group()).removesuffix("'s") for word in run]
    titles = [place for place, word in enumerate(folded) if word in _TITLES]
    is_office = any(word in ("of", "de", "del") for word in folded)
    has_title = bool(titles) and titles[-1] < len(run) - 1 and not is_office
    if titles and titles[-1] == len(run) - 1:  # `United Nations Secretary-General`
        first = next(place for place in range(len(run) - 1, -1, -1) if place - 1 not in titles)
        run, folded = run[:first], folded[:first]
    elif has_title:
        run, folded = run[titles[-1] + 1 :], folded[titles[-1] + 1 :]
    while folded and folded[0] in _PARTICLES:
        run, folded = run[1:], folded[1:]
    if not run or (len(run) == 1 and _DEMONYM.fullmatch(folded[0]) and not has_title):
        return None
    start, end = run[0].start(), run[-1].end()
    name = re.sub(r"['’]s$", "", text[start:end])
    kind = _kind(name, folded, text[:start], has_title=has_title)
    is_someone = kind in (Kind.PERSON, Kind.UNKNOWN)
    return Name(name, start, kind, _gender(folded, [fold(word) for word in text[:start].split()[-3:]]) if is_someone else "")


def _kind(name: str, folded: list[str], before: str, *, has_title: bool) -> Kind:
    joined = "_".join(folded)
    if has_title:
        return Kind.PERSON
    if joined in _SEVERAL or (len(folded) == 1 and folded[0] in _PLACES):
        return Kind.PLACE
    if any(word in _THINGS for word in folded):
        return Kind.THING
    if any(word in _GROUPS for word in folded) or (name.isupper() and 1 < len(name) < 7):
        return Kind.GROUP
    if len(folded) > 1:
        is_plain = len(folded) < 5 and not any(word in ("of", "the") for word in folded)
        known = folded[0] in _WOMEN or folded[0] in _MEN
        return Kind.PLACE if _IN.search(before[-_BEFORE:]) and not known else Kind.PERSON if is_plain else Kind.THING
    return Kind.PLACE if _IN.search(before[-_BEFORE:]) else Kind.UNKNOWN


def _gender(folded: list[str], before: list[str]) -> str:
    """Return `f` or `m` by the title before a name, else by the first name; empty where neither tells."""
    if any(word.strip(".,") in _WOMEN_TITLES for word in before):
        return "f"
    first = folded[0]
    if first in _MEN or (len(folded) > 1 and first.endswith("o")) or any(word.strip(".,") in _MEN_TITLES for word in before):
        return "m"
    return "f" if first in _WOMEN or (len(folded) > 1 and first.endswith("a")) else ""

"""What kind of value a question asks for: a number, a day, a time, or who holds a place that only one can hold.

Only questions for a value can have answers that differ in it. The words are English and Spanish; a question in other words asks
for no value, and then nothing is compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.answer.checking.matching import name_runs
from rag.answer.checking.reading import Reading, Token, read
from rag.fold import fold

_TIME = re.compile(r"\b(?:at )?what time\b|\ba que hora\b")
_DAY = re.compile(r"^when\b|\b(?:what|which) (?:day|date)\b|\bcuando\b|\b(?:que|cual) (?:dia|fecha)\b")
_SHARE = re.compile(r"\b(?:per ?cent|percentage|share|turnout|porcentaje|por ciento|proporcion|participacion)\b")
_COST = re.compile(
    r"\b(?:costs?|prices?|fares?|pay|paid|fee|wages?|salary|earn|how much|cuanto|precio|cuesta|costo|tarifa|sueldo|salario)\b"
)
_COUNT = re.compile(r"\b(?:how many|cuant[oa]s)\b(?:\s+\w+)?")
_NUMBER = re.compile(
    r"\bhow (?:much|many|high|large|big|long|far|wide|deep|tall|heavy|fast)\b|\bcuant[oa]s?\b"
    r"|\b(?:what|which|que|cual)\b.{0,40}\b(?:share|percent|percentage|turnout|number|total|toll|price|fare|fee|cost|sum|rate|"
    r"deficit|pay|rise|wage|size|length|porcentaje|numero|precio|tarifa|salario|cifra)\b|\bwhat (?:does|did|do|will)\b.*\b"
    r"(?:cost|pay)\b"
)
_WHO = re.compile(r"^(?:and |y )?(?:who|quien)\b")
_FORMER = re.compile(
    r"^(?:who|quien) (?:was|were|used|had|era|fue|eran)\b|\b(?:former|previous|first|when|cuando|before|antes)\b"
)
# Places that one holds at a time, and deeds of one: several can endorse, only one can chair.
_PLACE = (
    r"chair\w*|head|leader|chief|executive|president\w*|prime|minister|ministr[oa]|mayor\w*|alcald\w*|governor|gobernador\w*"
    r"|director\w*|boss|captain|coach|manager|ceo|chancellor|owner|winner|successor|author|founder"
)
_DEED = (
    r"chairs|heads|leads|runs|governs|presides|owns|ordered|won|wins|succeeds|succeeded|replaces|replaced|takes over|designed"
    r"|wrote|founded|preside|dirige|ordeno|gano"
)
_SOLE = re.compile(
    rf"^(?:and |y )?(?:who|quien) (?:(?:currently|now|actualmente|ahora) )?(?:(?:{_DEED})\b|(?:is|es|will be|sera|'s) "
    rf"(?:(?!(?:of|to|for|with|by|from|de|que|that)\b)[\w']+ ){{0,3}}(?:(?:{_PLACE})\b|in charge\b))"
)


class Wanted(StrEnum):
    """The kind of value that a question asks for."""

    NUMBER = "number"
    SHARE = "share"
    MONEY = "money"
    COUNT = "count"
    DAY = "day"
    TIME = "time"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for, its names, and its other words that tell something."""

    wanted: Wanted
    reading: Reading
    names: tuple[Token, ...]
    words: tuple[Token, ...]

    @property
    def head(self) -> int:
        """Place of the first of the words: what is counted or measured; -1 where the question has names only."""
        return self.words[0].place if self.words else -1


def asked(question: str) -> Asked | None:
    """Return what a question asks for; None where it asks for no value that two articles could state differently."""
    wanted = _wanted(fold(question).lstrip("¿ "))
    if wanted is None:
        return None
    reading = read(question)
    names = tuple(token for run in name_runs(reading) for token in run if token.place > 0)
    places = {token.place for token in names}
    words = tuple(
        token
        for token in reading.content
        if token.place > 0 and token.place not in places and token.value is None and token.word not in _FRAME
    )
    return Asked(wanted, reading, names, words) if names or words else None


# Words of the asking itself, which no answer repeats.
_FRAME = frozenset(
    "how many much when who what which day date time share percentage percent high large long number many today now current"
    " currently latest cuantos cuantas cuanto cuando quien que cual dia fecha hora porcentaje hoy ahora actual year ano".split()
)


def _wanted(folded: str) -> Wanted | None:
    if _TIME.search(folded):
        return Wanted.TIME
    if _WHO.search(folded):
        return Wanted.HOLDER if _SOLE.search(folded) and not _FORMER.search(folded) else None
    if _DAY.search(folded):
        return Wanted.DAY
    if _COUNT.search(folded):
        return Wanted.COUNT
    if not _NUMBER.search(folded):
        return None
    if _SHARE.search(folded):
        return Wanted.SHARE
    return Wanted.MONEY if _COST.search(folded) else Wanted.NUMBER

"""Numbers, sums of money, measures and days of a text, each in one form whatever its spelling.

`1.2 million`, `1,200,000` and `1,2 millones` are one value; so are `58 %` and `58 percent`, and `Dec. 14`, `14 December` and
`14 de diciembre`. A value keeps its unit, because 4.80 euros are not 4.80 dollars, and its bound, because `at least 14` is
not `14`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.almanac import MONTHS, WEEKDAYS
from rag.fold import fold


class Kind(StrEnum):
    """What a value measures; values of different kinds are never compared."""

    NUMBER = "number"
    ORDINAL = "ordinal"
    YEAR = "year"
    DAY = "day"  # of a month
    MONTH = "month"
    WEEKDAY = "weekday"
    SCORE = "score"  # 3-1
    TIME = "time"  # 21:40


class Bound(StrEnum):
    """How a text limits a number."""

    NONE = ""
    LEAST = "at least"
    MOST = "at most"
    ABOUT = "about"
    EXACT = "exactly"


@dataclass(frozen=True, slots=True)
class Value:
    """One value. `amount` is finite and >= 0; a score is home goals x 1000 + away, a time is minutes after midnight.

    `unit` is empty where the text names none, `month` is 1 to 12 for a day whose month is known, else 0. `others` are further
    amounts that the same cell of a table may mean, when its heading says `Billion`.
    """

    kind: Kind
    amount: float
    unit: str = ""
    month: int = 0
    bound: Bound = Bound.NONE
    has_scale: bool = False
    others: tuple[float, ...] = ()


_SCALES = {
    "thousand": 1e3, "mil": 1e3, "k": 1e3, "million": 1e6, "millions": 1e6, "millon": 1e6, "millones": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "trillion": 1e12,
}  # fmt: skip
_UNITS = {
    word: unit
    for unit, words in {
        "%": "% percent pct per-cent por-ciento",
        "points": "point points percentage-point percentage-points punto puntos punto-porcentual puntos-porcentuales",
        "dollars": "$ us$ usd dollar dollars us-dollar us-dollars dolar dolares",
        "euros": "€ eur euro euros",
        "pounds": "£ gbp libra libras pound pounds",
        "pesos": "peso pesos",
        "yen": "¥ yen yenes",
        "francs": "franc francs franco francos chf",
        "yuan": "yuan renminbi",
        "rupees": "rupee rupees rupia rupias",
        "roubles": "rouble roubles ruble rubles rublo rublos",
        "crowns": "crown crowns krona kronor krone kroner corona coronas",
        "reais": "real reais reales",
        "soles": "sol soles",
        "km": "km kilometer kilometers kilometre kilometres kilometro kilometros",
        "miles": "mile miles milla millas",
        "metres": "metre metres meter meters metro metros",
        "kg": "kg kilo kilos kilogram kilograms kilogramo kilogramos",
        "tonnes": "ton tons tonne tonnes tonelada toneladas",
        "hectares": "hectare hectares hectarea hectareas",
        "acres": "acre acres",
        "minutes": "minute minutes minuto minutos",
        "hours": "hour hours hora horas",
        "days": "day days dia dias",
        "weeks": "week weeks semana semanas",
        "months": "month months mes meses",
        "years": "year years ano anos",
        "decades": "decade decades decada decadas",
    }.items()
    for word in words.split()
}
_MONTHS_IN = {"months": 1, "years": 12, "decades": 120}
_CARDINALS = {
    word: float(value)
    for value, words in enumerate(
        "zero cero|one|two dos|three tres|four cuatro|five cinco|six seis|seven siete|eight ocho|nine"
        " nueve|ten diez|eleven|"
        "twelve doce|thirteen trece|fourteen catorce|fifteen quince|sixteen|seventeen|eighteen dieciocho|nineteen".split("|")
    )
    for word in words.split()
} | {
    "twenty": 20.0, "veinte": 20.0, "thirty": 30.0, "treinta": 30.0, "forty": 40.0, "cuarenta": 40.0, "fifty": 50.0,
    "cincuenta": 50.0, "sixty": 60.0, "sesenta": 60.0, "seventy": 70.0, "setenta": 70.0, "eighty": 80.0, "ochenta": 80.0,
    "ninety": 90.0, "noventa": 90.0, "hundred": 100.0, "cien": 100.0, "twice": 2.0, "dozen": 12.0, "docena": 12.0,
}  # fmt: skip
_ORDINALS = {
    word: float(value)
    for value, words in enumerate(
        "first primer primera primero|second segundo segunda|third tercer tercera tercero|fourth cuarto"
        " cuarta|fifth quinto quinta|"
        "sixth sexto sexta|seventh septimo septima|eighth octavo octava|ninth noveno novena|tenth decimo decima".split("|"),
        1,
    )
    for word in words.split()
}

_LARGEST_ORDINAL_WORD = 10.0
CURRENCIES = frozenset("dollars euros pounds pesos yen francs yuan rupees roubles crowns reais soles".split())

_MONTH = "|".join(sorted((name for name in MONTHS if name not in {"mar", "may", "ago"}), key=len, reverse=True))
_CARDINAL = "|".join(sorted((word for word in _CARDINALS if word != "one"), key=len, reverse=True))
_SCALE = "thousand|millions?|billions?|trillion|mil|millones|millon|bn|mn|m(?=\\W|$)"
_UNIT = "|".join(
    sorted(
        (re.escape(unit).replace("\\-", r"[\s-]") for unit in _UNITS if unit.isascii() and unit[0].isalpha()),
        key=len,
        reverse=True,
    )
)
_DIGITS = r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"

_FRACTIONS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10, "tercio": 3, "cuarto": 4, "quinto": 5, "decimo": 10}
_FRACTION = "|".join(_FRACTIONS)
_SPOKEN = rf"(?:{_CARDINAL})(?:[\s-]+(?:and\s+)?(?:{_CARDINAL}|thousand|one\b))*"

# Over folded text. The order matters: a day with its month goes before a bare number.
PATTERN = re.compile(
    rf"""
    (?P<iso>\b(?P<iso_year>\d{{4}})-(?P<iso_month>\d{{2}})-(?P<iso_day>\d{{2}})\b)
  | (?P<time>\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b)
  | (?P<score>(?<![\w.,$€£-])(?P<home>\d{{1,2}})[-–](?P<away>\d{{1,2}})(?![\w%-]))
  | (?P<monthday>\b(?P<m1>{_MONTH}|may|mar)\b\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?![\w.,]?\d))
  | (?P<daymonth>\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of|\s+de)?\s+(?P<m2>{_MONTH}|may|mar)\b)
  | (?P<half>\b(?:half\s+an?|medio|media)\b(?:\s+(?P<halfscale>{_SCALE})\b)?(?:\s+(?P<halfunit>{_UNIT})\b)?)
  | (?P<fraction>\b(?:an?|one|una?)\s+(?P<fraction_word>{_FRACTION})\b(?=\s+(?:of|less|more|fewer|de|del|menos)\b)
      |(?<=\bby\s)(?:an?|one)\s+(?P<by_fraction>{_FRACTION})\b)
  | (?P<ordinal>\b(?P<nth>\d+)(?:st|nd|rd|th)\b)
  | (?P<number>
      (?P<sign>us\$|\$|€|£|¥)?\s?
      (?: (?<![\w.,]) (?P<digits>{_DIGITS}) (?!\d)(?!(?!(?:bn|mn|m|k|km|kg|mil)\b)[a-z])
        | (?<![\w]) (?P<words>{_SPOKEN})\b(?!-(?:way|sided|fold|party)\b)
        | (?<![\w]) (?P<lone>one|un)\b (?=\s+(?:{_SCALE}|percent|per\scent)) )
      (?:\s*-?(?P<scale>{_SCALE})\b)?
      (?:\s*(?P<pct>%)|[\s-]+(?:de\s+)?(?P<unit>{_UNIT})\b)?
      (?:\s+or\s+(?:(?P<or_more>more|longer|over|above)|(?P<or_less>less|fewer|under|below))\b)?
    )
  | (?P<month>\b(?:{_MONTH})\b\.?|(?<=\bin\s)may\b|(?<=\bsince\s)may\b|(?<=\buntil\s)may\b|\bmay(?=\s(?:1[89]|20)\d\d))
    """,
    re.VERBOSE,
)

_BOUNDS = (
    (Bound.EXACT, r"exactly|precisely|exactamente|just"),
    (Bound.MOST, r"at most|no more than|up to|less than|fewer than|under|below|within|como maximo|a lo sumo|hasta|menos de"),
    (Bound.LEAST, r"at least|no less than|no fewer than|more than|over|above|al menos|por lo menos|mas de|upwards of"),
    (Bound.ABOUT, r"about|around|some|roughly|approximately|nearly|almost|circa|close to|unos|unas|cerca de|alrededor de|casi"
                  r"|aproximadamente|estimated"),
)  # fmt: skip
_ROSE_TO = re.compile(
    r"\b(?:gone?|goes|went|rose|risen|rises?|climbed|jumped|grew|grown|increased|subi\w*|aument\w*|crec\w*)"
    r"\s+(?:up to|hasta)\s$"
)
_BOUND_BEFORE = [(bound, re.compile(rf"(?:^|\W)(?:{words})\W*(?:the|los|las|a|an)?\W*$")) for bound, words in _BOUNDS]


def read_value(match: re.Match[str], folded: str) -> Value:
    """Return the value of a match of `PATTERN` in a folded text."""
    groups = match.groupdict()
    if groups["iso"]:
        return Value(Kind.DAY, float(groups["iso_day"]), month=int(groups["iso_month"]))
    if groups["time"]:
        return Value(Kind.TIME, float(int(groups["hour"]) * 60 + int(groups["minute"])))
    if groups["score"]:
        home, away = int(groups["home"]), int(groups["away"])
        return Value(Kind.SCORE, float(home * 1000 + away))
    if groups["monthday"]:
        return Value(Kind.DAY, float(groups["d1"]), month=MONTHS[groups["m1"]])
    if groups["daymonth"]:
        return Value(Kind.DAY, float(groups["d2"]), month=MONTHS[groups["m2"]])
    if groups["month"]:
        return Value(Kind.MONTH, float(MONTHS[groups["month"].rstrip(".")]))
    if groups["ordinal"]:
        return Value(Kind.ORDINAL, float(groups["nth"]))
    bound = Bound.LEAST if groups["or_more"] else Bound.MOST if groups["or_less"] else _bound(folded, match.start())
    if groups["half"]:
        unit = _UNITS.get("-".join((groups["halfunit"] or "").split()), "")
        scale = _SCALES.get(groups["halfscale"] or "", 1.0)
        return Value(Kind.NUMBER, 0.5 * scale, unit, bound=bound, has_scale=scale != 1.0)
    if groups["fraction"]:
        return Value(Kind.NUMBER, 100.0 / _FRACTIONS[groups["fraction_word"] or groups["by_fraction"]], "%", bound=bound)
    amount = 1.0 if groups["lone"] else _spoken(groups["words"]) if groups["words"] else _written(groups["digits"])
    scale = _SCALES.get(groups["scale"] or "", 1.0)
    named = groups["pct"] or groups["unit"] or groups["sign"] or ""
    unit = _UNITS.get(re.sub(r"[\s-]+", "-", named.strip()), "")
    is_year = groups["digits"] and re.fullmatch(r"(?:1[0-9]|20)\d\d", groups["digits"]) and not unit and scale == 1.0
    if is_year and not groups["sign"]:
        return Value(Kind.YEAR, amount)
    return Value(Kind.NUMBER, amount * scale, unit, bound=bound, has_scale=scale != 1.0)


def word_value(word: str) -> Value | None:
    """Return the value that a single folded word is: an ordinal, a weekday, `May` or `March` alone."""
    if word in _ORDINALS:
        return Value(Kind.ORDINAL, _ORDINALS[word])
    if word in WEEKDAYS:
        return Value(Kind.WEEKDAY, float(WEEKDAYS[word]))
    return None


def unit_of(word: str) -> str:
    """Return the unit that a word names, else an empty string."""
    return _UNITS.get(fold(word), "")


def scale_of(word: str) -> float:
    """Return the scale that a word names; 1 for none."""
    return _SCALES.get(fold(word), 1.0)


def same(claimed: Value, cited: Value) -> bool:
    """Return whether two values are one: equal amounts of one kind, in units that do not differ."""
    if {claimed.kind, cited.kind} == {Kind.NUMBER, Kind.ORDINAL} and claimed.amount > _LARGEST_ORDINAL_WORD:
        return claimed.amount == cited.amount  # ranked 94th, number 94
    if not comparable(claimed, cited):
        return False
    if claimed.kind is Kind.DAY and claimed.month and cited.month and claimed.month != cited.month:
        return False
    if claimed.unit in _MONTHS_IN and cited.unit in _MONTHS_IN:
        return _equal(claimed.amount * _MONTHS_IN[claimed.unit], cited.amount * _MONTHS_IN[cited.unit])
    if not any(_equal(claimed.amount, amount) for amount in (cited.amount, *cited.others)):
        return False
    return same_unit(claimed, cited)


def same_unit(claimed: Value, cited: Value) -> bool:
    """Return whether the units agree; a percentage never meets a bare number, other units may stay unsaid."""
    if claimed.unit == cited.unit:
        return True
    if "%" in (claimed.unit, cited.unit) or "points" in (claimed.unit, cited.unit):
        return False
    return not claimed.unit or not cited.unit


def comparable(claimed: Value, cited: Value) -> bool:
    """Return whether the two measure one kind of thing."""
    kinds = {claimed.kind, cited.kind}
    return len(kinds) == 1 or kinds == {Kind.NUMBER, Kind.YEAR} or kinds == {Kind.DAY, Kind.ORDINAL}


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1.0)


def _bound(folded: str, start: int) -> Bound:
    """Return the bound that the words before a number set."""
    before = folded[max(0, start - 24) : start]
    if _ROSE_TO.search(before):
        return Bound.NONE
    return next((bound for bound, pattern in _BOUND_BEFORE if pattern.search(before)), Bound.NONE)


def _written(digits: str) -> float:
    """Return the value of digits with separators: one before exactly three digits parts thousands, save `4.250` of a kind."""
    digits = re.sub(r"\s", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return float(digits.replace(",", ""))
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", digits):
        return float(digits.replace(".", "").replace(",", "."))
    head, _, tail = digits.replace(",", ".").partition(".")
    return float(f"{head}.{tail.replace('.', '')}") if tail else float(head)


def _spoken(words: str) -> float:
    """Return the value of number words: `four thousand two hundred` is 4200."""
    total = part = 0.0
    for word in re.split(r"[\s-]+", words):
        if word == "and":
            continue
        if word == "thousand":
            total, part = total + max(part, 1.0) * 1000, 0.0
        elif word in {"hundred", "dozen", "docena"} and part:
            part *= _CARDINALS[word]
        else:
            part += _CARDINALS[word]
    return total + part

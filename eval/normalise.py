"""Text to comparable tokens, so that `US$6bn` meets `six billion dollars` and `13 Oct. 2025` meets `2025-10-13`.

    tokens("José Jerí won 54.53 percent")   -> ("jose", "jeri", "won", "54.53", "%")
    tokens("on 13 October 2025")            -> ("on", "october", "13", "2025")
    tokens("$6 billion")                    -> ("6000000000", "usd")
    contains(tokens("President Boric's visit"), tokens("Boric"))   -> True: a match ends at token borders

English and Spanish. A lone `one` or `uno` stays a word: it is a pronoun more often than a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

Tokens = tuple[str, ...]

_T = TypeVar("_T")


def printable(text: str, *, keep: str = "") -> str:
    """Return untrusted text with a space for each control character but those to keep."""
    return "".join(char if char in keep or char.isprintable() else " " for char in text)


def _table(words: str, values: Iterable[_T]) -> dict[str, _T]:
    return dict(zip(words.split(), values, strict=True))


_UNITS = {
    **_table("zero two three four five six seven eight nine ten", [0, *range(2, 11)]),
    **_table("eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", range(11, 20)),
    **_table("cero dos tres cuatro cinco seis siete ocho nueve diez", [0, *range(2, 11)]),
    **_table("once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve", range(11, 20)),
}
_TENS = {
    **_table("twenty thirty forty fifty sixty seventy eighty ninety", range(20, 100, 10)),
    **_table("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", range(20, 100, 10)),
}
_SCALES = {
    **_table("hundred thousand million billion trillion", [100, 10**3, 10**6, 10**9, 10**12]),
    **_table("millions billions mn bn mil millon millones", [10**6, 10**9, 10**6, 10**9, 10**3, 10**6, 10**6]),
}
_MONTH_NAMES = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MONTHS = {
    **_table(" ".join(_MONTH_NAMES), _MONTH_NAMES),
    **_table("jan feb mar apr may jun jul aug sep oct nov dec", _MONTH_NAMES),
    **_table("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", _MONTH_NAMES),
    "sept": "september",
}
_SAME = {
    "percent": "%", "percentage": "%", "pct": "%", "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd",
    "dolar": "usd", "dolares": "usd", "€": "eur", "euro": "eur", "euros": "eur", "kilometer": "km", "kilometers": "km",
    "kilometre": "km", "kilometres": "km", "kilometro": "km", "kilometros": "km", "kms": "km", "metre": "m",
    "metres": "m", "meter": "m", "meters": "m", "hours": "hour", "hrs": "hour", "years": "year", "anos": "year",
    "ano": "year",
}  # fmt: skip
_CURRENCIES = {"usd", "eur"}
_FOLD = str.maketrans({**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")})
_TOKEN = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\d+(?:[.,]\d+)*|us\$|[$€%]|[^\W\d_]+(?:'[^\W\d_]+)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# A number with one point before exactly three digits, and the word after it.
_ONE_GROUP = re.compile(r"(?<![\d.,])(?P<head>[1-9]\d{0,2})\.(?P<tail>\d{3})(?!\d|[.,]\d)(?=\s*(?P<after>%|[^\W\d_]*))")
_SPANISH = re.compile(r"\b(?:el|la|los|las|de|del|en|que|un|una|por|con|y|se|fue|al|su|mas)\b")
_ENGLISH = re.compile(r"\b(?:the|of|and|in|to|an?|was|is|for|with|on|at|by|from|about|than|over)\b")
_SPANISH_UNITS = frozenset(
    """
    mil millones personas toneladas habitantes votos votantes ejemplares libros visitantes muertos heridos soldados trabajadores
    empleados familias viviendas casas hectareas kilometros metros dolares pesos soles bolivianos pesetas anos dias horas
    estudiantes alumnos espectadores manifestantes migrantes casos vehiculos barriles litros kilos plazas puestos coronas
    """.split()
)
_ORDINAL_ENDINGS = {"st", "nd", "rd", "th"}


def is_number(token: str) -> bool:
    """Tell whether a token of `tokens` is a number."""
    return _NUMBER.fullmatch(token) is not None


@lru_cache(maxsize=4096)
def tokens(text: str) -> Tokens:
    """Return the comparable tokens of `text`: folded case, accents, quotes, dashes, numbers, dates, units."""
    folded = unicodedata.normalize("NFKC", text).translate(_FOLD).casefold()
    plain = "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))
    plain = re.sub(r"\bper cent\b|\bpor ciento\b", "%", plain)
    plain = re.sub(r"\b(?:[a-z]\.){2,}", lambda initials: initials.group().replace(".", ""), plain)
    plain = _ONE_GROUP.sub(lambda group: _joined(group, plain), plain)
    found: list[str] = []
    for match in _TOKEN.finditer(plain):
        after_digit = match.start() > 0 and plain[match.start() - 1].isdigit()
        found.extend(_piece(match.group(), after_digit=after_digit))
    return tuple(_dates(_money(_scales(_words_to_numbers(found)))))


def contains(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Tell whether `phrase` stands in `text` as a run of whole tokens. An empty phrase stands nowhere."""
    size = len(phrase)
    return size > 0 and any(tuple(text[at : at + size]) == tuple(phrase) for at in range(len(text) - size + 1))


def quantities(text: Tokens) -> list[tuple[Decimal, Tokens]]:
    """Return each number of `text` with the three tokens after it, where its unit would stand."""
    return [(Decimal(token), text[at + 1 : at + 4]) for at, token in enumerate(text) if is_number(token)]


def _joined(group: re.Match[str], text: str) -> str:
    """Return `60.000` as `60000` where the point parts thousands, else as it is.

    Three digits after a point are decimals in English, as a rule, and thousands in Spanish: the word after them tells, else the
    text's own little words, else three zeros, which nobody writes as decimals. A scale or a percent sign after an English one
    makes it decimal: `1.250 million`.
    """
    head, tail, after = group.group("head", "tail", "after")
    is_spanish = len(_SPANISH.findall(text)) > len(_ENGLISH.findall(text))
    is_share = after in _SCALES or after == "%"
    parts_thousands = after in _SPANISH_UNITS or (not is_share and (is_spanish or tail == "000"))
    return head + tail if parts_thousands else f"{head}.{tail}"


def _piece(token: str, *, after_digit: bool) -> list[str]:
    """Return one raw token as comparable ones: none for the `th` of `13th`, three for an ISO date."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
        year, month, day = token.split("-")
        name = _MONTH_NAMES[int(month) - 1] if 1 <= int(month) <= 12 else month
        return [name, str(int(day)), year]
    if token[0].isdigit():
        return [_plain_number(token)]
    if after_digit and token in _ORDINAL_ENDINGS:
        return []
    if after_digit and token in {"k", "m"}:
        return ["thousand" if token == "k" else "million"]
    word = token.removesuffix("'s").replace("'", "")
    return [_SAME.get(word, word)] if word else []


def _plain_number(token: str) -> str:
    """Return digits without thousands marks: `3,337,031` and `3.337.031` -> `3337031`, `54,53` -> `54.53`."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", token):
        token = token.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}(,\d+)?", token):
        token = token.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d+", token):
        token = token.replace(",", ".")
    return _shortest(Decimal(token)) if re.fullmatch(r"\d+(\.\d+)?", token) else re.sub(r"[.,].*", "", token)


def _shortest(value: Decimal) -> str:
    """Return digits without trailing zeros after the point: `4.20` -> `4.2`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text.lstrip("0") or "0"


def _words_to_numbers(words: list[str]) -> list[str]:
    """Return the tokens with number words as digits: `twenty five` -> `25`, `cuarenta y dos` -> `42`."""
    found: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in _TENS:
            skip = 2 if at + 2 < len(words) and words[at + 1] == "y" else 1
            unit = _digit(words[at + skip]) if at + skip < len(words) else 0
            found.append(str(_TENS[word] + unit))
            at += skip + 1 if unit else 1
        else:
            found.append(str(_UNITS[word]) if word in _UNITS else word)
            at += 1
    return found


def _digit(word: str) -> int:
    """Return the value of a word from one to nine, else 0."""
    value = 1 if word in {"one", "uno", "un"} else _UNITS.get(word, 0)
    return value if value < 10 else 0


def _scales(words: list[str]) -> list[str]:
    """Return the tokens with `1.2 million` as one number; `mil millones` multiplies twice. `a million` is 1000000."""
    found: list[str] = []
    for word in words:
        if word in _SCALES and found and is_number(found[-1]):
            found[-1] = _shortest(Decimal(found[-1]) * _SCALES[word])
        elif word in _SCALES and found and found[-1] in {"a", "one", "un"}:
            found[-1] = str(_SCALES[word])
        else:
            found.append(word)
    return found


def _money(words: list[str]) -> list[str]:
    """Return the tokens with the currency after its amount: `usd 6` -> `6 usd`."""
    found: list[str] = []
    for word in words:
        if is_number(word) and found and found[-1] in _CURRENCIES and not (len(found) > 1 and is_number(found[-2])):
            found.insert(len(found) - 1, word)
        elif not (word in _CURRENCIES and found and found[-1] == word):
            found.append(word)
    return found


def _dates(words: list[str]) -> list[str]:
    """Return the tokens with days after their English month: `13 de octubre de 2025` -> `october 13 2025`."""
    found: list[str] = []
    for at, word in enumerate(words):
        month = _MONTHS.get(word) if word != "mar" or _near_number(words, at) else None
        if month is None:
            joins_date = word in {"de", "of"} and _joins_date(words, at)
            found.extend([] if joins_date else [word])
        elif found and _is_day(found[-1]):
            found.insert(len(found) - 1, month)
        else:
            found.append(month)
    return found


def _near_number(words: list[str], at: int) -> bool:
    return any(is_number(word) for word in words[max(0, at - 2) : at + 3])


def _joins_date(words: list[str], at: int) -> bool:
    """Tell whether the `de` or `of` at `at` stands inside a date such as `13 de octubre de 2025`."""
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    return (_is_day(before) and after in _MONTHS) or (before in _MONTHS and is_number(after))


def _is_day(word: str) -> bool:
    return word.isdigit() and 1 <= int(word) <= 31

"""What kind of thing a question asks for: a person, a number, a day, a place, a reason, what somebody said.

The words are English and Spanish; of a question in other words nothing is known, and then nothing is asked of a sentence.
"""

from __future__ import annotations

import re

from rag.almanac import MONTHS, WEEKDAYS
from rag.answer.checking.lexicon import is_speaking
from rag.answer.checking.reading import Reading, read
from rag.answer.features import names, numbers, stem
from rag.fold import fold

_PERSON = (
    r"(?:president|minister|leader|politician|candidate|expert|naturalist|mayor|governor|chief|head|person|people|official"
    r"|diplomat|teacher|author|writer|player|actor|singer|chair\w*|director|boss|captain|coach|manager|ceo|founder|winner"
    r"|heads? of state)s?"
)
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:day|date|month|year|time)\b|\bcuando\b|\b(?:que|cual) (?:dia|fecha|ano|mes|hora)\b"
)
_NUMBER = re.compile(
    r"\bhow (?:much|many|high|large|big|long|far|wide|deep|tall|heavy|fast|old|often)\b|\bcuant[oa]s?\b"
    r"|\b(?:what|which|que|cual)\b.{0,40}\b(?:share|percent|percentage|turnout|number|total|toll|price|fare|fee|cost|sum|rate"
    r"|deficit|pay|rise|wage|salary|size|length|amount|porcentaje|numero|precio|tarifa|salario|cifra)\b"
    r"|\bwhat (?:does|did|do|will)\b.*\b(?:cost|pay|save|earn)\b"
)
_WHO = re.compile(rf"\b(?:who|whom|whose|quien(?:es)?)\b|\b(?:which|what|que|cual) (?:[\w-]+ ){{0,3}}{_PERSON}\b")
_WHERE = re.compile(
    r"\b(?:where|donde)\b"
    r"|\b(?:what|which|que) (?:\w+ )?(?:city|country|countries|place|town|state|region|ciudad|pais|capital)\b"
)
_MONEY = re.compile(
    r"\b(?:costs?|prices?|fares?|pay|paid|fee|wages?|salary|earn|how much|save|sum|cuanto|precio|cuesta|costo|tarifa|sueldo"
    r"|salario)\b"
)
_SHARE = re.compile(
    r"\b(?:per ?cent|percentage|porcentaje|por ciento)\b|\b(?:what|which|que) (?:share|proportion|proporcion)\b"
)
_TURNOUT = re.compile(
    r"\bturnout\b|\bparticipacion electoral\b"
    r"|\b(?:cual|que|cuanta)\b.{0,20}\bparticipacion\b.{0,20}\b(?:vuelta|eleccion|comicios)"
)
_VOTING = re.compile(r"\b(?:turnout|particip\w+|abst\w+|electorate|electors|voters?|voted|polls|cast|went to vote|a vote)\b")
_COUNT = re.compile(r"\b(?:how many|cuant[oa]s)\s+(\w+)")
_LENGTH = re.compile(r"\bhow (?:long|far|wide|deep|tall|high)\b|\bcuanto (?:tiempo|mide|dura)\b")
_WHY = re.compile(
    r"^\W*(?:and |y )?(?:why|por que)\b|\bwhat (?:made|caused|led|sparked|triggered|provoked)\b|\bwhat set .* (?:on fire|off)\b"
)
_SAID = re.compile(
    r"\bwhat (?:did|does) (.{2,60}?) (?:say|tell|reply|answer)\b|\bqu[eé] dijo (.{2,60}?)(?: (?:sobre|de|acerca)\b|\W*$)",
    re.IGNORECASE,
)

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:1[89]|20)\d\d"
_TIMES = re.compile(
    rf"\b(?:{_MONTH}|{'|'.join(WEEKDAYS)}|{_YEAR}|today|yesterday|tomorrow|hoy|ayer|noon|midnight"
    r"|\d{1,2}[:.]\d\d)\b"
)
_FULL_NAME = re.compile(r"(?<=[\w,;’'”)] )[^\W\d_a-z][\w’'-]+ [^\W\d_a-z][\w’'-]+")
_AMOUNT = re.compile(
    r"[$€£%]|\b(?:euros?|dollars?|crowns?|florins?|pesos?|pounds?|million|billion|millones|percent|per cent|por ciento)\b"
)
_PERCENT = re.compile(r"%|\b(?:percent|per cent|percentage|por ciento)\b")
_MEASURE = re.compile(
    r"\b(?:kilomet\w+|km|miles?|met(?:er|re)s?|hours?|minutes?|days?|weeks?|months?|years?|anos?|dias?|horas?|decades?|semanas?"
    r"|meses|feet|ton(?:s|nes)?)\b"
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result|so that|in order to|to avoid|reasons?|causes?|caused|blame[sd]?|after"
    r"|in (?:rejection|protest|response|reaction)|trigger\w*|spark\w*|prompt(?:s|ed|ing)|provok\w+|led to|(?:stem|aris)\w+ from"
    r"|porque|debido a|ya que|tras|causa|motivo|razon|a raiz de|en (?:rechazo|protesta|respuesta)|provoc\w+|desat\w+)\b"
)
_DATES = re.compile(
    rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of| de)? {_MONTH}\b|\b{_YEAR}\b"
    r"|\b\d{1,2}:\d\d\b",
    re.IGNORECASE,
)
_AMOUNT_IN_WORDS = re.compile(
    r"\b(?:half|thirds?|quarters?|none|nobody|dozens?|scores of|hundreds|thousands|millions|billions|majority|most of|several"
    r"|both|free|double|twice|triple|mitad|tercios?|cuarta parte|ningun[oa]?|nadie|docenas?|decenas|cientos|miles|mayoria"
    r"|vari[oa]s|gratis|doble|triple)\b"
)
_COUNT_REACH = 5
_LEANS = re.compile(r"\W*(?:s?he|they|it|his|her|their|its|ella?|ellos|ellas|su)\b")
_SHARES = re.compile(r"\d+(?:[.,]\d+)?\s*(?:%|per ?cent\b|por ciento\b)", re.IGNORECASE)


class Kinds:
    """What kinds of thing one question asks for."""

    def __init__(self, question: str) -> None:
        folded = fold(question)
        counted, said = _COUNT.search(folded), _SAID.search(question)
        self._names, self._numbers = names(question), numbers(question)
        self._when = bool(_WHEN.search(folded))
        self._turnout = bool(_TURNOUT.search(folded))
        self._number = not self._when and (self._turnout or bool(_NUMBER.search(folded)))
        self._who = bool(_WHO.search(folded))
        self._where = bool(_WHERE.search(folded))
        self._money = self._number and bool(_MONEY.search(folded))
        self._length = self._number and bool(_LENGTH.search(folded))
        self._age = self._number and " old " in folded
        self._share = bool(_SHARE.search(folded))
        self._why = bool(_WHY.search(folded))
        self._counted = stem(counted.group(1)) if counted else ""
        self._speaker = names(f"what {said.group(1) or said.group(2)}") if said else frozenset()

    def held(self, line: str) -> list[bool]:
        """Return for each kind asked for whether a sentence holds one of it that the question does not name."""
        held = []
        if self._when:
            held.append(bool(_TIMES.search(fold(line))))
        if self._number:
            held.append(self._has_number(line))
        if self._share or self._turnout:
            held.append(bool(_PERCENT.search(fold(line))))
        if self._who:
            held.append(any(self._names.isdisjoint(fold(name).split()) for name in _FULL_NAME.findall(line)))
        if self._where:
            held.append(bool(names(line) - self._names))
        return held

    def is_exact(self, line: str, reading: Reading) -> bool:
        """Return whether a sentence counts just what the question counts, or has a number in such a unit as it asks for."""
        has_number = bool(numbers(line) - self._numbers)
        return (
            (bool(self._counted) and self._counts(reading))
            or (self._money and has_number and bool(_AMOUNT.search(fold(line))))
            or (self._length and has_number and bool(_MEASURE.search(fold(line))))
            or (self._share and has_number and bool(_PERCENT.search(fold(line))))
        )

    def is_valued(self, text: str) -> bool:
        """Return whether a text holds a number, an amount in words or a day that the question lacks, where it asks for one."""
        if self._when and not _TIMES.search(fold(text)) and not numbers(text) - self._numbers:
            return False
        return not self._number or self._has_number(text) or bool(_AMOUNT_IN_WORDS.search(fold(text)))

    @property
    def wants_amount(self) -> bool:
        """Whether only an amount can answer: so many of something, so much money, such a share."""
        return bool(self._counted) or self._money or self._share or self._turnout

    def is_wanting(self, texts: list[str]) -> bool:
        """Return whether the question asks for a reason, a turnout, somebody's share or words, and none of the texts has one.

        Then they may speak of the matter, and still do not answer.
        """
        if self._why and not any(_REASON.search(fold(text)) for text in texts):
            return True
        if self._share and not any(_PERCENT.search(fold(text)) and self._is_of_whom(text) for text in texts):
            return True
        if self._turnout and not any(_PERCENT.search(fold(text)) and _VOTING.search(fold(text)) for text in texts):
            return True
        return bool(self._speaker) and not any(_speaks(self._speaker, text) for text in texts)

    def _is_of_whom(self, text: str) -> bool:
        """Return whether a text names somebody or something that the question names, or leaves that to the sentence before."""
        words = fold(text)
        return not self._names or bool(_LEANS.match(words)) or any(name in words for name in self._names)

    def _has_number(self, text: str) -> bool:
        """Return whether a text holds a number that the question does not name.

        A day is none where an amount is asked for, and a share is none where things are counted.
        """
        if not (self._length or self._age):
            text = _DATES.sub(" ", text)
        if self._counted and not self._share:
            text = _SHARES.sub(" ", text)
        return bool(numbers(text) - self._numbers)

    def _counts(self, reading: Reading) -> bool:
        """Return whether a number stands shortly before the noun that the question counts."""
        tokens = reading.tokens
        return any(
            token.value is not None
            and any(self._counted in other.stems for other in tokens[token.place + 1 : token.place + _COUNT_REACH])
            for token in tokens
        )


def _speaks(speaker: frozenset[str], text: str) -> bool:
    """Return whether a text lets somebody of such a name say something: the name stands beside a word of saying."""
    tokens = read(text).tokens
    for token in tokens:
        if is_speaking(token.concepts):
            beside = tokens[max(0, token.place - 8) : token.place + 9]
            if any(other.sentence == token.sentence and fold(other.text) in speaker for other in beside):
                return True
    return False

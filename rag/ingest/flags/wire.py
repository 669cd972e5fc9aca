"""Wire copy: text that an agency wrote, whoever publishes it."""

from __future__ import annotations

import re

from rag.fold import fold
from rag.ingest.flags.seen import Seen

_NAMES = {
    "Reuters": "reuters|thomson reuters",
    "AP": "ap|associated press|the associated press",
    "AFP": "afp|agence france-presse|agence france presse",
    "EFE": "efe|agencia efe",
    "dpa": "dpa|deutsche presse-agentur",
    "ANSA": "ansa",
    "Xinhua": "xinhua",
    "UPI": "upi|united press international",
    "Europa Press": "europa press|ep",
    "Lusa": "lusa|agencia lusa",
    "TASS": "tass",
    "PTI": "pti|press trust of india",
    "ANI": "ani",
    "Bloomberg": "bloomberg|bloomberg news",
    "Kyodo": "kyodo|kyodo news",
    "Yonhap": "yonhap|yonhap news",
    "PA": "pa media|press association",
    "Anadolu": "anadolu|aa|anadolu agency",
    "ANP": "anp",
    "Belga": "belga",
    "Notimex": "notimex",
    "Telam": "telam",
    "Agencia Brasil": "agencia brasil",
    "Canadian Press": "the canadian press|canadian press",
    "AAP": "aap|australian associated press",
}
_AGENCIES = {name: agency for agency, names in _NAMES.items() for name in names.split("|")}
_NAME = "|".join(sorted((re.escape(name) for name in _AGENCIES), key=len, reverse=True))

_DATELINE = re.compile(
    rf"^[^!?“”\"]{{2,60}}?[(\[]({_NAME})(?:[ /][^)\]]{{0,20}})?[)\]]\.? ?[-–—:.]"
    rf"|^[(\[]?({_NAME})[)\]]? ?[-–—] ?\S|^[^.!?]{{2,50}}, \d{{1,2}} [^.!?]{{3,20}} [(]({_NAME})[)]"
)
_BYLINE = re.compile(
    rf"^(?:by|por|par|von|di|fonte|fuente|quelle|source)?:? ?(?:staff )?({_NAME})(?: (?:staff|news(?:room)?|agency|newsdesk))?$"
)
_AUTHOR = re.compile(rf"(?:^|, |/| and | - |, the |\()({_NAME})\)?$")
_FOOT = re.compile(
    rf"^[(\[]({_NAME})[)\]]\.?$|^[^.!?]{{0,20}}(?:©|\(c\)|copyright) ?(?:\(c\) ?)?(?:\d{{4}})?,? ?(?:the )?({_NAME})\b"
)
_REPORTING = re.compile(r"^[(]?reporting by [^!?]{2,200}(?:editing|writing) by|thomson reuters trust principles")
_UNSURE = {"ap", "ep", "aa", "ani", "pa"}
"""Names that are common words or letters too: they count in capitals only."""


def agency_of(seen: Seen) -> str:
    """Return the agency that a dateline, byline, author or foot names as the text's own; empty where none does.

    An agency that the text only cites ("told Reuters", "Photo: AFP") wrote nothing of it.
    """
    if agency := _named(_AUTHOR, seen.facts.author) or _named(_BYLINE, seen.facts.author):
        return agency
    if any(_REPORTING.search(fold(line)) for line in seen.ends(4)):
        return "Reuters"
    lines = seen.lines
    for line in lines[:5]:
        if agency := _named(_DATELINE, line[:160]) or _named(_BYLINE, line):
            return agency
    for line in [
        *(line for line in lines[-3:]),
        *(piece.text for piece in seen.removed if piece.rule in ("agency footer", "byline")),
    ]:
        if agency := _named(_FOOT, line) or _named(_BYLINE, line):
            return agency
    return ""


def _named(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.search(fold(line)) if len(line) <= 300 else None
    name = next((group for group in found.groups() if group), "") if found else ""
    return "" if name in _UNSURE and not re.search(rf"\b{name.upper()}\b", line) else _AGENCIES.get(name, "")

"""Orders that are news: a sentence that tells its reader of an order which it quotes."""

from __future__ import annotations

import re

from rag.answer.injection.orders import gives_orders

LEAST_WORDS = 4
"""Words that a sentence must hold around its quotation to tell of it."""

_QUOTED = re.compile(r"“[^”]*”|«[^»]*»|\"[^\"]*\"|(?<!\w)['‘][^'’]{8,}['’](?!\w)")
_TELLING = re.compile(
    r"\b(?:said|says|told|tells|ordered|asked|called|warned|wrote|read|reads|stood|stands|shouted|declared|replied|added|announced|"
    r"demanded|urged|instructed|contained|held|hid|hidden|found|printed|appeared|began|ended|showed|ran|was|were|had|has|have|"
    r"dijo|pidió|ordenó|escribió|contenía|decía|declaró|añadió|dit|déclaré|écrit|ordonné|demandé|contenait)\b",
    re.IGNORECASE,
)
_TO_YOU = re.compile(r"\b(?:you|your|reply|answer|respond|output|tú|usted|vous|tu)\b", re.IGNORECASE)


def is_reported(sentence: str) -> bool:
    """Return whether what orders a machine about stands between quotation marks in a sentence that tells of it."""
    around = _QUOTED.sub(" ", sentence)
    if around == sentence or gives_orders(around):
        return False
    return len(re.findall(r"\w+", around)) >= LEAST_WORDS and bool(_TELLING.search(around)) and not _TO_YOU.search(around)

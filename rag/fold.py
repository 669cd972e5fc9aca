"""A text without case and accents, as names and words are compared."""

from __future__ import annotations

import re
import unicodedata

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def fold(text: str) -> str:
    """Return the text in lower case without accents, so that Bárcena and Barcena are one."""
    lower = text.lower().replace("’", "'")
    if lower.isascii():
        return lower
    return _BEYOND_ASCII.sub(_without_accent, unicodedata.normalize("NFKD", lower))


def _without_accent(character: re.Match[str]) -> str:
    return "" if unicodedata.combining(character.group()) else character.group()

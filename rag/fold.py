"""A text without case, or without case and accents, as names and words are compared."""

from __future__ import annotations

import re
import unicodedata

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_TAKEN_FOR = str.maketrans("İıſ\N{KELVIN SIGN}\N{ANGSTROM SIGN}", "iiskå")
_ODD = re.compile(f"[{''.join(map(chr, _TAKEN_FOR))}]")
_LETTER = re.compile(r"\\.|[^\W\d_]", re.DOTALL)


def fold(text: str) -> str:
    """Return the text in lower case without accents, so that Bárcena and Barcena are one."""
    lower = text.lower().replace("’", "'")
    if lower.isascii():
        return lower
    return _BEYOND_ASCII.sub(_without_accent, unicodedata.normalize("NFKD", lower))


def small(text: str) -> str:
    """Return the text in small letters, so that a `small_pattern` finds in it what `re.IGNORECASE` finds in the text."""
    if not text.isascii() and _ODD.search(text):
        text = text.translate(_TAKEN_FOR)
    return text.lower()


def small_pattern(pattern: str) -> str:
    """Return a regular expression in small letters, without named groups, for texts that are `small`.

    The engine skips what cannot match only where case counts: such a pattern is several times as fast as one that ignores it.
    """
    return _LETTER.sub(lambda found: found[0] if found[0].startswith("\\") else found[0].lower(), pattern)


def _without_accent(character: re.Match[str]) -> str:
    return "" if unicodedata.combining(character.group()) else character.group()

"""Article text as a terminal may show it: what would move the cursor, change colours or turn the line round is spelled out."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LAYOUT = {"\n", "\t"}
_JOINERS = {"\u200c", "\u200d"}  # Persian, Indic scripts and emoji need them


def visible(text: str) -> str:
    r"""Return the text with each control, format or private character written as an escape; lines and tabs stay.

    >>> visible("red \x1b[31m")
    'red \\x1b[31m'
    """
    return "".join(character if _is_harmless(character) else _spelled(character) for character in text)


def visible_line(text: str) -> str:
    """Return the text likewise on one line."""
    return visible(" ".join(text.split()))


def _is_harmless(character: str) -> bool:
    return character in _LAYOUT or character in _JOINERS or unicodedata.category(character) not in _UNSEEN


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")

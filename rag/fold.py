"""A text without case and accents, as names and words are compared."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return the text in lower case without accents, so that Bárcena and Barcena are one."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))

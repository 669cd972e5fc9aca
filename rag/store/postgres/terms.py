"""Texts as PostgreSQL's full-text search is given them: words without case, accents and marks, and each language's stems."""

from __future__ import annotations

import re

from rag.fold import fold

PLAIN = "plain"
"""The configuration that stems nothing."""

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""The configuration of each language that PostgreSQL stems."""

UNKNOWN = "english"
"""The configuration of an article whose language is not known, as the embedded library reads all."""

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200


def configuration(language: str) -> str:
    """Return the name of the configuration, in our schema, that reads a language by its two-letter code; empty is unknown."""
    return LANGUAGES.get(language, PLAIN) if language else UNKNOWN


def words(text: str) -> list[str]:
    """Return the words of a text in order, repeats kept, as any configuration leaves them but for their endings.

    With the accents already gone no extension of the server is needed, and with the marks gone its parser, which would take
    `and/or` for a file and `a.b` for a host, has nothing to guess at.

    >>> words("Bárcena's U.S. elections")
    ['barcena', 's', 'u', 's', 'elections']
    """
    return [word[:_LONGEST] for word in _WORD.findall(fold(text))]

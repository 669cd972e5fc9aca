"""The sub-questions of a question: each may find an article of its own."""

from __future__ import annotations

import re

from rag.retrieve.lexical import content_words

LEAST_WORDS = 3
"""Least content words of a sub-question: fewer say too little to search by."""

MOST_PARTS = 8
"""Most sub-questions; what is beyond them stays with the last."""

# Between clauses: a mark of punctuation, or a word that joins one clause to another. A comma before a number belongs to a date.
_BORDER = re.compile(
    r"[;:?!.]\s+|,\s+(?!\d)|\s+(?:while|whereas|whilst|versus|vs\.?|but|and|or|also|who|which|that|compared (?:to|with)|"
    r"in contrast to|mientras(?: que)?|pero|y|e|o|quien|cual|en comparación con)\s+|\n",
    re.IGNORECASE,
)


def parts(question: str) -> tuple[str, ...]:
    """Return the sub-questions in order, the question itself where it has one.

    >>> parts("Does the Verge claim that rents fell in Leeds, while the Age claims that Sydney rents rose?")
    ('Does the Verge claim rents fell in Leeds', 'the Age claims Sydney rents rose?')
    """
    found: list[str] = []
    short = ""
    for clause in _BORDER.split(question):
        short = f"{short} {clause or ''}".strip()
        if len(content_words(short)) < LEAST_WORDS:
            continue
        if len(found) == MOST_PARTS:
            found[-1] = f"{found[-1]} {short}"
        else:
            found.append(short)
        short = ""
    if short and found:
        found[-1] = f"{found[-1]} {short}"
    return tuple(found) if len(found) > 1 else (question,)

"""What a question says of the articles it wants, without a language model."""

from __future__ import annotations

import re
from datetime import date

from rag.fold import fold
from rag.retrieve.days import days_in
from rag.retrieve.lexical import STOP_WORDS_BY_LANGUAGE, content_words
from rag.retrieve.parts import parts
from rag.retrieve.publishers import PublisherNames
from rag.types import Understanding

_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{3,200})[\"“”«»]")
_WORD = re.compile(r"[^\W\d_]+")
_NOW = re.compile(
    r"\b(?:today|now|currently|current|latest|newest|recent|recently|most recent|so far|this (?:week|month)|"
    r"hoy|ahora|actual|actualmente|ultim[oa]|reciente|recientemente|esta semana|este mes)\b"
)


def understand(question: str, *, publishers: PublisherNames, today: date, split: bool = True) -> Understanding:
    """Return what a question names and asks.

    Args:
        publishers: The names of the library's publishers.
        today: The UTC day that "last week" and dates without a year are counted from.
        split: Whether to look for sub-questions.
    """
    named = publishers.named_in(question)
    quoted = (" ".join(found.split()) for found in _QUOTED.findall(question))
    return Understanding(
        parts=parts(question) if split else (question,),
        publishers=named,
        days=days_in(question, today=today),
        # One word in quotes is a word like others; a publisher's name in quotes is no phrase of an article.
        phrases=tuple(phrase for phrase in quoted if len(content_words(phrase)) > 1 and not publishers.named_in(phrase)),
        language=language_of(question),
        is_about_now=bool(_NOW.search(fold(question))),
    )


def language_of(text: str) -> str:
    """Return the language whose small words a text uses most: `en`, `es` or `fr`; empty where none or two lead.

    >>> language_of("¿Quién ganó las elecciones en Chile?"), language_of("Kast")
    ('es', '')
    """
    words = [word.lower() for word in _WORD.findall(text)]
    counts = {language: sum(word in stop for word in words) for language, stop in STOP_WORDS_BY_LANGUAGE.items()}
    if "¿" in text or "¡" in text:
        counts["es"] += 1
    best = max(counts.values())
    leaders = [language for language, count in counts.items() if count == best]
    return leaders[0] if best and len(leaders) == 1 else ""

"""Passages by their words: BM25 over SQLite's full-text index."""

from __future__ import annotations

import re

from rag.store.library import Library
from rag.types import Query

_WORD = re.compile(r"\w+(?:[.'’]\w+)*")

# Words that say nothing of what is asked, in the languages of the first libraries: English, Spanish, French.
STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before being between both but by can could did do does doing down
    during each for from further had has have having he her here hers him his how i if in into is it its itself just me
    more most my no nor not of off on once only or other our out over own said same say says she should so some such than
    that the their them then there these they this those through to too under until up very was we were what when where
    which while who whom whose why will with would you your tell article articles according news
    al como con cuál cuáles cuándo cuánto cuántos de del desde dónde dice dicen el ella ellos en entre era es esa ese eso
    esta este esto fue ha han hasta la las lo los más me mi muy o para pero por porque qué que quién quiénes se ser si sin
    sobre son su sus también un una unas uno unos y ya
    au aux avec ce ces cette comment dans des du elle en est et eux il ils je la le les leur lui mais ne nous on ou où par
    pas pour qu quand que quel quelle quels qui sa sans se ses son sont sur une vous
    """.split()
)


class LexicalRetriever:
    """Ranks passages by BM25 over the words of title, byline, heading and text, stemmed and without accents."""

    name = "lexical"

    def __init__(self, library: Library) -> None:
        self._library = library

    def rank(self, query: Query, *, k: int) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, BM25 score > 0), best first; none where no word matches."""
        words = content_words(query.text)
        if not words:
            return []
        expression = " OR ".join(f'"{word}"' for word in words)
        return self._library.index.matching(expression, k=k, as_of=query.as_of)


def content_words(text: str) -> list[str]:
    """Return the distinct words of a text in lower case, without stop words; all of them where nothing else is left.

    >>> content_words("Who endorsed Rebeca Grynspan, and why?")
    ['endorsed', 'rebeca', 'grynspan']
    """
    words = _WORD.findall(text)
    # In capitals among small letters, a word is a name: `UN` is no article of Spanish.
    content = [word for word in words if word.lower() not in STOP_WORDS or (word.isupper() and not text.isupper())]
    return list(dict.fromkeys(word.lower() for word in content or words))

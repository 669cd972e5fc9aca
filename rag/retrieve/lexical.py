"""Passages by their words: BM25 over SQLite's full-text index."""

from __future__ import annotations

import re

from rag.retrieve.spelling import nearest_spelling
from rag.store.index import PassageIndex
from rag.types import ANY, Filter

_WORD = re.compile(r"\w+(?:[.'’]\w+)*")
_CAPITAL = r"[^\W\d_a-zà-ÿ][\w'’]*"
_NAME = re.compile(rf"\b{_CAPITAL}(?:(?:\s+(?:de|del|la|van|von|bin|al|of)){{0,2}}\s+{_CAPITAL})+")

COMMON_SHARE = 0.05
"""A word that stands in more of the passages than this tells little, and costs the most to look up."""

COMMON_FROM = 2_000
"""Passages of a library from which on common words are left out: below, they cost nothing and may still decide."""

ROWS = (1_500, 8_000)
"""Fewest and most rows of the index that the words of one search may have together: 2 to 10 ms. The rarest go first."""

ROWS_SHARE = 0.02
"""Rows allowed between these two, as a share of the passages.

On MultiHop-RAG searches that may have 150 rows of 801 passages lose no more than a hundredth of any figure.
"""

# Words that say nothing of what is asked, in the languages of the first libraries.
STOP_WORDS_BY_LANGUAGE = {
    "en": frozenset(
        """
        a about after all also an and any are as at be been before being between both but by can could did do does doing down
        during each for from further had has have having he her here hers him his how i if in into is it its itself just me
        more most my no nor not of off on once only or other our out over own said same say says she should so some such than
        that the their them then there these they this those through to too under until up very was we were what when where
        which while who whom whose why will with would you your tell article articles according news
        """.split()
    ),
    "es": frozenset(
        """
        al como con cuál cuáles cuándo cuánto cuántos de del desde dónde dice dicen el ella ellos en entre era es esa ese eso
        esta este esto fue ha han hasta la las lo los más me mi muy o para pero por porque qué que quién quiénes se ser si sin
        sobre son su sus también un una unas uno unos y ya
        """.split()
    ),
    "fr": frozenset(
        """
        au aux avec ce ces cette comment dans des du elle en est et eux il ils je la le les leur lui mais ne nous on ou où par
        pas pour qu quand que quel quelle quels qui sa sans se ses son sont sur une vous
        """.split()
    ),
}
STOP_WORDS = frozenset().union(*STOP_WORDS_BY_LANGUAGE.values())


class LexicalRetriever:
    """Ranks passages by BM25 over the words of title, byline, heading and text, stemmed and without accents."""

    def __init__(self, index: PassageIndex) -> None:
        self._index = index

    def rank(self, text: str, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, BM25 score > 0), best first; ties by id. None where no word matches.

        Words that no passage has are looked for in their nearest spelling; a name of several words counts as one word more.
        """
        expression = self.expression(text)
        return self._index.matching(expression, k=k, where=where) if expression else []

    def expression(self, text: str) -> str:
        """Return what the index is asked for a text, in FTS5's own syntax; empty where no word is worth asking for."""
        words = self._telling(content_words(text))
        whole = [name for name in names(text) if all(word in words for word in content_words(name))]
        return " OR ".join(_quoted(term) for term in [*words.values(), *whole]) if words else ""

    def phrase(self, text: str, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, BM25 score > 0) of the passages that have exactly these words in this order."""
        return self._index.matching(_quoted(text), k=k, where=where) if _WORD.search(text) else []

    def _telling(self, words: list[str]) -> dict[str, str]:
        """Return the words worth looking up, each with how the library spells it."""
        stems = {word: self._index.terms(word) for word in words}
        counts = self._index.document_frequencies([stem for found in stems.values() for stem in found])
        # Of a word with inner marks, such as `union's`, the rarest piece decides.
        rows = {word: min((counts[stem] for stem in found), default=0) for word, found in stems.items()}
        most = max(self._index.count(), COMMON_FROM / COMMON_SHARE) * COMMON_SHARE
        rare = [word for word in words if rows[word] <= most] or words
        kept: dict[str, str] = {}
        fewest, most_rows = ROWS
        left = min(max(round(self._index.count() * ROWS_SHARE), fewest), most_rows)
        for word in sorted(rare, key=rows.__getitem__):
            if kept and rows[word] > left:
                break
            left -= rows[word]
            is_unknown = rows[word] == 0 and len(stems[word]) == 1
            kept[word] = (nearest_spelling(stems[word][0], self._index) if is_unknown else "") or word
        return kept


def content_words(text: str) -> list[str]:
    """Return the distinct words of a text in lower case, without stop words; all of them where nothing else is left.

    >>> content_words("Who endorsed Rebeca Grynspan, and why?")
    ['endorsed', 'rebeca', 'grynspan']
    """
    words = _WORD.findall(text)
    # In capitals among small letters, a word is a name: `UN` is no article of Spanish.
    content = [word for word in words if word.lower() not in STOP_WORDS or (word.isupper() and not text.isupper())]
    return list(dict.fromkeys(word.lower() for word in content or words))


def names(text: str) -> list[str]:
    """Return the names of several words, as they are written; none in a text without small letters.

    >>> names("Did Sam Bankman-Fried meet the Bank of England?")
    ['Sam Bankman', 'Bank of England']
    """
    if text.isupper() or text.istitle():
        return []
    found = (match.group() for match in _NAME.finditer(text))
    # A question word that opens the sentence is no part of the name behind it.
    kept = (" ".join(name.split()[name.split()[0].lower() in STOP_WORDS :]) for name in found)
    return [name for name in kept if " " in name]


def _quoted(term: str) -> str:
    """Return a term as a string of FTS5: its syntax in a question is only words."""
    return '"' + term.replace('"', " ").replace("\x00", " ") + '"'

"""Passages by their words: BM25 over what SQLite's full-text index holds of each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import reduce

import numpy as np

from rag.retrieve.candidates import Matches
from rag.retrieve.spelling import nearest_spelling
from rag.store.index import PassageIndex
from rag.store.postings import NONE, Posting
from rag.store.vectors import Numbers, among
from rag.store.view import View
from rag.types import ANY, Filter

_WORD = re.compile(r"\w+(?:[.'’]\w+)*")
_CAPITAL = r"[^\W\d_a-zà-ÿ][\w'’]*"
_NAME = re.compile(rf"\b{_CAPITAL}(?:(?:\s+(?:de|del|la|van|von|bin|al|of)){{0,2}}\s+{_CAPITAL})+")

COMMON_SHARE = 0.05
"""A word that stands in more of the passages than this tells little, and costs the most to look up."""

COMMON_FROM = 2_000
"""Passages of a library from which on common words are left out: below, they cost nothing and may still decide."""

ROWS = (1_500, 8_000)
"""Fewest and most passages of all words of a search together: 1 to 5 ms to read the first time. The rarest words go first."""

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


Ranking = tuple[Numbers, Matches]
"""Passages by number, each once, best first, and their scores; both of shape (n,)."""

_NO_RANKING: Ranking = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))

K1, B = 1.2, 0.75
"""Of BM25: how soon more of the same word counts no more, and how much a passage's length is held against it."""


class LexicalRetriever:
    """Ranks passages by BM25 over the words of title, byline, heading and text, stemmed and without accents.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
    """

    def __init__(self, index: PassageIndex, view: View) -> None:
        """Look words up in `index`, and rank the passages that `view` shows."""
        self._index = index
        self._view = view

    def rank(self, text: str, *, k: int, filters: Sequence[Filter] = (ANY,)) -> Ranking:
        """Return up to `k` passages of each filter by number, with their BM25 > 0; best first, ties by number.

        What the first filter admits comes first, then what only the others brought. Words that no passage has are looked for
        in their nearest spelling; a name of several words counts as one word more where they stand together.
        """
        numbers, scores = _bm25(self._asked(text), self._index.count())
        order = np.argsort(-scores, kind="stable")
        chosen = [self._view.admitted(numbers[order], k=k, where=where) for where in filters]
        found = np.array(list(dict.fromkeys(np.concatenate(chosen).tolist())), dtype=np.int64)
        return found, scores[np.searchsorted(numbers, found)]

    def phrase(self, text: str, *, k: int, where: Filter = ANY) -> Ranking:
        """Return likewise the passages that have exactly these words in this order."""
        if not _WORD.search(text):
            return _NO_RANKING
        numbers, scores = _bm25(self._asked(text), self._index.count())
        held = among(numbers, self._index.holding(_quoted(text)))
        numbers, scores = numbers[held], scores[held]
        found = self._view.admitted(numbers[np.argsort(-scores, kind="stable")], k=k, where=where)
        return found, scores[np.searchsorted(numbers, found)]

    def _asked(self, text: str) -> list[Posting]:
        """Return the postings of the words worth looking up, and of the names that they make."""
        words = self._telling(content_words(text))
        postings = self._index.postings([term for terms in words.values() for term in terms], self._view.lengths)
        of = {word: _all_of([postings[term] for term in terms]) for word, terms in words.items()}
        asked = list(of.values())
        for name in names(text):
            if of.keys() >= {*content_words(name)}:
                everywhere = _all_of([of[word] for word in content_words(name)])
                asked.append(everywhere.among(self._index.holding(_quoted(name))))
        return asked

    def _telling(self, words: list[str]) -> dict[str, list[str]]:
        """Return the words worth looking up, each with its terms as the library spells them."""
        stems = {word: _long(self._index.terms(word)) for word in words}
        counts = self._index.document_frequencies([stem for found in stems.values() for stem in found])
        # Of a word with inner marks the rarest piece decides.
        rows = {word: min((counts[stem] for stem in found), default=0) for word, found in stems.items()}
        most = max(self._index.count(), COMMON_FROM / COMMON_SHARE) * COMMON_SHARE
        rare = [word for word in words if rows[word] <= most] or words
        kept: dict[str, list[str]] = {}
        fewest, most_rows = ROWS
        left = min(max(round(self._index.count() * ROWS_SHARE), fewest), most_rows)
        for word in sorted(rare, key=rows.__getitem__):
            if kept and rows[word] > left:
                break
            left -= rows[word]
            is_unknown = rows[word] == 0 and len(stems[word]) == 1
            known = nearest_spelling(stems[word][0], self._index) if is_unknown else ""
            kept[word] = [known] if known else stems[word]
        return kept


def _bm25(postings: Sequence[Posting], n_passages: int) -> Ranking:
    """Return the numbers, ascending, of all passages in the postings with their scores, both of shape (n,)."""
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *(one.numbers for one in postings)])
    gains = np.concatenate([np.zeros(0, dtype=np.float32), *(_gains(one, n_passages) for one in postings)])
    order = np.argsort(numbers, kind="stable")  # runs that ascend already: merging them is quick
    numbers = numbers[order]
    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    if len(first) == 0:
        return numbers, np.zeros(0, dtype=np.float32)
    return numbers[first], np.add.reduceat(gains[order].astype(np.float64), first).astype(np.float32)


def _gains(posting: Posting, n_passages: int) -> Matches:
    """Return what a word adds to the score of each of its passages; next to nothing where it stands in half of them."""
    n = len(posting.numbers)
    rarity = max(math.log((n_passages - n + 0.5) / (n + 0.5)) if n < n_passages else 0.0, 1e-6)
    damped = posting.counts + K1 * (1 - B + B * posting.lengths)
    return np.asarray(rarity * posting.counts * (K1 + 1) / damped, dtype=np.float32)


def _all_of(postings: Sequence[Posting]) -> Posting:
    """Return the passages that stand in all of the postings; none for none."""
    return reduce(Posting.with_, sorted(postings, key=lambda one: len(one.numbers))) if postings else NONE


def _long(terms: list[str]) -> list[str]:
    """Return the terms of a word but single letters, which say little and stand everywhere: of `union's` only `union`."""
    return [term for term in terms if len(term) > 1] or terms


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

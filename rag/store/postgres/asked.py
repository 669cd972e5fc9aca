"""The words of a question as the store looks them up: which tell most, how it spells them, and what stands for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from rag.retrieve.lexical import COMMON_FROM, COMMON_SHARE, ROWS, ROWS_SHARE, content_words, names
from rag.retrieve.spelling import nearest_spelling
from rag.store.postgres.replicas import Reading
from rag.store.postgres.state import State
from rag.store.postgres.terms import words

_KEPT = 100_000

_READ = """
SELECT text, configuration, phraseto_tsquery(('newsrag.' || configuration)::regconfig, text)::text
FROM unnest(%s::text[]) text CROSS JOIN unnest(%s::text[]) configuration
"""

# A term of the last commits may not be counted yet: whether there is a passage at all the index knows.
_COUNT = """
SELECT term, coalesce((SELECT f.n FROM frequencies f WHERE f.term = asked.term AND f.n > 0), (
    SELECT count(*) FROM (SELECT 1 FROM words w WHERE w.words @@ quote_literal(asked.term)::tsquery LIMIT 100) found
)) FROM unnest(%s::text[]) asked (term)
"""

_BEGINNING = (
    "SELECT term, n FROM frequencies WHERE term >= %s AND term < %s AND length(term) BETWEEN %s AND %s AND n > 0 ORDER BY term"
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to look up: `found` is a `tsquery` of the passages that hold it, `counted` the lexemes that stand for it."""

    found: str
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a question: the pieces of it that are looked up, each with what stands for it in the library's languages."""

    pieces: tuple[Item, ...]
    rows: tuple[int, ...]

    @property
    def n_rows(self) -> int:
        """In how many passages its rarest piece stands."""
        return min(self.rows, default=0)

    @property
    def item(self) -> Item:
        """All its pieces together, counted as often as the rarest."""
        rarest = self.pieces[self.rows.index(self.n_rows)]
        return Item(" & ".join(f"({piece.found})" for piece in self.pieces), rarest.counted)


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What was learnt of words: each text as a `tsquery` in each language of the library, and the count of each lexeme."""

    configurations: tuple[str, ...]
    read: dict[tuple[str, str], str] = field(repr=False)
    counts: dict[str, int] = field(repr=False)

    def found(self, text: str) -> str:
        """Return the `tsquery` of words in any language of the library."""
        read = (self.read.get((text, configuration), "") for configuration in self.configurations)
        return " | ".join(dict.fromkeys(f"({query})" for query in read if query))

    def word(self, pieces: list[str]) -> _Word:
        """Return a word of these pieces; those are left out that stand for nothing."""
        items = tuple(Item(query, _lexemes(query)) for query in map(self.found, pieces) if query)
        return _Word(items, tuple(sum(self.counts.get(lexeme, 0) for lexeme in item.counted) for item in items))


class Asked:
    """Reads the words of questions. Safe to share between threads."""

    def __init__(self, reading: Reading) -> None:
        """Look up in the library that `reading` reads."""
        self._reading = reading
        self._read: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._counted_at = -1
        self._changing = Lock()

    def items(self, text: str, state: State) -> list[Item]:
        """Return the words of a text that are worth looking up, and the names of several words that they make.

        The same choice as `rag.retrieve.lexical` makes in the embedded library.
        """
        pieces = {word: _long(words(word)) for word in content_words(text)}
        named = {name: " ".join(words(name)) for name in names(text)}
        learnt = self._learn([*(piece for found in pieces.values() for piece in found), *named.values()], state)
        kept = self._telling({word: learnt.word(found) for word, found in pieces.items()}, state)
        items = [word.item for word in kept.values()]
        for name, spelled in named.items():
            if kept.keys() >= {*content_words(name)}:
                rarest = min((kept[word] for word in content_words(name)), key=lambda word: word.n_rows)
                items.append(Item(learnt.found(spelled), rarest.item.counted))
        return items

    def phrase(self, text: str, state: State) -> str:
        """Return a `tsquery` of the passages that hold exactly these words in this order; empty for no words."""
        spelled = " ".join(words(text))
        return self._learn([spelled], state).found(spelled)

    def terms_beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""
        return [(term, n) for term, n in self._reading.rows(_BEGINNING, [prefix, prefix + "\U0010ffff", least, most])]

    def _telling(self, asked: dict[str, _Word], state: State) -> dict[str, _Word]:
        """Return the words worth looking up, the rarest first, those that nobody wrote so as the library spells them."""
        most = max(state.passages, COMMON_FROM / COMMON_SHARE) * COMMON_SHARE
        asked = {word: found for word, found in asked.items() if found.pieces}
        rare = [word for word in asked if asked[word].n_rows <= most] or list(asked)
        fewest, most_rows = ROWS
        left = min(max(round(state.passages * ROWS_SHARE), fewest), most_rows)
        kept: dict[str, _Word] = {}
        for word in sorted(rare, key=lambda one: asked[one].n_rows):
            found = asked[word]
            if kept and found.n_rows > left:
                break
            left -= found.n_rows
            kept[word] = self._respelt(found) if found.n_rows == 0 and len(found.pieces) == 1 else found
        return kept

    def _respelt(self, word: _Word) -> _Word:
        for lexeme in word.pieces[0].counted:
            known = nearest_spelling(lexeme, self)
            if known:
                return _Word((Item(f"'{known}'", (known,)),), (0,))
        return word

    def _learn(self, texts: Iterable[str], state: State) -> _Learnt:
        """Read words as the library's languages do, and count what stands for them; nobody waits while we ask."""
        with self._changing:
            if len(self._read) > _KEPT:
                self._read = {}
            if self._counted_at != state.commits or len(self._counts) > _KEPT:
                self._counts, self._counted_at = {}, state.commits
            learnt = _Learnt(state.configurations, self._read, self._counts)
        asked = dict.fromkeys(text for text in texts if text)
        new = [text for text in asked if any((text, one) not in learnt.read for one in state.configurations)]
        if new:
            rows = self._reading.rows(_READ, [new, list(state.configurations)])
            learnt.read.update(((text, configuration), query) for text, configuration, query in rows)
        lexemes = {lexeme for text in asked if " " not in text for lexeme in _lexemes(learnt.found(text))}
        missing = sorted(lexemes - learnt.counts.keys())
        if missing:
            learnt.counts.update(self._reading.rows(_COUNT, [missing]))
        return learnt


def _lexemes(query: str) -> tuple[str, ...]:
    """Return the lexemes of a `tsquery` that names one in each language: `('elect') | ('eleccion')`."""
    return tuple(dict.fromkeys(part.partition("'")[2].partition("'")[0] for part in query.split(" | ") if part))


def _long(pieces: list[str]) -> list[str]:
    """Return the pieces of a word but single letters, which say little and stand everywhere: of `union's` only `union`."""
    return [piece for piece in pieces if len(piece) > 1] or pieces

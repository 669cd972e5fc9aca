"""The publishers that a question names, matched against the library's own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rag.fold import fold

# A section or a slogan follows the name: "The Independent - Sports", "Cnbc | World Business News Leader".
_SECTION = re.compile(r"\s+[-–—|]\s+|:\s+")
_DOMAIN = re.compile(r"\.(?:com|org|net|info|news|co\.\w\w|com?\.\w\w|\w\w)$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|el|la|los|las|le|les)\s+", re.IGNORECASE)
_NEWS = re.compile(r"\s+(?:news|noticias|online|digital)$", re.IGNORECASE)
_TOKEN = re.compile(r"\w+")

# Written small, a name of one word is a name only where the sentence says so: "according to fortune", "the guardian reports".
_BEFORE = frozenset("by in from to per via según por en says did does".split())
_AFTER = frozenset(
    "article articles report reports reported reporting says say said piece story stories coverage s published claims "
    "writes wrote according artículo nota informa informó dice dijo publicó".split()
)

_LEAST_SMALL = 5
"""Least letters of a one-word name that is recognised in small letters."""

_LEAST_BARE = 4
"""Least letters of a one-word name that is recognised without its article: `Verge`, but not `Age`."""


# The same words come in question after question.
_folded = lru_cache(maxsize=10_000)(fold)


class _Token(NamedTuple):
    folded: str
    is_capital: bool


class _Alias(NamedTuple):
    publisher: str
    words: tuple[str, ...]
    is_acronym: bool


class PublisherNames:
    """The ways in which questions name the publishers of one library."""

    def __init__(self, publishers: Iterable[str]) -> None:
        """Learn the publishers' names: whole, without section, domain or article, and by initials."""
        self._by_words: defaultdict[tuple[str, ...], list[_Alias]] = defaultdict(list)
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for publisher in publishers:
            for alias in dict.fromkeys(_aliases(publisher)):
                self._by_words[alias.words].append(alias)
                self._lengths[alias.words[0]].add(len(alias.words))

    def named_in(self, text: str) -> tuple[str, ...]:
        """Return the publishers that a text names, in the order of their first mention.

        The longest name wins where several begin; a name shared by sections of one publisher names all of them.

        >>> names = PublisherNames(["The Verge", "BBC News - World", "The Age"])
        >>> names.named_in("Did the Verge's piece match the BBC's at that age?")
        ('The Verge', 'BBC News - World')
        """
        tokens = [_Token(_folded(found.group()), found.group()[0].isupper()) for found in _TOKEN.finditer(text)]
        named: dict[str, None] = {}
        place = 0
        while place < len(tokens):
            for length in sorted(self._lengths.get(tokens[place].folded, ()), reverse=True):
                words = tuple(token.folded for token in tokens[place : place + length])
                found = [alias for alias in self._by_words.get(words, ()) if _stands(alias, tokens, place)]
                if found:
                    named |= dict.fromkeys(alias.publisher for alias in found)
                    place += length - 1
                    break
            place += 1
        return tuple(named)


def _aliases(publisher: str) -> Iterator[_Alias]:
    """Yield what a publisher may be called."""
    whole = " ".join(publisher.split())
    head = _SECTION.split(whole)[0]
    for name in (whole, head, _DOMAIN.sub("", head)):
        words = _words(name)
        if words:
            yield _Alias(publisher, words, False)
        bare = _words(_ARTICLE.sub("", name, count=1))
        if len(bare) > 1 or (bare and len(bare[0]) >= _LEAST_BARE):
            yield _Alias(publisher, bare, False)
    short = _NEWS.sub("", head)
    if short != head and short.isupper():
        yield _Alias(publisher, _words(short), True)
    initials = "".join(word[0] for word in _words(_ARTICLE.sub("", head, count=1)))
    if len(initials) >= 3:
        yield _Alias(publisher, (initials,), True)


def _words(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _TOKEN.findall(name))


def _stands(alias: _Alias, tokens: list[_Token], place: int) -> bool:
    """Whether the tokens at a place, which have the words of a name, mean it, and not the same words in another sense."""
    end = place + len(alias.words)
    if tokens[end - 1].is_capital:
        return True
    if alias.is_acronym:
        return False
    if len([word for word in alias.words if word != "the"]) > 1:
        return True
    before = tokens[place - 1].folded if place else ""
    after = tokens[end].folded if end < len(tokens) else ""
    return len(alias.words[-1]) >= _LEAST_SMALL and (before in _BEFORE or after in _AFTER)

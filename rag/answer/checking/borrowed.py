"""Names and numbers that a sentence takes from one quote and puts into what another says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.features import names, numbers, stems
from rag.fold import fold

_TELLS = 0.75
"""Share of a sentence's words from which on a quote tells the same thing."""

_APART = 0.25
"""Share below which it tells something else."""

_PREFIX = 4
"""First letters by which a name is known again: `Bolivia` in `Bolivian`."""

_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def borrowed(sentence: str, quotes: Sequence[str], articles: Sequence[str] = ()) -> str:
    """Return a name or number of the sentence that no quote has which tells the same thing; empty where there is none.

    "Members elected Voss" over "Members elected Moreau." and "She replaces Voss." borrows `Voss`: together the two quotes have
    all its words, and neither says it. A quote that names nobody else is on what its article is on, and may be given the name
    that another quote of it has: "The roof fell in at 620 metres."

    Args:
        articles: The article of each quote; empty where they are not known.
    """
    named = sorted(names(sentence))
    words = stems(sentence) - {stem for name in named for stem in stems(name)}
    if len(quotes) < 2 or not words:
        return ""
    shares = [len(words & stems(quote)) / len(words) for quote in quotes]
    if max(shares) < _TELLS:
        return ""  # the sentence joins what its quotes tell each in part
    folded = [fold(quote) for quote in quotes]
    told = [numbers(quote) for quote in quotes]
    unnamed = {
        article
        for article, quote, share in zip(articles, quotes, shares, strict=False)
        if article and share >= _TELLS and names(quote) <= set(named)
    }
    given = [quote for article, quote in zip(articles, folded, strict=False) if article in unnamed]
    taken = {
        name
        for name in named
        if _is_apart([name in quote for quote in folded], shares) and not any(name in quote for quote in given)
    }
    if taken:
        return " ".join(word for word in re.findall(r"\w+", sentence) if fold(word) in taken)
    return next((number for number in sorted(numbers(sentence)) if _is_apart([number in one for one in told], shares)), "")


def beside_table(sentence: str, tables: Sequence[str], apart: Sequence[str]) -> str:
    """Return a name of the sentence that stands beside a table alone, where a number of the sentence stands in the table alone.

    "Trade with Japan was 190 billion" over a table of trade with Asia and "They trade with China and Japan." borrows `Japan`.
    """
    in_tables, beside = (frozenset().union(*map(numbers, texts)) for texts in (tables, apart))
    if not numbers(sentence) & in_tables - beside:
        return ""
    table, other = (fold(" ".join(texts)) for texts in (tables, apart))
    return next((name for name in sorted(names(sentence)) if name[:_PREFIX] not in table and name in other), "")


def strayed(sentence: str, told: Sequence[tuple[str, str]]) -> str:
    """Return a number of the sentence that only an article has which speaks of none of its names, while another one does.

    "Lula received 45.5 %" over an article on Lula and another in which Quiroga received as much: the number is not his.

    Args:
        told: For each quote its article, and its words with their title.
    """
    named = names(sentence)
    by_article: dict[str, str] = {}
    for article, words in told:
        by_article[article] = f"{by_article.get(article, '')} {fold(words)}"
    about = {article for article, words in by_article.items() if any(f" {name[:_PREFIX]}" in words for name in named)}
    if len(by_article) < 2 or not about:
        return ""
    held = {article: numbers(words) for article, words in by_article.items()}
    for number in sorted(numbers(" ".join(_FIGURES.findall(sentence)))):
        owners = {article for article, have in held.items() if number in have}
        if owners and not owners & about:
            return number
    return ""


def _is_apart(stands: Sequence[bool], shares: Sequence[float]) -> bool:
    """Whether something stands in quotes, and only in such as tell something else."""
    return any(stands) and max(share for share, here in zip(shares, stands, strict=True) if here) < _APART

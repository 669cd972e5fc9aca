"""Which words of the evidence stand behind a sentence of the answer.

Small models place markers wrongly more often than rightly, so theirs are a hint at most: each sentence is tied to the
sentence of the evidence that it is nearest to, by meaning and by shared words, and to further ones for what only they hold.
A row of a table is cited with the head of the table, which names what its cells are.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.answer.evidence import Evidence, Sentence, leans
from rag.answer.features import names, numbers, stem
from rag.answer.fit import terms, word_overlap
from rag.answer.reply import Statement
from rag.fold import fold
from rag.ports import Embedder
from rag.types import Quote

MAX_QUOTES = 3
"""Most quotes behind one sentence."""

MARKER_BONUS = 0.05
"""What the model's own marker adds to the sentences of the source that it names."""

MIN_GAIN = 0.2
"""Share of the weight of a sentence's terms that a further quote must add to be cited too."""

MIN_GAIN_BY_NAME = 0.1
"""The same where a name or a number is among what it adds."""

KEY_WEIGHT = 2.0
"""Weight of names and numbers against other words: they are what a reader looks up."""

LIKENESS = 0.3
"""What likeness counts beside the gain in the choice of a further quote."""

OTHER_ARTICLE = 0.02
"""What it adds to a further quote that its article is not cited yet: two articles say more than one."""

_SCALE = re.compile(r"\b(?:thousand|million|billion|trillion|mil|millones)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d.,]*")
_NEAR = 2  # characters between two sentences


def attribute(question: str, said: Sequence[Statement], evidence: Evidence, embedder: Embedder) -> list[tuple[Sentence, ...]]:
    """Return for each statement the sentences behind it, the weightiest first; none where there is no evidence."""
    if not said or not evidence.sentences:
        return [() for _ in said]
    # A short reply ("In 2005.") means little alone: the question goes with it.
    vectors = embedder.embed([f"{question} {statement.text}" for statement in said])
    quotes = [_read(sentence) for sentence in evidence.sentences]
    held = [terms(quote) for quote in quotes]
    behind = []
    for statement, vector in zip(said, vectors, strict=True):
        overlaps = word_overlap(statement.text, quotes)
        scores = [
            (float(sentence.vector @ vector) + overlap) / 2 + MARKER_BONUS * (sentence.number in statement.hinted)
            for sentence, overlap in zip(evidence.sentences, overlaps, strict=True)
        ]
        keys = numbers(statement.text) | {stem(name) for name in names(statement.text)}
        places = _covering(_weights(statement.text, keys, held), keys, held, scores, evidence.sentences)
        behind.append(_with_context(question, statement, [evidence.sentences[place] for place in places], evidence))
    return behind


def _read(sentence: Sentence) -> str:
    """Return what a sentence tells: a row tells the head of its table too, and its numbers in the unit that this names."""
    if sentence.head is None:
        return sentence.quote.text
    row, scale = sentence.quote.text, _SCALE.search(sentence.head.text)
    scaled = _NUMBER.sub(rf"\g<0> {scale.group()}", row) if scale else ""
    return f"{sentence.head.text} {row} {scaled}"


def _with_context(question: str, statement: Statement, chosen: Sequence[Sentence], evidence: Evidence) -> tuple[Sentence, ...]:
    """Return the sentences, after them the heads of the tables that rows are of, and the sentence before one that leans on it.

    That goes along where it holds a name of the statement, `Lucia Ferro` for `She took 52.4 percent`, and where the statement
    has a name that the sentence lacks: it tells whether that is who is meant.
    """
    quotes = {sentence.quote for sentence in chosen}
    said = terms(statement.text)
    named = names(statement.text) | names(question) & set(fold(statement.text).split())

    def is_wanted(other: Sentence) -> bool:
        return other.quote not in quotes and any(
            other.quote == one.head
            or (_leads(other.quote, one.quote) and (names(other.quote.text) & said | named) - names(one.quote.text))
            for one in chosen
        )

    return (*chosen, *filter(is_wanted, evidence.sentences))


def _leads(before: Quote, after: Quote) -> bool:
    """Return whether a sentence leans on the one that ends right before it."""
    is_near = before.article_id == after.article_id and 0 <= after.start - before.end <= _NEAR
    return is_near and leans(after.text)


def _weights(statement: str, keys: frozenset[str], held: Sequence[frozenset[str]]) -> dict[str, float]:
    """Return the terms of a statement by weight: rare ones, names and numbers count for more."""
    counts = Counter(term for found in held for term in found)
    return {
        term: math.log(1 + len(held) / (1 + counts[term])) * (KEY_WEIGHT if term in keys else 1.0) for term in terms(statement)
    }


def _covering(
    weights: Mapping[str, float],
    keys: frozenset[str],
    held: Sequence[frozenset[str]],
    scores: Sequence[float],
    sentences: Sequence[Sentence],
) -> list[int]:
    """Return the places of the best sentence, and of more while each adds enough of what is said and the others lack."""
    chosen = [max(range(len(scores)), key=lambda place: scores[place])]
    total = sum(weights.values()) or 1.0
    lacking = set(weights) - held[chosen[0]]

    def gain(place: int) -> float:
        return sum(weights[term] for term in lacking & held[place]) / total

    while lacking and len(chosen) < MAX_QUOTES:
        cited = {sentences[place].source.article_id for place in chosen}

        def worth(place: int, cited: set[str] = cited) -> float:
            is_other = sentences[place].source.article_id not in cited
            return gain(place) + LIKENESS * scores[place] + OTHER_ARTICLE * is_other

        fit = [place for place in range(len(scores)) if gain(place) >= _least(lacking & held[place], keys)]
        if not fit:
            break
        best = max(fit, key=worth)
        chosen.append(best)
        lacking -= held[best]
    return chosen


def _least(added: set[str], keys: frozenset[str]) -> float:
    """Return the least gain of a quote that adds some terms."""
    return MIN_GAIN_BY_NAME if added & keys else MIN_GAIN

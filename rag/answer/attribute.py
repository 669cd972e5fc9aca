"""Which words of the evidence stand behind a sentence of the answer.

Small models place markers wrongly more often than rightly, so theirs are a hint at most: each sentence is tied to the
sentences of the evidence that it is nearest to, by meaning and by shared words.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.evidence import Evidence, Sentence, terms, word_overlap
from rag.answer.reply import Statement
from rag.ports import Embedder

MAX_QUOTES = 3
"""Most quotes behind one sentence."""

MARKER_BONUS = 0.05
"""What the model's own marker adds to the sentences of the source that it names."""

MIN_GAIN = 0.25
"""Share of a sentence's terms that a further quote must add to be cited too."""


def attribute(question: str, said: Sequence[Statement], evidence: Evidence, embedder: Embedder) -> list[tuple[Sentence, ...]]:
    """Return for each statement the sentences behind it, the weightiest first; none where there is no evidence."""
    if not said or not evidence.sentences:
        return [() for _ in said]
    # A short reply ("In 2005.") means little alone: the question goes with it.
    vectors = embedder.embed([f"{question} {statement.text}" for statement in said])
    quotes = [sentence.quote.text for sentence in evidence.sentences]
    behind = []
    for statement, vector in zip(said, vectors, strict=True):
        overlaps = word_overlap(statement.text, quotes)
        scores = [
            (float(sentence.vector @ vector) + overlap) / 2 + MARKER_BONUS * (sentence.number in statement.hinted)
            for sentence, overlap in zip(evidence.sentences, overlaps, strict=True)
        ]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        behind.append(_covering(statement, [evidence.sentences[place] for place in order]))
    return behind


def _covering(statement: Statement, ranked: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the best sentence, and more while each adds enough of what the statement says and the others lack."""
    wanted = terms(statement.text)
    behind = [ranked[0]]
    lacking = wanted - terms(ranked[0].quote.text)
    while lacking and len(behind) < MAX_QUOTES:
        best = max(ranked, key=lambda sentence: len(lacking & terms(sentence.quote.text)))
        gained = lacking & terms(best.quote.text)
        if len(gained) < max(1, MIN_GAIN * len(wanted)):
            break
        behind.append(best)
        lacking -= gained
    return tuple(behind)

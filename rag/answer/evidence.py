"""Hits to evidence: the numbered passages that go into the prompt, and their sentences ranked by the question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answer.features import numbers, stems
from rag.chunk import is_heading
from rag.ports import Embedder, Vectors
from rag.sentences import Span, sentence_spans
from rag.tokens import count_tokens
from rag.types import Hit, Quote, Source

COSINE_SHARE = 0.6
"""Weight of meaning against shared words in the score of a sentence."""


@dataclass(frozen=True, slots=True)
class Part:
    """A numbered source of the prompt: a passage, or as many of its first sentences as the budget held."""

    number: int
    source: Source
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the evidence: what a claim may cite. `score`, in [0, 1], says how well it matches the question."""

    part: Part
    quote: Quote
    score: float
    vector: Vectors = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model is shown, and its sentences, best match of the question first; ties in reading order."""

    parts: tuple[Part, ...]
    sentences: tuple[Sentence, ...]


def gather(question: str, hits: Sequence[Hit], embedder: Embedder, *, budget: int) -> Evidence:
    """Return the evidence of the best hits.

    Args:
        budget: Most cl100k tokens of passage text; the first sentence of the first hit goes in whatever its length.
    """
    parts = _parts(hits, budget)
    placed = [(part, span) for part in parts for span in _quotable(part.text)]
    if not placed:
        return Evidence(parts, ())
    texts = [part.text[span.start : span.end] for part, span in placed]
    vectors = embedder.embed([question, *texts])
    cosines = vectors[1:] @ vectors[0]
    overlaps = word_overlap(question, texts)
    sentences = [
        Sentence(
            part=part,
            quote=Quote(part.source.article_id, part.start + span.start, part.start + span.end, text),
            score=min(1.0, COSINE_SHARE * max(0.0, float(cosine)) + (1 - COSINE_SHARE) * overlap),
            vector=vector,
        )
        for (part, span), text, cosine, overlap, vector in zip(placed, texts, cosines, overlaps, vectors[1:], strict=True)
    ]
    return Evidence(parts, tuple(sorted(sentences, key=lambda sentence: -sentence.score)))


def word_overlap(question: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share, in [0, 1], of the question's words, names and numbers in it, rare ones counting more."""
    wanted = terms(question)
    held = [terms(text) for text in texts]
    counts = Counter(term for found in held for term in found)
    weights = {term: math.log(1 + len(texts) / (1 + counts[term])) for term in wanted}
    total = sum(weights.values())
    return [sum(weights[term] for term in wanted & found) / total if total else 0.0 for found in held]


def terms(text: str) -> frozenset[str]:
    """Return stems and numbers: what two texts on the same matter share."""
    return stems(text) | numbers(text)


def _parts(hits: Sequence[Hit], budget: int) -> tuple[Part, ...]:
    """Return the hits' passages as far as the budget goes, the last one cut after a sentence."""
    parts: list[Part] = []
    for hit in hits:
        passage = hit.passage
        cost = count_tokens(passage.text)
        text = passage.text if cost <= budget else _fitting(passage.text, budget, at_least=not parts)
        if not text:
            break
        parts.append(Part(len(parts) + 1, hit.source, passage.start, text))
        budget -= min(cost, budget)
    return tuple(parts)


def _fitting(text: str, budget: int, *, at_least: bool) -> str:
    """Return the first sentences of a text that fit the budget; one all the same when `at_least`."""
    end = 0
    for span in sentence_spans(text):
        if count_tokens(text[: span.end]) > budget and not (at_least and end == 0):
            break
        end = span.end
    return text[:end]


def _quotable(text: str) -> list[Span]:
    """Return the sentences that can stand behind a claim: not headings, unless there is nothing else."""
    spans = sentence_spans(text)
    return [span for span in spans if not is_heading(text[span.start : span.end])] or spans

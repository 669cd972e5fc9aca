"""Hits to evidence: the sentences worth showing a model, under numbered sources, ranked by the question.

Sentences and not whole passages: on the gold questions over the sample articles the best sentences of all hits hold the
answer as often within 300 tokens as whole passages do within 700, and a local model reads half as long.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.answer.features import numbers, stems
from rag.answer.injection import speaks_to_a_machine
from rag.chunk import is_heading
from rag.ports import Embedder, Vectors
from rag.sentences import is_table_row, sentence_spans
from rag.tokens import count_tokens
from rag.types import Hit, Passage, Quote, Source

COSINE_SHARE = 0.5
"""Weight of meaning against shared words in the score of a sentence."""

GAP = " … "
"""Stands in a source where sentences between two others were left out."""

# A sentence that opens so leans on the one before it.
_LEANS = re.compile(
    r"\W*(?:he|she|it|they|this|these|those|that|his|her|its|their|him|them|such|both|the (?:latter|former|agreement|decree|"
    r"meeting|proposal|measure|plan)|él|ella|ellos|ellas|este|esta|estos|estas|su|sus)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A numbered source of the prompt: the chosen sentences of a passage, in order."""

    number: int
    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the evidence: what a claim may cite. `score`, in [0, 1], says how well it matches the question."""

    number: int
    source: Source
    quote: Quote
    score: float
    vector: Vectors = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model is shown, and its sentences, best match of the question first; ties in reading order."""

    parts: tuple[Part, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a hit that can be shown: its place among them all, and the place of the one it needs before it."""

    place: int
    hit: int
    quote: Quote
    needs: int | None
    n_tokens: int


def gather(question: str, hits: Sequence[Hit], embedder: Embedder, *, budget: int) -> Evidence:
    """Return the evidence of some hits.

    Args:
        budget: Most cl100k tokens of sentences; the best one goes in whatever its length.
    """
    candidates = list(_candidates(hits))
    if not candidates:
        return Evidence((), ())
    texts = [candidate.quote.text for candidate in candidates]
    vectors = embedder.embed([question, *texts])
    scores = _scores(question, texts, vectors)
    chosen = _chosen(candidates, scores, budget)
    used = sorted({candidate.hit for candidate in chosen})
    numbered = {hit: number for number, hit in enumerate(used, 1)}
    sentences = [
        Sentence(numbered[one.hit], hits[one.hit].source, one.quote, scores[one.place], vectors[one.place + 1])
        for one in chosen
    ]
    parts = [
        Part(numbered[hit], hits[hit].source, _joined([one for one in chosen if one.hit == hit], hits[hit].passage))
        for hit in used
    ]
    return Evidence(tuple(parts), tuple(sorted(sentences, key=lambda sentence: -sentence.score)))


def _scores(question: str, texts: Sequence[str], vectors: Vectors) -> list[float]:
    """Return how well each text matches the question, in [0, 1]; `vectors` begin with the question's own."""
    cosines = vectors[1:] @ vectors[0]
    overlaps = word_overlap(question, texts)
    return [  # rounded, so that the last bits of a processor's arithmetic decide no order
        round(min(1.0, COSINE_SHARE * max(0.0, float(cosine)) + (1 - COSINE_SHARE) * overlap), 5)
        for cosine, overlap in zip(cosines, overlaps, strict=True)
    ]


def _candidates(hits: Sequence[Hit]) -> Iterator[_Candidate]:
    """Yield the sentences of the hits that can stand behind a claim: not headings, unless a passage has nothing else."""
    place = 0
    for number, hit in enumerate(hits):
        passage = hit.passage
        spans = sentence_spans(passage.text)
        texts = [passage.text[start:end] for start, end in spans]
        has_prose = not all(is_heading(text) for text in texts)
        previous: int | None = None
        head: int | None = None
        closed = -1  # end of the paragraph that a sentence spoke to a machine in
        for (start, end), text in zip(spans, texts, strict=True):
            if start < closed:
                continue
            if speaks_to_a_machine(text):
                paragraph_end = passage.text.find("\n", end)
                closed = paragraph_end if paragraph_end >= 0 else len(passage.text)
                continue
            if has_prose and is_heading(text):
                previous = head = None
                continue
            is_row = is_table_row(text)
            needs = head if is_row else previous if _LEANS.match(text) else None
            quote = Quote(passage.article_id, passage.start + start, passage.start + end, text)
            yield _Candidate(place, number, quote, needs, count_tokens(text))
            head = (place if head is None else head) if is_row else None
            previous = place
            place += 1


def _chosen(candidates: Sequence[_Candidate], scores: Sequence[float], budget: int) -> list[_Candidate]:
    """Return the best candidates that fit the budget, each with the one it needs before it, in reading order."""
    chosen: set[int] = set()
    for best in sorted(candidates, key=lambda candidate: (-scores[candidate.place], candidate.place)):
        wanted = [place for place in (best.place, best.needs) if place is not None and place not in chosen]
        cost = sum(candidates[place].n_tokens for place in wanted)
        if cost <= budget or not chosen:
            chosen.update(wanted)
            budget -= cost
    return [candidates[place] for place in sorted(chosen)]


def _joined(chosen: Sequence[_Candidate], passage: Passage) -> str:
    """Return the sentences of one passage as running text: lines stay lines, gaps are marked."""
    text = chosen[0].quote.text
    for before, after in pairwise(one.quote for one in chosen):
        between = passage.text[before.end - passage.start : after.start - passage.start]
        if between.strip() and not is_table_row(after.text):
            text += GAP + after.text
        else:
            text += ("\n" if "\n" in between else " ") + after.text
    return text


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

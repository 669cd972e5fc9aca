"""Hits to evidence: the sentences worth showing a model, under numbered sources, ranked by the question.

Sentences and not whole passages: on the gold questions over the sample articles the best sentences of all hits hold the
answer as often within 300 tokens as whole passages do within 700, and a local model reads half as long. A source is an
article, so that its publisher, day and title are read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.answer.fit import Candidate, fits, word_overlap
from rag.answer.injection import speaks_to_a_machine
from rag.answer.told import Place, Telling
from rag.chunk import is_heading
from rag.ports import Embedder, Vectors
from rag.sentences import is_table_row, sentence_spans
from rag.tokens import count_tokens
from rag.types import Hit, Quote, Source

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
    """A numbered source of the prompt: the chosen sentences of an article, in order."""

    number: int
    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the evidence: what a claim may cite.

    `score`, in [0, 1], says how likely it is to hold the answer, `match` how much it speaks of the matter; `head` is the head
    of the table that it is a row of.
    """

    number: int
    source: Source
    quote: Quote
    score: float
    vector: Vectors = field(repr=False, compare=False)
    head: Quote | None = None
    match: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model is shown, and its sentences, best match of the question first; ties in reading order."""

    parts: tuple[Part, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a hit that can be shown: its place among them all, and those of the one before it and of the one it needs.

    `head` is the head of its table where it is a row.
    """

    place: int
    hit: int
    quote: Quote
    before: int | None
    needs: int | None
    n_tokens: int
    head: Quote | None = None
    is_head: bool = False

    @property
    def read(self) -> str:
        """What it tells when read alone."""
        return read_alone(self.quote, self.head)


def gather(question: str, hits: Sequence[Hit], embedder: Embedder, *, budget: int) -> Evidence:
    """Return the evidence of some hits.

    Args:
        budget: Most cl100k tokens of sentences; the best one goes in whatever its length.
    """
    candidates = list(_candidates(hits))
    if not candidates:
        return Evidence((), ())
    texts = [candidate.read for candidate in candidates]
    vectors = embedder.embed([question, *texts])
    cosines = vectors[1:] @ vectors[0]
    places = [Place(one.read, one.before, hits[one.hit].source.title) for one in candidates]
    judged = [
        Candidate(one.read, float(cosine), overlap, told, one.hit, is_head=one.is_head, leans=leans(one.quote.text))
        for one, cosine, overlap, told in zip(
            candidates, cosines, word_overlap(question, texts), Telling(question, places).told(), strict=True
        )
    ]
    scores = fits(question, judged)
    chosen = _chosen(candidates, scores, budget)
    numbers: dict[str, int] = {}
    for one in sorted(chosen, key=lambda one: one.hit):
        numbers.setdefault(one.quote.article_id, len(numbers) + 1)
    sentences = [
        Sentence(
            numbers[one.quote.article_id],
            hits[one.hit].source,
            one.quote,
            scores[one.place],
            vectors[one.place + 1],
            one.head,
            judged[one.place].match,
        )
        for one in chosen
    ]
    parts = []
    for id_, number in numbers.items():
        own = [one for one in chosen if one.quote.article_id == id_]
        parts.append(Part(number, hits[own[0].hit].source, _joined(own, hits)))
    return Evidence(tuple(parts), tuple(sorted(sentences, key=lambda sentence: -sentence.score)))


def leans(text: str) -> bool:
    """Return whether a sentence opens in a way that only the one before it explains: `She took …`."""
    return _LEANS.match(text) is not None


def read_alone(quote: Quote, head: Quote | None) -> str:
    """Return what a sentence tells when read alone: a row goes with the head of its table."""
    return f"{head.text}\n{quote.text}" if head else quote.text


def _candidates(hits: Sequence[Hit]) -> Iterator[_Candidate]:
    """Yield the sentences of the hits that can stand behind a claim: not headings, unless a passage has nothing else."""
    place = 0
    for number, hit in enumerate(hits):
        passage = hit.passage
        spans = sentence_spans(passage.text)
        texts = [passage.text[start:end] for start, end in spans]
        has_prose = not all(is_heading(text) for text in texts)
        previous: int | None = None
        head: _Candidate | None = None
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
            quote = Quote(passage.article_id, passage.start + start, passage.start + end, text)
            if not is_table_row(text):
                head = None
                needs = previous if leans(text) else None
                one = _Candidate(place, number, quote, previous, needs, count_tokens(text))
            elif head is None:
                one = head = _Candidate(place, number, quote, previous, None, count_tokens(text), is_head=True)
            else:
                one = _Candidate(place, number, quote, previous, head.place, count_tokens(text), head.quote)
            yield one
            previous = place
            place += 1


def _chosen(candidates: Sequence[_Candidate], scores: Sequence[float], budget: int) -> list[_Candidate]:
    """Return the best candidates that fit the budget, each with the one it needs before it, in the order of the articles."""
    chosen: set[int] = set()
    for best in sorted(candidates, key=lambda candidate: (-scores[candidate.place], candidate.place)):
        wanted = [place for place in (best.place, best.needs) if place is not None and place not in chosen]
        cost = sum(candidates[place].n_tokens for place in wanted)
        if cost <= budget or not chosen:
            chosen.update(wanted)
            budget -= cost
    return [candidates[place] for place in sorted(chosen)]


def _joined(chosen: Sequence[_Candidate], hits: Sequence[Hit]) -> str:
    """Return sentences of one article as running text: lines stay lines, gaps are marked."""
    ordered = sorted(chosen, key=lambda one: one.quote.start)
    text = ordered[0].quote.text
    for before, after in pairwise(ordered):
        passage = hits[after.hit].passage
        between = passage.text[before.quote.end - passage.start : after.quote.start - passage.start]
        is_near = before.hit == after.hit and not between.strip()
        if is_table_row(after.quote.text):
            text += f"\n{after.quote.text}"
        else:
            text += ("\n" if "\n" in between else " ") + after.quote.text if is_near else GAP + after.quote.text
    return text

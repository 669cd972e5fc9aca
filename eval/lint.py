"""Proof that a gold set fits its articles: each finding is one line with file, line and what to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from eval.corpus import Corpus
from eval.gold import Gold, GoldQuestion, Nugget, Place, QuestionType
from eval.metrics.answer import find_nugget
from eval.normalise import Tokens, contains, tokens
from rag.sentences import sentence_spans

QUOTAS: dict[QuestionType, float] = {
    "single": 0.40, "multi_hop": 0.15, "temporal": 0.15, "unanswerable": 0.15, "conflict": 0.08, "injection": 0.07,
}  # fmt: skip
QUOTA_SLACK = 0.06
QUOTA_LEAST = 40
"""Quotas hold for sets of at least this many questions."""

DUPLICATE = 0.85
"""Two questions of the same day that share this part of their words are the same question."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule. `place` is None for a rule on the whole set."""

    rule: str
    message: str
    id: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        where = f"{self.place}: {self.id}: " if self.place else ""
        return f"{where}{self.message} [{self.rule}]"


def lint(gold: Gold, corpus: Corpus) -> list[Finding]:
    """Return every broken rule, in file order; none means that the set may be scored."""
    found = [
        Finding(rule, message, question.id, gold.places[question.id])
        for question in gold.questions
        for rule, message in _question_findings(question, corpus)
    ]
    return [*found, *_duplicates(gold), *_split_clusters(gold), *_quotas(gold)]


def _question_findings(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    yield from _documents(question, corpus)
    yield from _quotes(question, corpus)
    yield from _wordings(question)
    if question.type == "unanswerable":
        yield from _absent_answers(question, corpus)


def _documents(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    docs = [*(evidence.doc for evidence in question.evidence), *question.near_miss, question.poisoned]
    for doc in dict.fromkeys(filter(None, docs)):
        published = corpus.published(doc)
        if doc not in corpus.articles:
            yield "unknown-doc", f"there is no article {doc!r}; known are {', '.join(sorted(corpus.articles))}"
        elif question.as_of and published and published > question.as_of:
            yield "future", f"article {doc!r} is of {published}, after as_of {question.as_of}"


def _quotes(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    for evidence in question.evidence:
        if evidence.doc not in corpus.articles:
            continue
        count = corpus.count(evidence.doc, evidence.quote)
        if count == 0:
            text = corpus.articles[evidence.doc].text
            yield "quote", f"not in {evidence.doc!r}: {evidence.quote!r}; nearest: {nearest(evidence.quote, text)!r}"
        elif count > 1:
            yield "quote", f"stands {count} times in {evidence.doc!r}: {evidence.quote!r}; quote more of the sentence"


def nearest(quote: str, text: str) -> str:
    """Return the sentence of `text` that is most like `quote`; the first of equals."""
    words = set(tokens(quote))
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    likely = sorted(sentences, key=lambda sentence: -len(words & set(tokens(sentence))))[:5]
    return max(likely, key=lambda sentence: SequenceMatcher(None, quote, sentence).ratio(), default="")


def _wordings(question: GoldQuestion) -> Iterator[tuple[str, str]]:
    """Yield the nuggets that give themselves away, that no evidence states, or that are forbidden too."""
    asked = tokens(question.question)
    quoted = [tokens(evidence.quote) for evidence in question.evidence]
    for nugget in question.nuggets:
        empty = [alias for alias in nugget.any_of if not tokens(alias)]
        if empty:
            yield "alias", f"nugget {nugget.id!r}: nothing is left of {empty[0]!r} after normalisation"
        if nugget.importance == "vital" and find_nugget(asked, nugget):
            yield "given-away", f"nugget {nugget.id!r} stands in the question: {find_nugget(asked, nugget)!r}"
        if nugget.importance == "vital" and not any(find_nugget(words, nugget) for words in quoted):
            yield "unstated", f"nugget {nugget.id!r} is in no quote of the evidence; add the words that state it"
    for wording in (wording for rule in question.forbid for wording in rule.any_of):
        if any(contains(words, tokens(wording)) for words in [*quoted, *_aliases(question.nuggets)]):
            yield "forbid", f"the forbidden {wording!r} stands in an alias or in the evidence"


def _aliases(nuggets: Iterable[Nugget]) -> list[Tokens]:
    return [tokens(alias) for nugget in nuggets for alias in nugget.any_of]


def _absent_answers(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    for answer in question.answers:
        for doc, article in corpus.articles.items():
            if contains(tokens(article.text), tokens(answer)):
                yield "answerable", f"the answer {answer!r} stands in article {doc!r}"


def _duplicates(gold: Gold) -> Iterator[Finding]:
    """Yield questions that repeat an earlier one; the same words on another day are another question."""
    words = {question.id: set(tokens(question.question)) for question in gold.questions}
    for first, second in combinations(gold.questions, 2):
        shared = words[first.id] & words[second.id]
        union = words[first.id] | words[second.id]
        if first.as_of == second.as_of and len(shared) >= DUPLICATE * len(union):
            yield Finding("duplicate", f"asks the same as {first.id!r}", second.id, gold.places[second.id])


def _split_clusters(gold: Gold) -> Iterator[Finding]:
    splits: dict[str, str] = {}
    for question in gold.questions:
        if splits.setdefault(question.cluster, question.split) != question.split:
            message = f"cluster {question.cluster!r} is in {splits[question.cluster]!r} before; a cluster has one split"
            yield Finding("split", message, question.id, gold.places[question.id])


def _quotas(gold: Gold) -> Iterator[Finding]:
    counts = Counter(question.type for question in gold.questions)
    total = len(gold.questions)
    for kind, wanted in QUOTAS.items():
        if total >= QUOTA_LEAST and abs(counts[kind] / total - wanted) > QUOTA_SLACK:
            yield Finding("quota", f"{counts[kind]} of {total} questions are {kind}; wanted about {wanted:.0%}")

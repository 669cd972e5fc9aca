"""Proof that a gold set fits its articles: each finding is one line with file, line and what to mend."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
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

SPLIT_LEAST = 0.35
"""Each of dev and test holds at least this share of a set for which quotas hold."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


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
    return [*found, *_duplicates(gold), *_split_clusters(gold), *_leaks(gold, corpus), *_quotas(gold)]


def _question_findings(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    if not question.accepted:
        yield "draft", f"nobody accepted it yet; look at it, then: rag eval accept FILE {question.id}"
    yield from _documents(question, corpus)
    yield from _quotes(question, corpus)
    yield from _wordings(question)
    yield from _idle_evidence(question)
    yield from _sides(question)
    yield from _canary(question, corpus)
    if question.type == "unanswerable":
        yield from _absent_answers(question, corpus)


def _documents(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    docs = [*(evidence.doc for evidence in question.evidence), *question.near_miss, question.poisoned]
    for doc in dict.fromkeys(filter(None, docs)):
        published = corpus.published(doc)
        if doc not in corpus.articles:
            yield "unknown-doc", f"there is no article {doc!r}; {_known(doc, corpus)}"
        elif question.as_of and published and published > question.as_of:
            yield "future", f"article {doc!r} is of {published}, after as_of {question.as_of}"
    if {"near_miss", "false_premise"} & set(question.tags) and not question.near_miss:
        yield "near-miss", "near_miss names no article; name the one that nearly answers, or whose words the premise twists"


def _known(doc: str, corpus: Corpus) -> str:
    """Return what to write in place of an unknown id: the ids most like it, else some that are there."""
    close = get_close_matches(doc, corpus.articles, n=3)
    if close:
        return f"did you mean {', '.join(map(repr, close))}?"
    some = sorted(corpus.articles)[:5]
    return f"known are {', '.join(some)}{', …' if len(corpus.articles) > len(some) else ''}"


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
        elif _is_cut(evidence.quote, corpus.articles[evidence.doc].text):
            yield "quote", f"begins or ends inside a word of {evidence.doc!r}: {evidence.quote!r}; quote whole words"


def _is_cut(quote: str, text: str) -> bool:
    """Tell whether the only place of a quote begins or ends inside a word."""
    start = text.index(quote)
    end = start + len(quote)
    return any(text[at - 1 : at].isalnum() and text[at : at + 1].isalnum() for at in (start, end) if at)


def nearest(quote: str, text: str) -> str:
    """Return the sentence of `text` that is most like `quote`; the first of equals."""
    words = set(tokens(quote))
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    likely = sorted(sentences, key=lambda sentence: -len(words & set(tokens(sentence))))[:5]
    return max(likely, key=lambda sentence: SequenceMatcher(None, quote, sentence).ratio(), default="")


def _wordings(question: GoldQuestion) -> Iterator[tuple[str, str]]:
    """Yield the nuggets that give themselves away, that no evidence or answer states, or that are forbidden too."""
    asked = tokens(question.question)
    quoted = [tokens(evidence.quote) for evidence in question.evidence]
    answers = [tokens(answer) for answer in question.answers]
    for nugget in question.nuggets:
        empty = [alias for alias in nugget.any_of if not tokens(alias)]
        if empty:
            yield "alias", f"nugget {nugget.id!r}: nothing is left of {empty[0]!r} after normalisation"
        if nugget.importance == "vital" and find_nugget(asked, nugget):
            yield "given-away", f"nugget {nugget.id!r} stands in the question: {find_nugget(asked, nugget)!r}"
        if not any(find_nugget(words, nugget) for words in quoted):
            yield "unstated", f"nugget {nugget.id!r} is in no quote of the evidence; add the words that state it"
        if nugget.importance == "vital" and not any(find_nugget(words, nugget) for words in answers):
            yield "answers", f"nugget {nugget.id!r} is in none of the answers; one of the two is wrong"
    for wording in (wording for rule in question.forbid for wording in rule.any_of):
        if any(contains(words, tokens(wording)) for words in [*quoted, *answers, *_aliases(question.nuggets)]):
            yield "forbid", f"the forbidden {wording!r} stands in an alias, in an answer or in the evidence"
        if not tokens(wording):
            yield "forbid", f"nothing is left of the forbidden {wording!r} after normalisation"


def _aliases(nuggets: Iterable[Nugget]) -> list[Tokens]:
    return [tokens(alias) for nugget in nuggets for alias in nugget.any_of]


def _idle_evidence(question: GoldQuestion) -> Iterator[tuple[str, str]]:
    """Yield quotes that neither state a nugget nor take up a word of the question, as the first hop of two does."""
    asked = {word for word in tokens(question.question) if len(word) > 3}
    for evidence in question.evidence:
        words = tokens(evidence.quote)
        if asked.isdisjoint(words) and not any(find_nugget(words, nugget) for nugget in question.nuggets):
            yield "idle", f"the quote {evidence.quote!r} states no nugget and has no word of the question"


def _sides(question: GoldQuestion) -> Iterator[tuple[str, str]]:
    """Yield what blurs the sides of a conflict: each says its own nuggets, and none of the other's."""
    for nugget in question.nuggets:
        saying = {item.stance for item in question.evidence if find_nugget(tokens(item.quote), nugget)}
        if nugget.stance and saying != {nugget.stance}:
            told = ", ".join(sorted(map(repr, saying))) or "no side"
            yield "sides", f"nugget {nugget.id!r} of side {nugget.stance!r} is said by {told}"


def _canary(question: GoldQuestion, corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield canaries that no planted order holds, or that an answer could say without obeying one."""
    canary = tokens(question.canary)
    if not canary:
        return
    for doc, article in corpus.articles.items():
        # An order that cleaning took out was planted all the same.
        written = "\n".join([article.text, *(piece.text for piece in article.removed)])
        planted = any(contains(tokens(text), canary) for text in readings(written))
        if doc == question.poisoned and not planted:
            yield "canary", f"{question.canary!r} is not in {doc!r}, neither plain nor in base64 or ROT13"
        elif doc != question.poisoned and planted:
            yield "canary", f"{question.canary!r} stands in {doc!r} too; a canary belongs to one article"
    said = [question.question, *question.answers, *(evidence.quote for evidence in question.evidence)]
    if any(contains(tokens(text), canary) for text in said):
        yield "canary", f"{question.canary!r} stands in the question, an answer or the evidence"


def readings(text: str) -> Iterator[str]:
    """Yield a text, its ROT13, and what its runs of base64 say: the codes in which an order may be planted."""
    yield text
    yield codecs.encode(text, "rot13")
    for run in _BASE64.findall(text):
        try:
            yield base64.b64decode(run, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):  # a long word, not code
            continue


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


def _leaks(gold: Gold, corpus: Corpus) -> Iterator[Finding]:
    """Yield questions that share words of their evidence with one of the other split: tuning on dev would see test."""
    marked: list[tuple[GoldQuestion, str, int, int]] = []
    for question in gold.questions:
        for evidence in question.evidence:
            start, end = corpus.find(evidence.doc, evidence.quote) or (0, 0)
            other = next(
                (
                    asked
                    for asked, doc, first, last in marked
                    if asked.split != question.split and doc == evidence.doc and start < last and first < end
                ),
                None,
            )
            if other:
                message = f"shares evidence with {other.id!r}, which is in {other.split!r}: {evidence.quote!r}"
                yield Finding("leak", message, question.id, gold.places[question.id])
            marked.append((question, evidence.doc, start, end))


def _quotas(gold: Gold) -> Iterator[Finding]:
    counts = Counter(question.type for question in gold.questions)
    total = len(gold.questions)
    if total < QUOTA_LEAST:
        return
    for kind, wanted in QUOTAS.items():
        if abs(counts[kind] / total - wanted) > QUOTA_SLACK:
            yield Finding("quota", f"{counts[kind]} of {total} questions are {kind}; wanted about {wanted:.0%}")
    for split in ("dev", "test"):
        count = sum(question.split == split for question in gold.questions)
        if count / total < SPLIT_LEAST:
            yield Finding("quota", f"{count} of {total} questions are in {split}; wanted about half")

"""Did the search bring what the answer needs? By article, by the words of the evidence, by what reached the prompt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import partial

from eval.gold import GoldQuestion
from eval.metrics.base import Direction, Item, Metric, has_evidence
from eval.records import SavedSpan
from eval.scores import Score

DEPTHS = (1, 3, 5, 10)
_NO_EVIDENCE = "the question has no evidence"


def ranked_docs(item: Item) -> list[str]:
    """Return article ids by first rank, each once."""
    return list(dict.fromkeys(span.article_id for span in item.answer.ranked))


def gold_docs(item: Item) -> set[str]:
    """Return the ids of the articles that hold evidence."""
    return {evidence.doc for evidence in item.question.evidence}


def doc_recall(item: Item, *, k: int) -> Score:
    """Share of evidence groups of which an article is among the first `k` articles."""
    groups = item.question.groups.values()
    top = set(ranked_docs(item)[:k])
    found = sum(any(evidence.doc in top for evidence in group) for group in groups)
    return Score.share(found, len(groups), empty=_NO_EVIDENCE)


def hit_rate(item: Item, *, k: int) -> Score:
    """1 if any article with evidence is among the first `k` articles."""
    return Score(float(not gold_docs(item).isdisjoint(ranked_docs(item)[:k])))


def reciprocal_rank(item: Item, *, k: int) -> Score:
    """1 / rank of the first article with evidence among the first `k`, else 0."""
    gold = gold_docs(item)
    ranks = (rank for rank, doc in enumerate(ranked_docs(item)[:k], 1) if doc in gold)
    return Score(1 / next(ranks, math.inf))


def ndcg(item: Item, *, k: int) -> Score:
    """Binary nDCG of the first `k` articles; the ideal ranking puts min(k, #gold) articles with evidence first."""
    gold = gold_docs(item)
    gains = [1 / math.log2(rank + 1) for rank, doc in enumerate(ranked_docs(item)[:k], 1) if doc in gold]
    ideal = [1 / math.log2(rank + 1) for rank in range(1, min(k, len(gold)) + 1)]
    return Score(min(1.0, math.fsum(gains) / math.fsum(ideal)))


def groups_held(item: Item, spans: Sequence[SavedSpan]) -> list[str]:
    """Return the evidence groups of which a quote lies in one of the spans."""
    return [
        name
        for name, group in item.question.groups.items()
        if any(item.holds(span, evidence) for span in spans for evidence in group)
    ]


def evidence_recall(item: Item, *, k: int) -> Score:
    """Share of evidence groups whose words lie in one of the first `k` passages."""
    found = groups_held(item, item.answer.ranked[:k])
    return Score.share(len(found), len(item.question.groups), empty=_NO_EVIDENCE)


def all_hops(item: Item, *, k: int) -> Score:
    """1 if the words of every evidence group lie in the first `k` passages."""
    return Score(float(len(groups_held(item, item.answer.ranked[:k])) == len(item.question.groups)))


def in_prompt_recall(item: Item) -> Score:
    """Share of evidence groups whose words stood in the prompt: what packing left of what search found."""
    if item.answer.prompt is None:
        return Score.ineligible("the assistant does not say what stood in the prompt")
    found = groups_held(item, item.answer.prompt)
    return Score.share(len(found), len(item.question.groups), empty=_NO_EVIDENCE)


def future_leak(item: Item) -> Score:
    """1 if a passage found or cited is of an article published after `as_of`."""
    as_of = item.question.as_of or date.max
    seen = (*item.answer.ranked, *item.answer.hits, *item.answer.citations)
    days = (item.corpus.published(span.article_id) for span in seen)
    return Score(float(any(day is not None and day > as_of for day in days)))


def _has_hops(question: GoldQuestion) -> bool:
    return len(question.groups) > 1


def _has_day(question: GoldQuestion) -> bool:
    return question.as_of is not None


METRICS = (
    *(Metric(f"doc_recall_at_{k}", partial(doc_recall, k=k), has_evidence) for k in DEPTHS),
    *(Metric(f"hit_at_{k}", partial(hit_rate, k=k), has_evidence) for k in DEPTHS),
    Metric("mrr_at_10", partial(reciprocal_rank, k=10), has_evidence),
    Metric("ndcg_at_10", partial(ndcg, k=10), has_evidence),
    *(Metric(f"evidence_recall_at_{k}", partial(evidence_recall, k=k), has_evidence) for k in DEPTHS),
    *(Metric(f"all_hops_at_{k}", partial(all_hops, k=k), _has_hops) for k in (5, 10)),
    Metric("in_prompt_recall", in_prompt_recall, has_evidence),
    Metric("future_leak", future_leak, _has_day, Direction.DOWN),
)

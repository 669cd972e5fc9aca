"""Retrieval metrics against values worked out by hand."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gold import GoldQuestion
from eval.metrics.retrieval import METRICS
from eval.records import SavedAnswer
from tests.eval.tiny import LATER, SECOND, TEXT, VOTE, answer, question, span, unanswerable, value


def two_hops(**fields: object) -> GoldQuestion:
    evidence = [{"group": "g1", "doc": "a1", "quote": VOTE}, {"group": "g2", "doc": "a2", "quote": LATER}]
    return question(type="multi_hop", evidence=evidence, **fields)


def ranking(*docs: str) -> SavedAnswer:
    return answer(ranked=tuple(span(doc) for doc in docs))


@pytest.mark.parametrize(
    ("metric", "docs", "wanted"),
    [
        ("doc_recall_at_1", ["a1", "a2"], 0.5),
        ("doc_recall_at_3", ["a1", "a2"], 1.0),
        ("doc_recall_at_3", ["a1", "a1", "a1", "a2"], 1.0),  # ids count once, by first rank
        ("hit_at_1", ["a3", "a1"], 0.0),
        ("hit_at_3", ["a3", "a1"], 1.0),
        ("mrr_at_10", ["a3", "a1"], 0.5),
        ("mrr_at_10", ["a3"], 0.0),
        ("ndcg_at_10", ["a1", "a2"], 1.0),
        ("ndcg_at_10", ["a1", "a1", "a2", "a2"], 1.0),  # never above 1
        ("ndcg_at_10", ["a3", "a1"], round((1 / math.log2(3)) / (1 + 1 / math.log2(3)), 6)),
        ("ndcg_at_10", [], 0.0),
        ("evidence_recall_at_1", ["a2"], 0.5),
        ("all_hops_at_5", ["a2"], 0.0),
        ("all_hops_at_5", ["a2", "a3", "a1"], 1.0),
    ],
)
def test_ranking_metrics(metric: str, docs: list[str], wanted: float) -> None:
    assert value(metric, two_hops(), ranking(*docs)) == wanted


def test_one_group_is_satisfied_by_any_of_its_articles() -> None:
    either = question(evidence=[{"group": "g1", "doc": "a1", "quote": VOTE}, {"group": "g1", "doc": "a2", "quote": LATER}])
    assert value("doc_recall_at_1", either, ranking("a2")) == 1.0
    assert value("evidence_recall_at_1", either, ranking("a2")) == 1.0


@pytest.mark.parametrize(("share", "wanted"), [(1.0, 1.0), (0.82, 1.0), (0.78, 0.0)])
def test_a_passage_holds_a_quote_when_it_holds_four_fifths_of_it(share: float, wanted: float) -> None:
    start = TEXT.index(SECOND)
    about_second = question(evidence=[{"group": "g1", "doc": "a1", "quote": SECOND}])
    cut = answer(ranked=(span("a1", start, start + round(share * len(SECOND))),))
    assert value("evidence_recall_at_1", about_second, cut) == wanted


def test_in_prompt_recall_is_of_the_prompt_not_of_the_search() -> None:
    assert value("in_prompt_recall", two_hops(), answer()) is None
    assert value("in_prompt_recall", two_hops(), answer(prompt=(span("a1"),))) == 0.5


def test_an_article_from_the_future_is_a_leak_wherever_it_shows() -> None:
    asked = question(type="temporal", as_of=date(2025, 11, 1))
    assert value("future_leak", asked, answer(ranked=(span("a1"), span("a3")), hits=())) == 0.0
    assert value("future_leak", asked, ranking("a1", "a2")) == 1.0
    assert value("future_leak", question(), ranking("a2")) is None


def test_questions_without_evidence_are_ineligible() -> None:
    assert value("doc_recall_at_5", unanswerable(), answer()) is None
    assert value("mrr_at_10", unanswerable(), answer()) is None


@given(st.lists(st.sampled_from(["a1", "a2", "a3"]), max_size=12), st.sampled_from(["a1", "a2"]))
def test_scores_stay_in_range_and_more_evidence_never_lowers_them(docs: list[str], more: str) -> None:
    for name in (metric.name for metric in METRICS):
        before, after = value(name, two_hops(), ranking(*docs)), value(name, two_hops(), ranking(*docs, more))
        if before is not None and after is not None:
            assert 0 <= before <= after <= 1, name

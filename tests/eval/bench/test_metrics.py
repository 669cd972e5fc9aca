"""Each metric by values worked by hand, and the paper's own scorer beside ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.metrics import METRICS, Judged, average_precision, change, estimate, judge

FACTS = ["The strike began  on Monday.", "Moreau was elected", "310 ships"]


def scores(*held: set[int], n_facts: int = 3) -> dict[str, float]:
    judged = Judged(tuple(frozenset(facts) for facts in held), n_facts)
    return {name: round(metric(judged), 4) for name, metric in METRICS.items()}


def test_a_passage_holds_a_fact_white_space_aside_and_whole() -> None:
    passages = ["On Sunday: the strike began", "x The strike\nbegan on\u00a0Monday. Of 310\tships …", "moreau was elected"]
    assert judge(passages, FACTS).held == (frozenset(), frozenset({0, 2}), frozenset())


def test_a_fact_given_twice_counts_once() -> None:
    assert judge(["310 ships"], ["310 ships", "310  ships"]).n_facts == 1


@pytest.mark.parametrize("facts", [[], [" \n"]])
def test_nothing_to_find_is_refused(facts: list[str]) -> None:
    with pytest.raises(ValueError, match="judged by facts"):
        judge(["text"], facts)


def test_a_perfect_ranking_is_one_throughout() -> None:
    assert set(scores({0}, {1}, {2}).values()) == {1.0}


def test_values_worked_by_hand() -> None:
    # Three facts: one first at rank 2 (again at 3), one at rank 5, one never.
    assert scores(set(), {0}, {0}, set(), {1}, set()) == {
        "Hits@4": 1.0,
        "Hits@10": 1.0,
        "MRR@10": 0.5,
        "MAP@10": round((1 / 2 + 2 / 5) / 3, 4),
        "evidence recall@10": round(2 / 3, 4),
        "all evidence@10": 0.0,
    }


def test_ranks_beyond_the_depth_do_not_count() -> None:
    miss: set[int] = set()
    late = scores(*[miss] * 4, {0}, *[miss] * 5, {1}, n_facts=2)
    assert (late["Hits@4"], late["Hits@10"], late["MRR@10"]) == (0, 1, 0.2)
    assert (late["MAP@10"], late["evidence recall@10"]) == (0.1, 0.5)
    assert set(scores(*[miss] * 10, {0, 1, 2}).values()) == {0.0}
    assert set(scores().values()) == {0.0}


def test_two_facts_in_one_passage_cannot_exceed_one() -> None:
    assert average_precision(Judged((frozenset({0, 1}),), 2), k=10) == 1.0


def test_more_facts_than_places_are_divided_by_the_places() -> None:
    assert average_precision(Judged(tuple(frozenset({n}) for n in range(4)), 6), k=4) == 1.0


def as_the_paper_counts(passages: list[str], facts: list[str]) -> tuple[float, float, float]:
    """Hits@10, Hits@4 and MRR@10 of one question as `retrieval_evaluate.py` of MultiHop-RAG defines them."""
    places = [rank for rank, text in enumerate(passages[:10], 1) if any(fact in text for fact in facts)]
    return float(bool(places)), float(any(rank <= 4 for rank in places)), 1 / places[0] if places else 0.0


@given(
    st.lists(st.text("abc", max_size=6), max_size=14),
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_hits_and_mrr_are_those_of_the_paper_and_all_lie_in_range(passages: list[str], facts: list[str]) -> None:
    judged = judge(passages, facts)
    found = {name: metric(judged) for name, metric in METRICS.items()}
    assert (found["Hits@10"], found["Hits@4"], found["MRR@10"]) == as_the_paper_counts(passages, facts)
    assert all(0 <= value <= 1 for value in found.values())
    assert found["all evidence@10"] <= found["evidence recall@10"] <= found["Hits@10"]


def test_the_interval_holds_the_mean_and_is_the_same_twice() -> None:
    found = estimate([0.0, 1.0] * 50)
    assert found == estimate([0.0, 1.0] * 50)
    assert (found.mean, found.n) == (0.5, 100)
    assert 0.38 <= found.low <= 0.42  # 0.5 - 1.96 * sqrt(.25 / 100) = .402
    assert 0.58 <= found.high <= 0.62
    assert estimate([0.25]).low == estimate([0.25]).high == 0.25


def test_a_change_is_paired() -> None:
    assert change([0.1, 0.5, 0.9], [0.2, 0.6, 1.0]).low == pytest.approx(0.1)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.fusion import reciprocal_rank_fusion


def test_hand_worked() -> None:
    fused = reciprocal_rank_fusion({"a": ["x", "y"], "b": ["y", "z"]}, weights={"a": 3, "b": 1}, rrf_k=60)
    assert fused == [
        ("y", pytest.approx(0.75 / 62 + 0.25 / 61)),
        ("x", pytest.approx(0.75 / 61)),
        ("z", pytest.approx(0.25 / 62)),
    ]


def test_weights_count() -> None:
    rankings = {"a": ["x", "y"], "b": ["y", "x"]}
    assert reciprocal_rank_fusion(rankings, weights={"a": 2, "b": 1}, rrf_k=60)[0][0] == "x"
    assert reciprocal_rank_fusion(rankings, weights={"a": 1, "b": 2}, rrf_k=60)[0][0] == "y"
    assert [id_ for id_, _ in reciprocal_rank_fusion(rankings, weights={"a": 1, "b": 0}, rrf_k=60)] == ["x", "y"]


def test_ties_go_by_id_and_repeats_count_once() -> None:
    assert reciprocal_rank_fusion({"a": ["y"], "b": ["x"]}, weights={"a": 1, "b": 1}, rrf_k=1)[0][0] == "x"
    assert reciprocal_rank_fusion({"a": ["x", "x"]}, weights={"a": 1}, rrf_k=1) == [("x", 0.5)]


def test_nothing_in_nothing_out() -> None:
    assert reciprocal_rank_fusion({}, weights={}, rrf_k=60) == []
    assert reciprocal_rank_fusion({"a": []}, weights={"a": 0}, rrf_k=60) == []


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), min_size=1, max_size=3), st.integers(1, 100))
def test_scores_are_bounded_and_descending(lists: list[list[str]], rrf_k: int) -> None:
    rankings = {str(place): ids for place, ids in enumerate(lists)}
    fused = reciprocal_rank_fusion(rankings, weights=dict.fromkeys(rankings, 1.0), rrf_k=rrf_k)
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 / (rrf_k + 1) + 1e-12 for score in scores)
    assert {id_ for id_, _ in fused} == {id_ for ids in lists for id_ in ids}

from dataclasses import replace

import numpy as np

from rag.config import SearchConfig
from rag.retrieve.candidates import Candidates
from rag.retrieve.select import select
from rag.types import Understanding

PLAIN = SearchConfig(coverage=0, variety=0, publisher_share=0, duplicate=1.01)


def candidates(
    *, articles: str = "abcd", publishers: str = "wxyz", lexical: list[list[float]] | None = None, near: float = 0.0
) -> Candidates:
    """Four passages; the second's vector is at cosine `near` to the first's."""
    vectors = np.eye(4, dtype=np.float32)
    vectors[1] = [near, (1 - near**2) ** 0.5, 0, 0]
    return Candidates(
        ids=("p", "q", "r", "s"),
        articles=np.array([ord(article) for article in articles]),
        groups=np.array([ord(article) for article in articles]),
        publishers=tuple(publishers),
        days=np.zeros(4, dtype=np.int32),
        whole=np.zeros(4, dtype=np.float32),
        lexical=np.array(lexical or [[0, 0, 0, 0]], dtype=np.float32),
        dense=np.zeros((1, 4), dtype=np.float32),
        phrases=np.zeros(4, dtype=np.float32),
        vectors=vectors,
        ranks={},
    )


SCORES = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)


def places(found: Candidates, config: SearchConfig, *, k: int = 4, publishers: tuple[str, ...] = ()) -> list[int]:
    return [place for place, _ in select(found, SCORES, Understanding(publishers=publishers), config, k=k)]


def test_without_any_loss_the_order_is_by_score_and_ties_by_id() -> None:
    assert places(candidates(), PLAIN) == [0, 1, 2, 3]
    equal = np.ones(4, dtype=np.float32)
    assert [place for place, _ in select(candidates(), equal, Understanding(), PLAIN, k=3)] == [0, 1, 2]


def test_scores_are_those_before_any_loss() -> None:
    config = PLAIN.model_copy(update={"variety": 0.5})
    assert [round(score, 3) for _, score in select(candidates(near=0.9), SCORES, Understanding(), config, k=2)] == [
        0.9,
        0.7,
    ]


def test_a_sub_question_that_has_its_passage_gives_way() -> None:
    config = PLAIN.model_copy(update={"coverage": 0.5})
    assert places(candidates(lexical=[[1, 1, 1, 0], [0, 0, 0, 1]]), config) == [0, 3, 1, 2]


def test_wording_like_that_before_gives_way_and_copies_come_last() -> None:
    assert places(candidates(near=0.9), PLAIN.model_copy(update={"variety": 0.3})) == [0, 2, 3, 1]
    assert places(candidates(near=0.9), PLAIN.model_copy(update={"duplicate": 0.9})) == [0, 2, 3, 1]
    assert places(candidates(near=0.9), PLAIN.model_copy(update={"duplicate": 0.91})) == [0, 1, 2, 3]


def test_passages_of_copies_take_one_slot_though_they_are_cut_at_other_places() -> None:
    found = candidates(near=0.9)
    assert places(found, PLAIN) == [0, 1, 2, 3]
    copied = replace(found, groups=found.articles[[0, 0, 2, 3]])
    assert places(copied, PLAIN) == [0, 2, 3, 1]
    assert places(replace(copied, vectors=candidates(near=0.5).vectors), PLAIN) == [0, 1, 2, 3]  # another part of the text
    one = replace(copied, articles=copied.groups)
    assert places(one, PLAIN) == [0, 1, 2, 3]  # two passages of one article are no copies


def test_a_named_publisher_without_a_passage_comes_before_one_that_has_its_share() -> None:
    config = PLAIN.model_copy(update={"publisher_share": 0.5})
    assert places(candidates(publishers="wwwx"), config, publishers=("w", "x")) == [0, 3, 1, 2]
    assert places(candidates(publishers="wwwx"), config) == [0, 1, 2, 3]


def test_nothing_to_choose_from() -> None:
    none, numbers = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
    row = np.zeros((1, 0), dtype=np.float32)
    vectors = np.zeros((0, 4), dtype=np.float32)
    empty = Candidates((), numbers, numbers, (), numbers.astype(np.int32), none, row, row, none, vectors, {})
    assert select(empty, np.zeros(0, dtype=np.float32), Understanding(), PLAIN, k=3) == []

from __future__ import annotations

import pytest

from rag.answer.checking.lexicon import are_converse, are_opposite, concepts, lexicon
from rag.answer.checking.matching import are_cognate
from rag.fold import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("endorsed", "backed"),
        ("rose", "increases"),
        ("ganó", "won"),
        ("ministra", "minister"),
        ("Chilean", "chileno"),
        ("shut", "closes"),
    ],
)
def test_words_that_say_the_same(one: str, other: str) -> None:
    assert concepts(fold(one)) & concepts(fold(other))


@pytest.mark.parametrize(("one", "other"), [("rose", "fell"), ("opened", "closed"), ("won", "lost"), ("subió", "fell")])
def test_words_that_say_the_opposite(one: str, other: str) -> None:
    assert are_opposite(concepts(fold(one)), concepts(fold(other)))
    assert not are_opposite(concepts(fold(one)), concepts(fold(one)))


def test_beating_and_losing_are_one_thing_from_two_sides() -> None:
    assert are_converse(concepts("beat"), concepts("lost"))
    assert not are_converse(concepts("rose"), concepts("fell"))


def test_every_word_of_the_lists_is_folded() -> None:
    known = lexicon()
    assert len(known.by_word) > 1000
    assert all(word == fold(word) for word in known.by_word)


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("candidatura", "candidate", True),
        ("oferta", "offer", True),
        ("especial", "special", True),
        ("internado", "interview", False),
        ("casa", "house", False),
        ("a", "a", False),
    ],
)
def test_cognates(one: str, other: str, are: bool) -> None:
    assert are_cognate(one, other) is are

from __future__ import annotations

import pytest

from rag.answer.checking.lexicon import are_converse, are_opposite, concepts, is_verbal, lexicon, phrases
from rag.answer.checking.matching import are_cognate
from rag.answer.checking.reading import read
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


def test_the_further_list_is_for_the_check_alone() -> None:
    assert concepts("lawsuit", is_wide=True)
    assert not concepts("lawsuit")
    assert concepts("dismissed") & concepts("denied")
    assert not concepts("dismissed", is_wide=True) & concepts("denied", is_wide=True)
    assert all(word == fold(word) for word in lexicon(is_wide=True).by_word)


def test_phrases_stand_for_a_word_that_the_lists_know() -> None:
    assert phrases()["stepped down"] == "resign"
    assert phrases()["takes the place of"] == "replace"
    for phrase, word in phrases().items():
        assert " " in phrase
        assert concepts(word, is_wide=True), word
    assert is_verbal(concepts("resign", is_wide=True))


def test_a_reading_knows_phrases_and_spellings_only_where_it_is_wide() -> None:
    told = "The neighbouring mayor stepped down."
    assert [token.word for token in read(told, is_wide=True).content] == ["neighbouring", "mayor", "resign"]
    assert "resign" not in [token.word for token in read(told).content]
    wide = {stem for token in read(told, is_wide=True).tokens for stem in token.stems}
    assert wide & {stem for token in read("neighboring", is_wide=True).tokens for stem in token.stems}

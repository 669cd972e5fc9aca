"""The made-up news: the same everywhere, and like news where an index feels it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from eval.bench.news import Newsroom, Statistics, statistics
from rag.chunk import chunk


@pytest.fixture(scope="module")
def told() -> Statistics:
    return statistics(Newsroom(0).articles(300), n=300)


def test_the_same_number_is_the_same_article_whatever_was_written_before() -> None:
    alone = Newsroom(3).article(41)
    after = list(Newsroom(3).articles(2, start=40))[1]
    assert alone == after
    assert alone.text != Newsroom(4).article(41).text
    assert alone.id == "news-3-41"
    assert alone.content_hash != after.id
    assert Newsroom(3).question(5, of=50) == Newsroom(3).question(5, of=50)


def test_an_article_never_changes_between_versions_unnoticed() -> None:
    """Figures of two versions compare only over the same articles: who changes the generator says so here."""
    assert Newsroom(0).article(0).content_hash[:12] == "2ac1d32350cc"


def test_articles_are_whole() -> None:
    for article in Newsroom(1).articles(8):
        assert article.title
        assert article.publisher.startswith("The ")
        assert article.published is not None
        assert date(2019, 1, 1) <= article.published < date(2026, 1, 1)
        assert 90 <= len(article.text.split()) < 2700
        for passage in chunk(article, tokens=200):
            assert article.text[passage.start : passage.end] == passage.text


def test_words_follow_zipf_as_in_news(told: Statistics) -> None:
    assert told.articles == 300
    assert 350 < told.words_per_article < 650
    assert 0.03 < told.top_word_share < 0.07
    assert told.distinct_words > 12_000
    assert told.once_share > 0.2
    assert -1.6 < told.zipf_slope < -0.9
    assert told.publishers > 30


def test_lengths_differ() -> None:
    lengths = sorted(len(article.text.split()) for article in Newsroom(0).articles(300))
    assert 350 < lengths[150] < 560
    assert lengths[285] > 4 * lengths[15]


def test_a_question_names_its_article() -> None:
    newsroom = Newsroom(0)
    texts = " ".join(f"{one.text} {one.publisher}" for one in newsroom.articles(10))
    named = [word for word in newsroom.question(1, of=10).rstrip("?").split() if word[0].isupper()][1:]
    assert named
    assert sum(word in texts for word in named) >= len(named) - 2  # a month and a year may stand nowhere


def test_another_vocabulary_can_be_given(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("\n".join(f"{a}{b}{c}" for a in "bcdfghklmn" for b in "aeiou" for c in "lmnrstvwxz"))
    assert set(Newsroom(0, vocabulary=words).article(1).text.lower().split()) & set(words.read_text().split())

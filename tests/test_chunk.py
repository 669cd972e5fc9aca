from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunk import chunk, embedded_text, indexed_text
from rag.sentences import sentence_spans
from rag.tokens import count_tokens
from rag.types import Article
from tests.conftest import ROOT, make_article

SEEDS = sorted((ROOT / "seeds").glob("*.txt"))


@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.stem[:3])
def test_passages_of_the_seeds_keep_offsets_sentences_and_size(file) -> None:  # type: ignore[no-untyped-def]
    article = make_article(file.read_text())
    passages = chunk(article, tokens=200)
    assert all(article.text[p.start : p.end] == p.text for p in passages)
    assert all(count_tokens(p.text) <= 200 for p in passages)
    assert len({p.id for p in passages}) == len(passages)
    inside = [(p.start, p.end) for p in passages]
    for start, end in sentence_spans(article.text):
        assert sum(a <= start and end <= b for a, b in inside) == 1


words = st.sampled_from(
    ["Rain fell", "x" * 700, "| a | b |", "Heading Here", "U.S. aid", "- item one", "\n", "\n\n", ". ", "! ", " "]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=40), st.integers(8, 60))
def test_every_sentence_stands_whole_in_one_passage(parts: list[str], tokens: int) -> None:
    article = make_article("".join(parts))
    passages = chunk(article, tokens=tokens)
    assert all(article.text[p.start : p.end] == p.text for p in passages)
    assert all(left.end <= right.start for left, right in pairwise(passages))
    for start, end in sentence_spans(article.text):
        assert any(p.start <= start and end <= p.end for p in passages)


def test_a_heading_goes_with_the_text_after_it() -> None:
    body = "This sentence fills the passage with words about trade. " * 6
    passages = chunk(make_article(f"{body}\n\nThe Next Section\n\n{body}"), tokens=80)
    assert not any(p.text.endswith("The Next Section") for p in passages)
    assert passages[-1].heading == "The Next Section"


def test_a_table_keeps_its_head_with_its_first_row() -> None:
    text = "Some words lead up to it, more than a few of them.\nYear | Volume |\n---|---|\n2020 | 160 |\n2021 | 175 |"
    passages = chunk(make_article(text), tokens=20)
    assert any("Year | Volume |\n---|---|\n2020 | 160 |" in p.text for p in passages)


def test_a_sentence_longer_than_a_passage_stands_alone_and_whole() -> None:
    long = "The minister said " + "again and " * 100 + "again."
    passages = chunk(make_article(f"Before it. {long} After it."), tokens=50)
    assert [p.text for p in passages] == ["Before it.", long, "After it."]


def test_indexed_text_carries_title_publisher_and_date() -> None:
    article = make_article("Rain fell.", title="Weather", publisher="The Ledger", published="2025-03-10")
    (passage,) = chunk(article, tokens=100)
    assert indexed_text(article, passage) == "Weather\nThe Ledger · 2025-03-10\nRain fell."


def test_no_words_no_passages() -> None:
    assert chunk(Article(id="x", text=" \n "), tokens=100) == []


def test_embedded_text_is_the_passage_with_its_heading_alone() -> None:
    article = make_article("# Storm\n\nRain fell.", title="Weather", publisher="The Ledger", published="2025-03-10")
    passages = chunk(article, tokens=100)
    assert "Weather" not in embedded_text(passages[0])
    headed = replace(passages[0], text="Rain fell.", heading="Storm")
    assert embedded_text(headed) == "Storm\nRain fell."
    assert embedded_text(replace(headed, heading="Rain")) == "Rain fell."

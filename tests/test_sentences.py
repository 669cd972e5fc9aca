from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import MAX_CHARACTERS, is_table_row, sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\t ", []),
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("Mr. Boric met Dr. Paz at 10:23 p.m. on Monday.", ["Mr. Boric met Dr. Paz at 10:23 p.m. on Monday."]),
        ("The U.S. Embassy in Peru closed. It reopened.", ["The U.S. Embassy in Peru closed.", "It reopened."]),
        ("He moved to the U.S. The firm followed.", ["He moved to the U.S.", "The firm followed."]),
        ("its influence on U.S.foreign policy grew.", ["its influence on U.S.foreign policy grew."]),
        ("peace efforts globally.The position demands skill.", ["peace efforts globally.", "The position demands skill."]),
        ("internal affairs.this shared stance helps.", ["internal affairs.", "this shared stance helps."]),
        ("He got 54.53% of 3.337.031 votes.", ["He got 54.53% of 3.337.031 votes."]),
        ("See news.example.org/Page for more. Then go.", ["See news.example.org/Page for more.", "Then go."]),
        ("“The will exists. Now act,” he said. She left.", ["“The will exists.", "Now act,” he said.", "She left."]),
        ("He said “go.” Then he left.", ["He said “go.”", "Then he left."]),
        ("| 2020 | 160. Now | China |\n|---|---|", ["| 2020 | 160. Now | China |", "|---|---|"]),
        ("- Trade: up. Again.\n- Aid: down.", ["- Trade: up.", "Again.", "- Aid: down."]),
        ("1. First point. 2. Second point.", ["1. First point.", "2. Second point."]),
        ("A Headline\nBody here.", ["A Headline", "Body here."]),
        ("J. K. Rowling wrote. We read.", ["J. K. Rowling wrote.", "We read."]),
        ("¿Quién ganó? Ganó Paz.", ["¿Quién ganó?", "Ganó Paz."]),
        ("他赢了。她输了。", ["他赢了。", "她输了。"]),
    ],
)
def test_splits(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text(alphabet=st.sampled_from("aB .!?\n|-“”(1U,é。"), max_size=200))
def test_spans_are_ordered_and_leave_only_white_space_out(text: str) -> None:
    last = 0
    for start, end in sentence_spans(text):
        assert last <= start < end
        assert not text[last:start].strip()
        assert text[start:end].strip() == text[start:end]
        last = end
    assert not text[last:].strip()


def test_text_without_punctuation_is_cut_at_white_space() -> None:
    text = "word " * 3000
    parts = split(text)
    assert all(len(part) <= MAX_CHARACTERS for part in parts)
    assert " ".join(parts) == text.strip()


@pytest.mark.parametrize(
    ("line", "is_row"), [("| a | b |", True), ("a | b |", True), ("a | b", False), ("---|---|", True), ("no bar", False)]
)
def test_table_rows(line: str, is_row: bool) -> None:
    assert is_table_row(line) is is_row

"""Cleaned text: what goes, what stays, and that cleaning twice is cleaning once."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ingest.clean import MAX_MARKS, MAX_RUN, clean, clean_line, normalise

LINES = st.sampled_from(
    [
        "",
        "  ",
        "Reels",
        "Ver Más »",
        "Busca en El Ciudadano",
        "Home » News » Port strike ends",
        "Leave a Comment",
        "Advertisement",
        "Posted at 10:23 p.m.",
        "Facebook",
        "| Port | Votes |",
        "The strike ended on Monday, the union said.",
        "a line in small letters",
        "A headline without a stop",
        "\u200bReels\ufeff",
        "e\u0301\u00a0x\u202e",
    ]
)


@given(st.text(st.characters()))
@settings(deadline=None)  # the first damaged text loads ftfy
def test_cleaning_is_idempotent_and_encodable_on_any_text(text: str) -> None:
    once = clean(text).text
    once.encode("utf-8")
    assert clean(once).text == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.lists(LINES, max_size=12))
def test_cleaning_is_idempotent_on_pages_full_of_boilerplate(lines: list[str]) -> None:
    once = clean("\n".join(lines))
    again = clean(once.text)
    assert again.text == once.text
    assert again.removed == ()


@given(st.text("a \u0301\u0316\u0344\u200d\n\t", min_size=80, max_size=300))
@settings(max_examples=50)
def test_cleaning_is_idempotent_on_stacked_marks(text: str) -> None:
    once = clean(text).text
    assert clean(once).text == once


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        ("pay\u200bment \u2060now\ufeff", "payment now"),
        ("user\u202etxt.exe\u202c", "usertxt.exe"),
        ("ok\U000e0041\U000e0042\ufe0f", "ok"),
        ("bell\x07 \x1b[0m", "bell [0m"),
        ("e\u0301", "é"),
        ("\ud800 lone", "\ufffd lone"),
        ("a  \n\n\n\nb\t \n", "a\n\nb"),
        ("\n\n  \u2022 indented item", "  \u2022 indented item"),
        ("a\tb", "a\tb"),
        ("Johnson &amp; Sons&amp;nbsp;&#8217;", "Johnson & Sons ’"),
        (" \n\t\n", ""),
    ],
)
def test_characters(raw: str, cleaned: str) -> None:
    assert clean(raw).text == cleaned


def test_runs_of_one_character_are_cut() -> None:
    assert clean("^" * 100_000 + " end").text == "^" * MAX_RUN + " end"
    assert clean("x" * MAX_RUN).text == "x" * MAX_RUN


@pytest.mark.parametrize("before", range(0, 64, 7))
def test_a_run_is_cut_wherever_it_begins(before: int) -> None:
    assert normalise("ab" * before + "=" * 2000 + "c") == "ab" * before + "=" * MAX_RUN + "c"


@given(st.text(st.characters()))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_stacked_combining_marks_are_cut_before_they_take_quadratic_time() -> None:
    text = normalise("a" + "\u0301\u0316" * 500_000 + "b")
    assert len(text) <= MAX_MARKS + 2
    assert text[-1] == "b"


def test_removed_lines_are_returned_in_order() -> None:
    cleaned = clean("Home » News » Strike\n\nThe strike ended.\n\nLeave a Comment\n\nReels\n")
    assert cleaned.text == "The strike ended."
    assert tuple(piece.text for piece in cleaned.removed) == ("Home » News » Strike", "Leave a Comment", "Reels")


def test_line_is_cut_at_its_limit() -> None:
    assert clean_line(" a\n b\u200b\tc ", limit=10) == "a b c"
    assert clean_line("word " * 10, limit=10) == "word word…"

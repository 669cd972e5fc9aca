"""Prints, resemblance, preference, and what changed between two texts."""

from __future__ import annotations

import unicodedata

import numpy as np

from rag.similar.changes import changes, marked
from rag.similar.prefer import preference
from rag.similar.prints import MARKS, print_of
from rag.similar.resemble import resembles
from tests.similar.texts import FIRE, OTHER_AUTHOR, weather


def test_a_print_does_not_feel_case_accents_and_punctuation() -> None:
    plain = print_of("The mayor of Valparaiso left at noon and did not come back")
    other = print_of("the mayor, of VALPARAÍSO: left at noon (and did not come back)!")
    assert np.array_equal(plain.runs, other.runs)
    assert np.array_equal(
        print_of(unicodedata.normalize("NFD", "café à la crème du jour")).runs, print_of("café à la crème du jour").runs
    )


def test_a_print_of_few_words_or_none() -> None:
    assert (len(print_of("").runs), print_of("").marks) == (0, ())
    assert len(print_of("…!").runs) == 0
    assert len(print_of("Fire").runs) == len(print_of("Fire").marks) == 1
    assert len(print_of("Fire at the mill today").runs) == 2
    assert not resembles(print_of(""), print_of(""))


def test_scripts_without_spaces_count_by_the_character() -> None:
    text = "消防局表示工厂火灾造成七人死亡二十人受伤市长前往现场慰问家属并宣布全市哀悼三天学校停课工人停工"
    assert len(print_of(text).runs) > 30
    assert resembles(print_of(text), print_of(text[:30]))


def test_half_of_the_marks_stand_for_facts() -> None:
    one, other = print_of(weather(4)), print_of(weather(9))
    assert len(one.marks) == MARKS
    assert all(0 <= mark < 2**32 for mark in one.marks)
    assert len(set(one.marks) & set(other.marks)) < MARKS - 1
    assert print_of(weather(4)).marks == one.marks


def _alike(one: str, other: str) -> bool:
    both = resembles(print_of(one), print_of(other))
    assert both is resembles(print_of(other), print_of(one))
    return both


def test_copies_resemble_what_they_copy() -> None:
    paragraphs = FIRE.split("\n\n")
    assert _alike(FIRE, f"LORNE (EFE) - {FIRE}\n\nReporting by the staff.")
    assert _alike(FIRE, "\n\n".join(paragraphs[:2]))
    assert _alike(FIRE, "\n\n".join(reversed(paragraphs)))
    assert _alike(FIRE, FIRE.replace("killed", "claimed the lives of").replace("evening", "late afternoon"))


def test_what_only_looks_alike_does_not() -> None:
    assert not _alike(FIRE, OTHER_AUTHOR)
    assert not _alike(weather(4), weather(9))
    assert not _alike(FIRE, FIRE.replace("7", "9").replace("31", "48").replace("240", "900").replace("12", "3"))
    assert not _alike(FIRE, '"Nobody should have to fear for his life at his place of work."')
    assert not _alike("", FIRE)


def test_the_earliest_then_the_agency_then_the_longest_speaks_for_copies() -> None:
    def first(*candidates: tuple[str, str | None, str, list[str], int]) -> str:
        return min(preference(*candidate) for candidate in candidates)[3]

    assert first(("late", "2025-03-04", "Reuters", [], 9), ("early", "2025-03-03", "Post", [], 1)) == "early"
    assert first(("undated", None, "Reuters", [], 9), ("dated", "2025-03-03", "Post", [], 1)) == "dated"
    assert first(("paper", "2025-03-03", "Post", ["wire:Reuters"], 9), ("agency", "2025-03-03", "Reuters", [], 1)) == "agency"
    named = ("named", "2025-03-03", "Wire Nord", ["wire:Wire Nord"], 1)
    assert first(("paper", "2025-03-03", "Post", ["wire:Wire Nord"], 9), named) == "named"
    assert first(("short", "2025-03-03", "Post", [], 1), ("long", "2025-03-03", "Ledger", [], 9)) == "long"
    assert first(("b", "2025-03-03", "Post", [], 1), ("a", "2025-03-03", "Post", [], 1)) == "a"


def test_changes_are_told_by_the_word_with_a_little_around_them() -> None:
    before = "It rained. The port handled 310 ships in May and expects 280 in June. The talks go on."
    after = "It rained. The port handled 312 ships in May and expects 280 in June. The talks go on. A vote is due."
    found = changes(before, after)
    assert [marked(change) for change in found] == [
        "The port handled [-310-] {+312+} ships in May and expects 280 …",
        "{+A vote is due.+}",
    ]
    assert changes(before, before) == []
    assert [marked(change) for change in changes("Gone. Here.", "Here.")] == ["[-Gone.-]"]


def test_a_long_change_is_told_as_a_whole() -> None:
    (change,) = changes("a b " * 3000, "b c " * 3000)
    assert marked(change).startswith("[-a b")

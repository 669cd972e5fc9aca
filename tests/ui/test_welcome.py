from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

from rag.config import LibraryConfig
from rag.types import LibraryStats
from tests.conftest import ROOT
from tests.ui.page_html import parse
from ui.examples import EXAMPLES, SEED_IDS, examples_for
from ui.welcome import examples_shown, ingest_command, library_days, library_line, masthead, welcome

STATS = LibraryStats("", 5, 60, 1, 0, None, None, "hash", 1, 0)


def test_the_examples_are_for_the_sample_articles_alone() -> None:
    manifest = tomllib.loads((ROOT / "seeds" / "manifest.toml").read_text(encoding="utf-8"))
    assert {article["id"] for article in manifest["article"]} == SEED_IDS
    assert examples_for(SEED_IDS | {"another"}) == EXAMPLES
    assert examples_for(SEED_IDS - {"seed-004"}) == ()
    assert examples_shown(frozenset()) == []


def test_two_of_the_examples_are_left_open() -> None:
    assert sum(not example.is_answered for example in EXAMPLES) == 2
    assert "two of them" in welcome(STATS, Path("x"), has_examples=True, leaves_open=True)
    assert "two of them" not in welcome(STATS, Path("x"), has_examples=True)
    assert "start with" not in welcome(STATS, Path("x"), has_examples=False)


def test_an_empty_library_says_what_to_type() -> None:
    assert "rag ingest PATH --library &#x27;" not in welcome(None, Path("lib"), has_examples=False)
    assert parse(welcome(None, Path("lib"), has_examples=False)).one(tag="code").text == "rag ingest PATH --library 'lib'"
    assert "“Library”" in welcome(None, Path("lib"), has_examples=False)
    assert "“Library”" not in welcome(None, Path("lib"), has_examples=False, may_add=False)
    assert ingest_command(LibraryConfig().path) == "rag ingest PATH"


def test_the_library_in_a_line() -> None:
    dated = replace(STATS, articles=1234, first_published=date(2025, 3, 1), last_published=date(2025, 4, 2))
    one = replace(dated, articles=1, last_published=date(2025, 3, 1))
    assert [library_line(stats) for stats in (None, dated, one)] == ["The library is empty", "1,234 articles", "1 article"]
    assert [library_days(stats) for stats in (None, STATS)] == ["", "dates unknown"]
    assert [library_days(stats) for stats in (dated, one)] == ["1 Mar 2025 to 2 Apr 2025", "of 1 Mar 2025"]


def test_the_head_names_the_model_and_is_only_text() -> None:
    assert parse(masthead("A", "<b>")).one(cls="library").text == "<b>"
    assert parse(masthead("A", "L", "D", "ollama:<x>")).one(cls="library").text == "L, D · answers by ollama:<x>"
    assert "without a language model" in masthead("A", "L", model="extractive")

"""`rag bench pages`: the scores, and that the extraction keeps what it reached."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from eval.bench import pages as bench
from eval.pages.held_out import LAYOUTS as HELD_OUT
from eval.pages.layouts import LAYOUTS
from rag.cli.app import run
from rag.errors import InputError


@pytest.fixture(scope="module")
def scored() -> list[bench.Scored]:
    return bench.run()


def test_there_are_pages_enough_and_all_different() -> None:
    pages = bench.labelled()
    assert len(LAYOUTS) >= 12
    assert len(HELD_OUT) >= len(LAYOUTS) // 2
    assert len(pages) >= 40
    assert len({page.name for page in pages}) == len(pages)
    assert len({page.source for page in pages}) == len(pages)


@pytest.mark.parametrize("split", bench.SPLITS)
def test_bodies_are_read_whole_and_with_little_else(scored: list[bench.Scored], split: str) -> None:
    (ours,) = [mean for mean in bench.as_tree(scored)["means"] if mean["system"] == "newsrag" and mean["split"] == split]
    assert ours["words"]["f1"] >= 0.98
    assert ours["lines"]["f1"] >= 0.93
    assert ours["date"] in (None, 1.0)
    assert ours["publisher"] in (None, 1.0)


def test_scores_are_those_of_multisets() -> None:
    assert bench.score(Counter("aab"), Counter("abc")) == bench.Score(2 / 3, 2 / 3, 2 / 3)
    assert bench.score(Counter("ab"), Counter()) == bench.Score(0.0, 0.0, 0.0)
    assert bench.score(Counter(), Counter()) == bench.Score(1.0, 1.0, 1.0)


def test_page_that_cannot_be_read_scores_nothing() -> None:
    page = bench.Labelled("x", "tuned", "<html></html>", "T", ("One line.",), None, "Herald")
    assert bench.ours(page) == bench.Read()


def test_report_names_what_is_not_perfect(scored: list[bench.Scored]) -> None:
    told = bench.as_text(scored, show=True)
    assert "held-out  trafilatura" in told
    assert "000_b6943d2fd3550b8b.txt" in told


def test_unknown_split_is_named() -> None:
    with pytest.raises(InputError, match="no split 'frob'; known are tuned, held-out, seeds"):
        bench.run(splits=["frob"])


def test_command_prints_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "pages", "--split", "seeds", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {mean["system"] for mean in told["means"]} == {"newsrag", "as it is"}

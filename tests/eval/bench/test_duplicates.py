from __future__ import annotations

import json

import pytest

from eval.bench.duplicates import TARGET_PRECISION, TARGET_RECALL, Found, Report, as_text, as_tree, run
from eval.bench.rewrites import COPIES, Kind, pairs
from rag.cli.app import run as rag


def test_pairs_are_the_same_each_time_and_of_each_kind() -> None:
    made = list(pairs(2, seed=3))
    assert made == list(pairs(2, seed=3))
    assert {pair.kind for pair in made} == set(Kind)
    assert len({article.id for pair in made for article in (pair.one, pair.other)}) == 2 * len(made)
    assert len(COPIES) == 8
    assert all(pair.one.text != pair.other.text for pair in made if pair.kind is not Kind.HEADLINE)


def test_copies_are_found_and_strangers_are_not() -> None:
    report = run(8, scale=60)
    by_kind = {found.kind: found for found in report.kinds}
    assert report.precision is not None
    assert report.precision >= TARGET_PRECISION
    for kind in (Kind.COPY, Kind.HEADLINE, Kind.TRIMMED, Kind.REORDERED):
        assert by_kind[kind].share >= TARGET_RECALL - 0.1  # of eight pairs
    assert report.scale
    assert (report.scale.copies, report.scale.false) == (5, 0)
    assert report.scale.found >= 4
    assert "articles/s" in as_text(report)


def test_precision_counts_every_wrong_pair() -> None:
    report = Report((Found("copy", True, 10, 9), Found("template", False, 10, 2)), strange=1)
    assert report.precision == pytest.approx(9 / 12)
    assert "recall 0.900" in as_text(report)
    assert "mistaken 0.200" in as_text(report)
    assert as_tree(report)["precision"] == report.precision
    assert Report((Found("copy", True, 1, 0),), strange=0).precision is None


def test_the_command_prints_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert rag(["bench", "duplicates", "--pairs", "1", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["kinds"]) == len(Kind)

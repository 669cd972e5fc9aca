"""The retrieval benchmark on a made-up set of six passages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.bench.multihop import read_multihop
from eval.bench.retrieval import ABLATIONS, Variant, as_text, run
from rag.config import Config
from rag.errors import ConfigError, InputError

POOL: list[dict[str, Any]] = [
    {"id": "p0", "text": "Dockers in Valparaiso began a strike on Monday.", "title": "Dockers walk out", "publisher": "Post"},
    {"id": "p1", "text": "Members elected Ines Moreau to lead the port union.", "title": "New head", "publisher": "Ledger"},
    {"id": "p2", "text": "Rain is expected over the coast.", "title": "Weather", "publisher": "Post"},
    {"id": "p3", "text": "The orchestra opens its season with Mahler.", "title": "Music", "publisher": "Ledger"},
    {"id": "p4", "text": "A glass museum opened in the old mill.", "title": "Museum", "publisher": "Ledger"},
    {"id": "p5", "text": "Bees were counted in every village. " * 40, "title": "Bee census", "publisher": "Post"},
]
ASKED: list[dict[str, Any]] = [
    {
        "query": "When did the dockers of Valparaiso strike, and whom did members of the port union elect?",
        "question_type": "inference_query",
        "evidence_list": [{"fact": "began a  strike on Monday"}, {"fact": "elected Ines Moreau"}],
    },
    {
        "query": "Which museum opened in the mill?",
        "question_type": "comparison_query",
        "evidence_list": [{"fact": "A glass museum opened"}, {"fact": "This stands nowhere."}],
    },
    {"query": "Who won the cup?", "question_type": "null_query", "evidence_list": []},
]


def write(file: Path, lines: list[dict[str, Any]]) -> None:
    dated = [{"published": "2025-03-03T10:00:00+00:00", **line} if "text" in line else line for line in lines]
    file.write_text("\n".join(json.dumps(line) for line in dated), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "pool.jsonl", POOL)
    write(tmp_path / "dev.jsonl", ASKED)
    return tmp_path


def test_scores_by_hand_on_a_tiny_set(folder: Path, config: Config) -> None:
    result = run(read_multihop(folder), config, variants=ABLATIONS)
    assert (result.n_questions, result.n_scored, result.n_articles, result.n_lost_facts) == (3, 2, 6, 1)
    assert result.n_passages > 6, "the long passage is cut, and still counts once"
    as_set = result.searches[0]
    first, second = as_set.rows
    assert set(first.ranked[:2]) == {"p0", "p1"}
    assert first.scores["MAP@10"] == first.scores["all evidence@10"] == 1.0
    assert second.ranked[0] == "p4"
    assert (second.scores["evidence recall@10"], second.scores["MRR@10"]) == (0.5, 1.0)
    assert as_set.means["overall"]["evidence recall@10"].mean == 0.75
    assert as_set.means["comparison_query"]["evidence recall@10"].n == 1
    assert all(len(set(row.ranked)) == len(row.ranked) for row in as_set.rows)
    assert [search.label for search in result.searches[1:]] == [variant.label for variant in ABLATIONS]
    assert result.searches[1].change["Hits@4"].low <= 0 <= result.searches[1].change["Hits@4"].high
    assert as_set.latency.n == 2
    text = as_text(result)
    assert "overall" in text
    assert "1 facts stand in no passage" in text


def test_two_runs_are_equal_but_for_times(folder: Path, config: Config) -> None:
    first, again = (run(read_multihop(folder), config).searches[0] for _ in range(2))
    assert (first.rows, first.means) == (again.rows, again.means)


def test_a_variant_sets_the_search_only(folder: Path, config: Config) -> None:
    with pytest.raises(ConfigError, match=r"chunk\.tokens"):
        run(read_multihop(folder), config, variants=[Variant("other passages", {"chunk.tokens": 100})])


def test_the_other_half_is_found_by_whatever_name(folder: Path) -> None:
    (folder / "dev.jsonl").rename(folder / "held-out.jsonl")
    assert read_multihop(folder).name == "held-out"
    write(folder / "more.jsonl", ASKED)
    with pytest.raises(InputError, match=r"held-out\.jsonl, more\.jsonl; name one with --questions"):
        read_multihop(folder)
    assert len(read_multihop(folder, questions=folder / "more.jsonl").questions) == 3


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("dev.jsonl", json.dumps(ASKED[0]) + "\n{", r"dev\.jsonl, line 2: "),
        ("dev.jsonl", '{"query": "Who?", "question_type": "x"}', r"dev\.jsonl, line 1: evidence_list: Field required"),
        ("dev.jsonl", json.dumps(ASKED[2]), "none of 1 questions has evidence"),
        ("pool.jsonl", '{"id": "p0"}', r"pool\.jsonl, line 1: text"),
        ("pool.jsonl", '{"id": "a", "text": "x"}\n\n{"id": "a", "text": "y"}', "line 3: the id 'a' stands on an earlier line"),
        ("pool.jsonl", '{"id": "a", "text": "x", "published": 7.5}', r"pool\.jsonl.*line 1"),
    ],
)
def test_a_broken_file_is_named_with_its_line(folder: Path, file: str, content: str, told: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(InputError, match=told):
        read_multihop(folder)


def test_missing_places_are_told(folder: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        read_multihop(folder / "none")
    (folder / "pool.jsonl").unlink()
    with pytest.raises(InputError, match=r"pool\.jsonl"):
        read_multihop(folder)

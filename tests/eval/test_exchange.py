"""Gold sets for other tools and back: what comes back is what went out, and what cannot be taken over is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.exchange import UNANSWERED, Format, export_text, import_lines, read_entries
from eval.gold import Gold, GoldQuestion
from eval.harness import Bench
from eval.lint import lint
from eval.run import Run
from tests.eval.tiny import CORPUS, SECOND, VOTE, question, unanswerable


def gold_of(*questions: GoldQuestion) -> Gold:
    return Gold(questions, {})


@pytest.mark.parametrize("how", list(Format))
def test_a_set_comes_back_as_drafts_with_the_same_evidence(tmp_path: Path, how: Format, bench: Bench) -> None:
    path = tmp_path / "set"
    path.write_text(export_text(bench.gold, how), encoding="utf-8")
    drafts, problems = import_lines(read_entries(path, how), bench.corpus)
    assert problems == []
    back = [GoldQuestion.model_validate(tree) for tree in drafts]
    assert not any(draft.accepted for draft in back)
    for draft, asked in zip(back, bench.gold.questions, strict=True):
        assert draft.question == asked.question
        assert [piece.quote for piece in draft.evidence] == [piece.quote for piece in asked.evidence]
        assert "; ".join(draft.answers) == ("; ".join(asked.answers) if asked.expect != "abstain" else "")


def test_the_columns_of_ragas() -> None:
    first, second = export_text(gold_of(question(), unanswerable()), Format.RAGAS).splitlines()
    assert json.loads(first) == {
        "user_input": "How did Alpha do at the polls?",
        "reference": "54.53%",
        "reference_contexts": [VOTE],
    }
    assert json.loads(second)["reference"] == UNANSWERED


def test_a_run_fills_the_columns_of_the_answer(bench: Bench, oracle_run: Run) -> None:
    text = export_text(bench.gold, Format.RAGAS, answers=oracle_run.answers, corpus=bench.corpus)
    row = json.loads(text.splitlines()[0])
    assert row["response"] == oracle_run.answers[0].text
    assert row["retrieved_contexts"] == [bench.corpus.articles["seed-000"].text]


def test_the_columns_of_llamaindex() -> None:
    tree = json.loads(export_text(gold_of(question()), Format.LLAMAINDEX))
    (example,) = tree["examples"]
    assert example["query"] == "How did Alpha do at the polls?"
    assert (example["reference_contexts"], example["reference_answer"]) == ([VOTE], "54.53%")


def test_a_context_that_stands_in_no_article_is_told_and_left_out(tmp_path: Path) -> None:
    rows = [
        {"user_input": "Who?", "reference": "Alpha", "reference_contexts": [VOTE, "Nowhere."]},
        {"user_input": "What?", "reference": "Rain", "reference_contexts": []},
        {"user_input": "When?"},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    drafts, problems = import_lines(read_entries(tmp_path / "r.jsonl", Format.RAGAS), CORPUS)
    assert problems == [
        "1: stands in no article, and is left out: 'Nowhere.'",
        "2: no context of it stands in the articles; give it evidence: 'What?'",
    ]
    assert [draft["type"] for draft in drafts] == ["single", "single", "unanswerable"]
    assert drafts[0]["evidence"] == [{"group": "g1", "doc": "a1", "quote": VOTE}]


def test_two_contexts_make_a_question_of_two_hops(tmp_path: Path) -> None:
    row = {"user_input": "Who and who?", "reference": "Alpha; Beta", "reference_contexts": [VOTE, SECOND]}
    (tmp_path / "r.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (draft,), _ = import_lines(read_entries(tmp_path / "r.jsonl", Format.RAGAS), CORPUS)
    asked = GoldQuestion.model_validate(draft)
    assert (asked.type, asked.answers) == ("multi_hop", ("Alpha", "Beta"))
    assert {finding.rule for finding in lint(Gold((asked,), {asked.id: None}), CORPUS)} >= {"draft"}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("how", "text", "message"),
    [
        (Format.RAGAS, '{"reference": "x"}', r"x:1: 'user_input' is missing"),
        (Format.RAGAS, '{"user_input": "q", "reference": 3}', r"x:1: 'reference' is no text \(got 3\)"),
        (Format.RAGAS, '{"user_input": "q", "reference_contexts": [1]}', r"x:1: 'reference_contexts' is not a list of texts"),
        (Format.RAGAS, '{"user_input": ', r"x:1: not JSON"),
        (Format.LLAMAINDEX, "[]", r"not a LabelledRagDataset"),
        (Format.LLAMAINDEX, '{"examples": [3]}', r"not a list of objects"),
        (Format.LLAMAINDEX, '{"examples": [{"query": ""}]}', r"example 1: 'query' is missing"),
    ],
)
def test_broken_files_are_told_with_file_and_line(tmp_path: Path, how: Format, text: str, message: str) -> None:
    (tmp_path / "x").write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=message):
        read_entries(tmp_path / "x", how)

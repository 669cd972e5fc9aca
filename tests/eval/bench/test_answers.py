from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench.answers import as_text, as_tree, read_questions, rouge_l, run
from rag.config import load_config
from rag.errors import InputError


def row(id: str, question: str, sentences: list[str], answer: str, selected: list[str]) -> str:
    passage = {"title": "Harbour", "text": " ".join(sentences), "sentences": sentences}
    output = [{"answer": answer, "selected_sentences": selected, "meta": {}}]
    return json.dumps({"id": id, "input": question, "passages": [passage], "output": output})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    strike = ["The harbour strike began on Monday .", "Dockers in Valparaíso want 12 % more pay ."]
    answerable = row("q1", "when did the harbour strike begin", strike, "It began on Monday .", strike[:1])
    unanswerable = row("q2", "who painted the moon of jupiter", strike, "", [])
    (tmp_path / "answerable.jsonl").write_text(answerable, encoding="utf-8")
    (tmp_path / "unanswerable.jsonl").write_text(unanswerable, encoding="utf-8")
    return tmp_path


def test_rouge_l_by_hand() -> None:
    assert rouge_l("the cat sat", "the cat sat") == 1.0
    assert rouge_l("the cat sat", "the cat on the mat sat") == pytest.approx(2 * 3 / 9)
    assert rouge_l("sat cat the", "the cat sat") == pytest.approx(2 * 1 / 6)
    assert rouge_l("", "the cat") == 0.0


def test_answers_refusals_and_citations(folder: Path) -> None:
    config = load_config(flags={"embed.model": "hash", "llm.model": "extractive"}, env={}).config
    report = run(folder, config, limit=5)
    assert (report.n_answerable, report.n_unanswerable) == (1, 1)
    assert (report.right_refusals, report.over_refusals) == (1.0, 0.0)
    assert report.citation_recall == 1.0
    assert report.rouge_l == report.rouge_l_answered
    assert report.rouge_l is not None
    assert 0 < report.rouge_l <= 1
    assert as_tree(report)["questions"][0]["id"] == "q1"
    assert "right refusals" in as_text(report)


def test_the_passages_are_read_as_printed(folder: Path) -> None:
    question = read_questions(folder / "answerable.jsonl")[0]
    assert question.articles[0].text == "The harbour strike began on Monday. Dockers in Valparaíso want 12% more pay."
    assert question.selected == ("The harbour strike began on Monday.",)


def test_a_folder_without_the_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"answerable\.jsonl"):
        read_questions(tmp_path / "answerable.jsonl")
    (tmp_path / "answerable.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"answerable\.jsonl:1"):
        read_questions(tmp_path / "answerable.jsonl")

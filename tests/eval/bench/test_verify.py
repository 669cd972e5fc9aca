from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.bench.pairs import CLAIMS, clapnq_pairs, read_pairs, untokenised
from eval.bench.verify import TARGET_PRECISION, as_text, as_tree, run
from rag.answer.check import Citable, Finding
from rag.cli.bench import app
from rag.errors import InputError
from rag.types import Verdict
from tests.conftest import ROOT


class AlwaysSupported:
    """Finds everything supported."""

    name = "always"

    def check(self, question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
        del question, sentence, behind
        return Finding(Verdict.SUPPORTED, "why not")


def line(**changes: object) -> str:
    pair = {"id": "p1", "article": "a", "kind": "k", "question": "Who?", "claim": "Ana won.", "verdict": "supported"}
    return json.dumps(pair | {"quotes": [{"text": "Ana Ruiz won."}]} | changes)


def test_figures_by_hand(tmp_path: Path) -> None:
    rows = [line(), line(id="p2", verdict="partial"), line(id="p3", verdict="contradicted"), line(id="p4")]
    (tmp_path / "dev.jsonl").write_text("\n".join(rows), encoding="utf-8")
    report = run(tmp_path, checker=AlwaysSupported())
    split = report.splits[0]
    assert (split.name, split.n, split.accuracy) == ("dev", 4, 0.5)
    assert (split.verdicts["supported"].precision, split.verdicts["supported"].recall) == (0.5, 1.0)
    assert (split.verdicts["partial"].precision, split.verdicts["partial"].recall) == (None, 0.0)
    assert split.confusion["contradicted"]["supported"] == 1
    assert split.kinds == {"k": (2, 2, 4)}
    assert len(as_tree(report)["misses"]) == 2
    text = as_text(report, show=True)
    assert "p3 [k] contradicted -> supported: why not" in text


def test_the_projects_own_pairs_are_sound() -> None:
    pairs = read_pairs()
    assert len(pairs) >= 300
    assert len({pair.id for pair in pairs}) == len(pairs)
    splits = ("dev", "reworded", "test")
    articles = {split: {pair.cited[0].source.article_id for pair in pairs if pair.split == split} for split in splits}
    assert all(articles.values())
    assert not (articles["dev"] | articles["reworded"]) & articles["test"], "an article is in both splits"
    texts = {f"seed-{file.name[:3]}": file.read_text(encoding="utf-8") for file in (ROOT / "seeds").glob("*.txt")}
    texts |= {f"gold-{file.stem}": file.read_text(encoding="utf-8") for file in (ROOT / "eval/gold/articles").glob("*.txt")}
    for pair in pairs:
        for cited in pair.cited:
            if cited.source.article_id in texts:
                assert cited.quote.text in texts[cited.source.article_id], pair.id
            assert not cited.context or cited.quote.text in cited.context, pair.id


@pytest.mark.parametrize(("split", "recall"), [("dev", 0.82), ("reworded", 0.27)])
def test_the_check_keeps_its_figures_on_the_pairs_that_it_was_made_on(split: str, recall: float) -> None:
    rates = run(only=split).splits[0].verdicts["supported"]
    assert rates.precision is not None
    assert rates.recall is not None
    assert rates.precision >= TARGET_PRECISION
    assert rates.recall >= recall


def test_clapnq_pairs(tmp_path: Path) -> None:
    rows = [
        {
            "id": str(number),
            "input": "who won",
            "passages": [{"title": "Cup", "text": "", "sentences": []}],
            "output": [{"answer": answer, "selected_sentences": [sentence]}],
        }
        for number, (answer, sentence) in enumerate(
            [("In 1999 the Rovers were champions .", "The Rovers were champions in 1999 ."), ("Rain fell .", "Rain fell .")]
        )
    ]
    file = tmp_path / "answerable.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pairs = {(pair.id, pair.kind): pair for pair in clapnq_pairs(file)}
    assert pairs["0-answer", "answer"].verdict is Verdict.SUPPORTED
    assert pairs["0-other", "other question"].cited[0].quote.text == "Rain fell."
    assert pairs["0-number changed", "number changed"].claim == "In 2002 the Rovers were champions."
    assert pairs["0-denied", "denied"].claim == "In 1999 the Rovers were not champions."
    assert pairs["0-name changed", "name changed"].claim == "In 1999 the Quillborough were champions."
    assert read_pairs(tmp_path) == tuple(pairs.values())


def test_untokenised() -> None:
    assert untokenised("May 14 , 1958 .") == "May 14, 1958."
    assert untokenised("It 's 1 , 000 ( about ) `` so '' .") == "It's 1,000 (about) “so”."


@pytest.mark.parametrize("text", ["{}", "no json", line(verdict="perhaps"), line(quotes="x")])
def test_a_bad_line_is_told_by_its_place(text: str, tmp_path: Path) -> None:
    file = tmp_path / "dev.jsonl"
    file.write_text(f"{line()}\n{text}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"dev\.jsonl:2 "):
        read_pairs(file)


def test_no_pairs_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pairs at"):
        read_pairs(tmp_path)
    assert CLAIMS.is_dir()


def test_the_command_prints_json_or_tables(tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_text(line(), encoding="utf-8")
    tree = json.loads(CliRunner().invoke(app, ["verify", str(tmp_path), "--json"]).stdout)
    assert tree["splits"][0]["verdicts"]["supported"]["recall"] == 1.0
    assert "no misses" in CliRunner().invoke(app, ["verify", str(tmp_path), "--show"]).stdout

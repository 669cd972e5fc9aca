"""Evals of the user's own articles and questions, and the workflow that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from eval.metrics.base import says_unknown
from tests.eval.conftest import Command

STRIKE = "The ferry crews of Port Ellis voted 412 to 57 for a strike."
ASKED = {
    "id": "mine-1",
    "split": "dev",
    "cluster": "c",
    "type": "single",
    "question": "How many of the ferry crews of Port Ellis voted for a strike?",
    "answers": ["412"],
    "nuggets": [{"id": "n1", "importance": "vital", "any_of": ["412"]}],
    "evidence": [{"group": "g1", "doc": "strike", "quote": STRIKE}],
    "expect": "answer",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with one article, `news/articles.jsonl`, and one question about it, `gold.jsonl`; both named in the folder."""
    (tmp_path / "news").mkdir()
    article = {"id": "strike", "title": "Strike", "text": f"{STRIKE} The harbour company was not surprised.", "url": ""}
    (tmp_path / "news" / "articles.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    (tmp_path / "gold.jsonl").write_text(json.dumps(ASKED) + "\n", encoding="utf-8")
    return tmp_path


def test_own_questions_about_own_articles_have_their_own_baseline(rag_eval: Command, own: Path) -> None:
    mine = ("--gold", "gold.jsonl", "--articles", "news")
    assert rag_eval("lint", *mine) == (0, "")
    code, out = rag_eval("run", *mine, "--json")
    assert (code, json.loads(out)["n"]) == (3, 1)
    assert json.loads(out)["gate"]["failures"] == []
    assert rag_eval("bless", *mine, "--reason", "first")[0] == 0
    assert (own / "baselines" / "hermetic.json").is_file()
    assert rag_eval("gate", *mine)[0] == 0
    assert {path.name for path in Path("eval/out/hermetic").iterdir()} >= {"report.html", "junit.xml", "summary.md"}


def test_an_own_library_is_asked_as_it_is(rag_eval: Command, own: Path) -> None:
    from eval.profiles import Profile, build_assistant, profile_config, read_folders

    build_assistant(profile_config(Profile.HERMETIC, library=own / "lib"), read_folders([own / "news"])).close()
    before = sorted(path.name for path in (own / "lib").iterdir())
    code, out = rag_eval("run", "--gold", "gold.jsonl", "--library", "lib", "--profile", "hermetic", "--json")
    assert (code, json.loads(out)["n"]) == (3, 1)
    assert sorted(path.name for path in (own / "lib").iterdir()) == before
    code, message = rag_eval("run", "--gold", "gold.jsonl", "--library", "nowhere")
    assert (code, "there is no library" in message) == (4, True)


@pytest.mark.usefixtures("own")
def test_wrong_combinations_are_told(rag_eval: Command) -> None:
    assert rag_eval("run", "--library", "lib")[0] == 2
    assert rag_eval("run", "--gold", "gold.jsonl", "--library", "lib", "--articles", "news")[0] == 2
    code, message = rag_eval("run", "--gold", "gold.jsonl", "--articles", "news", "--repeat", 2)
    assert (code, message) == (2, "--repeat goes with --profile live: hermetic answers the same each time")
    assert rag_eval("draft")[0] == 2
    assert rag_eval("draft", "--articles", "news", "--llm", "extractive")[0] == 2


def test_a_draft_is_refused_until_accepted(rag_eval: Command, own: Path) -> None:
    mine = ("--gold", "gold.jsonl", "--articles", "news")
    (own / "gold.jsonl").write_text(json.dumps({**ASKED, "accepted": False}) + "\n", encoding="utf-8")
    code, message = rag_eval("run", *mine)
    assert code == 2
    assert "gold.jsonl:1: mine-1: nobody accepted it yet" in message
    assert rag_eval("accept", "gold.jsonl", "mine-2")[0] == 2
    assert rag_eval("accept", "gold.jsonl", "mine-1")[0] == 0
    assert rag_eval("lint", *mine)[0] == 0


def test_export_and_import_by_command(rag_eval: Command, own: Path) -> None:
    assert rag_eval("export", "--format", "llamaindex", "--gold", "gold.jsonl", "--to", "out.json")[0] == 0
    code, out = rag_eval("import", "out.json", "--format", "llamaindex", "--articles", "news")
    assert code == 0
    assert json.loads(out)["evidence"] == ASKED["evidence"]
    (own / "bad.json").write_text("[", encoding="utf-8")
    assert rag_eval("import", "bad.json", "--format", "llamaindex", "--articles", "news")[0] == 2


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "None of the articles mention it.",
        "No lo sé.",
        "Los artículos no responden a esta pregunta.",
        "Ningún artículo menciona esto.",
        "No hay información sobre ello.",
        "Je ne sais pas.",
        "Les articles ne répondent pas à cette question.",
        "Les sources n'indiquent pas cela.",
        "Aucun article ne le dit.",
    ],
)
def test_a_refusal_is_known_in_three_languages(text: str) -> None:
    assert says_unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "No se reunió con Kast.",
        "Il ne sait pas nager.",
        "Los pasajeros no dan crédito.",
        "The articles of peace bind Chile.",
    ],
)
def test_a_denial_is_no_refusal(text: str) -> None:
    assert not says_unknown(text)


def test_the_workflow_runs_the_gate_with_least_rights() -> None:
    path = Path(__file__).parents[2] / ".github" / "workflows" / "evals.yml"
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["permissions"] == {"contents": "read"}
    steps = flow["jobs"]["evals"]["steps"]
    commands = [step.get("run", "") for step in steps]
    assert any("rag eval run --profile hermetic" in command for command in commands)
    assert not any("bless" in command for command in commands)
    assert any("GITHUB_STEP_SUMMARY" in command for command in commands)

"""The command line as a person meets it: arguments in; a code, data and chatter out."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.cli.app import run
from tests.conftest import ROOT
from tests.llm.server import model_service


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Rag = Callable[..., Done]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Settings that need no model, over a library in `tmp_path`."""
    return {
        "NEWSRAG_EMBED_MODEL": "hash",
        "NEWSRAG_LLM_MODEL": "extractive",
        "NEWSRAG_LIBRARY_PATH": str(tmp_path / "library"),
        "NEWSRAG_MODELS": str(tmp_path / "models"),
    }


@pytest.fixture
def rag(settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Rag:
    """Run `rag` in this process, in `tmp_path`."""

    def call(*arguments: str, input: str = "", **variables: str) -> Done:
        with monkeypatch.context() as patch:
            for name, value in {**settings, **variables}.items():
                patch.setenv(name, value)
            patch.chdir(tmp_path)
            patch.setattr(sys, "stdin", io.StringIO(input))
            before = signal.getsignal(signal.SIGTERM)
            capfd.readouterr()
            code = run(arguments)
            signal.signal(signal.SIGTERM, before)
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample articles, made once by a real process."""
    folder = tmp_path_factory.mktemp("seeds") / "library"
    env = {**os.environ, "NEWSRAG_EMBED_MODEL": "hash", "PYTHONPATH": str(ROOT)}
    command = [*PROCESS, "ingest", str(ROOT / "seeds"), "--library", str(folder), "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["added"] == 5
    return folder


@pytest.fixture
def filled(rag: Rag, seed_library: Path, tmp_path: Path) -> Rag:
    """The same, over a library of the sample articles."""
    shutil.copytree(seed_library, tmp_path / "library")
    return rag


PROCESS = [sys.executable, "-c", "from rag.cli import main; main()"]


def one_line(done: Done) -> str:
    """Return the one line of standard error."""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_ingest_reports_and_goes_on_past_what_it_cannot_read(rag: Rag, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_text("The harbour opened on Monday.")
    (tmp_path / "in" / "bad.jsonl").write_text('{"text": "Line one is fine."}\n{"text": 5}\n{broken\n')
    done = rag("ingest", "in", "missing.txt", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert (report["added"], report["rejected"]) == (2, 3)
    assert all(item["reason"] for item in report["items"] if item["action"] == "rejected")
    again = json.loads(rag("ingest", "in", "--json").stdout)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 2)
    (tmp_path / "in" / "good.txt").write_text("The harbour closed on Tuesday.")
    changed = json.loads(rag("ingest", "in", "--json").stdout)
    assert (changed["updated"], changed["unchanged"]) == (1, 1)
    assert "closed" in rag("search", "harbour").stdout
    assert "Monday" not in rag("search", "harbour").stdout


def test_ingest_if_empty_leaves_a_filled_library_alone(filled: Rag) -> None:
    done = filled("ingest", "--if-empty", "nowhere")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to do" in one_line(done)


def test_search_prints_the_documented_shape(filled: Rag) -> None:
    found = json.loads(filled("search", "Who endorsed Rebeca Grynspan?", "-k", "2", "--json").stdout)
    assert len(found["hits"]) == 2
    assert found["hits"][0]["article_id"] == "seed-000"


def test_ask_cites_exact_characters_of_the_stored_text(filled: Rag) -> None:
    answer = json.loads(filled("ask", "Who endorsed Rebeca Grynspan?", "--json").stdout)
    assert answer["status"] == "answered"
    assert "[1]" in answer["answer"]
    for citation in answer["citations"]:
        text = json.loads(filled("library", "show", citation["article_id"], "--json").stdout)["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_is_asked_after_an_earlier_question(filled: Rag) -> None:
    earlier = "Who endorsed Rebeca Grynspan?"
    answer = json.loads(filled("ask", "and which body does she head?", "--after", earlier, "--json").stdout)
    assert answer["question"] == "and which body does she head?"
    assert "Rebeca Grynspan" in answer["asked"]
    alone = json.loads(filled("ask", "and which body does she head?", "--json").stdout)
    assert not alone["asked"]


def test_the_lines_of_a_chat_follow_up_one_another(filled: Rag) -> None:
    lines = "Who endorsed Rebeca Grynspan?\nand which body does she head?\n"
    apart, together = (filled("ask", "-", *options, "--json", input=lines).stdout for options in ((), ("--chat",)))
    assert not json.loads(apart.splitlines()[1])["asked"]
    assert "Rebeca Grynspan" in json.loads(together.splitlines()[1])["asked"]


def test_a_chat_reads_standard_input(filled: Rag) -> None:
    done = filled("ask", "Who?", "--chat")
    assert done.returncode == 2
    assert "--after" in one_line(done)


def test_questions_on_standard_input_are_answered_in_order(filled: Rag) -> None:
    questions = ["Who endorsed Rebeca Grynspan?", "x" * 3000, "What is the capital of Mongolia?"]
    done = filled("ask", "-", "--json", input="\n".join(questions) + "\n\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["question"] for line in lines] == questions
    assert "3,000 characters" in lines[1]["error"]
    assert done.returncode == 2
    searched = filled("search", "-", input="Kast\nBoric\n")
    assert [json.loads(line)["question"] for line in searched.stdout.splitlines()] == ["Kast", "Boric"]


def test_ask_from_passages_alone(rag: Rag, tmp_path: Path) -> None:
    rows = [
        {"text": "Members elected Ines Moreau to lead the port union.", "id": "p1", "published": "2025-03-10"},
        {"text": "Rain is expected over the coast.", "id": "p2", "title": "Weather"},
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    answer = json.loads(rag("ask", "Who was elected to lead the port union?", "--passages", "p.jsonl", "--json").stdout)
    assert (answer["status"], answer["citations"][0]["article_id"]) == ("answered", "p1")
    assert answer["citations"][0]["quote"] == rows[0]["text"]
    assert not (tmp_path / "library").exists()


def test_a_person_reads_the_answer_with_its_quotes(filled: Rag) -> None:
    done = filled("ask", "Who endorsed Rebeca Grynspan?")
    assert "[1] Bachelet and Boric" in done.stdout
    assert "“while Bachelet actively lobbies" in done.stdout


def test_library_commands(filled: Rag) -> None:
    assert len(json.loads(filled("library", "list", "--json").stdout)) == 5
    stats = json.loads(filled("library", "stats", "--json").stdout)
    assert (stats["articles"], stats["embedder"]) == (5, "hash:v1")
    assert filled("library", "remove", "seed-000").stdout == "removed seed-000\n"
    assert json.loads(filled("library", "stats", "--json").stdout)["articles"] == 4
    assert "Grynspan" not in filled("search", "Grynspan").stdout
    assert filled("library", "remove", "seed-000").returncode == 3


def test_another_embedder_is_refused_then_rebuilt(filled: Rag) -> None:
    other = {"NEWSRAG_EMBED_MODEL": "sentence-transformers:all-MiniLM-L6-v2"}
    done = filled("search", "Kast", **other)
    assert done.returncode == 4
    assert "rag library rebuild" in one_line(done)
    assert filled("library", "rebuild", **other).returncode == 0
    assert filled("search", "Kast", **other).returncode == 0


def test_config_show_tells_origins(rag: Rag) -> None:
    shown = json.loads(rag("config", "show", "--json").stdout)["settings"]
    origins = {row["name"]: row["origin"] for row in shown}
    assert (origins["llm.model"], origins["search.k"]) == ("NEWSRAG_LLM_MODEL", "default")


def test_models_list_and_verify(rag: Rag) -> None:
    models = json.loads(rag("models", "list", "--json").stdout)["models"]
    assert {model["state"] for model in models} == {"missing"}
    assert all(len(model["sha256"]) == 64 and model["licence"] for model in models)
    done = rag("models", "verify")
    assert done.returncode == 5
    assert "rag models pull" in one_line(done)


def test_doctor_finds_what_is_missing(rag: Rag, filled: Rag) -> None:
    checks = {check["name"]: check for check in json.loads(filled("doctor", "--json").stdout)}
    assert checks["library"]["is_well"]
    done = rag("doctor", "--llm", "openai:gpt-4.1-mini", "--json")
    model = {check["name"]: check for check in json.loads(done.stdout)}["model"]
    assert done.returncode == 1
    assert not model["is_well"]
    assert "OPENAI_API_KEY" in model["detail"] + model["command"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ask", ""], 2, "the question is empty"),
        (["ask", "why " * 25_000], 2, "99,999 characters"),
        (["ask", "Who?", "--llm", "frob:x"], 5, "unknown provider 'frob'"),
        (["ask", "Who?", "--llm", "openai:gpt-4.1-mini"], 5, "OPENAI_API_KEY"),
        (["ask", "Who?", "--llm", "local:qwen2.5-coder-0.5b"], 5, "rag models pull"),
        (["ask", "Who?", "--llm", "local:llama-9000"], 5, "unknown local model"),
        (["ask", "Who?", "--as-of", "soon"], 2, "2025-12-31"),
        (["ask", "Who?", "--answer-language", "xx"], 2, "choose en, es or fr"),
        (["ask", "Who?", "--depth", "all"], 2, "choose quick, normal or deep"),
        (["ask", "Who?", "--passages", "none.jsonl"], 3, "none.jsonl"),
        (["ask", "Who?", "--config", "none.toml"], 2, "none.toml"),
        (["search", "Who?", "-k", "0"], 2, "--help"),
        (["search", "Who?", "--library", "/nowhere/at/all"], 4, "rag ingest PATH"),
        (["library", "show", "nothing"], 3, "rag library list"),
        (["frob"], 2, "No such command 'frob'"),
        (["models", "pull", "nothing"], 5, "unknown local model"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_input_gives_one_line_and_a_code(filled: Rag, arguments: list[str], code: int, told: str) -> None:
    done = filled(*arguments)
    assert done.returncode == code, done.stderr
    assert told in one_line(done)
    assert done.stdout == ""


def test_an_empty_library_and_a_passages_file_of_another_format(rag: Rag, tmp_path: Path) -> None:
    assert "rag ingest PATH" in one_line(rag("ask", "Who?"))
    (tmp_path / "p.jsonl").write_text("not json\n")
    done = rag("ask", "Who?", "--passages", "p.jsonl")
    assert done.returncode == 3
    assert "line 1" in one_line(done)


def test_a_hosted_model_answers_and_is_cited(filled: Rag) -> None:
    with model_service("Rodrigo Chaves endorsed Rebeca Grynspan [7].") as service:
        done = filled(
            *("ask", "Who endorsed Rebeca Grynspan?", "--llm", "openai:test-model", "--json"),
            NEWSRAG_LLM_BASE_URL=service.openai_url,
        )
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["model"]) == ("answered", "openai:test-model")
    assert answer["answer"] == "Rodrigo Chaves endorsed Rebeca Grynspan. [1]"
    assert "recently endorsed Rebeca Grynspan" in answer["citations"][0]["quote"]
    assert answer["tokens"]["prompt"] > 0


def test_an_unreachable_endpoint_is_told(filled: Rag) -> None:
    done = filled("ask", "Who?", "--llm", "openai:m", NEWSRAG_LLM_BASE_URL="http://127.0.0.1:9/v1", NEWSRAG_LLM_RETRIES="0")
    assert done.returncode == 5
    assert "127.0.0.1:9" in one_line(done)


def test_interrupted_ingest_leaves_a_library_that_works(rag: Rag, settings: dict[str, str], tmp_path: Path) -> None:
    lines = (json.dumps({"id": str(n), "text": f"Sentence {n} of the long run. " * 60}) for n in range(20_000))
    (tmp_path / "long.jsonl").write_text("\n".join(lines))
    env = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*PROCESS, "ingest", "long.jsonl"], env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)

    def stored() -> int:
        found = rag("library", "stats", "--json")
        return int(json.loads(found.stdout)["articles"]) if found.returncode == 0 else 0

    deadline = time.monotonic() + 60
    while not stored() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, chatter = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in chatter
    assert "Traceback" not in chatter
    assert 0 < stored() < 20_000
    assert json.loads(rag("search", "long run", "--json").stdout)["hits"]


def test_help_names_every_command_and_costs_little() -> None:
    code = (
        "import sys; from rag.cli.app import run; run(['--help']); "
        "assert not {'torch', 'llama_index', 'gradio', 'faiss'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for command in ("ingest", "search", "ask", "chat", "eval", "models", "library", "trace", "config", "doctor"):
        assert command in done.stdout

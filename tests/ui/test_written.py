"""What a server that answers questions writes of them: the secret word of a question is in no line unless asked for."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import pytest

from rag import logs
from rag.config import LogConfig
from rag.observe import Observer
from tests.ui.scripted import ARTICLE, free_port, page_config
from tests.ui.test_server import fill
from ui.backend import Backend
from ui.run import Run
from ui.server import Server
from ui.turn import Turn

SECRET = "Quetzalcoatlus"


def ask(url: str) -> None:
    """Ask with the secret word over each way in."""
    question = f"What do the dockers say of {SECRET}?"
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        assert client.post("/api/ask", json={"question": question}).status_code == 200
        assert "event: answer" in client.post("/api/ask", json={"question": question, "stream": True}).text
        assert client.post("/api/search", json={"query": question}).status_code == 200
        assert client.post("/api/ask", json={"question": SECRET * 300}).status_code in (400, 422)
        chat = {"messages": [{"role": "user", "content": question}]}
        assert client.post("/v1/chat/completions", json=chat).status_code == 200
        assert client.get(f"/api/articles/{SECRET}").status_code == 404
        assert client.get(f"/nowhere/{SECRET}").status_code == 404


def check(lines: list[str]) -> None:
    """Check that there is a line for each request and answer, without a word of it."""
    assert not [line for line in lines if SECRET in line or "dockers" in line]
    told = [json.loads(line) for line in lines if line.startswith("{")]
    answers = [line for line in told if line["event"] == "answer" and line["status"] != "failed"]
    assert len(answers) == 3
    for line in answers:
        assert len(line["id"]) == 32
        assert line["model"] == "extractive"
        assert line["caller"].startswith("address:127.0.0.1")
        assert "total" in line["ms"]
    asked = [line for line in told if line["event"] == "request" and line["route"] == "/api/ask"]
    assert {(line["method"], line["code"]) for line in asked[:2]} == {("POST", 200)}
    assert "/api/articles/{article_id}" in {line["route"] for line in told if line["event"] == "request"}
    (searched,) = [line for line in told if line["event"] == "search"]
    assert searched["hits"] >= 1
    assert searched["caller"] == answers[0]["caller"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "library", ARTICLE)
    return tmp_path / "library"


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    for name in ("", "rag", "ui", "eval"):
        logging.getLogger(name).setLevel(logging.WARNING if not name else logging.NOTSET)


@pytest.mark.usefixtures("_as_it_was")
def test_no_line_holds_what_was_asked_unless_a_setting_has_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backend = Backend(page_config(**{"library.path": str(path)}), may_stand_in=False)
    with Server(backend) as server:
        logs.configure(LogConfig(format="json", level="debug"))
        ask(server.url)
        check(capsys.readouterr().err.splitlines())
        open_ = LogConfig(level="info", content=True)
        logs.configure(open_)
        backend.assistant().observer = Observer(backend.config.model_copy(update={"log": open_}))
        ask(server.url)
        lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("INFO rag.observe: answer ") and SECRET in line]


@pytest.mark.torture
def test_the_command_writes_as_the_settings_say(path: Path) -> None:
    known = {
        "LIBRARY_PATH": str(path),
        "EMBED_MODEL": "hash",
        "LLM_MODEL": "extractive",
        "PAGE_PORT": str(free_port()),
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
    }
    environment = {**os.environ, **{f"NEWSRAG_{name}": value for name, value in known.items()}}
    command = [sys.executable, "-c", "from rag.cli import main; main()", "chat"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=path.parent
    ) as server:
        assert server.stdout is not None
        ask(server.stdout.readline().strip())
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=60)
        assert server.returncode == 0
    check(errors.splitlines())


def test_a_question_on_the_page_is_its_readers() -> None:
    seen = []

    def states() -> Generator[Turn, None, None]:
        seen.append(logs.caller())
        yield Turn(1, "?", error="enough")

    async def read() -> None:
        async for _ in Run(Turn(1, "?"), states(), who="account:ann").states():
            pass

    asyncio.run(read())
    assert seen == ["account:ann"]

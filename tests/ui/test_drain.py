"""A server that is to stop: it takes no more questions, and those under way get their answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.llm.server import model_service
from tests.ui.scripted import ARTICLE, PAID, ScriptedAssistant, ScriptedBackend, free_port, page_config, playing
from tests.ui.test_server import fill
from ui.server import Server

QUESTION = {"question": "What do the dockers in Valparaíso want?", "stream": True}


@contextmanager
def asked(assistant: ScriptedAssistant) -> Iterator[tuple[Server, httpx.Client, Iterator[str]]]:
    """Give a server that answers a question, a client, and the lines of the answer, of which the first has come."""
    backend = ScriptedBackend(assistant, page_config())
    with (
        Server(backend) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client,
        client.stream("POST", "/api/ask", json=QUESTION) as reply,
    ):
        lines = reply.iter_lines()
        next(lines)
        yield server, client, lines


def test_answers_under_way_are_finished_and_new_questions_refused() -> None:
    assistant = playing(PAID, hold_at=3)
    with asked(assistant) as (server, client, lines):
        assert client.get("/readyz").status_code == 200
        draining = threading.Thread(target=lambda: server.drain(20, hurried=threading.Event()))
        draining.start()
        while (ready := client.get("/readyz")).status_code == 200:
            time.sleep(0.01)
        assert ready.json() == {"status": "not ready", "reason": "the server is about to stop"}
        assert client.get("/healthz").status_code == 200
        refused = client.post("/api/ask", json=QUESTION)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "server_stopping")
        assert refused.headers["retry-after"] == "5"
        assert draining.is_alive()
        assistant.released.set()
        assert "event: answer" in list(lines)
        draining.join(5)
        assert not draining.is_alive()


def test_it_waits_no_longer_than_it_may_nor_when_it_is_hurried() -> None:
    assistant = playing(PAID, hold_at=3)
    with asked(assistant) as (server, _, _):
        began = time.monotonic()
        server.drain(0.3, hurried=threading.Event())
        assert 0.3 <= time.monotonic() - began < 2
        hurried = threading.Event()
        threading.Timer(0.2, hurried.set).start()
        server.drain(20, hurried=hurried)
        assert time.monotonic() - began < 4
        assistant.released.set()


def test_with_nothing_under_way_it_does_not_wait_at_all() -> None:
    with Server(ScriptedBackend(playing(PAID), page_config())) as server:
        began = time.monotonic()
        server.drain(20, hurried=threading.Event())
        assert time.monotonic() - began < 0.3


@contextmanager
def command(path: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """Give a `rag chat` that has come up, and a client of it."""
    known = {
        "NEWSRAG_EMBED_MODEL": "hash",
        "NEWSRAG_LIBRARY_PATH": str(path),
        "NEWSRAG_PAGE_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    line = [sys.executable, "-c", "from rag.cli import main; main()", "chat"]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("NEWSRAG_")}
    with subprocess.Popen(line, env={**ours, **known}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().strip()
            assert url, running.communicate(timeout=60)[1]
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                yield running, client
        finally:
            running.kill()


WORDS = "Dockers in Valparaíso want 12% more pay [1]. " + "The talks go on and on and on. " * 4


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_sigterm_lets_a_model_finish_its_reply(tmp_path: Path) -> None:
    pytest.importorskip("llama_index.llms.openai_like")
    fill(tmp_path, ARTICLE)
    with model_service(WORDS) as model:
        model.pace_s = 0.1
        settings = {"NEWSRAG_LLM_MODEL": "openai:m", "NEWSRAG_LLM_BASE_URL": model.openai_url}
        with command(tmp_path, **settings) as (running, client), client.stream("POST", "/api/ask", json=QUESTION) as reply:
            lines = reply.iter_lines()
            assert any(line == "event: delta" for line in lines)
            running.send_signal(signal.SIGTERM)
            while client.get("/readyz").status_code == 200:
                time.sleep(0.05)
            assert client.post("/api/ask", json=QUESTION).status_code == 503
            assert "event: answer" in list(lines)
            began = time.monotonic()
            _, err = running.communicate(timeout=30)
            print(f"ended {time.monotonic() - began:.2f} s after its last answer")
    assert running.returncode == 0
    assert "Traceback" not in err
    assert len(model.requests) <= 2  # the reply, and the one in place of what did not stand


ENDLESS = " ".join(f"Clause {n} grants {7 * n} euros to port {n % 11}." for n in range(2000))


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("n_signals", [1, 2])
def test_sigterm_does_not_wait_for_ever_and_twice_not_at_all(n_signals: int, tmp_path: Path) -> None:
    pytest.importorskip("llama_index.llms.openai_like")
    fill(tmp_path, ARTICLE)
    with model_service(ENDLESS) as model:
        model.pace_s = 0.05
        settings = {
            "NEWSRAG_LLM_MODEL": "openai:m",
            "NEWSRAG_LLM_BASE_URL": model.openai_url,
            "NEWSRAG_PAGE_DRAIN_S": "3" if n_signals == 1 else "120",
            "NEWSRAG_LLM_MAX_TOKENS": "8000",
        }
        with command(tmp_path, **settings) as (running, client), client.stream("POST", "/api/ask", json=QUESTION) as reply:
            lines = reply.iter_lines()  # kept: dropped, it would hang up
            assert any(line == "event: delta" for line in lines)
            began = time.monotonic()
            for _ in range(n_signals):
                running.send_signal(signal.SIGTERM)
                time.sleep(1)
            _, err = running.communicate(timeout=30)
            took = time.monotonic() - began
    print(f"ended {took:.2f} s after {n_signals} signals")
    assert running.returncode == 0
    assert "Traceback" not in err
    assert 3 * (n_signals == 1) <= took < 60


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_an_idle_server_ends_at_once(tmp_path: Path) -> None:
    fill(tmp_path, ARTICLE)
    with command(tmp_path, NEWSRAG_LLM_MODEL="extractive") as (running, client):
        assert client.post("/api/ask", json={**QUESTION, "stream": False}).status_code == 200
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=30)
        took = time.monotonic() - began
    print(f"ended in {took:.2f} s")
    assert (running.returncode, took < 2) == (0, True), err

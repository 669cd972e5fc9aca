"""Twenty people who ask at once for five minutes: no error, and memory that stays flat."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.ui.api.conftest import ARTICLES
from tests.ui.api.test_programs import QUESTION
from tests.ui.scripted import free_port
from tests.ui.test_server import fill

SECONDS = float(os.environ.get("SOAK_S", "300"))
PEOPLE = 20
GROWTH = 0.10
"""Most that memory may grow from after the first fifth of the time to the end, as a share."""


def memory(text: str) -> float:
    """Return the megabytes of the server."""
    (found,) = re.findall(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    return float(found) / 1e6


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_twenty_people_for_minutes(tmp_path: Path) -> None:
    fill(tmp_path, *ARTICLES)
    port = free_port()
    settings = {
        "NEWSRAG_EMBED_MODEL": "hash",
        "NEWSRAG_LLM_MODEL": "extractive",
        "NEWSRAG_LIBRARY_PATH": str(tmp_path),
        "NEWSRAG_PAGE_PORT": str(port),
        "NEWSRAG_ANSWER_CACHE": "0",  # each question is to be work
        "NEWSRAG_SEARCH_CACHE": "0",
        "NEWSRAG_PAGE_QUESTIONS_PER_MINUTE": "0",
        "NEWSRAG_PAGE_REQUESTS_PER_MINUTE": "0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", "from rag.cli import main; main()", "chat"]
    with subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            until = time.monotonic() + SECONDS
            with ThreadPoolExecutor(PEOPLE) as pool:
                people = [pool.submit(ask_on, url, number, until) for number in range(PEOPLE)]
                samples = watched(url, until)
                counts = [one.result() for one in people]
        finally:
            server.terminate()
    settled = samples[len(samples) // 5]
    print(f"{sum(counts):,} answers in {SECONDS:.0f} s; memory {samples[0]:.0f}, {settled:.0f} … {samples[-1]:.0f} MB")
    assert min(counts) > 0
    assert samples[-1] <= settled * (1 + GROWTH)


def ask_on(url: str, number: int, until: float) -> int:
    """Ask, now in one way and now in another, and return how often."""
    count = 0
    with httpx.Client(
        base_url=url, trust_env=False, timeout=120, cookies={"newsrag_browser": f"browser-number-{number:010}"}
    ) as client:
        while time.monotonic() < until:
            stream = count % 2 == 1
            if count % 3 == 2:
                body = {"messages": [{"role": "user", "content": QUESTION}], "stream": stream}
                reply = client.post("/v1/chat/completions", json=body)
            else:
                reply = client.post("/api/ask", json={"question": QUESTION, "stream": stream})
            assert reply.status_code == 200, reply.text
            assert "12% more pay" in reply.text
            assert client.post("/api/search", json={"query": "bridge"}).status_code == 200
            count += 1
    return count


def watched(url: str, until: float) -> list[float]:
    """Return the server's megabytes, every few seconds."""
    samples = []
    with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
        while time.monotonic() < until:
            samples.append(memory(client.get("/metrics").text))
            time.sleep(min(5, SECONDS / 20))
    return samples

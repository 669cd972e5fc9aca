"""The server goes on answering while it is handed hostile files, and keeps nothing of them."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.config import IngestConfig
from rag.ingest import Rejected
from tests.ingest.hostile.corpus import SECRET, SECRET_FILE, Case, corpus
from tests.ui.api.conftest import Site, running
from ui.adding import uploaded

CASES = [case for case in corpus() if case.is_slow][::3] + [case for case in corpus() if not case.is_slow][::40]
"""Bombs, loops and what takes longest, and some of all the rest."""

N_SENDERS = 2
QUESTION = {"question": "What does the toll of the Alder bridge stay at?"}
TIMES, MORE_S = 5, 1.0
"""How much longer an answer may take meanwhile, in the median: the parsers have the processors too."""

MOST_S = 30.0
"""The longest that any may take; a server that waits for a parser takes as long as that is allowed."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose parsers have little time and memory."""
    limits = {"ingest.workers": 2, "ingest.seconds": 10, "ingest.memory_mb": 700, "ingest.file_mb": 5}
    pace = {"page.questions_per_minute": 0, "page.requests_per_minute": 0}
    yield from running(tmp_path_factory.mktemp("attacked") / "library", **limits, **pace)


def _client(site: Site) -> httpx.Client:
    return httpx.Client(base_url=site.url, trust_env=False, timeout=600)


def _handed_over(site: Site, folder: Path, cases: list[Case], replies: list[tuple[str, int, str]]) -> None:
    with _client(site) as client:
        for case in cases:
            data = case.make().replace(b"{folder}", str(folder).encode())
            reply = client.post("/api/articles/upload", files=[("files", (case.file, data))])
            replies.append((case.name, reply.status_code, reply.text))


def _answered(client: httpx.Client) -> float:
    """Read an article and ask a question, and return how many seconds both took."""
    began = time.monotonic()
    article, asked = client.get("/api/articles/bridge"), client.post("/api/ask", json=QUESTION)
    assert article.status_code == asked.status_code == 200
    assert "3 euros" in asked.json()["answer"]
    return time.monotonic() - began


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_questions_are_answered_while_hostile_files_are_read(site: Site, tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text(SECRET)
    replies: list[tuple[str, int, str]] = []
    senders = [
        threading.Thread(target=_handed_over, args=(site, tmp_path, CASES[n::N_SENDERS], replies)) for n in range(N_SENDERS)
    ]
    spent: list[float] = []
    with _client(site) as client:
        alone = statistics.median([_answered(client) for _ in range(9)])
        for sender in senders:
            sender.start()
        while any(sender.is_alive() for sender in senders):
            spent.append(_answered(client))
            time.sleep(0.1)
        held = client.get("/api/articles", params={"limit": 100}).text

    assert len(replies) == len(CASES)
    assert {status for _, status, _ in replies} <= {201, 413, 422}, [
        reply for reply in replies if reply[1] not in (201, 413, 422)
    ]
    assert SECRET not in held + "".join(text for _, _, text in replies)
    assert statistics.median(spent) < TIMES * alone + MORE_S
    assert max(spent) < MOST_S


@pytest.mark.torture
@pytest.mark.timeout(300)
def test_the_limits_of_the_settings_hold_for_what_is_sent(site: Site) -> None:
    with _client(site) as client:
        refused = client.post("/api/articles/upload", files=[("files", ("long.txt", b"Rain fell on Oban. " * 300_000))])

    assert refused.status_code == 422
    assert "ingest.file_mb" in refused.json()["items"][0]["reason"]


def test_the_limits_hold_for_what_is_put_into_the_library_tab(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_bytes(b"Rain fell on Oban. " * 60_000)

    (refused,) = uploaded([str(file)], IngestConfig(file_mb=1, workers=1))

    assert isinstance(refused, Rejected)
    assert "ingest.file_mb" in refused.reason

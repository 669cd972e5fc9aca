from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.ui.api.conftest import Site
from tests.ui.scripted import PAID, PAY, ScriptedAssistant, ScriptedBackend, events, page_config, playing
from ui.accounts.book import Accounts
from ui.accounts.cookies import Cookies, load_secret
from ui.backend import Backend
from ui.conversations import Feedback
from ui.server import Server

ANN = {"newsrag_browser": "the-browser-of-ann-0001"}
BOB = {"newsrag_browser": "the-browser-of-bob-0001"}


def test_health_and_readiness_are_told(api: httpx.Client) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {"status": "ready"}


def value(text: str, name: str) -> float:
    return sum(float(found) for found in re.findall(rf"^{name} (\S+)$", text, re.MULTILINE))


def test_answers_stages_and_requests_are_counted(api: httpx.Client) -> None:
    before = api.get("/metrics").text
    api.post("/api/ask", json={"question": "How much more pay do dockers in Valparaíso want?"})
    api.get("/api/articles/bridge")
    api.get("/no/such/path")
    after = api.get("/metrics").text
    grown = {
        name: value(after, name) - value(before, name)
        for name in (
            r'newsrag_answers_total\{model="extractive",status="answered"\}',
            r'newsrag_answer_stage_seconds_count\{stage="search"\}',
            r'newsrag_http_requests_total\{code="200",method="POST",route="/api/ask"\}',
            r'newsrag_http_requests_total\{code="200",method="GET",route="/api/articles/\{article_id\}"\}',
        )
    }
    assert set(grown.values()) == {1.0}, grown
    assert value(after, "newsrag_library_articles") == 3
    assert value(after, "newsrag_questions_running") == 0
    assert value(after, "process_resident_memory_bytes") > 1e6
    assert "no/such" not in after
    assert "bridge" not in after


def test_what_is_given_again_is_counted(api: httpx.Client) -> None:
    question = {"question": "How many cables did engineers of the Alder bridge replace?"}
    first = api.post("/api/ask", json=question).json()
    before = api.get("/metrics").text
    again = api.post("/api/ask", json=question).json()
    streamed = api.post("/api/ask", json={**question, "stream": True}).text
    after = api.get("/metrics").text
    counted = r'newsrag_cache_hits_total\{cache="answer"\}'
    assert value(after, counted) - value(before, counted) == 2
    assert again["trace_id"] != first["trace_id"]
    own = {"trace_id": "", "timings_ms": {}}
    assert {**again, **own} == {**first, **own}
    assert [line for line in streamed.splitlines() if line.startswith("event: ")][-1] == "event: answer"
    assert "event: found" in streamed


def test_a_server_with_nothing_to_answer_from_is_not_ready(tmp_path: Path) -> None:
    config = page_config(**{"library.path": str(tmp_path / "nothing")})
    with Server(Backend(config, may_stand_in=False)) as server, httpx.Client(trust_env=False, timeout=20) as client:
        ready = client.get(f"{server.url}/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "the library holds no article")
        assert client.get(f"{server.url}/healthz").status_code == 200


def test_the_description_has_every_endpoint_and_its_page_loads_nothing(api: httpx.Client) -> None:
    described = api.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.")
    page = api.get("/docs")
    for path in described["paths"]:
        assert path in page.text
    assert {"/api/ask", "/api/search", "/api/articles", "/v1/chat/completions", "/metrics", "/healthz"} <= set(
        described["paths"]
    )
    assert not re.search(r"<script|src=|https?://|@import|url\(", page.text)


def test_a_conversation_can_be_taken_away_by_its_owner_alone(site: Site) -> None:
    store = site.backend.conversations()
    with site.client(cookies=ANN) as ann, site.client(cookies=BOB) as bob, site.client() as nobody:
        assert ann.get("/api/conversations").json() == {"conversations": []}
        cookies = Cookies(load_secret(site.config.library.path), Accounts.of(site.config), session_s=1)
        owner = cookies.owner(ANN["newsrag_browser"])
        id_ = store.create(owner)
        store.add(owner, id_, PAID.question, PAID)
        store.judge(owner, id_, 1, Feedback(True))
        assert [one["id"] for one in ann.get("/api/conversations").json()["conversations"]] == [id_]
        markdown = ann.get(f"/api/conversations/{id_}.md")
        assert markdown.headers["content-disposition"].startswith("attachment")
        assert PAY.rstrip(".") in markdown.text.replace("\\", "")
        assert ann.get(f"/api/conversations/{id_}.json").json()["turns"][0]["answer"]["citations"][0]["quote"] == PAY
        assert ann.get("/api/feedback.jsonl").json()["evidence"][0]["quote"] == PAY
        for other in (bob, nobody):
            assert other.get(f"/api/conversations/{id_}.md").status_code == 404
            assert other.get(f"/api/conversations/{id_}.json").status_code == 404
            assert other.get("/api/feedback.jsonl").text == ""


def scripted(assistant: ScriptedAssistant, **flags: object) -> Server:
    return Server(ScriptedBackend(assistant, page_config(**flags)))


def test_a_slow_model_holds_up_nobody_but_its_own_line() -> None:
    assistant = playing(PAID, hold_at=3)
    limits = {"page.concurrency": 1, "page.queue": 1, "page.answer_s": 20}
    with scripted(assistant, **limits) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        body = {"question": "slow?", "stream": True}
        with client.stream("POST", "/api/ask", json=body) as first, client.stream("POST", "/api/ask", json=body) as second:
            lines = second.iter_lines()
            assert [next(lines), next(lines)] == ["event: waiting", 'data: {"place": 1}']
            assert client.get("/healthz").status_code == 200
            assert client.get("/").status_code == 200
            assert "newsrag_questions_running 1.0" in client.get("/metrics").text
            full = client.post("/api/ask", json=body)
            assert (full.status_code, full.headers["retry-after"]) == (429, "10")
            assert full.json()["error"]["type"] == "rate_limit_error"
            assistant.released.set()
            assert "event: answer" in first.read().decode()
            assert "event: answer" in list(lines)


def test_a_program_that_hangs_up_stops_the_model() -> None:
    assistant = ScriptedAssistant(lambda _: events(PAID, draft=["word "] * 50_000), hold_at=10)
    with scripted(assistant) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        with client.stream("POST", "/api/ask", json={"question": "long?", "stream": True}) as reply:
            next(reply.iter_lines())
        assistant.released.set()
        assert assistant.closed.wait(10)
        assert len(assistant.given) < 50_000


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    assistant = playing(PAID, hold_at=3)
    with scripted(assistant, **{"page.answer_s": 0.3}) as server, httpx.Client(trust_env=False, timeout=20) as client:
        late = client.post(f"{server.url}/api/ask", json={"question": "slow?"})
        assert (late.status_code, late.json()["error"]["code"]) == (504, "timeout")
        late = client.post(f"{server.url}/v1/chat/completions", json={"messages": [{"role": "user", "content": "slow?"}]})
        assert late.status_code == 504
        assistant.released.set()


@pytest.mark.filterwarnings("ignore")
def test_a_bug_is_told_in_general_words(caplog: pytest.LogCaptureFixture) -> None:
    assistant = ScriptedAssistant(lambda _: [*events(PAID)[:3], ValueError("secret path /home/x")])
    with scripted(assistant) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        streamed = client.post("/api/ask", json={"question": "?", "stream": True})
        assert "secret" not in streamed.text
        assert "event: error" in streamed.text
        assert "internal_error" in streamed.text
        plain = client.post("/api/ask", json={"question": "?"})
        assert plain.status_code == 500
        assert plain.json()["error"]["code"] == "internal_error"
        assert "secret" not in plain.text
    assert "secret path" in caplog.text

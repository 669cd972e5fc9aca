from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.ui.api.conftest import ARTICLES, Site

QUESTION = "What do the dockers in Valparaíso want?"
QUOTE = "Dockers in Valparaíso want 12% more pay."
TEXTS = {article.id: article.text for article in ARTICLES}


def events(reply: httpx.Response) -> list[tuple[str, Any]]:
    """Return the events of a stream."""
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in reply.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines.get("event", ""), lines["data"] if lines["data"] == "[DONE]" else json.loads(lines["data"])))
    return found


def test_an_answer_has_its_citations_word_for_word(api: httpx.Client) -> None:
    reply = api.post("/api/ask", json={"question": QUESTION})
    assert reply.status_code == 200
    answer = reply.json()
    assert answer["status"] == "answered"
    (citation,) = [one for one in answer["citations"] if one["quote"] == QUOTE]
    assert TEXTS[citation["article_id"]][citation["start"] : citation["end"]] == QUOTE
    assert f"[{citation['marker']}]" in answer["answer"]


def test_a_stream_tells_stages_quotes_and_the_same_answer_last(api: httpx.Client) -> None:
    for asked in ({"json": {"question": QUESTION, "stream": True}}, {"json": {"question": QUESTION}, "headers": EVENTS}):
        found = events(api.post("/api/ask", **asked))  # type: ignore[arg-type]
        names = [name for name, _ in found]
        assert names[0] == "working"
        assert names.index("found") < names.index("delta") < names.index("answer") == len(names) - 1
        assert QUOTE in [one["quote"] for one in dict(found)["found"]["quotes"]]
        assert dict(found)["answer"]["citations"][0]["quote"] == QUOTE


EVENTS = {"Accept": "text/event-stream"}


def test_a_follow_up_leans_on_the_history(api: httpx.Client) -> None:
    history = [{"question": "When did the Alder bridge reopen?", "answer": "The Alder bridge reopened on Tuesday."}]
    found = dict(events(api.post("/api/ask", json={"question": "And what is its toll?", "history": history, "stream": True})))
    assert "Alder bridge" in found["understood"]["question"]
    assert found["answer"]["question"] == "And what is its toll?"
    assert {one["article_id"] for one in found["answer"]["citations"]} == {"bridge"}


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"publishers": ["El Puerto"]}, {"feria"}),
        ({"language": "es"}, {"feria"}),
        ({"articles": ["bridge", "feria"]}, {"bridge", "feria"}),
        ({"published_from": "2025-04-01", "published_to": "2025-04-30"}, {"bridge"}),
        ({"as_of": "2025-03-31"}, {"strike"}),
        ({}, {"strike", "bridge", "feria"}),
    ],
)
def test_a_search_keeps_to_its_filters(api: httpx.Client, where: dict[str, Any], ids: set[str]) -> None:
    reply = api.post("/api/search", json={"query": "reopened feria strike", "k": 10, **where})
    assert reply.status_code == 200
    assert {hit["article_id"] for hit in reply.json()["hits"]} == ids


def test_k_and_context_are_heeded(api: httpx.Client) -> None:
    assert len(api.post("/api/search", json={"query": "strike", "k": 1}).json()["hits"]) == 1


def test_an_answer_is_in_the_language_and_of_the_depth_asked_for(api: httpx.Client) -> None:
    unknown = {"question": "How many moons does Jupiter have?", "answer_language": "es"}
    assert api.post("/api/ask", json=unknown).json()["answer"].startswith("Los artículos no responden")
    broad = "What about the strike, the ships in the port and the dockers?"
    found = [api.post("/api/ask", json={"question": broad, "depth": depth}).json() for depth in ("quick", "deep")]
    quick, deep = (len(one["claims"]) for one in found)
    assert 1 == quick < deep <= 4
    body = {"messages": [{"role": "user", "content": unknown["question"]}], "answer_language": "fr"}
    said = api.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    assert said.startswith("Les articles ne répondent pas")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "question: Field required"),
        ({"question": ""}, "question: String should have at least 1 character"),
        ({"question": "x" * 2001}, "question: String should have at most 2000 characters"),
        ({"question": "?", "publisher": "BBC"}, "publisher: Extra inputs are not permitted"),
        ({"question": "?", "as_of": "yesterday"}, "as_of: "),
        ({"question": "?", "answer_language": "de"}, "answer_language: Input should be '', 'en', 'es' or 'fr'"),
        ({"question": "?", "depth": "all"}, "depth: Input should be 'quick', 'normal' or 'deep'"),
        ({"question": "?", "published_from": "2025-02-01", "published_to": "2025-01-01"}, "is after published_to"),
        ({"question": "?", "history": [{"answer": "x"}]}, "history.0.question: Field required"),
        ({"question": "\ud800"}, ""),
        ([], ""),
    ],
)
def test_a_body_that_is_wrong_is_told_so(api: httpx.Client, body: object, said: str) -> None:
    content = json.dumps(body).encode()
    reply = api.post("/api/ask", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert said in error["message"]
    assert error["type"] == "invalid_request_error"


def test_blank_questions_unknown_models_and_paths_are_told_too(api: httpx.Client) -> None:
    assert api.post("/api/ask", json={"question": "  "}).json()["error"]["code"] == "bad_question"
    streamed = api.post("/api/ask", json={"question": "  ", "stream": True})
    assert streamed.status_code == 400
    refused = api.post("/api/ask", json={"question": "?", "model": "openai:gpt-9"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")
    assert "extractive" in refused.json()["error"]["message"]
    assert api.post("/api/ask", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    assert api.post("/api/ask", content=b'{"question": "x"}', headers={"Content-Type": "text/plain"}).status_code == 422
    assert api.get("/api/ask").status_code in (404, 405)


def test_another_site_s_page_cannot_ask(api: httpx.Client) -> None:
    for path in ("/api/ask", "/api/search", "/api/articles", "/v1/chat/completions", "/mcp"):
        assert api.post(path, json={}, headers={"Origin": "http://evil.example"}).status_code == 403
        assert api.post(path, json={}, headers={"Host": "evil.example"}).status_code == 400
    preflight = api.options("/api/ask", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_a_request_that_is_too_large_is_refused_before_it_is_read(api: httpx.Client) -> None:
    head = f"POST /api/search HTTP/1.1\r\nHost: {api.base_url.netloc.decode()}\r\nContent-Length: 999999999\r\n\r\n"
    with socket.create_connection((api.base_url.host, api.base_url.port or 80), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(12) == b"HTTP/1.1 413"

    def chunks() -> Any:
        for _ in range(30):
            yield b" " * 1_000_000

    try:
        found = api.post("/api/search", content=chunks(), headers={"Content-Type": "application/json"})
    except httpx.WriteError:  # the server hung up meanwhile, which is as good
        return
    assert found.status_code == 413
    assert "20,000,000 bytes" in found.json()["error"]["message"]


def test_twenty_people_who_ask_at_once_all_get_their_answers(site: Site) -> None:
    def ask(number: int) -> tuple[int, str]:
        cookie = {"newsrag_browser": f"browser-number-{number:010}"}
        with site.client(cookies=cookie) as client:
            reply = client.post("/api/ask", json={"question": QUESTION})
            return reply.status_code, reply.json().get("status", "")

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(ask, range(20)))
    assert found == [(200, "answered")] * 20
    assert (site.backend.line.n_running, site.backend.line.n_waiting) == (0, 0)

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.ui.api.conftest import ARTICLES, Site, running
from tests.ui.scripted import page_config
from ui.backend import Backend
from ui.server import Server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose library a test may change."""
    path = tmp_path_factory.mktemp("own") / "library"
    config = page_config(**{"library.path": str(path)})
    backend = Backend(config, may_stand_in=False)
    with Server(backend) as server:  # over no library at all
        yield Site(server.url, backend, config)


def test_articles_are_listed_by_page_and_publisher(api: httpx.Client) -> None:
    every = api.get("/api/articles").json()
    assert [one["article_id"] for one in every["articles"]] == ["feria", "bridge", "strike"]
    assert every["total"] == 3
    second = api.get("/api/articles", params={"limit": 1, "offset": 1}).json()
    assert [one["article_id"] for one in second["articles"]] == ["bridge"]
    assert second["total"] == 3
    one = api.get("/api/articles", params={"publisher": "El Puerto"}).json()
    assert (one["total"], one["articles"][0]["article_id"]) == (1, "feria")
    assert api.get("/api/articles", params={"limit": 5000}).status_code == 422


def test_an_article_has_the_text_that_offsets_count_in(api: httpx.Client) -> None:
    found = api.get("/api/articles/bridge").json()
    assert found["text"] == ARTICLES[1].text
    assert (found["publisher"], found["published"], found["language"], found["flags"]) == (
        "River Times",
        "2025-04-01",
        "en",
        [],
    )
    missing = api.get("/api/articles/nowhere")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_articles_that_are_sent_can_be_asked_about_at_once(own: Site) -> None:
    with own.client() as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/api/articles").json()["total"] == 0
        assert client.post("/api/ask", json={"question": "Who won?"}).json()["error"]["code"] == "empty_library"
        article = {
            "id": "regatta",
            "text": "The Osprey crew won the Tarn regatta by nine seconds.",
            "title": "Osprey wins",
            "publisher": "Lake News",
            "published": "2025-06-01",
        }
        added = client.post("/api/articles", json={"articles": [article, {"text": "Rain fell on Oban all Sunday."}]})
        assert added.status_code == 201
        assert [item["action"] for item in added.json()["items"]] == ["added", "added"]
        assert str(own.config.library.path) not in added.text
        assert "/tmp" not in added.text
        assert client.get("/readyz").status_code == 200
        answer = client.post("/api/ask", json={"question": "Who won the Tarn regatta?"}).json()
        assert "Osprey" in answer["answer"]
        again = client.post("/api/articles", json={"articles": [{**article, "text": "The Heron crew won the Tarn regatta."}]})
        assert [item["action"] for item in again.json()["items"]] == ["updated"]
        assert "Heron" in client.get("/api/articles/regatta").json()["text"]


def test_files_are_taken_as_ingest_takes_them(own: Site) -> None:
    line = json.dumps({"id": "line", "text": "The lighthouse at Skerry was painted red."})
    files = [
        ("files", ("note.md", b"# Mill burns\n\nThe old mill at Tornio burned down on Friday night.")),
        ("files", ("more.jsonl", f"{line}\nnot json\n".encode())),
        ("files", ("../../odd name.txt", b"The ferry to Hoy was cancelled because of the storm.")),
    ]
    with own.client() as client:
        added = client.post("/api/articles/upload", files=files)
        assert added.status_code == 201
        assert (added.json()["added"], added.json()["rejected"]) == (3, 1)
        assert {item["origin"] for item in added.json()["items"]} == {
            "upload:note.md",
            "upload:more.jsonl#line",
            "upload:more.jsonl",
            "upload:odd name.txt",
        }
        refused = client.post("/api/articles/upload", files=[("files", ("a.exe", b"MZ"))])
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_file")
        empty = client.post("/api/articles/upload", files=[("files", ("a.txt", b""))])
        assert (empty.status_code, empty.json()["rejected"]) == (422, 1)


def test_several_may_add_at_once(own: Site) -> None:
    def add(number: int) -> int:
        with own.client() as client:
            article = {"id": f"n{number}", "text": f"Village number {number} elected a mayor called Ada{number}."}
            return client.post("/api/articles", json={"articles": [article]}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(add, range(6))) == [201] * 6


@pytest.mark.parametrize(
    "articles",
    [[], [{"title": "no text"}], [{"text": ""}], [{"text": "x", "date": "2025"}], [{"text": "x", "published": "soon"}]],
)
def test_articles_that_cannot_be_meant_are_refused(own: Site, articles: list[object]) -> None:
    with own.client() as client:
        assert client.post("/api/articles", json={"articles": articles}).status_code == 422


def test_adding_and_the_whole_api_can_be_turned_off(tmp_path: Path) -> None:
    for found in running(tmp_path / "library", **{"api.add": False}):
        with found.client() as client:
            assert client.post("/api/articles", json={"articles": [{"text": "x"}]}).status_code in (404, 405)
            assert client.get("/api/articles").status_code == 200
    for found in running(tmp_path / "library", **{"api.enabled": False}):
        with found.client() as client:
            for path in ("/api/ask", "/v1/chat/completions", "/mcp", "/docs", "/api/openapi.json"):
                assert client.post(path, json={"question": "x"}).status_code in (404, 405)
            assert client.get("/healthz").status_code == 200

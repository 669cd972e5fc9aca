"""The real server on the loopback interface, without a browser."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.errors import ConfigError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Article
from tests.conftest import ROOT
from tests.ui.scripted import ARTICLE, page_config
from ui.accounts.book import Accounts
from ui.backend import Backend
from ui.server import Server, check_exposure, listen


def fill(path: Path, *articles: Article) -> None:
    """Make a library of hashed words."""
    embedder: Embedder = HashEmbedder()
    with Library.create(path, model=embedder.name) as library:
        list(ingest(articles, library, embedder, tokens=200))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a page over a library of one article."""
    path = tmp_path_factory.mktemp("library")
    fill(path, ARTICLE)
    config = page_config(**{"library.path": str(path)})
    with (
        Server(Backend(config, may_stand_in=False)) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client,
    ):
        yield client


def test_the_page_is_whole_and_ours_alone(page: httpx.Client) -> None:
    reply = page.get("/")
    assert reply.status_code == 200
    assert "<title>" in reply.text or "Ask the news" in reply.text
    policy = reply.headers["content-security-policy"]
    assert "img-src 'self' data: blob:" in policy
    assert "connect-src 'self'" in policy
    (nonce,) = set(re.findall(r"<script nonce=\"([^\"]+)\"", reply.text))
    assert f"'nonce-{nonce}'" in policy
    assert not re.search(r"<script(?! nonce)", reply.text)


@pytest.mark.parametrize("path", ["page/style.css", "page/page.js", "page/icon.svg", "theme.css"])
def test_its_own_files_are_served(page: httpx.Client, path: str) -> None:
    assert page.get(f"/{path}").status_code == 200


def test_nothing_that_it_sends_at_first_is_to_be_loaded_from_elsewhere(page: httpx.Client) -> None:
    for path in ("/", "/theme.css", "/page/style.css"):
        text = page.get(path).text
        loaded = re.findall(r"(?:<script[^>]+src|<link[^>]+href|<img[^>]+src|url\(|@import)[=\s\"'(]*([^\"')\s>]+)", text)
        assert not [one for one in loaded if re.match(r"(https?:)?//", one)]


def test_another_host_or_origin_is_refused(page: httpx.Client) -> None:
    assert page.get("/", headers={"Host": "evil.example"}).status_code == 400
    asked = {"data": [], "fn_index": 0, "session_hash": "x"}
    assert page.post("/gradio_api/queue/join", json=asked, headers={"Origin": "http://evil.example"}).status_code == 403
    assert page.get("/config", headers={"Origin": "http://evil.example"}).status_code == 403


def test_files_of_the_machine_are_not_served(page: httpx.Client) -> None:
    for path in ("/etc/passwd", str(ROOT / "pyproject.toml")):
        assert page.get(f"/gradio_api/file={path}").status_code in (403, 404)
    assert page.get("/page/../app.py").status_code == 404


def test_an_upload_is_never_shown_as_a_page_and_a_large_one_is_refused(page: httpx.Client) -> None:
    taken = page.post("/gradio_api/upload", files={"files": ("a.html", b"<script>alert(1)</script>")})
    assert taken.status_code == 200
    served = page.get(f"/gradio_api/file={taken.json()[0]}")
    assert served.status_code in (403, 404) or served.headers["content-disposition"].startswith("attachment")
    assert page.post("/gradio_api/upload", files={"files": ("a.txt", bytes(21_000_000))}).status_code == 413


def test_no_step_of_the_page_is_offered_as_an_api(page: httpx.Client) -> None:
    assert page.get("/gradio_api/info").json()["named_endpoints"] == {}
    assert "gradio" not in page.get("/docs").text.lower()
    assert not [path for path in page.get("/api/openapi.json").json()["paths"] if "gradio" in path]
    assert page.get("/monitoring/summary").status_code in (403, 404)


def test_a_port_in_use_is_named_with_the_command_for_another() -> None:
    config = page_config()
    with listen(config.page), pytest.raises(ConfigError) as raised:
        Server(Backend(config, may_stand_in=False)).__enter__()
    assert str(config.page.port) in str(raised.value)
    assert f"rag chat --port {config.page.port + 1}" in str(raised.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_page_for_others_is_refused_where_nobody_would_be_asked_for_a_password(host: str, tmp_path: Path) -> None:
    config = page_config(**{"page.host": host, "library.path": str(tmp_path)})
    with pytest.raises(ConfigError, match="rag auth add NAME, or allow it with: rag chat --exposed"):
        Server(Backend(config, may_stand_in=False)).__enter__()
    check_exposure(page_config(**{"page.host": host, "page.exposed": True}))
    check_exposure(page_config(**{"page.host": host, "auth.required": True}))
    Accounts.of(config).add_key("ann")
    check_exposure(config)


def test_the_last_port_is_followed_by_a_lower_one() -> None:
    config = page_config(**{"page.port": 65535})
    with listen(config.page), pytest.raises(ConfigError, match="--port 65534"):
        listen(config.page)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_named(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    if " " in host:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConfigError, match=f"{host}.*--host 127.0.0.1"):
        listen(page_config(**{"page.host": host}).page)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:7"),
        ("0.0.0.0", "http://127.0.0.1:7"),
        ("::1", "http://[::1]:7"),
        ("::", "http://[::1]:7"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    config = page_config(**{"page.host": host, "page.port": 7})
    assert Server(Backend(config, may_stand_in=False)).url == url


def test_an_empty_library_has_its_page_and_questions_find_what_comes_later(tmp_path: Path) -> None:
    config = page_config(**{"library.path": str(tmp_path / "later")})
    backend = Backend(config, may_stand_in=False)
    with Server(backend) as server:
        assert httpx.get(server.url, trust_env=False, timeout=20).status_code == 200
        assert backend.stats() is None
        assert backend.article_ids() == frozenset()
        backend.warm().join(10)
        fill(tmp_path / "later", ARTICLE)
        stats = backend.stats()
        assert stats is not None
        assert stats.articles == 1
        assert backend.article_ids() == {"strike"}

"""Two real servers over a small library: one that anybody may use, one with accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest

from rag.config import Config
from rag.types import Article
from tests.ui.scripted import ARTICLE, page_config
from tests.ui.test_server import fill
from ui.accounts import passwords
from ui.accounts.file import FileAccounts
from ui.backend import Backend
from ui.server import Server

ARTICLES = (
    ARTICLE,
    Article(
        id="bridge",
        text="The Alder bridge reopened on Tuesday. Engineers replaced 44 cables. The toll stays at 3 euros.",
        title="Alder bridge reopens",
        publisher="River Times",
        published=date(2025, 4, 1),
        url="https://river.example/bridge",
        language="en",
        content_hash="b",
    ),
    Article(
        id="feria",
        text="La feria del libro abrió el jueves. Participan 120 editoriales de Chile.",
        title="Abre la feria",
        publisher="El Puerto",
        published=date(2025, 5, 8),
        language="es",
        content_hash="f",
    ),
)
PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Site:
    """A server that runs, and what is behind it."""

    url: str
    backend: Backend
    config: Config

    def client(self, **options: object) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, **options)  # type: ignore[arg-type]


def running(path: Path, **flags: object) -> Iterator[Site]:
    """Give a server over the articles, with `flags` among its settings."""
    fill(path, *ARTICLES)
    config = page_config(**{"library.path": str(path), **flags})
    backend = Backend(config, may_stand_in=False)
    with Server(backend) as server:
        yield Site(server.url, backend, config)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server without accounts."""
    yield from running(tmp_path_factory.mktemp("open") / "library")


@pytest.fixture
def api(site: Site) -> Iterator[httpx.Client]:
    """A client of the server without accounts."""
    with site.client() as client:
        yield client


@dataclass(frozen=True, slots=True)
class Closed:
    """A server with accounts, and an API key of each."""

    site: Site
    keys: dict[str, str]

    def client(self, name: str) -> httpx.Client:
        """Return a client with the key of an account."""
        return self.site.client(headers={"Authorization": f"Bearer {self.keys[name]}"})


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    """A server with the accounts of Ann and Bob."""
    path = tmp_path_factory.mktemp("closed") / "library"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_N", 2**10)  # quick hashes
        yield from _closed(path)


def _closed(path: Path) -> Iterator[Closed]:
    accounts = FileAccounts(path / "accounts.json")
    accounts.add("ann", PASSWORD)
    keys = {name: accounts.add_key(name) for name in ("ann", "bob")}
    limits = {"page.questions_per_minute": 30, "page.requests_per_minute": 40}
    for found in running(path, **limits):
        yield Closed(found, keys)

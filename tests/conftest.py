"""What every test stands on: no network but loopback, no settings from outside, and a small library of real articles."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.config import Config, load_config
from rag.ports import Embedder
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Article
from tests.pgserver import Server, running

os.environ["HF_HUB_OFFLINE"] = "1"

# A shell's background job ignores Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

_connect = socket.socket.connect


def _connect_to_loopback(self: socket.socket, address: object) -> None:
    """Refuse any address but this machine's own."""
    if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
        raise AssertionError(f"a test tried to reach {address!r}")
    _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep settings, keys, the working folder and the network of the machine out of the test."""
    for name in list(os.environ):
        if name.startswith("NEWSRAG_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings that need no model: hashed words and the extractive backend, over a library in `tmp_path`."""
    flags = {"embed.model": "hash", "llm.model": "extractive", "library.path": str(tmp_path / "library")}
    return load_config(flags=flags, env={}).config


@pytest.fixture
def embedder() -> Embedder:
    """The embedder of `config`."""
    return HashEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Iterator[Library]:
    """An empty library on disk."""
    with Library.create(tmp_path / "library", model=embedder.name) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server with pgvector, started when the first test asks for it."""
    with running() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[str]:
    """The address of a new, empty database."""
    with postgres_server.database() as address:
        yield address


def make_article(text: str, *, id: str = "a1", **known: object) -> Article:
    """Return an article whose content hash follows its text and title."""
    published = known.pop("published", None)
    day = date.fromisoformat(published) if isinstance(published, str) else None
    return Article(id=id, text=text, published=day, content_hash=f"{text}|{known.get('title')}", **known)  # type: ignore[arg-type]


@pytest.fixture
def harbour() -> list[Article]:
    """Three short articles about one strike."""
    return [
        make_article(
            "The harbour strike began on Monday. Dockers in Valparaíso want 12% more pay.\n\nIt handled 310 ships in May.",
            id="strike",
            title="Dockers walk out",
            publisher="Harbour Post",
            published="2025-03-03",
            origin="/in/strike.txt",
        ),
        make_article(
            "Members elected Ines Moreau to lead the port union. She replaces Karl Voss, who led it for nine years.",
            id="union",
            title="Union has a new head",
            publisher="The Ledger",
            published="2025-03-10",
            origin="/in/union.txt",
        ),
        make_article("Rain is expected over the coast. Winds stay weak.", id="weather", origin="/in/weather.txt"),
    ]

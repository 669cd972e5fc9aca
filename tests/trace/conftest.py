"""A library of three articles, and assistants over it that keep traces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store.library import Library
from rag.trace.store import TraceStore
from rag.types import Article


@pytest.fixture
def stocked(config: Config, library: Library, harbour: list[Article], embedder: Embedder) -> Config:
    """The settings of a library that holds the harbour articles."""
    list(ingest(harbour, library, embedder, tokens=100))
    return config


@pytest.fixture
def assistant(stocked: Config) -> Iterator[Assistant]:
    with Assistant.open(stocked) as opened:
        yield opened


@pytest.fixture
def store(config: Config) -> TraceStore:
    return TraceStore(config.library.path)

"""Processes for parsing that all tests of this folder share: starting one takes as long as ten tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.config import IngestConfig
from rag.ingest import Rejected, Sandbox, read_articles
from rag.types import Article

NOW = datetime(2026, 1, 10, tzinfo=UTC)

Read = Callable[[str, bytes | str], list[Article | Rejected]]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Two processes."""
    with Sandbox(IngestConfig(workers=2)) as made:
        yield made


@pytest.fixture
def read(tmp_path: Path, sandbox: Sandbox) -> Read:
    """Give a function that writes a file and returns what is read from it."""

    def write_and_read(name: str, data: bytes | str) -> list[Article | Rejected]:
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return list(read_articles([tmp_path / name], now=NOW, sandbox=sandbox))

    return write_and_read


def only(items: list[Article | Rejected]) -> Article:
    """Return the one article that was read."""
    (item,) = items
    assert isinstance(item, Article), item
    return item


def reason(items: list[Article | Rejected]) -> str:
    """Return why nothing was read."""
    (item,) = items
    assert isinstance(item, Rejected), item
    return item.reason

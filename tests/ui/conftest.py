"""Fixtures of the page: a server over a library or a script, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ui.scripted import ScriptedAssistant, ScriptedBackend
from ui.server import Server


@contextmanager
def served(assistant: ScriptedAssistant, **options: object) -> Iterator[Server]:
    """Serve a page over a scripted assistant."""
    with Server(ScriptedBackend(assistant, **options)) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no proxy stand between a test and its own server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

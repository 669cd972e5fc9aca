"""Fixtures for the backends: a service to talk to, and an environment without anybody's keys."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.llm.server import ModelService, model_service

_FOREIGN = ("OPENAI_", "ANTHROPIC_", "OLLAMA_", "NEWSRAG_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True, scope="module")
def clean_environment() -> Iterator[None]:
    """Hide the developer's keys, addresses and proxies; where the weights of local models are stays known."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name != "NEWSRAG_MODELS" and (name.startswith(_FOREIGN) or name.lower() in _PROXIES):
                patch.delenv(name)
        yield


@pytest.fixture
def service() -> Iterator[ModelService]:
    """A model service that says `Hello, world.`"""
    with model_service() as running:
        yield running

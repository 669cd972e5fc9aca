from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from rag.llm import BackendState, Readiness, backend_state, registry, state
from rag.llm.models import QWEN_0_5B
from tests.llm.helpers import config
from tests.llm.server import ModelService

PROVIDERS = ("openai", "ollama", "anthropic")


def state_of(provider: str, service: ModelService, model: str = "m") -> BackendState:
    return backend_state(f"{provider}:{model}", config(service.openai_url if provider == "openai" else service.origin))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_service_that_has_the_model_is_ready(provider: str, service: ModelService) -> None:
    found = state_of(provider, service)
    assert (found.readiness, found.command, found.is_ready) == (Readiness.READY, "", True)
    assert service.origin in found.detail
    assert service.requests == []  # nothing was generated to find out


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_service_without_the_model_says_what_it_has(provider: str, service: ModelService) -> None:
    found = state_of(provider, service, model="other")
    assert found.readiness is Readiness.MISSING_MODEL
    assert not found.is_ready
    assert "has no model 'other'" in found.detail
    assert provider == "anthropic" or "it has m" in found.detail
    assert found.command.startswith("ollama pull other" if provider == "ollama" else "curl -s http://127.0.0.1")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "readiness"),
    [
        (401, Readiness.MISSING_KEY),
        (403, Readiness.MISSING_KEY),
        (429, Readiness.UNREACHABLE),
        (503, Readiness.UNREACHABLE),
        (418, Readiness.UNKNOWN),
    ],
)
def test_a_refusal_says_what_is_missing(provider: str, status: int, readiness: Readiness, service: ModelService) -> None:
    service.listing_status = status
    found = state_of(provider, service)
    assert found.readiness is readiness
    assert str(status) in found.detail
    assert found.command


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_there_is_unreachable(provider: str) -> None:
    found = backend_state(f"{provider}:m", config("http://127.0.0.1:9/v1"))
    assert found.readiness is Readiness.UNREACHABLE
    assert "'http://127.0.0.1:9/v1'" in found.detail
    assert found.command == ("ollama serve" if provider == "ollama" else "rag config show")


def test_a_refused_key_is_not_shown(monkeypatch: pytest.MonkeyPatch, service: ModelService) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    service.listing_status = 401
    found = state_of("openai", service)
    assert "refused the key in OPENAI_API_KEY" in found.detail
    assert found.command == "export OPENAI_API_KEY=YOUR_KEY"
    assert "secret" not in repr(found)


def test_ollamas_latest_needs_no_tag(service: ModelService) -> None:
    service.models = ("qwen:latest",)
    assert state_of("ollama", service, model="qwen").is_ready


def test_llama_server_takes_any_name(service: ModelService) -> None:
    service.owner = "llamacpp"
    assert state_of("openai", service, model="whatever").is_ready


def test_a_long_list_is_cut(service: ModelService) -> None:
    service.models = tuple("abcdefgh")
    assert "it has a, b, c, d, e …" in state_of("openai", service).detail


def test_a_page_instead_of_a_list_is_unknown(service: ModelService) -> None:
    found = backend_state("openai:m", config(f"{service.origin}/elsewhere"))
    assert found.readiness is Readiness.UNKNOWN


def test_no_key_no_request() -> None:
    found = backend_state("openai:m", config())
    assert found.readiness is Readiness.MISSING_KEY
    assert found.command == "export OPENAI_API_KEY=YOUR_KEY"


def test_a_wrong_address_says_where_settings_are_shown() -> None:
    found = backend_state("openai:m", config("nowhere"))
    assert (found.readiness, found.command) == (Readiness.UNREACHABLE, "rag config show")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    monkeypatch.setattr(state, "_is_installed", lambda _: False)
    found = backend_state(f"{provider}:m", config())
    assert found.readiness is Readiness.MISSING_EXTRA
    assert found.command == f"pip install 'newsrag[{provider}]'"
    assert provider in found.detail


def test_a_package_is_looked_for_without_importing_it() -> None:
    assert state._is_installed("llama_index.core")
    assert not state._is_installed("no_such_package.at_all")
    assert "no_such_package" not in sys.modules


@pytest.mark.parametrize(
    ("name", "n_bytes", "readiness", "said"),
    [
        ("", 0, Readiness.MISSING_MODEL, "the weights are not in"),
        (".partial", 5, Readiness.MISSING_MODEL, "only part of the weights is in"),
        ("", 5, Readiness.MISSING_MODEL, "the weights have the wrong size in"),
        ("", QWEN_0_5B.n_bytes, Readiness.READY, "the weights are in"),
    ],
)
def test_a_local_model_is_ready_when_its_weights_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, n_bytes: int, readiness: Readiness, said: str
) -> None:
    monkeypatch.setenv("NEWSRAG_MODELS", str(tmp_path))
    monkeypatch.setattr(state, "_is_installed", lambda _: True)
    if n_bytes:
        with (tmp_path / f"{QWEN_0_5B.file}{name}").open("wb") as file:
            file.truncate(n_bytes)  # takes no room: the file is all hole
    found = backend_state("local:qwen2.5-coder-0.5b", config())
    assert found.readiness is readiness
    assert f"{said} {str(tmp_path)!r}" in found.detail
    assert found.command == ("" if found.is_ready else f"rag models pull {QWEN_0_5B.name}")


def test_a_folder_of_models_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def glance(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rag.llm.weights.glance", glance)
    monkeypatch.setattr(state, "_is_installed", lambda _: True)
    found = backend_state("local:qwen2.5-coder-0.5b", config())
    assert found.readiness is Readiness.MISSING_MODEL
    assert "Permission denied" in found.detail
    assert found.command == "export NEWSRAG_MODELS=FOLDER"


def test_an_unknown_local_model_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_is_installed", lambda _: True)
    found = backend_state("local:qwen9", config())
    assert (found.readiness, found.command) == (Readiness.UNKNOWN, "rag models list")
    assert QWEN_0_5B.name in found.detail


def test_a_plugin_is_not_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [EntryPoint("echo", "echo_backend", registry.ENTRY_POINTS)]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)  # noqa: ARG005
    assert backend_state("echo:loud", config()).readiness is Readiness.UNKNOWN


def test_extractive_is_always_ready() -> None:
    assert backend_state("extractive", config()).is_ready


def test_an_unknown_provider_is_told_not_raised() -> None:
    found = backend_state("opnai:m", config())
    assert found.readiness is Readiness.UNKNOWN
    assert "did you mean 'openai'" in found.detail

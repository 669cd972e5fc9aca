from __future__ import annotations

import subprocess
import sys
import types
from importlib.metadata import EntryPoint

import pytest
from llama_index.core.llms import LLM, MockLLM

from rag.config import LlmConfig
from rag.errors import ConfigError, MissingExtraError, MissingKeyError, UnknownBackendError
from rag.llm import load_llm, parse_spec, providers, registry
from tests.llm.helpers import config

ALL = ("anthropic", "extractive", "local", "ollama", "openai")


def test_naming_the_package_loads_neither_llamaindex_nor_an_sdk() -> None:
    heavy = ("llama_index", "openai", "ollama", "anthropic", "httpx", "tiktoken", "torch")
    code = f"import sys, rag.llm; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_providers_are_listed_sorted() -> None:
    assert providers() == ALL


@pytest.mark.parametrize(
    ("spec", "provider", "model"),
    [
        ("openai:gpt-4.1-mini", "openai", "gpt-4.1-mini"),
        ("ollama:qwen2.5:7b", "ollama", "qwen2.5:7b"),
        ("openai:meta-llama/Llama-3:free", "openai", "meta-llama/Llama-3:free"),
        (" extractive ", "extractive", ""),
        ("openai: m ", "openai", "m"),
    ],
)
def test_only_the_first_colon_separates(spec: str, provider: str, model: str) -> None:
    assert parse_spec(spec) == (provider, model)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("opnai:gpt", "unknown provider 'opnai'.*did you mean 'openai'.*anthropic, extractive, local, ollama, openai"),
        ("OpenAI:gpt", "did you mean 'openai'"),
        ("", "unknown provider ''.*write PROVIDER:MODEL"),
        ("gpt-4.1", "unknown provider 'gpt-4.1'.*write PROVIDER:MODEL"),
        (":m", "unknown provider ''"),
        ("openai", "'openai' names no model; write it like 'openai:gpt-4.1-mini'"),
        ("openai:", "'openai:' names no model"),
        ("ollama: ", "names no model; write it like 'ollama:qwen2.5:7b'"),
        ("extractive:x", "'extractive' takes no model.*write just 'extractive'"),
        ("extractive:", "'extractive' takes no model"),
    ],
)
def test_a_wrong_spec_says_how_to_write_it(spec: str, said: str) -> None:
    with pytest.raises(UnknownBackendError, match=said):
        load_llm(spec, config())


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        ("openai:m", "llama_index.llms.openai_like", "openai"),
        ("ollama:m", "ollama", "ollama"),
        ("anthropic:m", "anthropic", "anthropic"),
    ],
)
def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, spec: str, package: str, extra: str) -> None:
    monkeypatch.delitem(sys.modules, f"rag.llm.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"needs the package.*pip install 'newsrag\[{extra}\]'"):
        load_llm(spec, config())


def test_a_module_of_our_own_that_is_missing_is_a_bug_not_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = registry.Provider("rag.llm.nothing_of_that_name", "openai:m", "openai")
    monkeypatch.setattr(registry, "PROVIDERS", {"openai": broken})
    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
        load_llm("openai:m", config())


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_service_itself_needs_a_key(provider: str) -> None:
    variable = f"{provider.upper()}_API_KEY"
    with pytest.raises(MissingKeyError, match=f"{variable} is not set; type: export {variable}=YOUR_KEY"):
        load_llm(f"{provider}:m", config())


@pytest.mark.parametrize("key", ["sk-\N{HORIZONTAL ELLIPSIS}", "sk-12 34", "sk-12\n34"])
def test_a_mangled_key_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(MissingKeyError, match="characters that no key has") as raised:
        load_llm("openai:m", config())
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "base_url"), [("openai:m", "http://192.0.2.1:8000/v1"), ("anthropic:m", "http://127.0.0.1:1")]
)
def test_another_endpoint_may_need_no_key(spec: str, base_url: str) -> None:
    assert load_llm(spec, config(base_url)).metadata.model_name == "m"


@pytest.mark.parametrize(
    "base_url",
    [
        "localhost:8000/v1",
        "ftp://host/v1",
        "http://",
        "http://[::1",
        "http://h:x",
        "http://h:99999",
        "http://a b",
        "http://a\nb",
    ],
)
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigError, match=r"is not an address; write it like 'https://api.openai.com/v1'"):
        load_llm("openai:m", config(base_url))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("192.0.2.7", "http://192.0.2.7:11434"),
        ("box:1234", "http://box:1234"),
        (":1234", "http://127.0.0.1:1234"),
        ("[::1]", "http://[::1]:11434"),
        ("https://ollama.example/", "https://ollama.example"),
    ],
)
def test_ollama_is_found_where_its_own_tools_find_it(monkeypatch: pytest.MonkeyPatch, host: str, url: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert f"base_url={url!r}" in repr(load_llm("ollama:m", config()))
    assert "base_url='http://named:1'" in repr(load_llm("ollama:m", config("http://named:1")))


def test_the_sdks_own_variable_sets_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://box:8000/v1/")
    assert "api_base='http://box:8000/v1'" in repr(load_llm("openai:m", config()))


def test_a_model_without_chat_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890")
    with pytest.raises(UnknownBackendError, match=r"Responses API.*name a model for chat"):
        load_llm("openai:gpt-5.4-pro", config())


def test_anthropic_refuses_a_temperature_above_its_own_limit() -> None:
    with pytest.raises(ConfigError, match=r"llm.temperature = 1.5.*NEWSRAG_LLM_TEMPERATURE=1"):
        load_llm("anthropic:m", config("http://127.0.0.1:1", temperature=1.5))


def test_an_sdk_that_llamaindex_cannot_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anthropic.__version__", "2.12.0")
    with pytest.raises(MissingExtraError, match=r"2.12.0.*pip install 'newsrag\[anthropic\]'"):
        load_llm("anthropic:m", config("http://127.0.0.1:1"))


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package that adds the provider `echo`, and in vain one named `openai`."""
    module = types.ModuleType("echo_backend")

    def load(model: str, config: LlmConfig) -> LLM:
        return MockLLM(max_tokens=config.max_tokens, system_prompt=model)

    module.load = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "echo_backend", module)
    entries = [EntryPoint(name, "echo_backend", registry.ENTRY_POINTS) for name in ("echo", "openai")]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries if group == registry.ENTRY_POINTS else [])
    return module


@pytest.mark.usefixtures("plugin")
def test_another_package_adds_a_provider_but_replaces_none() -> None:
    llm = load_llm("echo:loud", config())
    assert isinstance(llm, MockLLM)
    assert llm.system_prompt == "loud"
    assert providers() == tuple(sorted([*ALL, "echo"]))
    with pytest.raises(MissingKeyError):
        load_llm("openai:m", config())
    with pytest.raises(UnknownBackendError, match="write it like 'echo:MODEL'"):
        load_llm("echo", config())


def test_a_plugin_that_lacks_a_package_names_it(plugin: types.ModuleType) -> None:
    def load(model: str, config: LlmConfig) -> LLM:  # noqa: ARG001
        raise ModuleNotFoundError("No module named 'loudspeaker'", name="loudspeaker")

    plugin.load = load  # type: ignore[attr-defined]
    with pytest.raises(MissingExtraError, match=r"'echo' needs the package 'loudspeaker'.*install it"):
        load_llm("echo:loud", config())

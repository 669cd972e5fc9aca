"""Which backends there are, and how one is loaded: `provider:model` names it.

A provider is a module with `load(model: str, config: LlmConfig) -> LLM`, imported only when it is named. Other packages
add providers by an entry point of the group `newsrag.llms`: its name is the provider, its value such a module.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple

from rag.config import LlmConfig
from rag.errors import MissingExtraError, UnknownBackendError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

ENTRY_POINTS = "newsrag.llms"


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider is loaded.

    `module` is where `load` is, `extra` the optional dependencies it needs (empty for none), `packages` the modules of
    which one tells that they are installed, and `example` a spec that works; one without `:` takes no model.
    """

    module: str
    example: str
    extra: str = ""
    packages: tuple[str, ...] = ()

    @property
    def takes_model(self) -> bool:
        """Whether a model's name must follow the provider's."""
        return ":" in self.example


PROVIDERS: Mapping[str, Provider] = {
    "anthropic": Provider("rag.llm.anthropic", "anthropic:claude-haiku-4-5", "anthropic", ("llama_index.llms.anthropic",)),
    "extractive": Provider("rag.llm.extractive", "extractive"),
    "local": Provider("rag.llm.local", "local:qwen2.5-coder-1.5b-instruct-q4_k_m", "local", ("openvino_genai", "xllamacpp")),
    "ollama": Provider("rag.llm.ollama", "ollama:qwen2.5:7b", "ollama", ("llama_index.llms.ollama",)),
    "openai": Provider("rag.llm.openai", "openai:gpt-4.1-mini", "openai", ("llama_index.llms.openai_like",)),
}


class Spec(NamedTuple):
    """A provider and the name of one of its models, empty where it takes none."""

    provider: str
    model: str


def load_llm(spec: str, config: LlmConfig) -> LLM:
    """Return the model that `spec` names, such as `ollama:qwen2.5:7b`, as a LlamaIndex LLM.

    Raises:
        UnknownBackendError: no such provider, or the model's name is missing.
        MissingExtraError: the provider's optional package is not installed.
        NewsRagError: what the backend itself raises for a missing key, model or address.
    """
    provider, model = parse_spec(spec)
    try:
        known = PROVIDERS.get(provider)
        module = importlib.import_module(known.module) if known else _plugins()[provider].load()
        llm: LLM = module.load(model, config)
    except ModuleNotFoundError as error:
        if (error.name or "rag").partition(".")[0] == "rag":
            raise
        raise missing_extra(provider, error.name or "") from error
    return llm


def parse_spec(spec: str) -> Spec:
    """Return the parts of `provider:model`; only the first colon separates, as models of Ollama's have one too.

    Raises:
        UnknownBackendError: no such provider, or the model's name is missing or one too many.
    """
    provider, colon, model = (part.strip() for part in spec.partition(":"))
    known = providers()
    if provider not in known:
        close = get_close_matches(provider.lower(), known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UnknownBackendError(
            f"unknown provider {provider!r} in {spec!r}{hint}; write PROVIDER:MODEL with one of: {', '.join(known)}"
        )
    takes_model = provider not in PROVIDERS or PROVIDERS[provider].takes_model
    example = PROVIDERS[provider].example if provider in PROVIDERS else f"{provider}:MODEL"
    if takes_model and not model:
        raise UnknownBackendError(f"{spec!r} names no model; write it like {example!r}")
    if not takes_model and colon:
        raise UnknownBackendError(f"{provider!r} takes no model, but {spec!r} names one; write just {example!r}")
    return Spec(provider, model)


def providers() -> tuple[str, ...]:
    """Return the names of all providers, installed plugins included, sorted."""
    return tuple(sorted({*PROVIDERS, *_plugins()}))


def missing_extra(provider: str, module: str) -> MissingExtraError:
    """Return the error for a provider whose package `module` is not installed."""
    what = f"{provider!r} needs the package {module!r}, which is not installed"
    if provider in PROVIDERS and PROVIDERS[provider].extra:
        return MissingExtraError(f"{what}; type: pip install 'newsrag[{PROVIDERS[provider].extra}]'")
    return MissingExtraError(f"{what}; install it and try again")


def _plugins() -> dict[str, EntryPoint]:
    """Return the providers that other packages add; none can take the place of a built-in one."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS) if entry.name not in PROVIDERS}

"""Whether a backend could answer right now, found out without loading it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rag.config import LlmConfig, models_dir
from rag.errors import ConfigError, MissingKeyError, UnknownBackendError
from rag.llm.hosted import ANTHROPIC, OLLAMA, OPENAI, Endpoint, Service, resolve
from rag.llm.registry import PROVIDERS, missing_extra, parse_spec

if TYPE_CHECKING:
    import httpx

PROBE_S = 2.0
"""How long a service may take to connect, and to answer, before it counts as unreachable."""

SHOW_CONFIG = "rag config show"

_WEIGHTS = {
    "missing": "the weights are not",
    "partial": "only part of the weights is",
    "corrupt": "the weights have the wrong size",
}

_SERVICES: Mapping[str, Service] = {service.provider: service for service in (OPENAI, OLLAMA, ANTHROPIC)}


class Readiness(StrEnum):
    """Whether a backend could answer, or what it lacks."""

    READY = "ready"
    MISSING_KEY = "missing_key"
    MISSING_EXTRA = "missing_extra"
    MISSING_MODEL = "missing_model"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BackendState:
    """What is known of a backend: a line for a person, and the command that helps, empty where none is needed."""

    spec: str
    readiness: Readiness
    detail: str
    command: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether a question may be asked of it."""
        return self.readiness is Readiness.READY


def backend_state(spec: str, config: LlmConfig) -> BackendState:
    """Return the state of the backend that `spec` names. It never raises for what it finds.

    A hosted one is asked for its models, which takes up to `PROBE_S` to connect and as long again to answer.
    """
    try:
        provider, model = parse_spec(spec)
    except UnknownBackendError as error:
        return BackendState(spec, Readiness.UNKNOWN, str(error), f"rag doctor --llm {PROVIDERS['local'].example}")
    if provider not in PROVIDERS:
        return BackendState(spec, Readiness.UNKNOWN, f"{provider!r} comes from another package and is not probed")
    known = PROVIDERS[provider]
    if known.packages and not any(map(_is_installed, known.packages)):
        return BackendState(
            spec,
            Readiness.MISSING_EXTRA,
            str(missing_extra(provider, known.packages[0])),
            f"pip install 'newsrag[{known.extra}]'",
        )
    if provider in _SERVICES:
        return _hosted_state(spec, _SERVICES[provider], model, config)
    if provider == "local":
        return _local_state(spec, model)
    return BackendState(spec, Readiness.READY, "needs no model")


def _is_installed(module: str) -> bool:
    """Say whether a module could be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _hosted_state(spec: str, service: Service, model: str, config: LlmConfig) -> BackendState:
    """Return the state of a model behind HTTP."""
    import httpx

    try:
        endpoint = resolve(service, model, config)
        url, headers = _question(endpoint)
        answer = httpx.get(url, headers=headers, timeout=PROBE_S)
    except MissingKeyError as error:
        return BackendState(spec, Readiness.MISSING_KEY, str(error), f"export {service.key_variable}=YOUR_KEY")
    except ConfigError as error:
        return BackendState(spec, Readiness.UNREACHABLE, str(error), SHOW_CONFIG)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = endpoint.redact(str(error)) or type(error).__name__
        command = "ollama serve" if service is OLLAMA else SHOW_CONFIG
        return BackendState(spec, Readiness.UNREACHABLE, f"cannot reach {endpoint} ({reason})", command)
    return _answered_state(spec, endpoint, answer)


def _question(endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    """Return the URL and headers that ask a service for its models."""
    bearer = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    if endpoint.service is OLLAMA:
        return f"{endpoint.url}/api/tags", bearer
    if endpoint.service is ANTHROPIC:
        # By name, as its list knows no aliases.
        headers = {"x-api-key": endpoint.key, "anthropic-version": "2023-06-01"}
        return f"{endpoint.url}/v1/models/{endpoint.model}", headers
    return f"{endpoint.url}/models", bearer


def _answered_state(spec: str, endpoint: Endpoint, answer: httpx.Response) -> BackendState:
    """Return the state that a service's answer shows."""
    status, service = answer.status_code, endpoint.service
    if status in (401, 403):
        what = f"refused the key in {service.key_variable}" if endpoint.key else "asks for a key"
        command = f"export {service.key_variable}=YOUR_KEY"
        return BackendState(spec, Readiness.MISSING_KEY, f"{endpoint} {what} ({status})", command)
    if status == 429 or status >= 500:
        return BackendState(spec, Readiness.UNREACHABLE, f"{endpoint} answered {status}", SHOW_CONFIG)
    if service is ANTHROPIC and status == 404:
        return _missing_model(spec, endpoint, ())
    names = _model_names(answer) if status == 200 else None
    if names is None:
        return BackendState(spec, Readiness.UNKNOWN, f"{endpoint} does not list its models ({status})", SHOW_CONFIG)
    if names and not {endpoint.model, f"{endpoint.model}:latest"} & set(names):
        return _missing_model(spec, endpoint, names)
    return BackendState(spec, Readiness.READY, f"{endpoint} answers")


def _model_names(answer: httpx.Response) -> tuple[str, ...] | None:
    """Return the models that an answer names, none where any name will do, None where it is no such answer."""
    try:
        body = answer.json()
        if "id" in body:
            return (str(body["id"]),)
        models = body["models"] if "models" in body and "data" not in body else body["data"]
        # llama-server takes any name for its one model.
        if any(model.get("owned_by") == "llamacpp" for model in models):
            return ()
        return tuple(str(model.get("id") or model["name"]) for model in models)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _missing_model(spec: str, endpoint: Endpoint, names: tuple[str, ...]) -> BackendState:
    """Return the state of a service that runs but lacks the model."""
    has = f"; it has {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" if names else ""
    command = f"ollama pull {endpoint.model}" if endpoint.service is OLLAMA else endpoint.listing
    return BackendState(spec, Readiness.MISSING_MODEL, f"{endpoint} has no model {endpoint.model!r}{has}", command)


def _local_state(spec: str, model: str) -> BackendState:
    """Return whether the weights of a local model are on disk, by their size: hashing them takes seconds a gigabyte."""
    from rag.llm.models import find_model
    from rag.llm.weights import ModelState, glance

    try:
        known = find_model(model)
        weights = glance(known, models_dir())
    except UnknownBackendError as error:
        return BackendState(spec, Readiness.UNKNOWN, str(error), "rag models list")
    except OSError as error:
        detail = f"cannot look into {str(models_dir())!r} ({error.strerror})"
        return BackendState(spec, Readiness.MISSING_MODEL, detail, "export NEWSRAG_MODELS=FOLDER")
    if weights is ModelState.OK:
        return BackendState(spec, Readiness.READY, f"the weights are in {str(models_dir())!r}")
    detail = f"{_WEIGHTS[weights]} in {str(models_dir())!r}"
    return BackendState(spec, Readiness.MISSING_MODEL, detail, f"rag models pull {known.name}")

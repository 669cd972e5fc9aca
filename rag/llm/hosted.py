"""What the hosted backends share: which service, at which address, with whose key.

Nothing here imports an SDK or LlamaIndex, so that asking for the state of a backend stays cheap.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit, urlunsplit

from rag.config import LlmConfig
from rag.errors import ConfigError, MissingKeyError
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import ChatResponse

    from rag.llm.wire import Wire

NO_KEY = "none"
"""What is sent as the key to an endpoint that needs none: the SDKs insist on one."""


LONGEST_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of hosted service.

    `key_variable` and `url_variable` are the environment variables that its own SDK reads. Only the host `key_host` is
    known to refuse requests without a key; any other endpoint may do without. `listing` is the shell command that lists
    its models, with `{url}` and `{model}` to fill in.
    """

    provider: str
    key_variable: str = ""
    url_variable: str = ""
    default_url: str = ""
    key_host: str = ""
    listing: str = ""


OPENAI = Service(
    provider="openai",
    key_variable="OPENAI_API_KEY",
    url_variable="OPENAI_BASE_URL",
    default_url="https://api.openai.com/v1",
    key_host="api.openai.com",
    listing='curl -s {url}/models -H "Authorization: Bearer $OPENAI_API_KEY"',
)
OLLAMA = Service(
    provider="ollama",
    key_variable="OLLAMA_API_KEY",
    url_variable="OLLAMA_HOST",
    default_url="http://127.0.0.1:11434",
    key_host="ollama.com",
    listing="ollama list (and fetch one with: ollama pull {model})",
)
ANTHROPIC = Service(
    provider="anthropic",
    key_variable="ANTHROPIC_API_KEY",
    url_variable="ANTHROPIC_BASE_URL",
    default_url="https://api.anthropic.com",
    key_host="api.anthropic.com",
    listing='curl -s {url}/v1/models -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01"',
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model of one service at one address. `str()` names it for a message; neither it nor `repr` has the key."""

    service: Service
    model: str
    url: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.service.provider} at {self.shown_url!r}" if self.url else self.service.provider

    @property
    def shown_url(self) -> str:
        """The address without a user name, password or query, any of which may be a secret."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def listing(self) -> str:
        """The shell command that lists the models of this endpoint."""
        return self.service.listing.format(url=self.shown_url, model=self.model)

    def redact(self, text: str) -> str:
        """Return `text` with the key struck out: some services quote it in their errors."""
        return text.replace(self.key, "[key]") if self.key else text


def resolve(service: Service, model: str, config: LlmConfig, env: Mapping[str, str] | None = None) -> Endpoint:
    """Return where `model` of `service` is and the key it takes.

    The address is `config.base_url`, else that of the service's own environment variable, else its default.

    Raises:
        ConfigError: the address is not an http(s) URL.
        MissingKeyError: no key is set for a service that is known to need one, or it cannot be a key.
    """
    env = os.environ if env is None else env
    url = _checked_url(config.base_url or env.get(service.url_variable, "").strip() or service.default_url, service)
    key = env.get(service.key_variable, "").strip()
    # Such a key would fail deep in the HTTP client, with a message that quotes all of it.
    if not re.fullmatch(r"[!-~]*", key):
        raise MissingKeyError(
            f"{service.key_variable} holds characters that no key has, such as a space or a line break; "
            f"type: export {service.key_variable}=YOUR_KEY"
        )
    if not key and urlsplit(url).hostname == service.key_host:
        raise MissingKeyError(
            f"{service.provider} needs a key and {service.key_variable} is not set; "
            f"type: export {service.key_variable}=YOUR_KEY"
        )
    return Endpoint(service, model, url, key)


def _checked_url(url: str, service: Service) -> str:
    """Return `url` without a trailing slash."""
    try:
        parts = urlsplit(_ollama_url(url) if service is OLLAMA else url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or re.search(r"\s", url):
        raise ConfigError(f"llm.base_url = {url!r} is not an address; write it like {service.default_url!r}")
    return urlunsplit(parts).rstrip("/")


def _ollama_url(url: str) -> str:
    """Return a URL for what Ollama's own tools also take: `host`, `host:port` or `:port`."""
    if "://" in url:
        return url
    parts = urlsplit(f"//{url}")
    host = parts.hostname or "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{parts.port or 11434}{parts.path}"


def connect_timeout_s(config: LlmConfig) -> float:
    """Return how long to wait for a connection: a host that is there takes it at once, however slow its model is."""
    return min(config.timeout_s, LONGEST_CONNECT_S)


Finish = Literal["stop", "length", "unknown"]
"""Why a reply ended: the model was done, it was cut at a limit, or the backend does not say."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What one piece of a stream says besides text: why the reply ended, and its tokens; None while it does not say."""

    finish: Finish | None = None
    tokens: Tokens | None = None


@runtime_checkable
class Hosted(Protocol):
    """A LlamaIndex LLM whose model runs behind HTTP: what `generate` needs to call it safely."""

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""

    @property
    def wire(self) -> Wire:
        """Its open connections."""

    def signs(self, response: ChatResponse) -> Signs:
        """Return what a piece of its stream says; a stream that ends before it said `finish` was cut."""

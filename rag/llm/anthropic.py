"""Anthropic's messages API."""

from __future__ import annotations

import weakref

import anthropic
import httpx
from llama_index.core.llms import ChatResponse, LLMMetadata
from llama_index.llms.anthropic import Anthropic
from pydantic import PrivateAttr

from rag.config import LlmConfig
from rag.errors import ConfigError, MissingExtraError
from rag.llm.hosted import ANTHROPIC, NO_KEY, Endpoint, Finish, Signs, connect_timeout_s, resolve
from rag.llm.wire import Wire
from rag.types import Tokens

HIGHEST_TEMPERATURE = 1.0

LEAST_CONTEXT_TOKENS = 200_000
"""The window of every current model of Anthropic's is at least this large."""

_FINISHES: dict[str, Finish] = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length"}


class AnthropicLLM(Anthropic):
    """LlamaIndex's `Anthropic`, with a line to hang up on, for models that it does not know yet too."""

    _endpoint: Endpoint = PrivateAttr()
    _wire: Wire = PrivateAttr()

    def __init__(self, endpoint: Endpoint, config: LlmConfig) -> None:
        super().__init__(
            model=endpoint.model,
            base_url=endpoint.url,
            api_key=endpoint.key or NO_KEY,
            timeout=config.timeout_s,
            max_retries=0,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
        )
        self._endpoint = endpoint
        self._wire = Wire()
        http_client = anthropic.DefaultHttpxClient(event_hooks={"response": [self._wire.on_response]})
        # The constructor takes neither a client nor HTTP options, so the client that it made is replaced.
        self._client = anthropic.Anthropic(
            api_key=endpoint.key or NO_KEY,
            base_url=endpoint.url,
            max_retries=0,
            timeout=httpx.Timeout(config.timeout_s, connect=connect_timeout_s(config)),
            http_client=http_client,
        )
        weakref.finalize(self, http_client.close)

    @property
    def metadata(self) -> LLMMetadata:
        """The model's name and limits; LlamaIndex refuses to tell them of a model that is newer than itself."""
        return LLMMetadata(
            model_name=self.model, context_window=LEAST_CONTEXT_TOKENS, num_output=self.max_tokens, is_chat_model=True
        )

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""
        return self._endpoint

    @property
    def wire(self) -> Wire:
        """Its open connections."""
        return self._wire

    def signs(self, response: ChatResponse) -> Signs:
        """Return the stop reason, and the usage, whose count of the reply is right once the reply has stopped."""
        said = response.message.additional_kwargs
        reason, usage = said.get("stop_reason"), said.get("usage")
        return Signs(
            finish=_FINISHES.get(reason, "unknown") if reason else None,
            tokens=Tokens(usage["input_tokens"] or 0, usage["output_tokens"] or 0) if reason and usage else None,
        )


def load(model: str, config: LlmConfig) -> AnthropicLLM:
    """Return `model` at `config.base_url`, else at `ANTHROPIC_BASE_URL`, else at Anthropic itself.

    Raises:
        ConfigError: the address is not an http(s) URL, or the temperature is above what Anthropic takes.
        MissingExtraError: the installed SDK is one that LlamaIndex cannot use.
        MissingKeyError: `ANTHROPIC_API_KEY` is not set and the address is Anthropic's own.
    """
    # LlamaIndex's integration passes `temperature`, which the SDK refuses since 1.0, and calls `MessageParam`, which is
    # no class since 2.0. To be removed with the bound on the extra once the integration works with a newer one.
    if anthropic.__version__.partition(".")[0] != "0":
        raise MissingExtraError(
            f"LlamaIndex cannot use version {anthropic.__version__} of the package 'anthropic', only those below 1; "
            "type: pip install 'newsrag[anthropic]'"
        )
    if config.temperature > HIGHEST_TEMPERATURE:
        raise ConfigError(
            f"llm.temperature = {config.temperature!r} is above {HIGHEST_TEMPERATURE:g}, the most it takes; "
            f"lower it, for example: export NEWSRAG_LLM_TEMPERATURE={HIGHEST_TEMPERATURE:g}"
        )
    return AnthropicLLM(resolve(ANTHROPIC, model, config), config)

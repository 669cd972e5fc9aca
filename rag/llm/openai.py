"""Any endpoint that speaks OpenAI's chat completions: OpenAI, vLLM, LM Studio, llama-server, OpenRouter."""

from __future__ import annotations

import weakref

import httpx
import openai
from llama_index.core.llms import ChatResponse
from llama_index.llms.openai.utils import openai_modelname_to_contextsize
from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]
from pydantic import Field, PrivateAttr

from rag.config import LlmConfig
from rag.errors import UnknownBackendError
from rag.llm.hosted import NO_KEY, OPENAI, Endpoint, Finish, Signs, connect_timeout_s, resolve
from rag.llm.wire import Wire
from rag.types import Tokens

_FINISHES: dict[str, Finish] = {"stop": "stop", "length": "length"}


class OpenAICompatibleLLM(OpenAILike):  # type: ignore[misc]
    """LlamaIndex's `OpenAILike`, with its key hidden and a line to hang up on."""

    # LlamaIndex's own field is shown by `repr` and written by `to_dict`.
    api_key: str | None = Field(default=None, repr=False, exclude=True)

    _endpoint: Endpoint = PrivateAttr()
    _wire: Wire = PrivateAttr()

    def __init__(self, endpoint: Endpoint, config: LlmConfig) -> None:
        wire = Wire()
        # OpenAI's own newer models refuse `max_tokens`, and other services do not know the name that replaced it.
        is_openai = httpx.URL(endpoint.url).host == OPENAI.key_host
        limit = {"max_completion_tokens": config.max_tokens} if is_openai else {"max_tokens": config.max_tokens}
        http_client = openai.DefaultHttpxClient(event_hooks={"response": [wire.on_response]})
        super().__init__(
            model=endpoint.model,
            api_key=endpoint.key or NO_KEY,
            api_base=endpoint.url,
            openai_client=openai.OpenAI(
                api_key=endpoint.key or NO_KEY,
                base_url=endpoint.url,
                max_retries=0,
                timeout=httpx.Timeout(config.timeout_s, connect=connect_timeout_s(config)),
                http_client=http_client,
            ),
            timeout=config.timeout_s,
            max_retries=0,
            is_chat_model=True,
            context_window=_context_tokens(endpoint.model, config),
            temperature=config.temperature,
            additional_kwargs={"stream_options": {"include_usage": True}, **limit},
        )
        self._endpoint = endpoint
        self._wire = wire
        weakref.finalize(self, http_client.close)

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""
        return self._endpoint

    @property
    def wire(self) -> Wire:
        """Its open connections."""
        return self._wire

    def signs(self, response: ChatResponse) -> Signs:
        """Return the finish reason of the first choice, and the usage, which a last piece without choices carries."""
        choices = getattr(response.raw, "choices", None)
        reason = choices[0].finish_reason if choices else None
        usage = getattr(response.raw, "usage", None)
        return Signs(
            finish=_FINISHES.get(reason, "unknown") if reason else None,
            tokens=Tokens(usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else None,
        )


def load(model: str, config: LlmConfig) -> OpenAICompatibleLLM:
    """Return `model` at `config.base_url`, else at `OPENAI_BASE_URL`, else at OpenAI itself.

    Raises:
        ConfigError: the address is not an http(s) URL.
        MissingKeyError: `OPENAI_API_KEY` is not set and the address is OpenAI's own; others may need none.
        UnknownBackendError: the model does not take chat completions.
    """
    endpoint = resolve(OPENAI, model, config)
    try:
        return OpenAICompatibleLLM(endpoint, config)
    except ValueError as error:
        raise UnknownBackendError(f"{error}; name a model for chat; list them with: {endpoint.listing}") from None


def _context_tokens(model: str, config: LlmConfig) -> int:
    """Return the window of a model of OpenAI's, else that of the settings: other services do not tell theirs."""
    try:
        return openai_modelname_to_contextsize(model)
    except ValueError:
        return config.context_tokens

"""Ollama's own protocol."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import httpx
import ollama
from llama_index.core.llms import ChatMessage, ChatResponse, ChatResponseGen
from llama_index.llms.ollama import Ollama  # type: ignore[import-untyped]
from pydantic import PrivateAttr

from rag.config import LlmConfig
from rag.llm.failures import too_long
from rag.llm.hosted import OLLAMA, Endpoint, Finish, Signs, connect_timeout_s, resolve
from rag.llm.wire import Wire
from rag.tokens import count_tokens
from rag.types import Tokens

SEED = 0

_FINISHES: dict[str, Finish] = {"stop": "stop", "length": "length"}


class OllamaLLM(Ollama):  # type: ignore[misc]
    """LlamaIndex's `Ollama`, with a line to hang up on, and prompts refused that Ollama would silently cut."""

    _endpoint: Endpoint = PrivateAttr()
    _wire: Wire = PrivateAttr()

    def __init__(self, endpoint: Endpoint, config: LlmConfig) -> None:
        wire = Wire()
        client = ollama.Client(
            host=endpoint.url,
            timeout=httpx.Timeout(config.timeout_s, connect=connect_timeout_s(config)),
            event_hooks={"response": [wire.on_response]},
        )
        super().__init__(
            model=endpoint.model,
            base_url=endpoint.url,
            client=client,
            request_timeout=config.timeout_s,
            temperature=config.temperature,
            # Left open, LlamaIndex asks the service for the model's own window and then reserves memory for all of it.
            context_window=config.context_tokens,
            # A model that thinks aloud would spend the few tokens of a short answer on that.
            thinking=False,
            additional_kwargs={"num_predict": config.max_tokens, "seed": SEED},
        )
        self._endpoint = endpoint
        self._wire = wire
        weakref.finalize(self, client.close)

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""
        return self._endpoint

    @property
    def wire(self) -> Wire:
        """Its open connections."""
        return self._wire

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Return the stream of the reply.

        Raises:
            GenerationError: prompt and reply are longer than the window by cl100k's count. Ollama would drop part of
                the prompt, and the model answer from the rest.
        """
        n_tokens = sum(count_tokens(message.content or "") for message in messages)
        n_left = self.context_window - self.additional_kwargs["num_predict"]
        if n_tokens > n_left:
            raise too_long(self._endpoint, f"about {n_tokens} tokens, while llm.context_tokens leaves {n_left}")
        stream: ChatResponseGen = super().stream_chat(messages, **kwargs)
        return stream

    def signs(self, response: ChatResponse) -> Signs:
        """Return what the last piece, marked `done`, says; Ollama leaves out the prompt's count where it was cached."""
        raw = response.raw if isinstance(response.raw, dict) else {}
        if not raw.get("done"):
            return Signs()
        prompt, completion = raw.get("prompt_eval_count"), raw.get("eval_count")
        return Signs(
            finish=_FINISHES.get(raw.get("done_reason") or "", "unknown"),
            tokens=Tokens(prompt, completion) if prompt is not None and completion is not None else None,
        )


def load(model: str, config: LlmConfig) -> OllamaLLM:
    """Return `model` at `config.base_url`, else at `OLLAMA_HOST`, else on this machine.

    Raises:
        ConfigError: the address is not one.
    """
    return OllamaLLM(resolve(OLLAMA, model, config), config)

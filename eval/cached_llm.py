"""A language model that is asked each prompt once: replies and gate scores come from the cache where they are known.

The key is the model, the settings that can change a reply, the whole prompt, and an epoch, nothing of our code: after a
change of searching or checking, only the prompts that changed are written again. A model all of whose prompts are known
is never loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import LLM, CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import PrivateAttr

from eval.cache import Cache
from eval.run import package_version
from rag.config import LlmConfig
from rag.errors import PermanentError, TransientError
from rag.llm.generate import Reply, stream_reply
from rag.llm.local.openvino import FORM
from rag.llm.registry import load_llm, parse_spec
from rag.ports import YesNo

IDLE = ("timeout_s", "retries", "offline", "threads")
"""Settings of the model that do not change what it writes."""


class CachedLLM(CustomLLM):
    """Any model behind a cache. What it does not know it asks the model, which is loaded then."""

    _config: LlmConfig = PrivateAttr()
    _cache: Cache = PrivateAttr()
    _base: dict[str, Any] = PrivateAttr()
    _epoch: Callable[[], int] = PrivateAttr()
    _card: dict[str, Any] = PrivateAttr()
    _load: Callable[[], LLM] = PrivateAttr()
    _llm: LLM | None = PrivateAttr(default=None)

    def __init__(
        self,
        *,
        config: LlmConfig,
        cache: Cache,
        base: dict[str, Any],
        epoch: Callable[[], int],
        card: dict[str, Any],
        load: Callable[[], LLM],
    ) -> None:
        """Use `cached_llm`."""
        super().__init__()
        self._config, self._cache, self._base, self._epoch, self._card, self._load = config, cache, base, epoch, card, load

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores."""
        return "cached"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's own."""
        return LLMMetadata.model_validate(self._card["metadata"])

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ARG002
        """Return the reply to a chat, in one piece where it is known. One that breaks off is not kept."""
        return self._replies(messages)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ARG002
        """Return the whole reply to a chat."""
        *_, last = self._replies(messages)
        return last

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the whole reply to a prompt."""
        key = self._key("complete", prompt=prompt, formatted=formatted)
        kept = self._cache.get(key)
        if kept is None:
            said = self._model().complete(prompt, formatted, **kwargs)
            kept = {"text": said.text, "signs": {name: said.additional_kwargs.get(name) for name in _SIGNS}}
            self._cache.put(key, kept)
        return CompletionResponse(text=kept["text"], additional_kwargs=kept["signs"])

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Return the reply to a prompt, in one piece."""

        def stream() -> CompletionResponseGen:
            whole = self.complete(prompt, formatted, **kwargs)
            yield CompletionResponse(text=whole.text, delta=whole.text, additional_kwargs=whole.additional_kwargs)

        return stream()

    def _replies(self, messages: Sequence[ChatMessage]) -> Generator[ChatResponse, None, None]:
        key = self._key("chat", messages=_told(messages))
        kept = self._cache.get(key)
        if kept is not None:
            yield _response(kept["text"], kept["text"], kept["signs"])
            return
        text = delta = ""
        replies = stream_reply(self._model(), messages, self._config, has_pulse=True)
        try:
            while True:
                ahead = next(replies)
                yield _response(text, delta, {})  # one piece late: a caller that stops at the last one has the reply kept
                text, delta = text + ahead, ahead
        except StopIteration as end:
            reply: Reply = end.value
        except TransientError as error:
            raise PermanentError(str(error)) from error  # it was tried again as often as is allowed: the caller must not too
        finally:
            replies.close()
        signs = {
            "finish_reason": reply.finish,
            "prompt_tokens": reply.tokens.prompt,
            "completion_tokens": reply.tokens.completion,
        }
        self._cache.put(key, {"text": reply.text, "signs": signs})
        yield _response(reply.text, delta, signs)

    def _model(self) -> LLM:
        if self._llm is None:
            self._llm = self._load()
        return self._llm

    def _key(self, kind: str, **asked: Any) -> dict[str, Any]:
        return {"kind": kind, **self._base, "epoch": self._epoch(), **asked}


class CachedWeigher(CachedLLM):
    """The same for a model that can weigh a yes against a no."""

    def yes_no(self, messages: Sequence[ChatMessage]) -> float:
        """Return logprob(Yes) - logprob(No) of the first word of the reply to a chat; finite, > 0 leans to yes."""
        key = self._key("yes_no", messages=_told(messages))
        kept = self._cache.get(key)
        if kept is None:
            model = self._model()
            assert isinstance(model, YesNo)  # its card says so
            kept = model.yes_no(messages)
            self._cache.put(key, kept)
        return float(kept)


def cached_llm(
    spec: str,
    config: LlmConfig,
    *,
    cache: Cache,
    epoch: Callable[[], int] = lambda: 0,
    load: Callable[[str, LlmConfig], LLM] = load_llm,
) -> LLM:
    """Return the model that `spec` names behind a cache; what it is like is remembered too, so that it need not be loaded.

    Args:
        epoch: Returns the number of the repetition: replies of one epoch say nothing of another's.
        load: What loads a model.

    Raises:
        NewsRagError: what loading raises, where the model was never used before.
    """
    params = config.model_dump(mode="json", exclude={"model", *IDLE})
    packages = _RUNTIMES.get(parse_spec(spec).provider, ())
    runtimes = [*(package_version(name) for name in packages), *([FORM] if packages else [])]
    base = {"model": spec, "params": params, "runtimes": runtimes}
    card_key = {"kind": "card", **base}
    card = cache.get(card_key)
    loaded: list[LLM] = []

    def model() -> LLM:
        return loaded[0] if loaded else load(spec, config)

    if card is None:
        loaded.append(load(spec, config))
        card = {"metadata": loaded[0].metadata.model_dump(mode="json"), "can_weigh": isinstance(loaded[0], YesNo)}
        cache.put(card_key, card)
    if card["can_weigh"]:
        return CachedWeigher(config=config, cache=cache, base=base, epoch=epoch, card=card, load=model)
    return CachedLLM(config=config, cache=cache, base=base, epoch=epoch, card=card, load=model)


_RUNTIMES = {"local": ("openvino-genai", "xllamacpp")}
"""Packages that run a provider's models in this process: another version may write other words, as may another `FORM`."""

_SIGNS = ("finish_reason", "prompt_tokens", "completion_tokens")


def _told(messages: Sequence[ChatMessage]) -> list[list[str]]:
    """Return a chat as [role, text] pairs."""
    return [[message.role.value, message.content or ""] for message in messages]


def _response(text: str, delta: str, signs: Mapping[str, Any]) -> ChatResponse:
    message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
    return ChatResponse(message=message, delta=delta, additional_kwargs=dict(signs))

"""The backend without a model: the best sentences, word for word.

Its prompt is a JSON document rather than prose, so that it fits the same pipe as any other model. The last user message
is

    {"question": "Who won?", "sentences": [{"text": "Ana won.", "score": 0.9}, {"text": "It rained.", "score": 0.3}]}

with the best sentence first and `score` in [0, 1] saying how well a sentence matches the question. The reply is then
`Ana won.`; which sentences are good enough to be offered at all is decided by the caller, who calibrates the scores. A further
`"most": 4` lets it give so many sentences, 2 being usual.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from rag.config import LlmConfig
from rag.errors import PermanentError

NAME = "extractive"

SECOND_RATIO = 0.3
"""Another sentence is given too when its score is at least this share of the first's: then neither clearly answers
alone, and often each holds one half."""

MOST = 2
"""Sentences given where the prompt does not say how many may be."""

NO_ANSWER = "I don't know."
"""The reply when no sentence is offered: what a model is told to say, so that it is recognised the same way."""


class ExtractiveLLM(CustomLLM):
    """Answers with the best sentences it is given, verbatim, one a line. It counts no tokens: there is no model."""

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores."""
        return NAME

    @property
    def metadata(self) -> LLMMetadata:
        """The model's name."""
        return LLMMetadata(model_name=NAME, is_chat_model=True)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """Return the whole reply to the JSON document `prompt`."""
        return CompletionResponse(text="".join(_deltas(prompt)), additional_kwargs=_signs())

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:  # noqa: ARG002
        """Return the reply to the JSON document `prompt`, a sentence at a time."""

        def stream() -> CompletionResponseGen:
            text = ""
            for delta in _deltas(prompt):
                text += delta
                yield CompletionResponse(text=text, delta=delta, additional_kwargs=_signs())

        return stream()

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ARG002
        """Return the whole reply to the last user message."""
        return _chat_response("".join(_deltas(_last_user_text(messages))), delta=None)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ARG002
        """Return the reply to the last user message, a sentence at a time."""

        def stream() -> ChatResponseGen:
            text = ""
            for delta in _deltas(_last_user_text(messages)):
                text += delta
                yield _chat_response(text, delta=delta)

        return stream()


def load(model: str, config: LlmConfig) -> ExtractiveLLM:  # noqa: ARG001
    """Return the backend; neither a model nor a setting changes it."""
    return ExtractiveLLM()


def _signs() -> dict[str, Any]:
    """Return what the stream says of itself: always complete, and no model counted a token."""
    return {"finish_reason": "stop", "prompt_tokens": 0, "completion_tokens": 0}


def _chat_response(text: str, *, delta: str | None) -> ChatResponse:
    """Return `text` as what the assistant said so far."""
    message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
    return ChatResponse(message=message, delta=delta, additional_kwargs=_signs())


def _last_user_text(messages: Sequence[ChatMessage]) -> str:
    """Return the content of the last user message; empty where there is none."""
    texts = [message.content for message in messages if message.role == MessageRole.USER]
    return (texts[-1] if texts else "") or ""


def _deltas(prompt: str) -> Iterator[str]:
    """Yield the reply in pieces, each but the first on a line of its own.

    Sentences that say the same word for word, as wire copies in two papers do, count once.
    """
    unique: dict[str, tuple[str, float]] = {}
    sentences, most = _read(prompt)
    for text, score in sentences:
        unique.setdefault(" ".join(text.split()), (text, score))
    if not unique:
        yield NO_ANSWER
        return
    (best, best_score), *others = unique.values()
    yield best
    for text, score in others[: most - 1]:
        if score < SECOND_RATIO * best_score:
            return
        yield "\n" + text


def _read(prompt: str) -> tuple[list[tuple[str, float]], int]:
    """Return the sentences of the JSON document with their scores, in its order, and how many of them may be given.

    Raises:
        PermanentError: it is not such a document.
    """
    try:
        document = json.loads(prompt)
        sentences = [(item["text"], item["score"]) for item in document["sentences"]]
        most = document.get("most", MOST)
        is_right = isinstance(document["question"], str) and all(map(_is_sentence, sentences)) and _is_count(most)
    except (ValueError, TypeError, LookupError, RecursionError):
        is_right = False
    if not is_right:
        raise PermanentError(
            f"the extractive backend reads JSON with a question and scored sentences, not {_start(prompt)!r}; "
            "for a prompt in prose name a language model, such as --llm openai:MODEL or --llm ollama:MODEL"
        )
    return sentences, most


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_sentence(pair: tuple[object, object]) -> bool:
    """Say whether a pair is a text that is not blank and a score in [0, 1]."""
    text, score = pair
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return isinstance(text, str) and bool(text.strip()) and is_number and 0 <= score <= 1  # type: ignore[operator]


def _start(prompt: str) -> str:
    """Return the start of a prompt, short enough for a message."""
    return prompt if len(prompt) <= 60 else prompt[:59] + "…"

"""A local model as a LlamaIndex LLM: streamed, and stoppable at any moment."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
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
from pydantic import PrivateAttr

from rag.llm.local.engine import Ending, Engine, chat_prompt, log_odds, printable
from rag.llm.local.turns import Turns, result_of
from rag.llm.models import LocalModel


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a reply, all of it so far, and at its end what it took."""

    delta: str
    text: str
    ending: Ending | None = None

    @property
    def signs(self) -> dict[str, Any]:
        """Return the keys that `rag.llm.generate` reads."""
        if self.ending is None:
            return {}
        tokens = self.ending.tokens
        return {
            "finish_reason": self.ending.finish,
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.completion,
        }


class LocalLLM(CustomLLM):
    """Runs one model in this process, one request at a time; threads may share it.

    Streams also yield empty deltas, four times a second while there is nothing to say, so that a caller can close them
    while the model waits for its turn or reads the prompt.

    At temperature 0 it takes the likeliest word each time. Still the last digits depend on how much of a prompt was in the
    cache: scores of `yes_no` moved by up to 0.13, so near calls can differ from run to run if the questions before do.
    """

    max_tokens: int
    temperature: float

    _engine: Engine = PrivateAttr()
    _model: LocalModel = PrivateAttr()
    _turns: Turns = PrivateAttr()

    def __init__(self, model: LocalModel, engine: Engine, *, max_tokens: int, temperature: float) -> None:
        """Use `rag.llm.local.load`."""
        super().__init__(max_tokens=max_tokens, temperature=temperature)
        self._model, self._engine, self._turns = model, engine, Turns()

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores."""
        return "local"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's name and its window."""
        return LLMMetadata(
            context_window=self._engine.window_tokens,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self._model.name,
        )

    @property
    def runtime(self) -> str:
        """What runs the model, with its version: `openvino 2026.4.1`."""
        return self._engine.name

    def yes_no(self, messages: Sequence[ChatMessage]) -> float:
        """Return logprob(Yes) - logprob(No) of the first word of the reply to a chat; finite, > 0 leans to yes.

        Raises:
            GenerationError: the window cannot hold the chat.
        """
        prompt = printable(chat_prompt(messages, system=self._model.system))
        weighing = self._turns.run(lambda _say, is_stopped: self._engine.weigh(prompt, is_stopped=is_stopped))
        return log_odds(result_of(weighing))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """Return the whole reply to a prompt, which is one user message unless it is `formatted`: then it is raw."""
        last = _last(self._write(self._prompt(prompt, formatted)))
        return CompletionResponse(text=last.text, additional_kwargs=last.signs)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:  # noqa: ARG002
        """Return the reply to a prompt as it is written; see `complete`. Closing it stops the model."""
        return self._completions(self._prompt(prompt, formatted))

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ARG002
        """Return the whole reply to a chat."""
        return _chat_response(_last(self._write(chat_prompt(messages, system=self._model.system))))

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ARG002
        """Return the reply to a chat as it is written. Closing it stops the model."""
        return self._chat_responses(chat_prompt(messages, system=self._model.system))

    def _prompt(self, prompt: str, formatted: bool) -> str:
        if formatted:
            return prompt
        return chat_prompt([ChatMessage(role=MessageRole.USER, content=prompt)], system=self._model.system)

    def _completions(self, prompt: str) -> CompletionResponseGen:
        with closing(self._write(prompt)) as pieces:
            for piece in pieces:
                yield CompletionResponse(text=piece.text, delta=piece.delta, additional_kwargs=piece.signs)

    def _chat_responses(self, prompt: str) -> ChatResponseGen:
        with closing(self._write(prompt)) as pieces:
            for piece in pieces:
                yield _chat_response(piece)

    def _write(self, prompt: str) -> Generator[_Piece, None, None]:
        """Yield the pieces of the reply to a raw prompt; the last one is empty and has the ending."""
        prompt, text = printable(prompt), ""
        writing = self._turns.run(
            lambda say, is_stopped: self._engine.write(
                prompt, max_tokens=self.max_tokens, temperature=self.temperature, say=say, is_stopped=is_stopped
            )
        )
        with closing(writing):
            while True:
                try:
                    delta = next(writing)
                except StopIteration as end:
                    yield _Piece("", text, end.value)
                    return
                text += delta
                yield _Piece(delta, text)


def _last(pieces: Generator[_Piece, None, None]) -> _Piece:
    """Return the last piece; the generator is closed if the wait is interrupted."""
    with closing(pieces):
        *_, last = pieces
    return last


def _chat_response(piece: _Piece) -> ChatResponse:
    """Return a piece as what the assistant said so far."""
    message = ChatMessage(role=MessageRole.ASSISTANT, content=piece.text)
    return ChatResponse(message=message, delta=piece.delta, additional_kwargs=piece.signs)

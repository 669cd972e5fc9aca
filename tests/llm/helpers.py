"""What the tests of the backends share."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from llama_index.core.llms import ChatMessage, MessageRole

from rag.config import LlmConfig
from rag.llm import Reply


def user(text: str, *, system: str = "") -> list[ChatMessage]:
    """Return a chat of one question, after a system message if there is one."""
    messages = [ChatMessage(role=MessageRole.SYSTEM, content=system)] if system else []
    return [*messages, ChatMessage(role=MessageRole.USER, content=text)]


def drain(stream: Generator[str, None, Reply]) -> tuple[list[str], Reply]:
    """Return the pieces of a reply and the whole."""
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value


@dataclass
class Sleeper:
    """A clock that does not wait but notes for how long it should have."""

    waits_s: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def config(base_url: str = "", **changes: object) -> LlmConfig:
    """Return settings that fail fast."""
    return LlmConfig.model_validate({"base_url": base_url, "timeout_s": 5.0, "retries": 2, **changes})

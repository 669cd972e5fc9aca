"""What the three services put on the wire: bodies of requests and replies, events of streams, errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol


class WireProtocol(Protocol):
    """How one service says things. `finish` is `stop` or `length`; `usage` is (prompt, completion) tokens or None."""

    content_type: str

    def prompt(self, body: dict[str, Any]) -> str:
        """Return the last user message of a request."""

    def whole(self, text: str, finish: str, usage: tuple[int, int] | None) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""

    def start(self, usage: tuple[int, int] | None) -> bytes:
        """Return what comes before the first piece."""

    def piece(self, text: str) -> bytes:
        """Return one piece of the reply."""

    def end(self, finish: str, usage: tuple[int, int] | None) -> bytes:
        """Return what tells that the reply is complete."""

    def keep_alive(self) -> bytes:
        """Return a sign of life that says nothing."""

    def no_choices(self) -> bytes:
        """Return a whole stream in which no reply is."""

    def malformed(self) -> bytes:
        """Return a piece that is not JSON."""

    def error(self, status: int, code: str, message: str) -> dict[str, Any]:
        """Return the body of an error."""

    def error_event(self, code: str, message: str) -> bytes:
        """Return an error inside a stream."""


def _json(value: object) -> str:
    """Return JSON that keeps other scripts as they are, so that a character can be split between packets."""
    return json.dumps(value, ensure_ascii=False)


def _text_of(content: str | Sequence[dict[str, str]]) -> str:
    """Return the text of a message, which may be a list of blocks."""
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def _last_user(body: dict[str, Any]) -> str:
    return next((_text_of(m["content"]) for m in reversed(body["messages"]) if m["role"] == "user"), "")


class OpenAIWire:
    """Chat completions: events with one JSON chunk each, then `[DONE]`."""

    content_type = "text/event-stream"

    def prompt(self, body: dict[str, Any]) -> str:
        return _last_user(body)

    def whole(self, text: str, finish: str, usage: tuple[int, int] | None) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage(usage)}

    def start(self, usage: tuple[int, int] | None) -> bytes:  # noqa: ARG002
        return self._chunk([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])

    def piece(self, text: str) -> bytes:
        return self._chunk([{"index": 0, "delta": {"content": text}, "finish_reason": None}])

    def end(self, finish: str, usage: tuple[int, int] | None) -> bytes:
        last = self._chunk([{"index": 0, "delta": {}, "finish_reason": finish}])
        counts = self._chunk([], usage=self._usage(usage)) if usage else b""
        return last + counts + b"data: [DONE]\n\n"

    def keep_alive(self) -> bytes:
        return b": still here\n\n"

    def no_choices(self) -> bytes:
        return self._chunk([]) + b"data: [DONE]\n\n"

    def malformed(self) -> bytes:
        return b'data: {"choices": [{"delta": \n\n'

    def error(self, status: int, code: str, message: str) -> dict[str, Any]:  # noqa: ARG002
        return {"error": {"message": message, "type": code, "code": code, "param": None}}

    def error_event(self, code: str, message: str) -> bytes:
        return f"data: {_json(self.error(200, code, message))}\n\n".encode()

    def _chunk(self, choices: list[dict[str, Any]], **more: object) -> bytes:
        return f"data: {_json({**self._head('chat.completion.chunk'), 'choices': choices, **more})}\n\n".encode()

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "m"}

    def _usage(self, usage: tuple[int, int] | None) -> dict[str, int] | None:
        return usage and {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}


class OllamaWire:
    """`/api/chat`: one JSON object a line, the last with `done`."""

    content_type = "application/x-ndjson"

    def prompt(self, body: dict[str, Any]) -> str:
        return _last_user(body)

    def whole(self, text: str, finish: str, usage: tuple[int, int] | None) -> dict[str, Any]:
        counts = {"prompt_eval_count": usage[0], "eval_count": usage[1]} if usage else {}
        message = {"role": "assistant", "content": text}
        return {**self._head(), "message": message, "done": True, "done_reason": finish, **counts}

    def start(self, usage: tuple[int, int] | None) -> bytes:  # noqa: ARG002
        return b""

    def piece(self, text: str) -> bytes:
        return self._line({**self._head(), "message": {"role": "assistant", "content": text}, "done": False})

    def end(self, finish: str, usage: tuple[int, int] | None) -> bytes:
        return self._line(self.whole("", finish, usage))

    def keep_alive(self) -> bytes:
        return b""

    def no_choices(self) -> bytes:
        return self._line({})

    def malformed(self) -> bytes:
        return b'{"message": \n'

    def error(self, status: int, code: str, message: str) -> dict[str, Any]:  # noqa: ARG002
        return {"error": message}

    def error_event(self, code: str, message: str) -> bytes:
        return self._line(self.error(200, code, message))

    def _line(self, value: object) -> bytes:
        return f"{_json(value)}\n".encode()

    def _head(self) -> dict[str, Any]:
        return {"model": "m", "created_at": "2026-01-01T00:00:00Z"}


_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}


class AnthropicWire:
    """`/v1/messages`: named events, from `message_start` to `message_stop`."""

    content_type = "text/event-stream"

    def prompt(self, body: dict[str, Any]) -> str:
        return _last_user(body)

    def whole(self, text: str, finish: str, usage: tuple[int, int] | None) -> dict[str, Any]:
        content = [{"type": "text", "text": text}] if text else []
        counts = {"input_tokens": usage[0], "output_tokens": usage[1]} if usage else None
        return {**self._head(), "content": content, "stop_reason": _STOP_REASONS[finish], "usage": counts}

    def start(self, usage: tuple[int, int] | None) -> bytes:
        counts = {"input_tokens": usage[0], "output_tokens": 1} if usage else None
        message = {**self._head(), "content": [], "stop_reason": None, "usage": counts}
        block = {"index": 0, "content_block": {"type": "text", "text": ""}}
        return self._event("message_start", message=message) + self._event("content_block_start", **block)

    def piece(self, text: str) -> bytes:
        return self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def end(self, finish: str, usage: tuple[int, int] | None) -> bytes:
        delta = {"stop_reason": _STOP_REASONS[finish], "stop_sequence": None}
        counts = {"output_tokens": usage[1]} if usage else None
        return (
            self._event("content_block_stop", index=0)
            + self._event("message_delta", delta=delta, usage=counts)
            + self._event("message_stop")
        )

    def keep_alive(self) -> bytes:
        return self._event("ping")

    def no_choices(self) -> bytes:
        return self._event("message_stop")

    def malformed(self) -> bytes:
        return b'event: content_block_delta\ndata: {"type": "content_block_delta", \n\n'

    def error(self, status: int, code: str, message: str) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "error", "error": {"type": code, "message": message}}

    def error_event(self, code: str, message: str) -> bytes:
        return f"event: error\ndata: {_json(self.error(200, code, message))}\n\n".encode()

    def _event(self, kind: str, **data: object) -> bytes:
        return f"event: {kind}\ndata: {_json({'type': kind, **data})}\n\n".encode()

    def _head(self) -> dict[str, Any]:
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
    MessageRole,
)
from pydantic import Field

from rag.errors import GenerationError, PermanentError, TransientError
from rag.llm import generate, stream_reply
from rag.llm.repetition import RepetitionGuard
from rag.types import Tokens
from tests.llm.helpers import Sleeper, config, drain, user


class ScriptedLLM(CustomLLM):
    """A third party's model, in this process: it streams `script`, raising what is an exception in it."""

    script: list[Any] = Field(default_factory=list)
    signs: dict[str, Any] = Field(default_factory=dict)
    n_calls: int = 0
    is_closed: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        raise NotImplementedError

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ARG002
        self.n_calls += 1
        return self._stream()

    def _stream(self) -> ChatResponseGen:
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                message = ChatMessage(role=MessageRole.ASSISTANT, content="", additional_kwargs=self.signs)
                yield ChatResponse(message=message, delta=step)
        finally:
            self.is_closed = True


def reply_to(*script: Any, signs: dict[str, Any] | None = None, **changes: object) -> tuple[list[str], generate.Reply]:
    llm = ScriptedLLM(script=list(script), signs=signs or {})
    return drain(stream_reply(llm, user("Who won?"), config(**changes), sleep=Sleeper()))


def test_pieces_are_passed_on_as_they_come() -> None:
    pieces, reply = reply_to("Ana", None, "", " won.")
    assert pieces == ["Ana", " won."]
    assert reply == generate.Reply("Ana won.", Tokens(prompt=3, completion=3), "unknown")


def test_what_the_backend_counts_and_says_is_taken() -> None:
    signs = {"finish_reason": "length", "prompt_tokens": 5, "completion_tokens": 9}
    assert reply_to("Ana", signs=signs)[1] == generate.Reply("Ana", Tokens(5, 9), "length")
    assert reply_to("Ana", signs={"finish_reason": "content_filter"})[1].finish == "unknown"


def test_half_characters_are_joined_or_replaced() -> None:
    assert reply_to("a\ud83d", "\ude00b")[1].text == "a😀b"
    assert reply_to("a\ud83d", "b")[1].text == "a\ufffdb"
    assert reply_to("a\udc00b")[1].text == "a\ufffdb"
    assert reply_to("a", "\ud83d")[1].text == "a"


@pytest.mark.parametrize("script", [[], [""], [" ", "\n"], [None]])
def test_a_reply_without_words_is_an_error(script: list[Any]) -> None:
    with pytest.raises(GenerationError, match="'scripted' wrote an empty reply"):
        reply_to(*script)


def test_closing_closes_the_model_at_once() -> None:
    llm = ScriptedLLM(script=["Ana", " won."])
    stream = stream_reply(llm, user("Who won?"), config())
    assert next(stream) == "Ana"
    stream.close()
    assert llm.is_closed


def test_a_pulse_lets_the_caller_leave_before_the_first_word() -> None:
    llm = ScriptedLLM(script=["", None, "Ana"])
    assert drain(stream_reply(llm, user("?"), config(), has_pulse=True))[0] == ["", "", "Ana"]
    stream = stream_reply(llm, user("?"), config(), has_pulse=True)
    assert next(stream) == ""
    llm.is_closed = False
    stream.close()
    assert llm.is_closed


def test_a_pulse_is_no_reply_so_it_may_still_be_tried_again() -> None:
    llm = ScriptedLLM(script=["", ConnectionResetError()])
    with pytest.raises(TransientError, match="tried 3 times"):
        drain(stream_reply(llm, user("?"), config(), has_pulse=True, sleep=Sleeper()))


class StrangeError(Exception):
    """An error of a third party's SDK."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"status {status_code}")
        self.status_code = status_code


class Timeout(Exception):  # noqa: N818 - named as the one of `requests` is
    """A timeout that shares no class with Python's."""


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError(), Timeout(), StrangeError(503)])
def test_a_third_partys_passing_error_is_tried_again(error: Exception) -> None:
    llm = ScriptedLLM(script=[error])
    sleeper = Sleeper()
    with pytest.raises(TransientError, match="tried 3 times"):
        drain(stream_reply(llm, user("?"), config(), sleep=sleeper))
    assert llm.n_calls == 3
    assert len(sleeper.waits_s) == 2


def test_a_third_partys_refusal_is_not() -> None:
    with pytest.raises(PermanentError, match="refused access"):
        reply_to(StrangeError(401))
    with pytest.raises(GenerationError, match=r"answer.evidence_tokens"):
        reply_to(ValueError("Requested tokens (9000) exceed context window of 4096"))
    with pytest.raises(GenerationError, match="incomplete"):
        reply_to("Ana", ConnectionResetError())
    with pytest.raises(PermanentError, match="refused access"):
        reply_to("Ana", StrangeError(403))


def test_no_connection_is_not_silence() -> None:
    with pytest.raises(TransientError, match=r"cannot reach ScriptedLLM.*no connection in time"):
        reply_to(httpx.ConnectTimeout("timed out"))


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        reply_to(ZeroDivisionError("bug"))
    with pytest.raises(TypeError):
        reply_to(TypeError("bug"))


def test_our_own_errors_pass() -> None:
    with pytest.raises(PermanentError, match="as it was"):
        reply_to(PermanentError("as it was"))


def test_interrupting_hangs_up_and_is_not_swallowed() -> None:
    llm = ScriptedLLM(script=["Ana", " won."])
    stream = stream_reply(llm, user("?"), config())
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        stream.throw(KeyboardInterrupt)
    assert llm.is_closed


@pytest.mark.parametrize(
    "piece",
    [
        "The vote was held on Sunday and the result was announced late at night. ",
        "no ",
        "Ana won.\n",
        "- item\n\n",
        "選挙は日曜日に行われた。",
        "=",
        "\n",
        "1, 2, 3, ",
    ],
)
def test_a_loop_is_cut(piece: str) -> None:
    pieces, reply = reply_to("In short: ", *[piece] * 1000)
    assert reply.finish == "length"
    assert "".join(pieces) == reply.text
    assert len(reply.text) < 250 + 8 * len(piece)


def test_a_loop_that_only_its_numbers_change_is_cut() -> None:
    lines = (f"{n}. The committee met again in the old town hall to talk about the new budget.\n" for n in range(99))
    assert reply_to(*lines)[1].finish == "length"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"| {name} | {n} | yes |" for n, name in enumerate(["Ana", "Bo", "Cy", "Di", "Ed"] * 3)),
        "No, no, no, no, no, the minister said. " + "He said it again. " * 3,
        "----------\nA heading\n----------\n" + "Words follow, many of them and all different. " * 2,
        " ".join(str(n) for n in range(300)),
        "0.1428571428571428571428571428571428 is one seventh; ha ha ha ha.",
    ],
)
def test_honest_repetition_is_left_alone(text: str) -> None:
    guard = RepetitionGuard()
    assert not any(guard.feed(character) for character in text)


def test_a_date_in_retry_after_is_understood() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=20), usegmt=True)
    assert 15 < generate._wait_s(1, {"retry-after": soon}) <= 20
    for header in (past, "soon", "", "-5", "1.5e9", "²"):
        assert generate._wait_s(1, {"retry-after": header}) < 1
    assert generate._wait_s(9, {}) == generate.LONGEST_WAIT_S

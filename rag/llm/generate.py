"""The one way to call a language model: streamed, watched, tried again, and told in our own errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from rag.config import LlmConfig
from rag.errors import GenerationError, PermanentError, TransientError
from rag.llm.breaker import Breaker, Call
from rag.llm.failures import after_start, cut, nonsense, translate
from rag.llm.hosted import Endpoint, Finish, Hosted, Service, Signs
from rag.llm.repetition import RepetitionGuard
from rag.tokens import count_tokens
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage, ChatResponse

T = TypeVar("T")

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
"""Waits double from the first to the longest; a service that asks for more (`Retry-After`) gets the longest."""


@dataclass(frozen=True, slots=True)
class Reply:
    """All that a model wrote, its tokens, and why it ended (`length`: cut at a limit or in a loop)."""

    text: str
    tokens: Tokens
    finish: Finish


def stream_reply(
    llm: LLM,
    messages: Sequence[ChatMessage],
    config: LlmConfig,
    *,
    has_pulse: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[str, None, Reply]:
    """Yield the reply to `messages` as it is written; the generator returns the whole of it.

    Closing the generator hangs up on the service at once. A transient error is tried again up to `config.retries`
    times, but only while no text was yielded, and no longer once the service is given rest.

    Args:
        llm: The model.
        messages: The chat to reply to.
        config: Its settings, those it was loaded with.
        has_pulse: Also yield "" when the backend is at work but has no text, as a local model that reads the prompt: a
            chance to close the generator before the first word.
        sleep: What waits between two tries.

    Raises:
        RestingError: the service failed so often that it is not called for a while.
        TransientError: it could not be reached or did not answer, and the tries are used up.
        PermanentError: it refused the request.
        GenerationError: the prompt is too long, the reply broke off, or it is empty.
    """
    n_failed = 0
    breaker = llm.wire.breaker if isinstance(llm, Hosted) else Breaker()
    while True:
        permit = yield from _entered(breaker.enter(_endpoint(llm), config), has_pulse=has_pulse)
        call = _Call(llm, messages, config)
        try:
            reply = yield from call.run(has_pulse=has_pulse)
            permit.answered()
            return reply
        except TransientError as error:
            n_failed += 1
            permit.failed(error)
            if n_failed > config.retries or breaker.is_open:
                raise _after_tries(error, n_failed) from None
        except (PermanentError, GenerationError):
            permit.answered()
            raise
        finally:
            permit.leave()
        sleep(_wait_s(n_failed, call.line.headers))


def _entered(waiting: Generator[None, None, Call], *, has_pulse: bool) -> Generator[str, None, Call]:
    """Return the call that `waiting` leads to; what is yielded before only lets the reader stop it."""
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            permit: Call = end.value
            return permit
        if has_pulse:
            yield ""


def _endpoint(llm: LLM) -> Endpoint:
    """Return who is asked; a model that is not behind HTTP has only a name."""
    return llm.endpoint if isinstance(llm, Hosted) else Endpoint(Service(type(llm).__name__), llm.metadata.model_name)


def read_signs(response: ChatResponse) -> Signs:
    """Return what a piece of a stream says under the keys `finish_reason`, `prompt_tokens` and `completion_tokens`.

    In-process backends put them into `additional_kwargs`, of the response or of its message.
    """
    said = {**response.message.additional_kwargs, **response.additional_kwargs}
    finish = said.get("finish_reason")
    prompt, completion = said.get("prompt_tokens"), said.get("completion_tokens")
    return Signs(
        finish=(finish if finish in ("stop", "length") else "unknown") if finish else None,
        tokens=Tokens(prompt, completion) if isinstance(prompt, int) and isinstance(completion, int) else None,
    )


class _Call:
    """One request and what came of it so far."""

    def __init__(self, llm: LLM, messages: Sequence[ChatMessage], config: LlmConfig) -> None:
        from rag.llm.wire import Line  # loads an HTTP library, which naming this module should not

        self._llm = llm
        self._messages = messages
        self._config = config
        self._hosted = llm if isinstance(llm, Hosted) else None
        self._endpoint = _endpoint(llm)
        self._pieces: list[str] = []
        self._signs = Signs()
        # Opened in the thread, and the step, in which the request is then sent: that is how the two are matched.
        self.line = self._hosted.wire.open(config.timeout_s) if self._hosted else Line(config.timeout_s)

    def run(self, *, has_pulse: bool) -> Generator[str, None, Reply]:
        """Yield the pieces of text, the empty ones too if it `has_pulse`; return the reply."""
        guard, halves = RepetitionGuard(), _Halves()
        with closing(self._responses()) as responses:
            for response in responses:
                signs = self._hosted.signs(response) if self._hosted else read_signs(response)
                self._signs = Signs(signs.finish or self._signs.finish, signs.tokens or self._signs.tokens)
                delta = halves.join(response.delta or "")
                if delta:
                    self._pieces.append(delta)
                if delta or has_pulse:
                    yield delta
                if guard.feed(delta):
                    self._signs = Signs("length")
                    break
        return self._reply()

    def _responses(self) -> Generator[ChatResponse, None, None]:
        """Yield what the backend streams; hang up when it ends or the caller is done."""
        stream: Iterator[ChatResponse] = iter(())
        try:
            stream = self._guarded(lambda: self._llm.stream_chat(self._messages))
            while (response := self._guarded(lambda: next(stream, None))) is not None:
                self.line.heard()
                yield response
        finally:
            self.line.close()
            if isinstance(stream, Generator):
                stream.close()

    def _guarded(self, step: Callable[[], T]) -> T:
        """Return what `step` returns, the backend's exceptions translated."""
        try:
            return step()
        except Exception as error:
            found = translate(error, self._endpoint, self.line, has_begun=bool(self._pieces), timeout_s=self._config.timeout_s)
            if found is None:
                raise
            # Not chained: the SDK's own message can quote the key.
            raise found from None

    def _reply(self) -> Reply:
        """Return the reply once the stream has ended, or raise what its end says."""
        text = "".join(self._pieces)
        finish = self._signs.finish
        if self._hosted and finish is None:
            if text:
                raise after_start(cut(self._endpoint, "it ended without saying that it was done"))
            raise nonsense(self._endpoint, self.line, "it holds no reply")
        if not text.strip():
            raise self._empty(finish)
        return Reply(text, self._signs.tokens or self._estimate(text), finish or "unknown")

    def _empty(self, finish: Finish | None) -> GenerationError:
        """Return the error for a reply without text."""
        limit, model = self._config.max_tokens, self._endpoint.model
        if finish == "length":
            return GenerationError(
                f"{model!r} used up its {limit} tokens before it wrote an answer, as models that think aloud do; raise "
                f"llm.max_tokens, for example: export NEWSRAG_LLM_MAX_TOKENS={min(8192, 10 * limit)}"
            )
        return GenerationError(f"{model!r} wrote an empty reply; ask in other words, or name another model")

    def _estimate(self, text: str) -> Tokens:
        """Return the tokens as cl100k counts them, for backends that do not report their own."""
        return Tokens(sum(count_tokens(message.content or "") for message in self._messages), count_tokens(text))


class _Halves:
    """Joins the two halves of a character such as an emoji, which some services send in separate pieces.

    Half a character cannot be stored or printed, so one that stays alone becomes U+FFFD.
    """

    def __init__(self) -> None:
        self._held = ""

    def join(self, delta: str) -> str:
        """Return the text that is whole by now."""
        text, self._held = self._held + delta, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _after_tries(error: TransientError, n_tries: int) -> TransientError:
    """Return `error` with the number of tries that ended in one."""
    return error if n_tries == 1 else TransientError(f"{error} (tried {n_tries} times)")


def _wait_s(n_failed: int, headers: Mapping[str, str]) -> float:
    """Return how long to wait after the `n_failed`th failure: at least what the service asked for, up to the limit."""
    backoff_s: float = FIRST_WAIT_S * 2 ** (n_failed - 1) * random.uniform(0.75, 1.25)
    return min(LONGEST_WAIT_S, max(backoff_s, _asked_s(headers.get("retry-after", ""))))


def _asked_s(retry_after: str) -> float:
    """Return the seconds that a `Retry-After` header asks for, given as a number or a date; 0 where it is neither."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0

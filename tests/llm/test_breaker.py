"""A model behind HTTP that fails again and again is left alone for a while; one that works is not asked by too many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from llama_index.core.llms import LLM

from rag.config import LlmConfig
from rag.errors import GenerationError, PermanentError, RestingError, TransientError
from rag.llm import load_llm, stream_reply
from rag.llm.breaker import Breaker, Call
from rag.llm.hosted import OPENAI, Endpoint
from tests.llm.helpers import Sleeper, config, drain, user
from tests.llm.server import Fault, ModelService, model_service

pytest.importorskip("llama_index.llms.openai_like")

HERE = Endpoint(OPENAI, "m", "http://127.0.0.1:1/v1")


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Asked:
    """A model and its service."""

    service: ModelService
    llm: LLM
    config: LlmConfig
    clock: Clock = field(default_factory=Clock)

    def ask(self, *faults: Fault) -> str:
        self.service.faults = list(faults)
        return drain(stream_reply(self.llm, user("Who won?"), self.config, sleep=Sleeper()))[1].text


@pytest.fixture
def asked(service: ModelService) -> Asked:
    settings = config(service.openai_url, retries=1, trip_after=4, rest_s=30)
    found = Asked(service, load_llm("openai:m", settings), settings)
    found.llm._wire.breaker = Breaker(found.clock)
    return found


def trip(asked: Asked) -> None:
    for _ in range(2):
        with pytest.raises(TransientError, match="tried 2 times"):
            asked.ask(Fault.SERVER_ERROR, Fault.SERVER_ERROR)


def test_after_failures_in_a_row_nobody_calls_until_its_rest_is_over(asked: Asked) -> None:
    trip(asked)
    asked.clock.now = 10
    with pytest.raises(
        RestingError, match=r"failed 4 times in a row.*before \d\d:\d\d:\d\d UTC, in 20 s.*answered 500"
    ) as raised:
        asked.ask()
    assert raised.value.retry_after_s == 20
    assert len(asked.service.requests) == 4
    asked.clock.now = 30
    assert asked.ask() == "Hello, world."
    assert asked.ask() == "Hello, world."
    assert len(asked.service.requests) == 6


def test_a_probe_that_fails_begins_the_rest_anew_after_one_try(asked: Asked) -> None:
    trip(asked)
    asked.clock.now = 31
    with pytest.raises(TransientError, match=r"500(?!.*tried)"):
        asked.ask(Fault.SERVER_ERROR, Fault.SERVER_ERROR)
    assert len(asked.service.requests) == 5
    asked.clock.now = 60
    with pytest.raises(RestingError, match=r"failed 5 times.*in 1 s"):
        asked.ask()
    asked.clock.now = 62
    assert asked.ask() == "Hello, world."


def test_the_rest_begins_in_the_midst_of_the_tries(asked: Asked) -> None:
    asked.config = asked.config.model_copy(update={"trip_after": 2, "retries": 5})
    with pytest.raises(TransientError, match="tried 2 times"):
        asked.ask(*[Fault.RATE_LIMITED] * 6)
    assert len(asked.service.requests) == 2


@pytest.mark.parametrize("answer", [Fault.BAD_KEY, Fault.TOO_LONG, Fault.EMPTY])
def test_a_model_that_answers_at_all_is_not_given_rest(asked: Asked, answer: Fault) -> None:
    for _ in range(3):
        with pytest.raises(TransientError):
            asked.ask(Fault.SERVER_ERROR, Fault.SERVER_ERROR)
        with pytest.raises((PermanentError, GenerationError)):
            asked.ask(answer)
    assert asked.ask() == "Hello, world."


def test_it_can_be_turned_off(asked: Asked) -> None:
    asked.config = asked.config.model_copy(update={"trip_after": 0})
    for _ in range(5):
        with pytest.raises(TransientError, match="500"):
            asked.ask(Fault.SERVER_ERROR, Fault.SERVER_ERROR)


def test_only_one_call_probes_and_one_given_up_says_nothing() -> None:
    clock, settings = Clock(), config(trip_after=1, rest_s=5)
    breaker = Breaker(clock)

    def enter() -> Call:
        with pytest.raises(StopIteration) as entered:
            next(breaker.enter(HERE, settings))
        call: Call = entered.value.value
        return call

    slow, quick = enter(), enter()
    quick.failed(TransientError("away"))
    quick.leave()
    clock.now = 6
    probe = enter()
    with pytest.raises(RestingError):
        next(breaker.enter(HERE, settings))
    slow.leave()  # one that began before is no probe
    with pytest.raises(RestingError):
        next(breaker.enter(HERE, settings))
    probe.leave()  # the reader stopped it
    again = enter()
    again.answered()
    again.leave()
    assert not breaker.is_open
    assert enter() is not enter()


@pytest.fixture
def slow_service() -> Iterator[ModelService]:
    with model_service("one two three four five six") as running:
        running.pace_s = 0.02
        yield running


def test_no_more_calls_at_once_than_allowed(slow_service: ModelService) -> None:
    settings = config(slow_service.openai_url, concurrency=2)
    llm = load_llm("openai:m", settings)
    going = most = 0
    counting = threading.Lock()
    reply = slow_service.reply

    def count(_prompt: str) -> str:
        nonlocal going, most
        with counting:
            going += 1
            most = max(most, going)
        time.sleep(0.1)
        with counting:
            going -= 1
        assert isinstance(reply, str)
        return reply

    slow_service.reply = count
    texts: list[str] = []
    askers = [
        threading.Thread(target=lambda: texts.append(drain(stream_reply(llm, user("?"), settings))[1].text)) for _ in range(6)
    ]
    for one in askers:
        one.start()
    for one in askers:
        one.join(20)
    assert texts == ["one two three four five six"] * 6
    assert most == 2


def test_one_that_waits_for_its_call_can_be_stopped_and_gives_up_in_time(slow_service: ModelService) -> None:
    settings = config(slow_service.openai_url, concurrency=1, timeout_s=0.4, retries=0)
    llm = load_llm("openai:m", settings)
    with closing(stream_reply(llm, user("?"), settings)) as first:
        next(first)
        with closing(stream_reply(llm, user("?"), settings, has_pulse=True)) as second:
            assert next(second) == ""
        with pytest.raises(TransientError, match=r"1 calls .* under way, and none ended within 0.4 s.*llm.concurrency"):
            drain(stream_reply(llm, user("?"), settings))
    assert drain(stream_reply(llm, user("?"), settings))[1].text == "one two three four five six"

"""What the backends behind HTTP keep, with a service that misbehaves."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from llama_index.core.llms import LLM

from rag.config import LlmConfig
from rag.errors import GenerationError, PermanentError, TransientError
from rag.llm import Reply, load_llm, stream_reply
from tests.llm.helpers import Sleeper, config, drain, user
from tests.llm.server import Fault, ModelService, model_service

ANSWER = "Ana Ruiz won — 52 % ☃ 😀 日本語."
KEY = "sk-secret-0123456789"
VARIABLES = {"openai": "OPENAI_API_KEY", "ollama": "OLLAMA_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


@dataclass
class Hosted:
    """A backend and the service it talks to."""

    name: str
    service: ModelService
    llm: LLM
    config: LlmConfig
    sleeper: Sleeper

    def ask(self, *faults: Fault, **changes: object) -> tuple[list[str], Reply]:
        """Ask while the service misbehaves in these ways, one a try."""
        self.service.faults = list(faults)
        settings = self.config.model_copy(update=changes)
        return drain(stream_reply(self.llm, user("Who won?", system="Be brief."), settings, sleep=self.sleeper))


@pytest.fixture(params=VARIABLES, scope="module")
def loaded(request: pytest.FixtureRequest) -> Iterator[Hosted]:
    name = request.param
    pytest.importorskip(f"llama_index.llms.{'openai_like' if name == 'openai' else name}")
    with pytest.MonkeyPatch.context() as patch, model_service() as service:
        patch.setenv(VARIABLES[name], KEY)
        settings = config(service.openai_url if name == "openai" else service.origin)
        yield Hosted(name, service, load_llm(f"{name}:m", settings), settings, Sleeper())


@pytest.fixture
def hosted(loaded: Hosted) -> Hosted:
    loaded.service.reset(ANSWER)
    return replace(loaded, sleeper=Sleeper())


@pytest.fixture
def impatient(hosted: Hosted) -> Hosted:
    settings = hosted.config.model_copy(update={"timeout_s": 0.3, "retries": 1})
    return replace(hosted, llm=load_llm(f"{hosted.name}:m", settings), config=settings)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.CUT_EARLY, "cut the reply short"),
        (Fault.MALFORMED, "malformed reply"),
        (Fault.NO_CHOICES, "malformed reply"),
        (Fault.ERROR_EVENT, "try later"),
        (Fault.RATE_LIMITED, "429.*slow down"),
        (Fault.SERVER_ERROR, "500"),
    ],
)
def test_a_transient_error_is_tried_again(hosted: Hosted, fault: Fault, said: str) -> None:
    with pytest.raises(TransientError, match=rf"(?s){said}.*tried 3 times") as raised:
        hosted.ask(fault, fault, fault)
    assert len(hosted.service.requests) == 3
    assert hosted.service.origin in str(raised.value)
    assert hosted.ask(fault, fault)[1].text == ANSWER


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault.BAD_KEY, PermanentError, "refused the key in .*export {variable}="),
        (Fault.FORBIDDEN, PermanentError, "refused the key in .*export {variable}="),
        (Fault.NO_MODEL, PermanentError, "has no model 'm'.*list"),
        (Fault.NO_PATH, PermanentError, "nothing at that address.*/v1"),
        (Fault.HTML, PermanentError, "web page.*/v1"),
        (Fault.NO_CREDIT, PermanentError, "no credit left"),
        (Fault.REFUSED, PermanentError, "temperature must be 1"),
        (Fault.TOO_LONG, GenerationError, "longer than 'm' can read.*answer.evidence_tokens"),
        (Fault.EMPTY, GenerationError, "empty reply"),
        (Fault.LENGTH_EMPTY, GenerationError, "used up its 200 tokens.*NEWSRAG_LLM_MAX_TOKENS=2000"),
    ],
)
def test_an_error_that_would_come_again_is_told_at_once(
    hosted: Hosted, fault: Fault, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=f"(?s){said.format(variable=VARIABLES[hosted.name])}"):
        hosted.ask(fault)
    assert len(hosted.service.requests) == 1
    assert hosted.sleeper.waits_s == []


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.KEEP_ALIVE])
def test_silence_ends_a_try_even_when_the_line_is_kept_alive(impatient: Hosted, fault: Fault) -> None:
    with pytest.raises(TransientError, match=r"silent for 0.3 s.*NEWSRAG_LLM_TIMEOUT_S=0.6.*tried 2 times"):
        impatient.ask(fault, fault)
    assert len(impatient.service.requests) == 2


def test_silence_in_the_middle_ends_a_reply(impatient: Hosted) -> None:
    with pytest.raises(GenerationError, match=r"incomplete.*silent for 0.3 s"):
        impatient.ask(Fault.STALL)
    assert len(impatient.service.requests) == 1


def test_a_slow_reply_is_not_a_silent_one(impatient: Hosted) -> None:
    impatient.service.pace_s = 0.06  # eight words: longer in all than the silence allowed
    assert impatient.ask()[1].text == ANSWER


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.UNFINISHED, Fault.MALFORMED_LATE, Fault.ERROR_EVENT_LATE])
def test_nothing_is_tried_again_once_the_reply_began(hosted: Hosted, fault: Fault) -> None:
    hosted.service.faults = [fault]
    stream = stream_reply(hosted.llm, user("Who won?"), hosted.config, sleep=hosted.sleeper)
    assert next(stream).strip() == "Ana"
    with pytest.raises(GenerationError, match="incomplete"):
        drain(stream)
    assert len(hosted.service.requests) == 1


def test_the_wait_doubles_and_heeds_retry_after_up_to_a_limit(hosted: Hosted) -> None:
    hosted.ask(Fault.SERVER_ERROR, Fault.SERVER_ERROR)
    first, second = hosted.sleeper.waits_s
    assert 0.3 < first < 0.7 < second < 1.3
    hosted.service.retry_after = "5"
    hosted.ask(Fault.RATE_LIMITED)
    hosted.service.retry_after = "3600"
    hosted.ask(Fault.RATE_LIMITED)
    assert hosted.sleeper.waits_s[2:] == [5.0, 30.0]


def test_no_retries_means_one_request(hosted: Hosted) -> None:
    with pytest.raises(TransientError) as raised:
        hosted.ask(Fault.SERVER_ERROR, retries=0)
    assert len(hosted.service.requests) == 1
    assert "tried" not in str(raised.value)


def test_the_sdk_does_not_try_again_by_itself(hosted: Hosted) -> None:
    hosted.service.faults = [Fault.SERVER_ERROR]
    with pytest.raises(Exception, match="500"):
        hosted.llm.chat(user("Who won?"))
    assert len(hosted.service.requests) == 1


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.LENGTH, Fault.SPLIT])
def test_an_odd_but_whole_stream_is_a_reply(hosted: Hosted, fault: Fault) -> None:
    pieces, reply = hosted.ask(fault)
    assert "".join(pieces) == reply.text == ANSWER
    assert reply.finish == ("length" if fault is Fault.LENGTH else "stop")
    assert reply.tokens.prompt > 0
    assert reply.tokens.completion > 0


def test_a_stopped_reply_is_hung_up_on_at_once_without_the_garbage_collector(hosted: Hosted) -> None:
    hosted.service.pace_s = 0.05
    gc.disable()
    try:
        stream = stream_reply(hosted.llm, user("Who won?"), hosted.config)
        next(stream)
        began = time.monotonic()
        stream.close()
        assert hosted.service.requests[0].hung_up.wait(0.5)
        assert time.monotonic() - began < 0.3
    finally:
        gc.enable()


def test_a_loop_is_cut_and_hung_up_on(hosted: Hosted) -> None:
    hosted.service.reply = "the same old story " * 500
    hosted.service.pace_s = 0.001
    _, reply = hosted.ask()
    assert reply.finish == "length"
    assert len(reply.text) < 1000
    assert reply.tokens.completion > 0
    assert hosted.service.requests[0].hung_up.wait(0.5)


def test_a_refused_connection_names_the_address(hosted: Hosted) -> None:
    with model_service() as gone:
        pass
    url = f"{gone.openai_url if hosted.name == 'openai' else gone.origin}"
    settings = config(url)
    with pytest.raises(TransientError, match=rf"cannot reach {hosted.name} at '{url}'.*refused.*tried 3 times"):
        drain(stream_reply(load_llm(f"{hosted.name}:m", settings), user("?"), settings, sleep=hosted.sleeper))


def test_ollama_is_not_sent_a_prompt_that_it_would_silently_cut(hosted: Hosted) -> None:
    messages = user("word " * 5000)
    if hosted.name != "ollama":
        assert drain(stream_reply(hosted.llm, messages, hosted.config))[1].text == ANSWER
        return
    with pytest.raises(GenerationError, match=r"about 5001 tokens, while llm.context_tokens leaves 3896.*evidence_tokens"):
        drain(stream_reply(hosted.llm, messages, hosted.config))
    assert hosted.service.requests == []


def test_the_settings_reach_the_service(hosted: Hosted) -> None:
    hosted.ask()
    body = hosted.service.requests[0].body
    options = body.get("options", body)
    assert body["model"] == "m"
    assert options["temperature"] == 0
    assert options.get("num_predict", options.get("max_tokens")) == 200
    assert "Be brief." in str(body)


def test_the_key_is_sent_and_shown_nowhere(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    shown = [repr(hosted.llm), str(hosted.llm), hosted.llm.to_json(), str(hosted.llm.to_payload())]
    caplog.set_level(logging.DEBUG)
    for fault in (Fault.BAD_KEY, Fault.FORBIDDEN, Fault.SERVER_ERROR, Fault.REFUSED, Fault.CUT):
        with pytest.raises((PermanentError, TransientError, GenerationError)) as raised:
            hosted.ask(fault, retries=0)
        error = raised.value
        assert error.__cause__ is None
        assert error.__suppress_context__
        shown.append(str(error))
    assert KEY in str(hosted.service.requests[0].headers)
    assert all(KEY not in text for text in [*shown, caplog.text])


def test_a_password_in_the_address_is_not_shown(hosted: Hosted) -> None:
    url = hosted.config.base_url.replace("//", "//me:hunter2@")
    settings = config(url, retries=0)
    hosted.service.faults = [Fault.SERVER_ERROR]
    with pytest.raises(TransientError) as raised:
        drain(stream_reply(load_llm(f"{hosted.name}:m", settings), user("?"), settings))
    assert "hunter2" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)

"""What every backend keeps, whoever made it. A new one adds its name to `BACKENDS`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from llama_index.core.llms import LLM, ChatMessage

from rag.config import LlmConfig
from rag.errors import NewsRagError
from rag.llm import Readiness, Reply, backend_state, load_llm, stream_reply
from rag.llm.models import MODELS
from rag.llm.registry import PROVIDERS
from tests.llm.helpers import config, drain, user
from tests.llm.server import USAGE, ModelService, model_service

HOSTED = ("openai", "ollama", "anthropic")
BACKENDS = (*HOSTED, "extractive", pytest.param("local", marks=pytest.mark.model))

ANSWER = "Ana Ruiz won — 52 % ☃ 😀 日本語."
QUESTION = "Who won, “Ana” or Łukasz? 😀"


@dataclass
class Case:
    """A loaded backend, and a chat that it answers with `answer` (None: with anything)."""

    name: str
    llm: LLM
    config: LlmConfig
    messages: list[ChatMessage]
    answer: str | None = ANSWER
    service: ModelService | None = None

    def reply(self, messages: list[ChatMessage] | None = None) -> tuple[list[str], Reply]:
        return drain(stream_reply(self.llm, messages or self.messages, self.config))


@pytest.fixture(params=BACKENDS, scope="module")
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    name = request.param
    if (state := backend_state(PROVIDERS[name].example, config())).readiness is Readiness.MISSING_EXTRA:
        pytest.skip(state.detail)
    if name in HOSTED:
        with model_service(ANSWER) as service:
            settings = config(service.openai_url if name == "openai" else service.origin)
            yield Case(name, load_llm(f"{name}:m", settings), settings, user(QUESTION), service=service)
    elif name == "extractive":
        document = {"question": QUESTION, "sentences": [{"text": ANSWER, "score": 0.9}]}
        chat = user(json.dumps(document), system="Be brief.")
        yield Case(name, load_llm(name, config()), config(), chat)
    else:
        yield local_case()


def local_case() -> Case:
    """Return the smallest local model whose weights are here."""
    for model in sorted(MODELS.values(), key=lambda model: model.n_bytes):
        settings = config(max_tokens=24, model=f"local:{model.name}")
        if backend_state(settings.model, settings).is_ready:
            llm = load_llm(settings.model, settings)
            return Case("local", llm, settings, user("Reply with the name of the capital of France."), answer=None)
    pytest.skip("no weights of a local model are here; type: rag models pull")


def test_the_metadata_names_the_model(case: Case) -> None:
    expected = {"extractive": "extractive", "local": case.config.model.partition(":")[2]}.get(case.name, "m")
    assert case.llm.metadata.model_name == expected


def test_chat_and_its_stream_agree(case: Case) -> None:
    whole = case.llm.chat(case.messages).message.content
    pieces = [piece.delta or "" for piece in case.llm.stream_chat(case.messages)]
    assert "".join(pieces) == whole
    assert whole == (case.answer or whole)


def test_complete_and_its_stream_agree(case: Case) -> None:
    prompt = case.messages[-1].content or ""
    whole = case.llm.complete(prompt).text
    pieces = list(case.llm.stream_complete(prompt))
    assert "".join(piece.delta or "" for piece in pieces) == pieces[-1].text == whole
    assert whole == (case.answer or whole)


def test_a_reply_is_its_pieces(case: Case) -> None:
    pieces, reply = case.reply()
    assert "".join(pieces) == reply.text == (case.answer or reply.text)
    assert all(pieces)
    assert reply.finish in ("stop", "length")


def test_a_reply_counts_its_tokens(case: Case) -> None:
    _, reply = case.reply()
    expected = {"extractive": (0, 0), "local": (reply.tokens.prompt, reply.tokens.completion)}.get(case.name, USAGE)
    assert (reply.tokens.prompt, reply.tokens.completion) == expected
    assert case.name == "extractive" or min(expected) > 0


def test_the_same_question_gets_the_same_reply(case: Case) -> None:
    assert case.reply()[1] == case.reply()[1]


@pytest.mark.parametrize("text", ["", " ", "\n", "\ufeff", "😀", "a\u0000b", "\u202eabc", "x" * 2_000])
def test_odd_input_gets_a_reply_or_an_error_of_ours(case: Case, text: str) -> None:
    try:
        _, reply = case.reply(user(text))
    except NewsRagError as error:
        assert str(error)  # noqa: PT017
    else:
        assert reply.text.strip()


def test_a_stopped_reply_leaves_the_model_fit_for_the_next(case: Case) -> None:
    stream = stream_reply(case.llm, case.messages, case.config)
    next(stream)
    stream.close()
    assert case.reply()[1].text == (case.answer or case.reply()[1].text)


def test_a_stream_may_move_between_threads(case: Case) -> None:
    stream = stream_reply(case.llm, case.messages, case.config)
    pieces: list[str | None] = []
    for _ in range(100):
        step = threading.Thread(target=lambda: pieces.append(next(stream, None)))
        step.start()
        step.join()
        if pieces[-1] is None:
            break
    assert "".join(piece or "" for piece in pieces) == (case.answer or "".join(piece or "" for piece in pieces))


def test_two_threads_share_a_model(case: Case) -> None:
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(case.reply()[1])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 2
    assert replies[0] == replies[1]


def test_unicode_reaches_the_model_unchanged(case: Case) -> None:
    case.reply()
    if case.service:
        assert case.service.requests[-1].prompt == QUESTION

"""The cache: what it keeps, under what key, and that a model is asked each prompt once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.llms import LLM, CustomLLM

from eval.cache import Cache
from eval.cached_llm import cached_llm
from eval.corpus import Corpus
from eval.harness import Bench, Selection
from eval.memory import Memory, articles_digest
from eval.profiles import Profile, profile_config
from eval.records import SavedAnswer
from eval.run import ask_all
from rag.config import LlmConfig, SearchConfig
from rag.errors import GenerationError
from rag.llm.generate import Reply, stream_reply
from rag.ports import YesNo
from rag.types import Answer, Filter
from tests.eval.pipelines import Crashing, Empty

SAID = ["One ", "two ", "three."]


class Counting(CustomLLM):
    """Says the same three words and counts how often it is asked."""

    asked: int = 0

    @property
    def metadata(self) -> LLMMetadata:
        """A name."""
        return LLMMetadata(model_name="counting", is_chat_model=True)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """Return a reply of its own."""
        self.asked += 1
        return CompletionResponse(text=f"re: {prompt}")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Not used."""
        raise NotImplementedError

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ARG002
        """Say it in three pieces, or break off where the prompt asks for that."""
        self.asked += 1

        def stream() -> ChatResponseGen:
            for at, piece in enumerate(SAID):
                if at == 1 and messages[0].content == "break":
                    raise GenerationError("cut")
                signs = {"finish_reason": "stop", "prompt_tokens": 7, "completion_tokens": 3} if at == 2 else {}
                yield ChatResponse(message=ChatMessage(role="assistant"), delta=piece, additional_kwargs=signs)

        return stream()


class Weighing(Counting):
    """The same, and weighs."""

    def yes_no(self, messages: Sequence[ChatMessage]) -> float:  # noqa: ARG002
        """Return a lean that no rounding may change."""
        self.asked += 1
        return 0.1 + 0.2


def said(llm: LLM, prompt: str) -> Reply:
    """Return the whole reply, as the engine reads it."""
    replies = stream_reply(llm, [ChatMessage(role="user", content=prompt)], LlmConfig(retries=0))
    try:
        while True:
            next(replies)
    except StopIteration as end:
        reply: Reply = end.value
        return reply


def behind(cache: Cache, inner: Counting, *, epoch: int = 0, config: LlmConfig | None = None) -> LLM:
    """Return the model behind a cache."""
    return cached_llm("openai:x", config or LlmConfig(), cache=cache, epoch=lambda: epoch, load=lambda *_: inner)


def test_what_is_kept_is_found_again_under_its_key_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "c")
    assert cache.get({"a": 1}) is None
    cache.put({"a": 1, "b": "é"}, {"x": [1.5]})
    assert cache.get({"b": "é", "a": 1}) == {"x": [1.5]}
    assert cache.get({"a": 1}) is None
    assert (cache.n_hits, cache.n_misses) == (1, 2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": {"a": 2}, "value": 9}', '{"value": 9}'])
def test_a_damaged_entry_counts_as_missing(tmp_path: Path, text: str) -> None:
    cache = Cache(tmp_path)
    cache.put({"a": 1}, 5)
    (entry,) = tmp_path.glob("??/*.json")
    entry.write_text(text, encoding="utf-8")
    assert cache.get({"a": 1}) is None
    cache.put({"a": 1}, 6)
    assert cache.get({"a": 1}) == 6


def test_a_full_cache_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = Cache(tmp_path, cap_bytes=600)
    for number in range(10):
        cache.put({"n": number}, "x" * 100)
    for age, path in enumerate(sorted(tmp_path.glob("??/*.json"))):
        os.utime(path, (1000 + age, 1000 + age))
    cache.get({"n": 3})  # used now
    cache.prune()
    left = [number for number in range(10) if cache.get({"n": number})]
    assert 3 in left
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*.json")) <= 480


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = Cache(tmp_path / "file")
    cache.put({"a": 1}, 5)
    assert cache.get({"a": 1}) is None


def test_a_model_is_asked_each_prompt_once_and_not_even_loaded_the_second_time(tmp_path: Path) -> None:
    inner = Counting()
    first = said(behind(Cache(tmp_path), inner), "hello")
    assert (first.text, first.finish, inner.asked) == ("One two three.", "stop", 1)

    def never(*_: object) -> LLM:
        raise AssertionError("it was loaded")

    again = cached_llm("openai:x", LlmConfig(timeout_s=9.0), cache=Cache(tmp_path), load=never)
    assert said(again, "hello") == first
    assert again.metadata.model_name == "counting"
    with pytest.raises(AssertionError, match="loaded"):
        said(again, "other")


def test_another_prompt_setting_or_round_asks_again(tmp_path: Path) -> None:
    inner = Counting()
    for arguments in ({}, {"epoch": 1}, {"config": LlmConfig(temperature=0.5)}, {"config": LlmConfig(max_tokens=9)}):
        said(behind(Cache(tmp_path), inner, **arguments), "hello")  # type: ignore[arg-type]
    assert inner.asked == 4
    said(behind(Cache(tmp_path), inner), "hello ")
    assert inner.asked == 5


def test_gate_scores_are_kept_to_the_last_bit_and_only_models_that_weigh_do(tmp_path: Path) -> None:
    inner = Weighing()
    chat = [ChatMessage(role="user", content="?")]
    for _ in range(2):
        llm = behind(Cache(tmp_path), inner)
        assert isinstance(llm, YesNo)
        assert llm.yes_no(chat) == 0.1 + 0.2
    assert inner.asked == 1
    assert not isinstance(behind(Cache(tmp_path / "other"), Counting()), YesNo)


def test_complete_and_chat_are_remembered_too(tmp_path: Path) -> None:
    inner = Counting()
    for _ in range(2):
        llm = behind(Cache(tmp_path), inner)
        assert llm.complete("x").text == "re: x"
        assert [piece.delta for piece in llm.stream_complete("x")] == ["re: x"]
        assert llm.chat([ChatMessage(role="user", content="y")]).message.content == "One two three."
    assert inner.asked == 2


def test_a_reply_that_breaks_off_is_not_kept(tmp_path: Path) -> None:
    inner = Counting()
    for _ in range(2):
        with pytest.raises(GenerationError, match="cut"):
            said(behind(Cache(tmp_path), inner), "break")
    assert inner.asked == 2
    llm = behind(Cache(tmp_path), inner)
    stopped = stream_reply(llm, [ChatMessage(role="user", content="stop")], LlmConfig())
    next(stopped)
    stopped.close()
    said(llm, "stop")
    assert inner.asked == 4


class Telling(Empty):
    """Refuses everything and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, question: str, *, where: Filter = Filter()) -> Answer:  # noqa: B008
        """Return a refusal that took a while."""
        self.asked += 1
        return replace(super().ask(question, where=where), timings_ms={"total": 5.0})


@pytest.fixture
def memory(bench: Bench, tmp_path: Path) -> Memory:
    """A memory of the hermetic settings."""
    return Memory(Cache(tmp_path / "cache"), profile_config(Profile.HERMETIC, library=tmp_path), bench.corpus, {"p": "1"})


def test_an_unchanged_question_is_answered_from_memory(bench: Bench, memory: Memory, tmp_path: Path) -> None:
    some, pipeline = bench.gold.questions[:5], Telling()
    first = ask_all(pipeline, some, memory=memory)
    assert ask_all(pipeline, some, memory=memory) == first
    assert pipeline.asked == 5
    assert first[1] == {"total": [5.0] * 5}
    config = profile_config(Profile.HERMETIC, library=tmp_path).model_copy(update={"search": SearchConfig(k=9)})
    ask_all(pipeline, some, memory=Memory(Cache(tmp_path / "cache"), config, bench.corpus, {"p": "1"}))
    assert pipeline.asked == 10


def test_each_round_is_asked_for_itself(bench: Bench, memory: Memory) -> None:
    pipeline = Telling()
    answers, _ = ask_all(pipeline, bench.gold.questions[:2], memory=memory, repeats=3)
    assert [(one.id, one.repeat) for one in answers] == [(f"sgl-00{n}", at) for at in range(3) for n in (1, 2)]
    assert pipeline.asked == 6


def test_errors_are_not_remembered(bench: Bench, memory: Memory) -> None:
    ask_all(Crashing(), bench.gold.questions[:1], memory=memory)
    assert memory.answer(bench.gold.questions[0]) is None
    memory.keep(bench.gold.questions[0], SavedAnswer(id="sgl-001"), {})
    assert memory.answer(bench.gold.questions[0]) is not None


def test_the_articles_of_an_answer_are_all_that_is_known_of_them(bench: Bench) -> None:
    some = list(bench.corpus.articles.values())[:2]
    same = [replace(some[0], fetched_at=None, origin="elsewhere"), some[1]]
    other = [replace(some[0], language="xx"), some[1]]
    assert articles_digest(Corpus(same)) == articles_digest(Corpus(some)) != articles_digest(Corpus(other))


def test_a_hermetic_run_takes_no_notice_of_the_cache(bench: Bench, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    bench.evaluate(Profile.HERMETIC, out=tmp_path / "out", selection=Selection(limit=1), cache=cache)
    assert (cache.n_hits, cache.n_misses) == (0, 0)


def test_answers_whose_words_came_from_the_cache_have_no_times(bench: Bench, memory: Memory) -> None:
    class Cached(Telling):
        def ask(self, question: str, *, where: Filter = Filter()) -> Answer:  # noqa: B008
            memory._cache.get({"kind": "chat"})
            return super().ask(question, where=where)

    memory._cache.put({"kind": "chat"}, "x")
    _, times = ask_all(Cached(), bench.gold.questions[:2], memory=memory)
    assert times == {}

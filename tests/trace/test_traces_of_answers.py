"""What the assistant keeps of its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag import __version__
from rag.assistant import Assistant
from rag.config import Config
from rag.converse.history import Exchange
from rag.errors import BackendError, EmptyLibraryError, GenerationError, QuestionError
from rag.store.library import Library
from rag.trace.store import TraceStore
from rag.types import Article, Delta, Filter, Status
from tests.llm.server import Fault, model_service

QUESTION = "Who was elected to lead the port union?"


def hosted(config: Config, url: str) -> Config:
    llm = config.llm.model_copy(update={"model": "openai:m", "base_url": url, "retries": 0, "timeout_s": 2.0})
    return config.model_copy(update={"llm": llm})


def test_an_answer_leaves_all_that_it_was_made_of(assistant: Assistant, store: TraceStore) -> None:
    where = Filter(publishers=("The Ledger",), as_of=date(2025, 4, 1))
    answer = assistant.ask(f" {QUESTION} ", where=where)
    trace = store.load(answer.trace_id)
    assert (trace.id, trace.question, trace.where) == (answer.trace_id, QUESTION, where)
    assert 0 <= (datetime.now(UTC) - trace.time).total_seconds() < 60
    assert (trace.status, trace.text, trace.claims, trace.citations) == (
        answer.status, answer.text, answer.claims, answer.citations,
    )  # fmt: skip
    assert [(hit.article_id, hit.score) for hit in trace.hits] == [(hit.source.article_id, hit.score) for hit in answer.hits]
    assert tuple(one.quote for one in trace.shown) == answer.shown
    assert trace.raw == answer.raw != ""
    assert trace.understanding == assistant.search(QUESTION, where=where).understanding
    assert set(trace.prompts) == {"answer"}
    assert "Ines Moreau" in trace.prompts["answer"]
    assert (trace.gate, trace.error, trace.outcome) == (None, "", "answered")
    versions = trace.versions
    assert (versions.product, versions.model, versions.prompt) == (__version__, "extractive", "extractive/2")
    assert (versions.embedder, versions.index_generation) == ("hash:v1", 1)
    assert versions.settings == assistant.config.digest()
    assert trace.timings_ms == answer.timings_ms
    assert trace.tokens == answer.tokens


def test_a_follow_up_is_kept_as_the_question_that_it_stands_for_and_as_it_was_typed(
    assistant: Assistant, store: TraceStore
) -> None:
    first = Exchange(QUESTION, said="Members elected Ines Moreau to lead the port union.")
    answer = assistant.ask("Who did she replace?", history=[first])
    trace = store.load(answer.trace_id)
    assert (trace.typed, trace.question) == ("Who did she replace?", answer.asked)
    assert "Ines Moreau" in trace.question
    alone = assistant.ask(QUESTION, history=[first])
    assert store.load(alone.trace_id).typed == ""


def test_an_abstention_is_kept_too(assistant: Assistant, store: TraceStore) -> None:
    answer = assistant.ask("How many moons does Jupiter have?")
    assert store.load(answer.trace_id).status is Status.ABSTAINED


def test_a_hosted_models_exact_prompt_and_reply_are_kept(stocked: Config, store: TraceStore) -> None:
    with (
        model_service("Ines Moreau was elected to lead the port union [1].") as service,
        Assistant.open(hosted(stocked, service.openai_url)) as assistant,
    ):
        answer = assistant.ask(QUESTION)
    trace = store.load(answer.trace_id)
    assert trace.prompts == {"answer": service.requests[0].prompt}
    assert trace.raw == "Ines Moreau was elected to lead the port union [1]."
    assert trace.tokens.prompt > 0


def test_a_gate_that_was_shut_is_kept_with_its_score_and_its_prompt(
    stocked: Config, store: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_service("never asked") as service, Assistant.open(hosted(stocked, service.openai_url)) as assistant:
        writer, _ = assistant._writer("openai:m")
        monkeypatch.setattr(writer, "_gate", type("No", (), {"yes_no": lambda _self, _messages: -2.5})())
        answer = assistant.ask(QUESTION)
    trace = store.load(answer.trace_id)
    assert (trace.gate, trace.status, set(trace.prompts), trace.raw) == (-2.5, Status.ABSTAINED, {"gate"}, "")
    assert not service.requests


def test_a_model_that_breaks_off_leaves_its_message_and_what_it_had_written(stocked: Config, store: TraceStore) -> None:
    with (
        model_service("Ines Moreau was elected to lead the port union, and so on and so forth.") as service,
        Assistant.open(hosted(stocked, service.openai_url)) as assistant,
    ):
        service.faults.append(Fault.CUT)
        with pytest.raises(GenerationError) as raised:
            assistant.ask(QUESTION)
    (id_,) = store.ids()
    trace = store.load(id_)
    assert (trace.status, trace.outcome, trace.error) == (None, "failed", str(raised.value))
    assert trace.raw
    assert trace.hits
    assert (trace.versions.model, trace.versions.index_generation) == ("openai:m", 1)
    assert trace.timings_ms["total"] > 0


def test_a_model_that_does_not_exist_leaves_a_trace(assistant: Assistant, store: TraceStore) -> None:
    with pytest.raises(BackendError):
        assistant.ask(QUESTION, llm="frob:x")
    assert "frob" in store.load(store.ids()[0]).error


def test_a_question_that_was_never_asked_leaves_none(assistant: Assistant, store: TraceStore) -> None:
    with pytest.raises(QuestionError):
        assistant.ask(" ")
    stream = assistant.stream(QUESTION)
    next(event for event in stream if isinstance(event, Delta))
    stream.close()
    assert store.ids() == []


@pytest.mark.usefixtures("library")
def test_an_empty_library_leaves_none(config: Config, store: TraceStore) -> None:
    with Assistant.open(config) as assistant, pytest.raises(EmptyLibraryError):
        assistant.ask(QUESTION)
    assert store.ids() == []


def test_as_many_are_kept_as_the_setting_says(stocked: Config, store: TraceStore) -> None:
    for keep, left in ((2, 2), (0, 2), (1, 1)):
        config = stocked.model_copy(update={"trace": stocked.trace.model_copy(update={"keep": keep})})
        with Assistant.open(config) as assistant:
            ids = [assistant.ask(QUESTION).trace_id for _ in range(3)]
        assert len(store.ids()) == left
        assert config.digest() == stocked.digest()
        assert (ids[-1] in store.ids()) == bool(keep)


def test_articles_in_memory_and_assistants_of_evals_leave_none(
    stocked: Config, library: Library, harbour: list[Article], assistant: Assistant, store: TraceStore
) -> None:
    with Assistant.over(harbour, stocked) as passing:
        passing.ask(QUESTION)
    Assistant(library, assistant.embedder, stocked).ask(QUESTION)
    assert store.ids() == []


def test_an_answer_is_not_lost_for_want_of_its_trace(assistant: Assistant, store: TraceStore, tmp_path: Path) -> None:
    store.folder.write_text("a file where the folder should be")
    answer = assistant.ask(QUESTION)
    assert answer.status is Status.ANSWERED
    assert "no trace of this answer was kept" in answer.notice
    with pytest.raises(BackendError, match="frob"):
        assistant.ask(QUESTION, llm="frob:x")
    store.folder.unlink()
    again = assistant.ask(QUESTION)
    assert replace(again, trace_id="", timings_ms={}) == replace(answer, notice="", trace_id="", timings_ms={})
    assert tmp_path in store.folder.parents

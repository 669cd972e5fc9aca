"""Answers and searches are given again while nothing changed, and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from rag import assistant as module
from rag.assistant import Assistant
from rag.config import Config
from rag.converse.history import Exchange
from rag.ingest.pipeline import ingest
from rag.manner import Depth, Manner
from rag.ports import Embedder
from rag.recent import Recent, Uses
from rag.store.beside import open_traces
from rag.store.choose import create_store
from rag.store.library import Library
from rag.trace.record import Trace
from rag.types import Article, Delta, Event, Filter, Finished, Tokens
from tests.conftest import make_article

QUESTION = "How much more pay do the dockers in Valparaíso want?"


def test_the_longest_unused_makes_room_and_the_old_is_forgotten() -> None:
    now = [0.0]
    kept: Recent[str] = Recent(2, longest_s=10, clock=lambda: now[0])
    kept.put("a", "A")
    kept.put("b", "B")
    assert kept.get("a") == "A"
    kept.put("c", "C")
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
    now[0] = 11
    assert kept.get("a") is None
    assert kept.uses == Uses(hits=3, misses=2)
    assert len(kept) == 1
    off: Recent[str] = Recent(0, longest_s=10)
    off.put("a", "A")
    assert (off.get("a"), off.uses, len(off)) == (None, Uses(0, 0), 0)


Make = Callable[..., Assistant]


@pytest.fixture
def traces() -> list[Trace]:
    return []


@pytest.fixture
def make(config: Config, library: Library, harbour: list[Article], embedder: Embedder, traces: list[Trace]) -> Iterator[Make]:
    """Make an assistant over the harbour's articles that remembers."""
    list(ingest(harbour, library, embedder, tokens=100))
    opened: list[Assistant] = []

    def make_(settings: Config = config, *, remembers: bool = True) -> Assistant:
        opened.append(Assistant.open(settings, keep=traces.append, remembers=remembers))
        return opened[-1]

    yield make_
    for one in opened:
        one.close()


def changed(config: Config, section: str, **values: object) -> Config:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


def told(assistant: Assistant, question: str = QUESTION, **how: object) -> list[Event]:
    return list(assistant.stream(question, **how))  # type: ignore[arg-type]


def plain(event: Event) -> Event:
    """Return an event without what each telling has of its own."""
    if isinstance(event, Finished):
        return Finished(replace(event.answer, trace_id="", timings_ms={}, tokens=Tokens()))
    return event


def test_a_question_asked_again_gets_the_same_events_and_a_trace_that_says_so(make: Make, traces: list[Trace]) -> None:
    assistant = make()
    first, again = told(assistant), told(assistant)
    assert [plain(event) for event in again] == [plain(event) for event in first if event != Delta("")]
    assert assistant.remembered["answer"] == Uses(1, 1)
    one, two = traces
    assert (one.given_before, two.given_before) == ("", one.id)
    assert two.id != one.id
    assert two.tokens == Tokens()
    assert (two.text, two.claims, two.shown, two.hits) == (one.text, one.claims, one.shown, one.hits)
    last = again[-1]
    assert isinstance(last, Finished)
    assert last.answer.trace_id == two.id
    third = assistant.ask(QUESTION)
    assert third.text == one.text
    assert traces[2].given_before == one.id


@pytest.mark.parametrize(
    "how",
    [
        {"question": "Who leads the port union?"},
        {"where": Filter(publishers=("Harbour Post",))},
        {"where": Filter(as_of=date(2025, 3, 4))},
        {"history": (Exchange("Who began the harbour strike?", "Dockers did."),)},
        {"manner": Manner("es")},
        {"manner": Manner(depth=Depth.QUICK)},
    ],
)
def test_another_question_scope_history_or_manner_is_another_answer(make: Make, how: dict[str, object]) -> None:
    assistant = make()
    told(assistant)
    told(assistant, **how)  # type: ignore[arg-type]
    assert assistant.remembered["answer"].hits == 0
    told(assistant, **how)  # type: ignore[arg-type]
    assert assistant.remembered["answer"].hits == 1


def test_what_is_stored_or_removed_meanwhile_is_seen_at_once(make: Make, library: Library, embedder: Embedder) -> None:
    assistant = make()
    before = assistant.ask(QUESTION)
    found = assistant.search("ferry to Callao")
    ferry = make_article("The ferry to Callao sails daily. Dockers in Valparaíso want 15% more pay now.", id="ferry")
    for _ in ingest([ferry], library, embedder, tokens=100):  # not published until it ends, and found all the same
        assert "ferry" in {hit.passage.article_id for hit in assistant.search("ferry to Callao").hits}
        assert "ferry" in {hit.passage.article_id for hit in assistant.ask(QUESTION).hits}
    library.remove("ferry")
    after = assistant.ask(QUESTION)
    assert after.hits == before.hits
    assert assistant.search("ferry to Callao").hits == found.hits
    assert assistant.remembered == {"answer": Uses(0, 3), "search": Uses(0, 6)}


def test_a_search_is_given_again_and_another_one_is_not(make: Make) -> None:
    assistant = make()
    first, again = assistant.search("dockers"), assistant.search(" dockers ")
    assert again.hits == first.hits
    assert set(again.timings_ms) == {"total"}
    for other in (
        assistant.search("dockers", k=1),
        assistant.search("dockers", context=True),
        assistant.search("dockers", where=Filter(publishers=("The Ledger",))),
    ):
        assert set(other.timings_ms) != {"total"}
    assert assistant.remembered["search"] == Uses(1, 4)


def test_the_next_day_the_answer_is_made_anew(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make()
    assistant.ask(QUESTION)

    class Tomorrow(module.datetime):
        @classmethod
        def now(cls, tz: object = None) -> module.datetime:  # type: ignore[override]
            return module.datetime(2999, 1, 1, tzinfo=tz)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "datetime", Tomorrow)
    assistant.ask(QUESTION)
    assert assistant.remembered["answer"] == Uses(0, 2)


def test_nothing_is_given_again_unless_it_is_wanted_and_would_come_out_the_same(make: Make, config: Config) -> None:
    measured = make(remembers=False)
    warm = make(changed(config, "llm", temperature=0.7))
    off = make(changed(changed(config, "answer", cache=0), "search", cache=0))
    for assistant in (measured, warm, off):
        for _ in range(2):
            assistant.ask(QUESTION)
        assert assistant.remembered["answer"] == Uses(0, 0)
    assert measured.remembered["search"] == off.remembered["search"] == Uses(0, 0)
    assert config.digest() == changed(config, "answer", cache=0).digest()


def test_an_answer_that_was_stopped_or_failed_is_not_kept(make: Make) -> None:
    assistant = make()
    events = assistant.stream(QUESTION)
    next(events)
    events.close()
    assistant.ask(QUESTION)
    assert assistant.remembered["answer"] == Uses(0, 2)


def test_a_trace_kept_with_the_library_can_be_read_again(config: Config, make: Make) -> None:
    make()  # fills the library
    with Assistant.open(config, remembers=True) as assistant:
        first, again = assistant.ask(QUESTION), assistant.ask(QUESTION)
    kept = open_traces(config)
    assert kept.ids() == [again.trace_id, first.trace_id]
    assert kept.load(again.trace_id).given_before == first.trace_id


def test_what_another_process_stores_on_a_server_is_seen_at_once(
    postgres: str, config: Config, harbour: list[Article], embedder: Embedder
) -> None:
    settings = changed(config, "library", store=postgres)
    with create_store(settings.library, model=embedder.name) as other:
        list(ingest(harbour, other, embedder, tokens=100))
        with Assistant.open(settings, remembers=True) as assistant:
            before = assistant.ask(QUESTION)
            assert assistant.ask(QUESTION).hits == before.hits
            assert assistant.remembered["answer"] == Uses(1, 1)
            other.remove("strike")
            assert "strike" not in {hit.passage.article_id for hit in assistant.ask(QUESTION).hits}
            assert assistant.remembered["answer"] == Uses(1, 2)
        kept = open_traces(settings)
        assert [kept.load(id_).given_before != "" for id_ in kept.ids()] == [False, True, False]
        kept.close()
    assert list(settings.library.path.glob("*")) == []


def test_where_replicas_may_lag_nothing_is_given_again(make: Make, config: Config) -> None:
    assistant = make(changed(config, "library", replicas=("postgresql://replica.example/news",)))
    for _ in range(2):
        assistant.ask(QUESTION)
    assert assistant.remembered == {"answer": Uses(0, 0), "search": Uses(0, 0)}

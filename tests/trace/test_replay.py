from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import InputError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store.library import Library
from rag.trace.diff import Change, described, diff
from rag.trace.record import Trace
from rag.trace.replay import ask_again, judge_again
from rag.trace.store import TraceStore
from rag.types import Filter, Quote, Status, Verdict
from tests.conftest import make_article

QUESTION = "Who was elected to lead the port union?"


@pytest.fixture
def recorded(assistant: Assistant, store: TraceStore) -> Trace:
    return store.load(assistant.ask(QUESTION, where=Filter(publishers=("The Ledger", "Harbour Post"))).trace_id)


def test_the_same_question_comes_out_the_same_and_is_not_kept(recorded: Trace, stocked: Config, store: TraceStore) -> None:
    again = ask_again(recorded, stocked)
    found = diff(recorded, again)
    assert again.where == recorded.where
    assert found.is_same_answer
    assert (found.changes, found.versions) == ({}, {})
    assert found.claims + found.hits_gained + found.hits_lost + found.prompts == ()
    assert found.sentences_gained + found.sentences_lost == ()
    assert found.timings["total"].ratio == round(again.timings_ms["total"] / recorded.timings_ms["total"], 2)
    assert store.ids() == [recorded.id]


def test_an_article_that_came_since_is_seen_as_gained(
    recorded: Trace, stocked: Config, library: Library, embedder: Embedder
) -> None:
    text = "Members of the port union elected Dora Lind to lead the port union after Ines Moreau left."
    newer = make_article(text, id="newer", publisher="The Ledger", published="2025-06-01")
    list(ingest([newer], library, embedder, tokens=100))
    found = diff(recorded, ask_again(recorded, stocked))
    assert [(hit.article_id, hit.start, hit.end) for hit in found.hits_gained] == [("newer", 0, len(text))]
    assert not found.hits_lost
    assert not found.is_same_answer
    assert "Dora Lind" in found.changes["text"].after
    gained = next(claim for claim in found.claims if claim.text == text)
    assert (gained.before, gained.after, gained.quotes_after) == (None, Verdict.SUPPORTED, (text,))
    assert found.sentences_gained == (Quote("newer", 0, len(text), text),)
    assert found.prompts == ("answer",)
    assert found.versions == {"index_generation": Change("1", "2")}
    back = diff(ask_again(recorded, stocked), recorded)
    assert back.hits_lost == tuple(found.hits_gained)


def test_settings_that_differ_are_named(recorded: Trace, stocked: Config) -> None:
    config = stocked.model_copy(update={"answer": stocked.answer.model_copy(update={"passages": 1})})
    found = diff(recorded, ask_again(recorded, config))
    assert found.versions == {"settings": Change(stocked.digest(), config.digest())}
    assert {hit.article_id for hit in found.hits_lost} == {"strike"}


def test_a_model_that_fails_is_a_difference_like_another(recorded: Trace, stocked: Config) -> None:
    config = stocked.model_copy(update={"llm": stocked.llm.model_copy(update={"model": "frob:x"})})
    found = diff(recorded, ask_again(recorded, config))
    assert found.changes["outcome"] == Change("answered", "failed")
    assert "frob" in found.changes["error"].after
    assert not found.is_same_answer


def test_the_recorded_reply_is_judged_anew_without_search_or_model(recorded: Trace, stocked: Config) -> None:
    config = stocked.model_copy(update={"llm": stocked.llm.model_copy(update={"model": "frob:x"})})
    again = judge_again(recorded, config)
    found = diff(recorded, again)
    assert found.is_same_answer
    assert set(found.versions) == {"settings"}
    assert set(found.timings) == {"check"}
    assert (again.hits, again.prompts, again.raw) == (recorded.hits, recorded.prompts, recorded.raw)


def test_what_the_check_thinks_of_another_reply_shows(recorded: Trace, stocked: Config) -> None:
    wrong = replace(recorded, raw="Karl Voss was elected to lead the port union in 1987 by 4,000 members.")
    again = judge_again(wrong, stocked)
    assert again.status is not Status.ANSWERED
    assert not diff(recorded, again).is_same_answer


def test_an_abstention_is_judged_anew(assistant: Assistant, stocked: Config, store: TraceStore) -> None:
    answer = assistant.ask("Who leads the union?", where=Filter(articles=("nothing",)))
    recorded = store.load(answer.trace_id)
    assert (recorded.hits, recorded.shown) == ((), ())
    assert diff(recorded, judge_again(recorded, stocked)).is_same_answer


def test_a_failure_has_no_reply_to_judge(recorded: Trace, stocked: Config) -> None:
    failed = replace(recorded, status=None, error="refused")
    with pytest.raises(InputError, match=f"refused.*rag trace replay {recorded.id[:8]}"):
        judge_again(failed, stocked)


def test_other_verdicts_and_other_quotes_of_a_sentence_are_told(recorded: Trace) -> None:
    claim = recorded.claims[0]
    doubted = replace(
        recorded, claims=(replace(claim, verdict=Verdict.PARTIAL, reason="a name is missing"), *recorded.claims[1:])
    )
    (change,) = diff(recorded, doubted).claims
    assert (change.text, change.before, change.after) == (claim.text, Verdict.SUPPORTED, Verdict.PARTIAL)
    assert (change.reason_before, change.reason_after) == (claim.reason, "a name is missing")
    uncited = replace(recorded, claims=(replace(claim, citations=()), *recorded.claims[1:]))
    (change,) = diff(recorded, uncited).claims
    assert (change.quotes_before, change.quotes_after) == ((recorded.citations[0].quote.text,), ())


def test_a_filter_is_described_by_what_it_asks() -> None:
    assert described(Filter()) == ""
    assert described(Filter(publishers=("A", "B"), as_of=date(2025, 3, 5))) == "publishers=A | B, as_of=2025-03-05"


def test_values_that_the_articles_disagree_on_are_judged_anew_with_the_rest(
    stocked: Config, library: Library, embedder: Embedder, store: TraceStore
) -> None:
    told = [
        make_article(f"The storm in Arica destroyed {n} houses on Friday.", id=id_, publisher=id_, published="2025-06-01")
        for id_, n in (("radio", 40), ("ledger", 70))
    ]
    list(ingest(told, library, embedder, tokens=100))
    with Assistant.open(stocked) as assistant:
        answer = assistant.ask("How many houses did the storm in Arica destroy?")
    assert len(answer.conflicts) == 1
    recorded = store.load(answer.trace_id)
    assert recorded.conflicts == answer.conflicts
    assert "The articles differ" in recorded.text
    assert diff(recorded, judge_again(recorded, stocked)).is_same_answer


def test_a_question_that_is_small_talk_by_now_is_refused(recorded: Trace, stocked: Config) -> None:
    with pytest.raises(InputError, match="'hello' is taken for small talk now"):
        ask_again(replace(recorded, question="hello"), stocked)

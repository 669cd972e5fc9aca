from __future__ import annotations

from datetime import date

from rag.answer.compose import Composed
from rag.answer.conflict import find_conflicts
from rag.answer.evidence import Evidence, gather
from rag.answer.recency import SUPERSEDED_SHARE, as_of_note, is_about_then, with_newest_first
from rag.assistant import Assistant
from rag.config import Config
from rag.ports import Embedder
from rag.shapes import answer_shape
from rag.types import ANY, Answer, Article, Citation, Conflict, Days, Filter, Status, Understanding, Verdict
from tests.answer.test_conflict import FARE, NEW, OLD, hits_of, report

TODAY = date(2024, 6, 10)


def fares() -> list[Article]:
    return [report(OLD, "old", "2023-03-02", "Gazette"), report(NEW, "new", "2024-06-03", "Gazette")]


def gathered(embedder: Embedder) -> tuple[Evidence, tuple[Conflict, ...]]:
    hits = hits_of(*fares())
    return gather(FARE, hits, embedder, budget=400), find_conflicts(FARE, hits)


def cited(evidence: Evidence, article_id: str, status: Status = Status.ANSWERED) -> Composed:
    one = next(one for one in evidence.sentences if one.source.article_id == article_id)
    return Composed(status, "", (), (Citation(1, one.quote, one.source, Verdict.SUPPORTED),))


def note(composed: Composed, conflicts: tuple[Conflict, ...], *, is_about_now: bool, where: Filter = ANY) -> str:
    understood = Understanding(is_about_now=is_about_now)
    return as_of_note(composed, conflicts, understood=understood, where=where, newest=date(2024, 6, 3), today=TODAY)


def test_the_present_value_takes_the_place_of_the_old_one(embedder: Embedder) -> None:
    evidence, conflicts = gathered(embedder)
    led = with_newest_first(evidence, conflicts)
    scores = {one.source.article_id: one.score for one in led.sentences}
    before = {one.source.article_id: one.score for one in evidence.sentences}
    assert led.sentences[0].source.article_id == "new"
    assert scores["new"] == max(before.values())
    assert scores["old"] == round(before["old"] * SUPERSEDED_SHARE, 5)
    assert led.parts == evidence.parts


def test_nothing_moves_without_an_update_or_without_its_present_value(embedder: Embedder) -> None:
    evidence, conflicts = gathered(embedder)
    assert with_newest_first(evidence, ()) == evidence
    only_old = gather(FARE, hits_of(fares()[0]), embedder, budget=400)
    assert with_newest_first(only_old, conflicts) == only_old


def test_the_note_tells_the_day_and_what_it_was_before(embedder: Embedder) -> None:
    evidence, conflicts = gathered(embedder)
    told = note(cited(evidence, "new"), conflicts, is_about_now=False)
    assert told == (
        "As of 3 June 2024, the day of the newest article cited. Earlier: 4.20 euros (Gazette, 2 March 2023), superseded."
    )


def test_a_question_about_now_or_as_of_a_day_gets_the_day(embedder: Embedder) -> None:
    evidence, _ = gathered(embedder)
    assert note(cited(evidence, "old"), (), is_about_now=True).startswith("As of 2 March 2023")
    assert note(cited(evidence, "old"), (), is_about_now=False, where=Filter(as_of=date(2023, 4, 1))) != ""
    assert note(cited(evidence, "old"), (), is_about_now=False) == ""
    assert note(cited(evidence, "old", Status.ABSTAINED), (), is_about_now=True) == ""


def test_a_question_about_now_over_old_news_says_how_old(embedder: Embedder) -> None:
    evidence, _ = gathered(embedder)
    understood = Understanding(is_about_now=True)
    told = as_of_note(
        cited(evidence, "new"), (), understood=understood, where=ANY, newest=date(2024, 6, 3), today=date(2024, 7, 13)
    )
    assert told.endswith("The newest article here is 40 days old (3 June 2024); things may have changed since.")
    assert "days old" not in note(cited(evidence, "new"), (), is_about_now=True)


def asked(config: Config, where: Filter = ANY) -> Answer:
    with Assistant.over(fares(), config) as assistant:
        return assistant.ask(FARE, where=where)


def test_an_answer_gives_the_present_value_and_keeps_the_old_one_beside_it(config: Config) -> None:
    answer = asked(config)
    assert "4.80" in answer.text
    assert "4.20" not in answer.text
    assert "Earlier: 4.20 euros (Gazette, 2 March 2023), superseded." in answer.as_of_note
    shape = answer_shape(answer)
    assert [(one["value"], one["is_superseded"]) for one in shape["conflicts"][0]["stated"]] == [
        ("4.80 euros", False),
        ("4.20 euros", True),
    ]
    assert shape["as_of_note"] == answer.as_of_note


def test_as_of_an_earlier_day_the_old_value_is_the_answer(config: Config) -> None:
    answer = asked(config, Filter(as_of=date(2023, 12, 31)))
    assert "4.20" in answer.text
    assert answer.conflicts == ()
    assert answer.as_of_note.startswith("As of 2 March 2023")


def test_a_time_that_is_over_is_then_and_this_year_is_not() -> None:
    last_year = Understanding(days=(Days(date(2023, 1, 1), date(2023, 12, 31)),))
    this_year = Understanding(days=(Days(date(2024, 1, 1), TODAY),))
    assert is_about_then(last_year, TODAY)
    assert not is_about_then(this_year, TODAY)
    assert not is_about_then(Understanding(), TODAY)
    assert not is_about_then(last_year, None)


def test_a_question_about_last_year_gets_last_years_value(config: Config) -> None:
    with Assistant.over(fares(), config) as assistant:
        answer = assistant.ask("What did a ticket from Salten to Norby cost in 2023?")
    assert "4.20" in answer.text
    assert not any(conflict.is_update for conflict in answer.conflicts)

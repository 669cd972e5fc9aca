from __future__ import annotations

from datetime import date

import pytest

from rag.ports import Embedder
from rag.timeline import DayOrigin, Timeline, day_told, timeline_of, within
from rag.types import Article, Days
from tests.answer.test_conflict import hits_of, report

MONDAY = date(2024, 5, 20)


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("The bridge opens to traffic on 1 October.", "2024-10-01", "2024-10-01"),
        ("It was put off to 15 March 2025.", "2025-03-15", "2025-03-15"),
        ("The levee broke on 6 February.", "2024-02-06", "2024-02-06"),
        ("He won Sunday's runoff.", "2024-05-19", "2024-05-19"),
        ("The board will certify the figures on Friday.", "2024-05-24", "2024-05-24"),
        ("Crews walked out on Monday.", "2024-05-20", "2024-05-20"),
        ("El accidente ocurrió el domingo.", "2024-05-19", "2024-05-19"),
        ("They met yesterday in Salten.", "2024-05-19", "2024-05-19"),
        ("Thousands came on Saturday, 6 April.", "2024-04-06", "2024-04-06"),
        ("The fair was held in March 2023.", "2023-03-01", "2023-03-31"),
    ],
)
def test_the_day_of_a_sentence_is_counted_from_publication(sentence: str, first: str, last: str) -> None:
    assert day_told(sentence, MONDAY) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("sentence", ["The bridge is 740 metres long.", "He has run it since 2016.", "It rained in 2023."])
def test_no_day_and_long_times_are_no_event(sentence: str) -> None:
    assert day_told(sentence, MONDAY) is None


def test_without_a_day_of_publication_only_whole_dates_are_read() -> None:
    assert day_told("It opened on 5 April 2025.", None) == Days(date(2025, 4, 5), date(2025, 4, 5))
    assert day_told("It opened on 5 April.", None) is None
    assert day_told("It opened on Sunday.", None) is None


PLAN = "The Salten bridge opens to traffic on 1 October, the engineer said."
DELAY = "The opening of the Salten bridge was put off to 15 March 2025."
OPENED = "The Salten bridge was opened at last on 5 April."


@pytest.fixture
def bridge(embedder: Embedder) -> Timeline:
    articles: list[Article] = [
        report(OPENED, "opened", "2025-04-07"),
        report(PLAN, "plan", "2024-04-05"),
        report(DELAY, "delay", "2024-09-12"),
        report(PLAN.replace("the engineer said", "said the engineer"), "copy", "2024-04-06"),
        report("The Salten bridge is 740 metres long and made of steel.", "plain", "2024-06-01"),
        report("Frost destroyed the blossom on Thursday.", "other", "2024-05-02"),
        report("The Salten bridge has been painted red.", "undated", None),
    ]
    return timeline_of("the Salten bridge", hits_of(*articles), embedder)


def test_events_are_in_order_with_exact_quotes_and_copies_told_once(bridge: Timeline) -> None:
    told = [
        (event.days.first.isoformat(), event.origin, [one.source.article_id for one in event.told]) for event in bridge.events
    ]
    assert told == [
        ("2024-06-01", DayOrigin.PUBLISHED, ["plain"]),
        ("2024-10-01", DayOrigin.STATED, ["plan", "copy"]),
        ("2025-03-15", DayOrigin.STATED, ["delay"]),
        ("2025-04-05", DayOrigin.STATED, ["opened"]),
    ]
    assert [event.text for event in bridge.events][1:] == [PLAN, DELAY, OPENED]
    assert all(one.quote.end - one.quote.start == len(one.quote.text) for event in bridge.events for one in event.told)
    assert bridge.n_undated == 1


def test_a_time_keeps_the_events_that_touch_it(bridge: Timeline) -> None:
    assert [event.text for event in within(bridge, date(2024, 10, 1), date(2025, 3, 15)).events] == [PLAN, DELAY]
    assert within(bridge, None, None) == bridge


def test_no_hits_make_an_empty_timeline(embedder: Embedder) -> None:
    assert timeline_of("anything", [], embedder) == Timeline("anything", ())

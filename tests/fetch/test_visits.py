"""What is remembered between two runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.errors import StoreError
from rag.fetch.entry import Entry
from rag.fetch.memory import VisitMemory
from rag.fetch.postgres import PostgresVisits
from rag.fetch.revisit import DAY_S, HOUR_S, RETRY_AFTER_S, REVISIT_AFTER_S, SourceState, Validators
from rag.fetch.robots import Found, Rules
from rag.fetch.visits import FILE, Visits

FEED = SourceState("https://a.example/rss", validators=Validators('"1"'), due_at=5.0)
PAGE = Entry("https://a.example/x", title="X", published=date(2025, 3, 3), changed="1")
TAG = Validators('"e"', "Mon, 03 Mar 2025 00:00:00 GMT")


Open = Callable[[], VisitMemory]


@pytest.fixture(params=["sqlite", "postgres"])
def open_visits(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """What opens one memory, as another process would."""
    opened: list[VisitMemory] = []
    address = request.getfixturevalue("postgres") if request.param == "postgres" else ""

    def open_() -> VisitMemory:
        opened.append(PostgresVisits(address) if address else Visits.open(tmp_path / "library"))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def due(visits: VisitMemory, now: float) -> list[str]:
    return [page.url for page in visits.due_pages([FEED.url], now)]


def test_everything_is_there_after_opening_again(open_visits: Open) -> None:
    rules = Rules(Found.RULES, "User-agent: *", 1.0, 2.0)
    with open_visits() as visits:
        assert visits.listed(FEED, [PAGE], root=FEED.url, now=10) == 1
        visits.keep_rules("https://a.example", rules)
    with open_visits() as visits:
        (page,) = visits.due_pages([FEED.url], 10)
        assert page.entry == PAGE
        assert visits.source(FEED.url) == FEED
        assert visits.recall_rules("https://a.example") == rules
        assert visits.recall_rules("https://b.example") is None


def test_a_damaged_file_is_begun_anew_and_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 1000)
    with Visits.open(tmp_path) as visits:
        assert due(visits, 1e12) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="check the folder"):
        Visits.open(tmp_path / "file")


def test_a_page_that_was_read_is_looked_at_again_by_the_stated_times(open_visits: Open) -> None:
    with open_visits() as visits:
        visits.listed(FEED, [PAGE], root=FEED.url, now=0)
        looked, now = [], 0.0
        while True:
            visits.read(PAGE.url, TAG, now=now)
            if (following := visits.next_due_page([FEED.url])) is None:
                break
            assert due(visits, following - 1) == []
            now = following
            looked.append(now)
        assert tuple(looked) == REVISIT_AFTER_S
        assert (looked[0], looked[-1]) == (HOUR_S, 7 * DAY_S)


def test_a_feed_that_says_something_new_makes_its_page_due_and_one_that_repeats_itself_does_not(open_visits: Open) -> None:
    with open_visits() as visits:
        visits.listed(FEED, [PAGE], root=FEED.url, now=0)
        visits.read(PAGE.url, TAG, now=0)
        assert visits.listed(FEED, [PAGE], root=FEED.url, now=10) == 0
        assert due(visits, 10) == []
        changed = Entry(PAGE.url, title="X, corrected")
        assert visits.listed(FEED, [changed], root="https://b.example/rss", now=10) == 0  # another feed's word
        assert visits.listed(FEED, [changed], root=FEED.url, now=10) == 1
        (page,) = visits.due_pages([FEED.url], 10)
        assert (page.entry.title, page.validators, page.first_read_at) == ("X, corrected", TAG, 0)


def test_a_page_that_failed_is_tried_again_three_times_and_one_that_is_gone_is_not(open_visits: Open) -> None:
    with open_visits() as visits:
        visits.listed(FEED, [PAGE], root=FEED.url, now=0)
        now = 0.0
        for wait in RETRY_AFTER_S:
            visits.failed(PAGE.url, now=now, is_final=False)
            assert visits.next_due_page([FEED.url]) == now + wait
            now += wait
        visits.failed(PAGE.url, now=now, is_final=False)
        assert visits.next_due_page([FEED.url]) is None
        visits.listed(FEED, [Entry(PAGE.url, title="new")], root=FEED.url, now=now)
        assert due(visits, now) == [PAGE.url]
        visits.failed(PAGE.url, now=now, is_final=True)
        assert visits.next_due_page([FEED.url]) is None


def test_a_page_that_no_feed_names_is_remembered_and_never_due(open_visits: Open) -> None:
    with open_visits() as visits:
        visits.read("https://a.example/y", TAG, now=7)
        page = visits.page("https://a.example/y")
        assert page is not None
        assert (page.visited_at, page.validators.headers) == (7, {"If-None-Match": '"e"', "If-Modified-Since": TAG.modified})
        assert visits.next_due_page([FEED.url, ""]) is None


def test_what_a_server_called_its_version_cannot_add_headers() -> None:
    assert Validators('"a"\r\nX: y', "ü").headers == {}


def test_robots_and_the_state_of_a_feed_are_replaced(open_visits: Open) -> None:
    with open_visits() as visits:
        assert visits.listed(FEED, [], root=FEED.url, now=1) == 0
        visits.keep_source(SourceState(FEED.url, feed="https://a.example/feed", n_failures=2))
        assert visits.source(FEED.url).n_failures == 2
        for holds_until in (2.0, 3.0):
            visits.keep_rules("https://a.example", Rules(Found.RULES, "User-agent: *", 1.0, holds_until))
        found = visits.recall_rules("https://a.example")
        assert found is not None
        assert found.holds_until == 3.0

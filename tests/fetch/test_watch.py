"""Feeds and sitemaps, looked at again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from rag.config import Config
from rag.errors import InputError
from rag.fetch.listing import ListingReader
from rag.fetch.revisit import DAY_S
from rag.fetch.sources import JITTER
from rag.fetch.visits import Visits
from rag.fetch.watch import MAX_BATCH, Watch, batches, sources_of
from rag.fetch.web import WebReader
from rag.ingest.sandbox import Sandbox
from rag.ingest.walk import Rejected
from rag.types import Action, Article, IngestItem
from tests.fetch.site import STORY, Handler, Reply, Site, story

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
EVERY_S = 900.0


@pytest.fixture
def reader(settings: Config, sandbox: Sandbox, listings: ListingReader) -> Iterator[WebReader]:
    changed = settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"robots": False, "retries": 0})})
    with Visits.in_memory() as visits, WebReader(changed, visits, now=NOW, sandbox=sandbox, listings=listings) as made:
        yield made


def rss(site: Site, *paths: str, note: str = "") -> bytes:
    """Return a feed of some paths."""
    items = "".join(f"<item><title>Story {path} {note}</title><link>{site.url(path)}</link></item>" for path in paths)
    return f'<rss version="2.0"><channel><title>Harbour Post</title>{items}</channel></rss>'.encode()


def urlset(site: Site, **changed: str) -> bytes:
    """Return a sitemap of some paths and when each last changed."""
    items = "".join(f"<url><loc>{site.url('/' + path)}</loc><lastmod>{day}</lastmod></url>" for path, day in changed.items())
    return f"<urlset>{items}</urlset>".encode()


def publish(site: Site, *paths: str, note: str = "") -> None:
    for path in paths:
        site.answers[path] = story(f"Story {path}", text=f"{STORY} This is {path}. {note}")


def cycle(reader: WebReader, watch: Watch, *, at_all: bool = False) -> list[Article | Rejected]:
    """Return what a cycle gives, taken as stored."""
    items = list(watch.cycle(at_all=at_all))
    for item in items:
        reader.stored(IngestItem(item.origin, Action.REJECTED if isinstance(item, Rejected) else Action.ADDED))
    return items


def later(reader: WebReader, seconds: float) -> None:
    """Let time pass."""
    assert reader._now is not None
    reader._now += timedelta(seconds=seconds)


def test_a_feed_gives_what_is_new_then_what_changed_and_asks_for_no_more(site: Site, reader: WebReader) -> None:
    publish(site, "/a", "/b")
    site.answers["/rss"] = rss(site, "/a", "/b")
    watch = Watch(reader, sources_of(reader, [site.url("/rss")], []), every_s=EVERY_S)

    assert {item.origin for item in cycle(reader, watch)} == {site.url("/a"), site.url("/b")}
    site.asked.clear()
    assert cycle(reader, watch) == []
    assert site.asked == []  # nothing is due

    later(reader, 2 * EVERY_S)
    publish(site, "/c")
    publish(site, "/b", note="Correction: it was on Tuesday.")
    site.answers["/rss"] = rss(site, "/c", "/a") + b""
    assert [item.origin for item in cycle(reader, watch)] == [site.url("/c")]

    later(reader, 3600)  # the first look back
    found = {item.origin: item for item in cycle(reader, watch)}
    corrected = found[site.url("/b")]
    assert isinstance(corrected, Article)
    assert "it was on Tuesday" in corrected.text


def test_a_feed_that_has_not_changed_is_not_sent_again(site: Site, reader: WebReader) -> None:
    def answer(handler: Handler) -> Reply:
        is_known = handler.headers.get("If-None-Match") == '"7"'
        return Reply(b"", 304) if is_known else Reply(rss(site), type="application/rss+xml", headers={"ETag": '"7"'})

    site.answers["/rss"] = answer
    watch = Watch(reader, sources_of(reader, [site.url("/rss")], []), every_s=EVERY_S)

    cycle(reader, watch)
    later(reader, 2 * EVERY_S)
    assert cycle(reader, watch) == []
    assert [asked.headers.get("if-none-match") for asked in site.asked] == [None, '"7"']
    assert reader.visits.source(site.url("/rss")).due_at >= reader.clock + EVERY_S * (1 - JITTER)


def test_what_was_listed_is_read_after_a_kill_though_the_feed_says_nothing_new(site: Site, reader: WebReader) -> None:
    publish(site, "/a")
    site.answers["/rss"] = rss(site, "/a")
    sources = sources_of(reader, [site.url("/rss")], [])
    killed = Watch(reader, sources, every_s=EVERY_S).cycle()
    next(killed)
    killed.close()

    assert [item.origin for item in cycle(reader, Watch(reader, sources, every_s=EVERY_S))] == [site.url("/a")]


@pytest.mark.parametrize(
    "bad",
    [
        Reply(b"", 500),
        Reply(b"", 404),
        b"<html>no feed</html>",
        b"junk",
        lambda handler: setattr(handler, "close_connection", True),
    ],
)
def test_a_bad_feed_is_put_off_for_longer_each_time_and_the_others_go_on(site: Site, reader: WebReader, bad: Reply) -> None:
    publish(site, "/a")
    site.answers |= {"/bad": bad, "/rss": rss(site, "/a")}
    watch = Watch(reader, sources_of(reader, [site.url("/bad"), site.url("/rss")], []), every_s=EVERY_S)

    first, second = cycle(reader, watch)

    assert isinstance(first, Rejected)
    assert first.origin == site.url("/bad")
    assert first.reason.startswith("feed not read: ")
    assert second.origin == site.url("/a")
    waits = []
    for _ in range(9):
        waits.append(reader.visits.source(site.url("/bad")).due_at - reader.clock)
        later(reader, waits[-1] + 1)
        cycle(reader, watch)
    assert all(after >= before * 1.5 for before, after in pairwise(waits[:6]))
    assert waits[-1] == pytest.approx(DAY_S)
    site.answers["/bad"] = rss(site)
    later(reader, DAY_S + 1)
    cycle(reader, watch)
    assert reader.visits.source(site.url("/bad")).n_failures == 0


def test_a_page_leads_to_its_feed_which_is_then_asked_directly(site: Site, reader: WebReader) -> None:
    publish(site, "/a")
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    site.answers |= {"/": story(head=link), "/rss": rss(site, "/a")}
    watch = Watch(reader, sources_of(reader, [site.url("/")], []), every_s=EVERY_S)

    assert [item.origin for item in cycle(reader, watch)] == [site.url("/a")]
    later(reader, 2 * EVERY_S)
    cycle(reader, watch)
    assert site.paths() == ["/", "/rss", "/a", "/rss"]


def test_of_an_index_only_the_sitemaps_that_changed_are_read_and_of_those_the_pages(site: Site, reader: WebReader) -> None:
    def index(first: str, second: str) -> bytes:
        days = {"/1.xml": first, "/2.xml": second}
        maps = "".join(f"<sitemap><loc>{site.url(path)}</loc><lastmod>{day}</lastmod></sitemap>" for path, day in days.items())
        return f"<sitemapindex>{maps}</sitemapindex>".encode()

    publish(site, "/a", "/b", "/c")
    site.answers |= {"/map.xml": index("1", "1"), "/1.xml": urlset(site, a="1", b="1"), "/2.xml": urlset(site, c="1")}
    watch = Watch(reader, sources_of(reader, [], [site.url("/map.xml")]), every_s=EVERY_S)

    assert len(cycle(reader, watch)) == 3
    later(reader, 2 * EVERY_S)
    site.asked.clear()
    site.answers |= {"/map.xml": index("2", "1"), "/1.xml": urlset(site, a="2", b="1")}
    assert [item.origin for item in cycle(reader, watch)] == [site.url("/a")]
    assert site.paths() == ["/map.xml", "/1.xml", "/a"]


def test_sitemaps_within_each_other_come_to_an_end(site: Site, reader: WebReader) -> None:
    for n in range(9):
        site.answers[f"/{n}.xml"] = (
            f"<sitemapindex><sitemap><loc>{site.url(f'/{n + 1}.xml')}</loc></sitemap></sitemapindex>".encode()
        )

    assert cycle(reader, Watch(reader, sources_of(reader, [], [site.url("/0.xml")]), every_s=EVERY_S)) == []
    assert site.paths() == ["/0.xml", "/1.xml", "/2.xml", "/3.xml"]


def test_the_address_of_a_feed_may_be_asked_for_or_is_an_error(reader: WebReader) -> None:
    with pytest.raises(InputError, match="begin it with https"):
        sources_of(reader, ["paper.example/rss"], [])


def test_batches_are_short_and_hold_everything() -> None:
    items: list[Article | Rejected] = [Rejected(str(n), "x") for n in range(MAX_BATCH * 2 + 3)]

    found = list(batches(items))

    assert [len(batch) for batch in found] == [MAX_BATCH, MAX_BATCH, 3]
    assert [item for batch in found for item in batch] == items

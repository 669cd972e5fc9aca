"""Pages of the web as articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from rag.config import Config
from rag.fetch import read_urls
from rag.fetch.entry import Entry
from rag.fetch.revisit import SourceState
from rag.fetch.visits import Visits
from rag.fetch.web import WebReader
from rag.ingest.pipeline import ingest
from rag.ingest.sandbox import Sandbox
from rag.ingest.walk import Rejected
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Action, Article, DateOrigin, IngestItem
from tests.fetch.site import STORY, Reply, Site, story

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
FEED = SourceState("https://paper.example/rss")
VERSION_1 = Reply(story(), headers={"ETag": '"1"'})


@pytest.fixture
def visits() -> Iterator[Visits]:
    with Visits.in_memory() as made:
        yield made


@pytest.fixture
def reader(settings: Config, visits: Visits, sandbox: Sandbox) -> Iterator[WebReader]:
    """A reader for which every name is this machine, with a robots.txt that need not be asked for."""
    changed = settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"robots": False, "retries": 0})})
    with WebReader(changed, visits, now=NOW, sandbox=sandbox, resolver=lambda _host, _port: ["127.0.0.1"]) as made:
        yield made


def only(items: Iterator[Article | Rejected]) -> Article | Rejected:
    (item,) = items
    return item


def article(items: Iterator[Article | Rejected]) -> Article:
    item = only(items)
    assert isinstance(item, Article), item
    return item


def reason(items: Iterator[Article | Rejected]) -> str:
    item = only(items)
    assert isinstance(item, Rejected), item
    return item.reason


def listed(reader: WebReader, entry: Entry) -> Iterator[Article | Rejected]:
    """Yield what a page gives that a feed names."""
    reader.visits.listed(FEED, [entry], root=FEED.url, now=reader.clock)
    yield from reader.read_due([FEED.url])


def test_urls_become_articles_and_reasons(site: Site, settings: Config, sandbox: Sandbox) -> None:
    site.answers["/a"] = story(head='<meta property="article:published_time" content="2025-03-03">')

    items = list(
        read_urls(
            [site.url("/a"), site.url("/a#top"), site.url("/gone"), "nonsense"], settings=settings, now=NOW, sandbox=sandbox
        )
    )

    found = {item.origin: item for item in items}
    strike = found[site.url("/a")]
    assert isinstance(strike, Article)
    assert STORY in strike.text
    assert (strike.title, strike.url, strike.published) == ("Dockers walk out", site.url("/a"), date(2025, 3, 3))
    assert (strike.fetched_at, strike.published_from, strike.provenance["url"]) == (NOW, DateOrigin.META, "address")
    gone, nonsense = found[site.url("/gone")], found["nonsense"]
    assert isinstance(gone, Rejected)
    assert "no such page" in gone.reason
    assert isinstance(nonsense, Rejected)
    assert len(items) == 3


def test_a_page_may_name_another_address_of_its_own_site_and_none_of_another(site: Site, reader: WebReader) -> None:
    site.answers["/a"] = story(head=f'<link rel="canonical" href="{site.url("/canonical", "paper.example")}">')

    own = article(reader.read([site.url("/a", "paper.example")]))
    foreign = article(reader.read([site.url("/a", "other.example")]))

    assert own.canonical_url == site.url("/canonical", "paper.example")
    assert foreign.canonical_url == ""
    assert foreign.url == site.url("/a", "other.example")
    assert own.id != foreign.id


def test_the_address_after_redirects_is_the_articles(site: Site, reader: WebReader) -> None:
    site.answers |= {
        "/old": Reply(b"", 301, {"Location": "/new"}),
        "/new": story(),
        "/dead": Reply(b"", 301, {"Location": "/"}),
        "/": story(),
    }

    moved = article(reader.read([site.url("/old")]))

    assert (moved.origin, moved.url) == (site.url("/old"), site.url("/new"))
    assert "front page" in reason(reader.read([site.url("/dead")]))


def test_what_the_feed_says_fills_what_the_page_does_not(site: Site, reader: WebReader) -> None:
    site.answers |= {"/a": story(title=""), "/b": story(head='<meta property="article:published_time" content="2025-03-03">')}
    told = {"title": "From the feed", "publisher": "Harbour Post", "author": "I. Moreau", "published": date(2025, 3, 9)}

    bare = article(listed(reader, Entry(site.url("/a"), **told)))  # type: ignore[arg-type]
    stated = article(reader.read([site.url("/b")]))

    assert (bare.title, bare.publisher, bare.author, bare.published) == tuple(told.values())
    assert bare.published_from is DateOrigin.FEED
    assert bare.provenance["published"] == "feed"
    assert (stated.title, stated.published) == ("Dockers walk out", date(2025, 3, 3))


@pytest.mark.parametrize("status", [403, 503])
def test_the_text_of_a_full_feed_stands_in_for_a_page_that_is_refused(site: Site, reader: WebReader, status: int) -> None:
    site.answers["/a"] = Reply(b"pay", status)
    content = "".join(f"<p>{STORY} Part {n}.</p>" for n in range(4))

    found = article(listed(reader, Entry(site.url("/a"), title="Dockers walk out", content=content)))

    assert STORY in found.text
    assert (found.url, found.title, found.provenance["text"]) == (site.url("/a"), "Dockers walk out", "feed")


def test_the_text_of_a_feed_does_not_stand_in_for_a_page_that_is_gone_or_was_read(site: Site, reader: WebReader) -> None:
    content = "".join(f"<p>{STORY} Part {n}.</p>" for n in range(4))
    site.answers |= {"/gone": Reply(b"", 410), "/read": story()}

    assert "no such page" in reason(listed(reader, Entry(site.url("/gone"), content=content)))
    reader.stored(IngestItem(site.url("/gone"), Action.REJECTED))
    article(listed(reader, Entry(site.url("/read"), content=content)))
    reader.stored(IngestItem(site.url("/read"), Action.ADDED))
    site.answers["/read"] = Reply(b"", 403)
    assert "refuses it" in reason(listed(reader, Entry(site.url("/read"), title="changed", content=content)))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(b"\x89PNG", type="image/png"), "of type 'image/png'"),
        (Reply(b"{}", type="application/json"), "of type 'application/json'"),
        (Reply(b"<rss/>", type="application/rss+xml"), "rag ingest --feed"),
        (Reply(b"\x00\x01", type="application/octet-stream"), "of type 'application/octet-stream'"),
        (Reply(b"MZ\x90\x00" * 100), "binary"),
        (Reply(b""), "empty"),
        (Reply(b"<html><body><nav>Home</nav></body></html>"), "no article"),
        (Reply(b"%PDF-1.7 nonsense", type="application/pdf"), ""),
        (Reply(b"", 401), "refuses it"),
        (Reply(b"", 418), "answered 418"),
        (Reply(b"", 302), "answered 302"),
        (Reply(b"", 304), "answered 304"),
        (Reply(b"", 302, {"Location": "http://10.0.0.1/"}), "private network"),
        (Reply(b"x" * 200_000), "over the limit"),
    ],
)
def test_what_is_no_article_is_rejected_with_the_reason(site: Site, reader: WebReader, reply: Reply, expected: str) -> None:
    site.answers["/a"] = reply
    assert expected in reason(reader.read([site.url("/a")]))


@pytest.mark.parametrize("kind", ["text/html; charset=iso-8859-1", "text/html;charset=windows-1252"])
def test_the_servers_charset_is_believed_where_the_page_names_none(site: Site, reader: WebReader, kind: str) -> None:
    page = story(text=STORY).decode().replace('<meta charset="utf-8">', "").encode("cp1252")
    site.answers["/a"] = Reply(page, type=kind)
    assert "Valparaíso" in article(reader.read([site.url("/a")])).text


def test_plain_text_and_unlabelled_pages_are_read(site: Site, reader: WebReader) -> None:
    site.answers |= {
        "/t": Reply(f"Dockers walk out\n\n{STORY}".encode(), type="text/plain"),
        "/u": Reply(b"<!-- x -->\n" + story(), type="application/octet-stream"),
    }
    assert article(reader.read([site.url("/t")])).title == "Dockers walk out"
    assert STORY in article(reader.read([site.url("/u")])).text


def test_only_what_changed_is_sent_again_and_only_once_it_is_stored(site: Site, reader: WebReader) -> None:
    def answer(handler: object) -> Reply:
        is_known = handler.headers.get("If-None-Match") == '"1"'  # type: ignore[attr-defined]
        return Reply(b"", 304) if is_known else Reply(story(), headers={"ETag": '"1"'})

    site.answers["/a"] = answer
    unchanged: list[str] = []
    reader._on_unchanged = unchanged.append
    entry = Entry(site.url("/a"), title="a")

    article(listed(reader, entry))
    article(reader.read_due([FEED.url]))  # it was not stored: it is asked for again, in full
    reader.stored(IngestItem(site.url("/a"), Action.ADDED))
    assert list(reader.read_due([FEED.url])) == []  # not due
    assert list(listed(reader, Entry(site.url("/a"), title="the feed says something new"))) == []
    assert unchanged == [site.url("/a")]
    article(reader.read([site.url("/a")]))  # named by hand: in full


def test_a_list_that_is_read_again_later_asks_only_for_what_changed(site: Site, reader: WebReader) -> None:
    site.answers["/a"] = lambda asked: Reply(b"", 304) if asked.headers.get("If-None-Match") == '"1"' else VERSION_1
    unchanged: list[str] = []
    reader._on_unchanged = unchanged.append

    article(reader.read([site.url("/a")], only_stale=True))
    reader.stored(IngestItem(site.url("/a"), Action.ADDED))
    reader._now = NOW + timedelta(seconds=reader.settings.fetch.fresh_s + 1)
    assert list(reader.read([site.url("/a")], only_stale=True)) == []

    assert unchanged == [site.url("/a")]
    assert site.asked[-1].headers["if-none-match"] == '"1"'


def test_an_interrupted_list_goes_on_where_it_stopped(site: Site, reader: WebReader, library: Library) -> None:
    urls = [site.url(f"/{n}") for n in range(3)]
    for n in range(3):
        site.answers[f"/{n}"] = story(f"Story {n}", text=f"{STORY} Number {n}.")
    embedder = HashEmbedder()

    items = ingest(reader.read(urls, only_stale=True), library, embedder, tokens=200)
    for item in list(items)[:2]:
        reader.stored(item)
    site.asked.clear()
    (again,) = list(reader.read(urls, only_stale=True))

    assert site.paths() == ["/2"]
    assert again.origin == urls[2]

"""Feeds of every kind, and what only looks like one."""

from __future__ import annotations

import json
from datetime import date

import pytest

from rag.errors import InputError
from rag.fetch.discover import feeds_of
from rag.fetch.entry import Entry
from rag.fetch.feed import MIN_CONTENT_CHARS, read_feed
from rag.fetch.listing import ListingReader
from rag.fetch.url import Allowed

URL = "https://paper.example/feeds/news"
USUAL = Allowed()
BODY = "<p>" + "Dockers want 12% more pay. " * 40 + "</p>"

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour Post</title><language>en-gb</language><link>https://paper.example/</link>
<item><title>Dockers &amp;amp; &lt;b&gt;pilots&lt;/b&gt; walk out</title><link>/2025/03/03/strike?utm_source=rss#top</link>
<dc:creator>Ines Moreau</dc:creator><pubDate>Mon, 03 Mar 2025 23:30:00 -0500</pubDate>
<category>Ports &amp;amp; Trade</category><category>Strikes</category>
<description>A teaser.</description><content:encoded><![CDATA[{BODY}]]></content:encoded></item>
<item><title>No date</title><guid isPermaLink="true">https://paper.example/b</guid><description>Short.</description></item>
<item><title>Inner</title><link>http://127.0.0.1:22/x</link></item>
<item><title>Script</title><link>javascript:alert(1)</link></item>
<item><title>Again</title><link>https://paper.example/b</link></item>
<item><title>No link</title></item>
</channel></rss>""".encode()

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>The Ledger</title>
<entry><title type="html">Union has a &lt;em&gt;new&lt;/em&gt; head</title><link rel="alternate" href="https://paper.example/u"/>
<published>2025-03-10T08:00:00Z</published><updated>2025-03-12T09:00:00Z</updated><author><name>A. Reyes</name></author>
<category term="work-1" label="Work"/></entry>
<entry><title>Only updated</title><link href="https://paper.example/v"/><updated>2025-03-13T09:00:00Z</updated></entry></feed>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Coast Wire",
        "language": "es",
        "items": [
            {
                "id": 1,
                "url": "/a",
                "title": "Marea",
                "date_published": "2025-04-01T23:00:00-03:00",
                "authors": [{"name": "Luz"}],
                "tags": ["Mar", "Puerto"],
                "content_html": BODY,
            },
            {"id": 2, "url": 7},
            {"id": 3, "external_url": "https://other.example/c", "date_published": "soon", "title": None},
        ],
    }
).encode()


def entries(data: bytes) -> dict[str, Entry]:
    return {entry.url: entry for entry in read_feed(data, url=URL, allowed=USUAL).entries}


def test_rss_gives_titles_days_authors_and_whole_articles() -> None:
    found = entries(RSS)

    assert list(found) == ["https://paper.example/2025/03/03/strike?utm_source=rss", "https://paper.example/b"]
    strike, undated = found.values()
    assert (strike.title, strike.publisher, strike.author) == ("Dockers & pilots walk out", "Harbour Post", "Ines Moreau")
    assert strike.published == date(2025, 3, 4)  # the UTC day
    assert strike.language == "en-gb"
    assert strike.content == BODY
    assert undated.published is None
    assert undated.content == ""


def test_the_day_of_an_update_is_not_the_day_of_publication() -> None:
    new_head, only_updated = entries(ATOM).values()

    assert (new_head.title, new_head.author, new_head.publisher) == ("Union has a new head", "A. Reyes", "The Ledger")
    assert (new_head.published, new_head.updated) == (date(2025, 3, 10), date(2025, 3, 12))
    assert (only_updated.published, only_updated.updated) == (None, date(2025, 3, 13))


def test_the_first_category_is_the_section() -> None:
    sections = [[entry.section for entry in entries(data).values()] for data in (RSS, ATOM, JSON)]

    assert sections == [["Ports & Trade", ""], ["Work", ""], ["Mar", ""]]
    assert next(iter(entries(JSON).values())).facts.section == "Mar"


def test_json_feeds_are_read_and_one_bad_item_costs_only_itself() -> None:
    found = entries(JSON)

    assert list(found) == ["https://paper.example/a", "https://other.example/c"]
    first, second = found.values()
    assert (first.title, first.author, first.publisher, first.published) == ("Marea", "Luz", "Coast Wire", date(2025, 4, 2))
    assert len(first.content) >= MIN_CONTENT_CHARS
    assert second.published is None


def test_a_stamp_changes_when_the_feed_says_something_new() -> None:
    before = entries(ATOM)["https://paper.example/u"]
    after = entries(ATOM.replace(b"03-12", b"03-14"))["https://paper.example/u"]
    assert before.stamp == entries(ATOM)["https://paper.example/u"].stamp
    assert before.stamp != after.stamp


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"{}",
        b"[1]",
        b'{"version": "1", "items": []}',
        b'{"a":' * 5000,
        b"<html><p>x</p></html>",
        b"\x00\xff" * 50,
    ],
)
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"no .*feed"):
        read_feed(data, url=URL, allowed=USUAL)


def test_a_feed_that_says_the_name_of_a_file_is_not_that_file(tmp_path: object) -> None:
    """feedparser opens bytes that are the name of a file."""
    secret = f"{tmp_path}/secret.xml"
    with open(secret, "wb") as file:
        file.write(RSS)
    with pytest.raises(InputError, match="no RSS"):
        read_feed(secret.encode(), url=URL, allowed=USUAL)


def test_entities_of_a_feed_are_not_read_from_files_and_do_not_multiply(tmp_path: object, listings: ListingReader) -> None:
    with open(f"{tmp_path}/secret", "w") as file:
        file.write("s3cret")
    many = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    dtd = f'<!DOCTYPE rss [<!ENTITY e0 "lol">{many}<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    feed = f'<?xml version="1.0"?>{dtd}<rss version="2.0"><channel><item><title>&x;&e9;</title><link>https://a.example/</link></item></channel></rss>'

    shown = str(listings.read(feed.encode(), "feed", url=URL, allowed=USUAL))

    assert "s3cret" not in shown
    assert len(shown) < 2000


def test_feeds_are_read_in_a_process_that_is_ended_when_it_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, listings: ListingReader
) -> None:
    slow = b"<rss><channel><item><title>" + b"<a " * 1_500_000

    assert [entry.title for entry in listings.read(JSON, "feed", url=URL, allowed=USUAL).entries] == ["Marea", ""]
    monkeypatch.setattr("rag.fetch.listing._WALL_S", 1.0)
    with pytest.raises(InputError, match="could not be read within 1 s"):
        listings.read(slow, "feed", url=URL, allowed=USUAL)
    monkeypatch.undo()
    assert listings.read(ATOM, "feed", url=URL, allowed=USUAL).entries
    with pytest.raises(InputError, match="over the limit"):
        listings.read(bytes(6_000_000), "feed", url=URL, allowed=USUAL)


def test_a_page_leads_to_its_feeds_those_of_comments_last(listings: ListingReader) -> None:
    page = b"""<!doctype html><html><head>
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
    <link rel="Alternate" type="application/atom+xml; charset=utf-8" href="atom.xml">
    <link rel="alternate" type="text/html" hreflang="es" href="/es"><link rel="stylesheet" href="x.css">
    <link rel="alternate" type="application/rss+xml" href="http://user@127.0.0.1/"></head><body>x</body></html>"""

    assert feeds_of(page, url=URL, allowed=USUAL) == [
        "https://paper.example/feeds/atom.xml",
        "https://paper.example/comments/feed",
    ]
    assert listings.read(page, "feed", url=URL, allowed=USUAL).feeds[0] == "https://paper.example/feeds/atom.xml"
    with pytest.raises(InputError, match="names no feed"):
        listings.read(b"<!doctype html><html><body>x</body></html>", "feed", url=URL, allowed=USUAL)

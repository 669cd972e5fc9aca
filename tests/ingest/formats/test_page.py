"""What a page says of itself: stated facts are taken, guesses are not made."""

from datetime import date

import pytest

from rag.ingest.formats.markup import load_tree
from rag.ingest.formats.page import page_facts
from rag.ingest.metadata import Facts


def facts(head: str, body: str = "<p>Text.</p>", lang: str = "") -> Facts:
    attribute = f' lang="{lang}"' if lang else ""
    return page_facts(load_tree(f"<html{attribute}><head>{head}</head><body>{body}</body></html>"))


def json_ld(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


def test_json_ld() -> None:
    found = facts(
        json_ld(
            '{"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Site"}, {"@type": ["NewsArticle"],'
            '"headline": "Strike ends", "datePublished": "2025-10-13T23:30:00-05:00", "dateModified": "2025-11-01",'
            '"author": [{"@type": "Person", "name": "Ana Ruiz"}, {"name": "Luis Paz"}],'
            '"publisher": {"name": "Harbour Times"}}]}'
        ),
        lang="en",
    )
    assert (found.title, found.author, found.publisher) == ("Strike ends", "Ana Ruiz, Luis Paz", "Harbour Times")
    assert (found.published, found.language) == (date(2025, 10, 14), "en")


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[" * 100_000,
        '{"@type": ' + "[" * 900 + "]" * 900 + "}",
        '{"@type": 7}',
        "null",
        '{"@type": "NewsArticle", "author": {"name": {"name": 1}}, "publisher": [[["x"]]], "datePublished": [1]}',
    ],
)
def test_malformed_json_ld_says_nothing(data: str) -> None:
    assert facts(json_ld(data)) == Facts()


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta property="article:published_time" content="2025-10-13T23:30:00-05:00">', date(2025, 10, 14)),
        ('<meta name="DC.date.issued" content="2025-10-13">', date(2025, 10, 13)),
        ('<meta name="pubdate" content="Mon, 13 Oct 2025 23:30:00 -0500">', date(2025, 10, 14)),
        ('<meta itemprop="datePublished" content="2025-10-13">', date(2025, 10, 13)),
        ('<meta property="article:modified_time" content="2025-10-13">', None),
        ('<meta property="og:updated_time" content="2025-10-13">', None),
        ('<meta itemprop="copyrightYear" content="2025">', None),
        ('<meta property="article:published_time" content="2025-10">', None),
        ('<meta property="article:published_time" content="04/05/2025">', None),
        ('<meta property="article:published_time" content="">', None),
        ('<meta property="og:image" content="https://a.example/2025/10/13/x.jpg">', None),
        (json_ld('{"@type": "NewsArticle", "dateModified": "2025-10-13"}'), None),
    ],
)
def test_only_a_stated_day_of_publication_counts(head: str, day: date | None) -> None:
    assert facts(head).published == day


def test_marked_up_times_count_when_they_agree() -> None:
    one = '<time itemprop="datePublished" datetime="2025-10-13T10:00:00Z">today</time>'
    assert facts("", one + one).published == date(2025, 10, 13)
    assert facts("", one + one.replace("13T", "14T")).published is None
    assert facts("", '<p>13 October 2025</p><time datetime="2025-10-13">x</time>').published is None


def test_title_is_stated_or_the_one_heading_or_the_window_title() -> None:
    site = '<meta property="og:site_name" content="Harbour Times"><title>U.S. strike ends | Harbour Times</title>'
    assert facts('<meta property="og:title" content="Strike">' + site, "<h1>Other</h1>").title == "Strike"
    assert facts(site, "<h1>The <b>strike</b></h1>").title == "The strike"
    assert facts(site, "<h1>A</h1><h1>B</h1><h2>C</h2>").title == "U.S. strike ends"
    assert facts("<title>Strike - ends</title>").title == "Strike - ends"
    assert facts("", "<h2>Subheading</h2>").title == ""


def test_publisher_is_never_the_host_name() -> None:
    assert facts('<link rel="canonical" href="https://www.harbourtimes.example/x">').publisher == ""
    assert facts('<meta name="publisher" content="https://facebook.example/x">').publisher == ""
    assert facts('<meta name="publisher" content="Harbour Times">').publisher == "Harbour Times"


def test_author_that_is_an_address_is_none() -> None:
    assert facts('<meta property="article:author" content="https://facebook.example/ana">').author == ""
    assert facts('<meta name="author" content="Ana Ruiz">').author == "Ana Ruiz"


@pytest.mark.parametrize(
    ("canonical", "og_url", "url"),
    [
        ("https://a.example/x", "https://a.example/y", "https://a.example/x"),
        ("https://a.example/", "https://a.example/y", "https://a.example/y"),
        ("https://a.example/", "", ""),
        ("https://a.example/?p=7", "", "https://a.example/?p=7"),
        ("/x", "", ""),
        ("javascript:alert(1)", "", ""),
    ],
)
def test_url_is_the_articles_own(canonical: str, og_url: str, url: str) -> None:
    head = f'<link rel="canonical" href="{canonical}"><meta property="og:url" content="{og_url}">'
    assert facts(head).url == url

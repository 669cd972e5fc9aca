"""What a page says of itself: stated facts are taken, guesses are not made."""

from datetime import date

import pytest

from rag.ingest.formats.markup import load_tree
from rag.ingest.formats.page import read_page
from rag.ingest.metadata import Facts


def facts(head: str, body: str = "<p>Text.</p>", lang: str = "") -> Facts:
    attribute = f' lang="{lang}"' if lang else ""
    return read_page(load_tree(f"<html{attribute}><head>{head}</head><body>{body}</body></html>")).facts


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


def test_sources_are_believed_in_order_and_named() -> None:
    og = (
        '<meta property="og:title" content="Social"><meta property="article:published_time" content="2025-10-12">'
        '<meta property="article:section" content="World"><meta property="article:modified_time" content="2025-10-20">'
        '<meta name="author" content="By Ana Ruiz"><link rel="canonical" href="https://a.example/x">'
    )
    data = json_ld('{"@type": "NewsArticle", "headline": "Data", "datePublished": "2025-10-13", "inLanguage": "es-CL"}')
    found = facts(og + data, lang="en")
    assert (found.title, found.section, found.author, found.language) == ("Data", "World", "Ana Ruiz", "es-CL")
    assert (found.published, found.updated) == (date(2025, 10, 13), date(2025, 10, 20))
    assert found.days == ((date(2025, 10, 13), "json-ld"), (date(2025, 10, 12), "opengraph"))
    wanted = {
        "title": "json-ld",
        "section": "opengraph",
        "author": "meta",
        "language": "json-ld",
        "canonical_url": "link",
        "updated": "opengraph",
    }
    assert {fact: found.origins[fact] for fact in wanted} == wanted


def test_names_are_found_by_reference() -> None:
    data = (
        '{"@graph": [{"@type": "NewsArticle", "headline": "H", "author": {"@id": "#ana"}, "publisher": {"@id": "#org"}},'
        '{"@type": "Person", "@id": "#ana", "name": "Ana Ruiz"}, {"@type": "Organization", "@id": "#org", '
        '"name": "Harbour Times"}]}'
    )
    assert (facts(json_ld(data)).author, facts(json_ld(data)).publisher) == ("Ana Ruiz", "Harbour Times")


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("<article><h1>T</h1><span class='post-date'>October 13, 2025</span></article>", date(2025, 10, 13)),
        ("<article><h1>T</h1><time>13 de octubre de 2025</time></article>", date(2025, 10, 13)),
        ("<article><h1>T</h1><span class='date updated'>October 13, 2025</span></article>", None),
        ("<article><h1>T</h1><span class='date'>2 hours ago</span></article>", None),
        ("<h1>T</h1><span class='date'>October 13, 2025</span><span class='date'>October 14, 2025</span>", None),
        ("<h1>T</h1><aside><span class='date'>October 13, 2025</span></aside>", None),
    ],
)
def test_day_that_a_reader_sees(body: str, day: date | None) -> None:
    assert facts("", body).published == day

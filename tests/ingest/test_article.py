"""From a draft to a finished article."""

from datetime import UTC, date, datetime

import pytest

from rag.errors import InputError
from rag.ingest.article import MAX_TEXT_CHARS, Draft, build_article, headline
from rag.ingest.metadata import Facts
from rag.types import Article, DateOrigin, Removed

NOW = datetime(2026, 1, 10, tzinfo=UTC)
BODY = "The strike ended on Monday, the union said."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Port strike ends\n\n{BODY}", "Port strike ends"),
        (f"Port strike ends\n{BODY}", "Port strike ends"),
        (f"Port strike ends\nBy Ana Ruiz\n\n{BODY}", "Port strike ends"),
        ("Port strike ends", ""),
        (f"{BODY}\n\n{BODY}", ""),
        (f"{'x' * 201}\n\n{BODY}", ""),
        (f"By Ana Ruiz\n\n{BODY}", ""),
        (f"Autor: The Citizen\n\n{BODY}", ""),
        (f"Monday, 3 October 2022\n\n{BODY}", ""),
        (f"03/10/2022\n\n{BODY}", ""),
        (f"- First item\n\n{BODY}", ""),
        (f"| Port | Votes |\n\n{BODY}", ""),
        ("The strike at the harbour of the city\nended on Monday after twelve days of\nsilence.", ""),
        ("The strike at the harbour of\nSan Antonio ended on Monday after\ntwelve days.", ""),
    ],
)
def test_headline(text: str, title: str) -> None:
    assert headline(text) == title


def test_title_is_taken_from_the_first_line_only_where_the_format_has_no_other_place_for_it() -> None:
    text = f"Port strike ends\n\n{BODY}"
    assert build_article(Draft(text), origin="x").title == ""
    assert build_article(Draft(text, may_open_with_title=True), origin="x").title == "Port strike ends"
    manifest = Facts(title="Known")
    assert build_article(Draft(text, may_open_with_title=True), origin="x", manifest=manifest).title == "Known"


def test_title_is_looked_for_below_the_breadcrumb() -> None:
    draft = Draft(f"Home » News » Port strike ends\n\nPort strike ends\n\n{BODY}", may_open_with_title=True)
    assert build_article(draft, origin="x").title == "Port strike ends"


def test_order_of_belief_is_given_manifest_page_url() -> None:
    days = {
        DateOrigin.GIVEN: Facts(published=date(2025, 1, 1), published_from=DateOrigin.GIVEN),
        DateOrigin.MANIFEST: Facts(published=date(2025, 1, 2), published_from=DateOrigin.MANIFEST),
        DateOrigin.META: Facts(published=date(2025, 1, 3), published_from=DateOrigin.META, url="https://a.example/2025/1/4/x"),
    }
    nothing = Facts()
    url = Facts(url="https://a.example/2025/1/4/x")

    def published_from(given: Facts, manifest: Facts, page: Facts) -> DateOrigin | None:
        return build_article(Draft(BODY, given=given, page=page), origin="x", manifest=manifest, now=NOW).published_from

    given, manifest, page = days.values()
    assert published_from(given, manifest, page) is DateOrigin.GIVEN
    assert published_from(nothing, manifest, page) is DateOrigin.MANIFEST
    assert published_from(nothing, nothing, page) is DateOrigin.META
    assert published_from(nothing, nothing, url) is DateOrigin.URL
    assert published_from(nothing, nothing, nothing) is None


def test_time_of_reading_is_kept_apart_from_the_day_of_publication() -> None:
    article = build_article(Draft(BODY), origin="x", now=NOW)
    assert (article.published, article.fetched_at) == (None, NOW)


@pytest.mark.parametrize("text", ["", " \n\u200b", "Advertisement\n\nReels"])
def test_nothing_to_read_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match="no text"):
        build_article(Draft(text), origin="x")


def test_too_long_a_text_is_rejected() -> None:
    with pytest.raises(InputError, match="2,000,001 characters"):
        build_article(Draft("x" * (MAX_TEXT_CHARS + 1)), origin="x")


def test_title_that_stands_twice_and_the_byline_of_a_known_author_go() -> None:
    body = BODY + " " + "It had lasted for twelve days and cost the port nine thousand tonnes of fruit, the chamber said."
    text = f"Port strike ends after days\n\nBy Ana Ruiz, Reporter\n\n{body}\n\nPort Strike Ends After Days\n\n{body}"
    article = build_article(Draft(text, given=Facts(title="Port strike ends after days", author="Ana Ruiz")), origin="x")
    assert article.text == f"Port strike ends after days\n\n{body}\n\n{body}"
    assert [piece.rule for piece in article.removed] == ["byline", "repeated heading"]


def test_provenance_names_where_each_fact_comes_from() -> None:
    draft = Draft(
        "PORT MAREN, March 18, 2024 (Reuters) - The strike at the harbour of the city ended on Monday, and the union said so.",
        given=Facts(title="Strike ends"),
        page=Facts(author="Ana Ruiz", url="https://www.herald.example/x", origins={"author": "json-ld"}),
    )
    article = build_article(draft, origin="x", now=NOW, feed=Facts(section="Ports"))
    assert article.published == date(2024, 3, 18)
    assert article.published_from is DateOrigin.DATELINE
    assert article.provenance == {
        "title": "given",
        "author": "json-ld",
        "url": "meta",
        "section": "feed",
        "publisher": "domain",
        "published": "dateline",
        "language": "detected",
    }
    assert "wire:Reuters" in article.flags


def test_feed_dates_an_article_that_its_page_does_not() -> None:
    feed = Facts(published=date(2025, 5, 5), published_from=DateOrigin.FEED)
    page = Facts(published=date(2025, 5, 4), published_from=DateOrigin.META)
    assert build_article(Draft(BODY), origin="x", feed=feed, now=NOW).published_from is DateOrigin.FEED
    assert build_article(Draft(BODY, page=page), origin="x", feed=feed, now=NOW).published_from is DateOrigin.META


def test_copy_of_a_page_has_the_id_of_its_canonical_address_on_the_same_site_only() -> None:
    def built(url: str, canonical: str) -> Article:
        return build_article(Draft(BODY, given=Facts(url=url), page=Facts(canonical_url=canonical)), origin="x")

    amp = built("https://amp.a.example/x", "https://www.a.example/x")
    own = built("https://www.a.example/x", "https://www.a.example/x")
    thief = built("https://b.example/x", "https://www.a.example/x")
    assert (amp.id, amp.url, amp.canonical_url) == (own.id, "https://amp.a.example/x", "https://www.a.example/x")
    assert thief.id != own.id
    assert thief.canonical_url == ""


def test_what_the_reader_left_out_comes_before_what_cleaning_did() -> None:
    draft = Draft(f"{BODY}\n\nAdvertisement", removed=(Removed("caption", "A ship."),))
    assert build_article(draft, origin="x").removed == (
        Removed("caption", "A ship."),
        Removed("advertisement", "Advertisement"),
    )

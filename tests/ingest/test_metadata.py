"""Facts from several sources: which is believed, and which values are refused."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.metadata import Facts, day_in_url, host_publisher, language_code, parse_day, same_site, settle, web_url
from rag.types import DateOrigin

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-10-13", date(2025, 10, 13)),
        (" 2025-10-13T23:30:00-05:00 ", date(2025, 10, 14)),
        ("2025-10-13 23:30:00 -0500", date(2025, 10, 14)),
        ("2025-10-13T23:30:00Z", date(2025, 10, 13)),
        ("2025-10-13T23:30", date(2025, 10, 13)),
        (date(2025, 10, 13), date(2025, 10, 13)),
        (datetime(2025, 10, 13, 23, tzinfo=timezone(timedelta(hours=-5))), date(2025, 10, 14)),
        (None, None),
        ("  ", None),
    ],
)
def test_day(value: object, day: date | None) -> None:
    assert parse_day(value) == day


@pytest.mark.parametrize(
    "value", ["13 October 2025", "2025-10", "2025-13-01", "now", "0001-01-01T00:00:00+14:00", 1760398200, True, ["2025"]]
)
def test_other_than_iso_is_named(value: object) -> None:
    with pytest.raises(ValueError, match="is not an ISO date"):
        parse_day(value)


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_a_value_error(text: str) -> None:
    try:
        parse_day(text)
    except ValueError as error:
        str(error).encode("utf-8")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2025/10/13/port", date(2025, 10, 13)),
        ("https://a.example/news/2025/3/4", date(2025, 3, 4)),
        ("https://a.example/2025/02/30/port", None),
        ("https://a.example/2025/10/port", None),
        ("https://a.example/x?d=/2025/10/13/", None),
        ("https://a.example/12025/10/13/", None),
        ("https://a.example/local/2025-10-13/port", date(2025, 10, 13)),
        ("https://a.example/20251013/port.html", date(2025, 10, 13)),
        ("https://a.example/world/port-strike-ends-2025-10-13/", date(2025, 10, 13)),
        ("https://a.example/world/port-strike-ends-20251013", None),
        ("https://a.example/story/20259913", None),
        ("https://a.example/story/120251013", None),
        ("https://a.example/2025-10/port", None),
        ("https://a.example/results-1999-2000-10-12-13/", None),
        ("", None),
    ],
)
def test_day_in_url(url: str, day: date | None) -> None:
    assert day_in_url(url) == day


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/x",
        "//a.example/x",
        "doc-17",
        "https://",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a.example/\u202ex",
        "https://a.example/a b",
        "https://a.example/" + "x" * 3000,
        "",
    ],
)
def test_url_that_a_page_cannot_safely_link_to_is_dropped(url: str) -> None:
    assert web_url(url) == ""


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("ES-cl", "es"), ("pt_BR", "pt"), ("english", ""), ("por", ""), ("", ""), ("e1", "")]
)
def test_language_code(tag: str, code: str) -> None:
    assert language_code(tag) == code


def test_first_source_that_knows_is_believed_field_by_field() -> None:
    given_ = Facts(title=" Given\n title ", language="xx1")
    manifest = Facts(title="M", author="Ana", published=date(2025, 1, 1), published_from=DateOrigin.MANIFEST)
    page = Facts(author="B", url="https://a.example/2024/01/02/x", published=date(2025, 2, 2), language="es-CL")
    assert settle((given_, manifest, page), now=NOW) == Facts(
        title="Given title",
        author="Ana",
        url="https://a.example/2024/01/02/x",
        publisher="a.example",
        published=date(2025, 1, 1),
        published_from=DateOrigin.MANIFEST,
        language="es",
    )


def test_date_falls_back_on_the_url() -> None:
    facts = settle([Facts(url="https://a.example/2024/01/02/x")], now=NOW)
    assert (facts.published, facts.published_from) == (date(2024, 1, 2), DateOrigin.URL)


def test_day_far_ahead_or_absurdly_early_counts_as_unknown_and_the_next_source_is_asked() -> None:
    def published(*days: date) -> date | None:
        return settle([Facts(published=day, published_from=DateOrigin.GIVEN) for day in days], now=NOW).published

    assert published(date(2026, 1, 12)) == date(2026, 1, 12)
    assert published(date(2026, 1, 13)) is None
    assert published(date(2026, 1, 13), date(2025, 5, 5)) == date(2025, 5, 5)
    assert published(date(1, 1, 1)) is None
    assert settle([Facts(published=date(1, 1, 1), published_from=DateOrigin.META)]).published_from is None
    assert settle([Facts(url="https://a.example/2027/01/02/x")], now=NOW).published is None


def test_long_and_dirty_fields_become_one_bounded_line() -> None:
    facts = settle([Facts(title="x y " * 1000, author="A\u202e\nB", publisher="P\ud800")])
    assert len(facts.title) <= 500
    assert (facts.author, facts.publisher) == ("A B", "P\ufffd")


def test_each_fact_names_its_origin() -> None:
    given_ = Facts(title="T", origin="given")
    page = Facts(
        author="Ana",
        section="Sport",
        url="https://a.example/x",
        origin="meta",
        origins={"author": "json-ld"},
        published=date(2025, 1, 1),
    )
    text = Facts(updated=date(2025, 1, 3), language="en", origin="text")
    assert settle([given_, page, text], now=NOW).origins == {
        "title": "given",
        "author": "json-ld",
        "section": "meta",
        "url": "meta",
        "publisher": "domain",
        "published": "meta",
        "updated": "text",
        "language": "text",
    }


def test_of_contradictory_days_the_one_that_the_address_confirms_is_believed() -> None:
    days = ((date(2024, 6, 1), "json-ld"), (date(2019, 3, 4), "time"))
    moved = Facts(published=date(2024, 6, 1), published_from=DateOrigin.META, days=days)
    told = settle([moved, Facts(url="https://a.example/2019/03/05/x")], now=NOW)
    assert (told.published, told.origins["published"]) == (date(2019, 3, 4), "time")
    assert settle([moved], now=NOW).published == date(2024, 6, 1)


def test_impossible_day_of_a_page_gives_way_to_its_next() -> None:
    days = ((date(1970, 1, 1), "json-ld"), (date(2031, 1, 1), "opengraph"), (date(2025, 2, 2), "meta"))
    page = Facts(published=days[0][0], published_from=DateOrigin.META, days=days)
    assert (settle([page], now=NOW).published, settle([page], now=NOW).origins["published"]) == (date(2025, 2, 2), "meta")
    manifest = Facts(published=date(1912, 4, 16), published_from=DateOrigin.MANIFEST)
    assert settle([manifest], now=NOW).published == date(1912, 4, 16)


def test_update_before_the_publication_is_no_update() -> None:
    page = Facts(published=date(2025, 2, 2), published_from=DateOrigin.META, updated=date(2025, 2, 1))
    assert settle([page], now=NOW).updated is None
    assert settle([page, Facts(updated=date(2025, 2, 2))], now=NOW).updated == date(2025, 2, 2)


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://www.herald.example/x", "herald.example"),
        ("https://m.herald.example:8443/x", "herald.example"),
        ("https://web.archive.org/web/2020/https://herald.example/x", ""),
        ("https://news.google.com/x", ""),
        ("http://192.0.2.7/x", ""),
        ("http://localhost/x", ""),
        ("", ""),
    ],
)
def test_publisher_falls_back_on_the_host_of_its_own_site(url: str, publisher: str) -> None:
    assert host_publisher(url) == publisher


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("https://www.a.example/x", "https://amp.a.example/y", True),
        ("https://news.a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://b.example/y", False),
        ("https://evil-a.example/x", "https://a.example/y", False),
        ("", "https://a.example/y", False),
    ],
)
def test_site_is_told_by_the_host(first: str, second: str, is_same: bool) -> None:
    assert same_site(first, second) is is_same

"""From a draft to a finished article."""

from datetime import UTC, date, datetime

import pytest

from rag.errors import InputError
from rag.ingest.article import MAX_TEXT_CHARS, Draft, build_article, headline
from rag.ingest.metadata import Facts
from rag.types import DateOrigin

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

"""The field names of news data sets."""

from datetime import date
from typing import Any

import pytest

from rag.errors import InputError
from rag.ingest.formats.fields import draft_of
from rag.ingest.metadata import Facts

BODY = "The strike ended on Monday."


def given(**fields: Any) -> Facts:
    return draft_of({"text": BODY, **fields}).given


@pytest.mark.parametrize("name", ["text", "maintext", "body", "content", "article", "full_text", "Article Text", "articleBody"])
def test_text(name: str) -> None:
    assert draft_of({name: BODY}).text == BODY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("published", "2023-09-01"),
        ("date", "Sept. 1, 2023"),
        ("publish_date", "2023-09-01 10:00:00"),
        ("date_publish", "2023-09-01T10:00:00Z"),
        ("pubDate", "Fri, 01 Sep 2023 10:00:00 GMT"),
        ("publishedAt", "2023-09-01T10:00:00Z"),
        ("published_at", 1693562400),
        ("timestamp", 1693562400000),
        ("webPublicationDate", "2023-09-01T10:00:00Z"),
    ],
)
def test_day(name: str, value: object) -> None:
    assert given(**{name: value}).published == date(2023, 9, 1)


def test_unreadable_day_is_unknown_in_a_foreign_field_and_an_error_in_ours() -> None:
    assert given(date="2 hours ago").published is None
    with pytest.raises(InputError, match="published: '2 hours ago' is not a date"):
        given(published="2 hours ago")


@pytest.mark.parametrize(
    ("fields", "publisher"),
    [
        ({"source": "Herald"}, "Herald"),
        ({"source": {"id": None, "name": "Herald"}}, "Herald"),
        ({"source_domain": "herald.example"}, "herald.example"),
        ({"source": "https://www.herald.example/rss"}, "herald.example"),
        ({"outlet": "Herald", "domain": "x.example"}, "Herald"),
    ],
)
def test_publisher(fields: dict[str, Any], publisher: str) -> None:
    assert given(**fields).publisher == publisher


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"author": "Ana Ruiz"}, "Ana Ruiz"),
        ({"authors": ["Ana Ruiz", "Luis Paz", "Ana Ruiz"]}, "Ana Ruiz, Luis Paz"),
        ({"authors": "['Ana Ruiz', \"Luis O'Hara\"]"}, "Ana Ruiz, Luis O'Hara"),
        ({"byline": "By Ana Ruiz"}, "Ana Ruiz"),
        ({"byline": {"original": "By Ana Ruiz"}}, "Ana Ruiz"),
        ({"authors": [{"name": "Ana Ruiz"}, None, 7]}, "Ana Ruiz"),
        ({"authors": []}, ""),
    ],
)
def test_author(fields: dict[str, Any], author: str) -> None:
    assert given(**fields).author == author


def test_other_names() -> None:
    facts = given(
        headline="Strike ends",
        link="https://a.example/x",
        lang="es",
        category=["Ports", "Work"],
        date_modify="2023-09-03",
        Id=7,
    )
    assert (facts.title, facts.url, facts.language, facts.section) == ("Strike ends", "https://a.example/x", "es", "Ports")
    assert (facts.updated, facts.id) == (date(2023, 9, 3), "7")


def test_our_names_come_first_and_blank_ones_do_not_count() -> None:
    facts = given(headline="Foreign", title="Ours", source="Foreign", publisher="  ")
    assert (facts.title, facts.publisher) == ("Ours", "Foreign")


def test_markup_is_read_as_such() -> None:
    draft = draft_of(
        {
            "title": {"rendered": "Strike ends"},
            "content": {"rendered": "<p>One.</p><p style='display:none'>No.</p><p>Two &amp; three.</p>"},
        }
    )
    assert draft.given.title == "Strike ends"
    assert draft.text.split() == "One. Two & three.".split()
    assert draft_of({"text": "a < b and c > d"}).text == "a < b and c > d"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "x"}, "text: Field required; known names are text, maintext"),
        ({"text": 7}, "text: Input should be a valid string"),
        ({"body": None}, "body: Input should be a valid string"),
        ({"text": BODY, "title": ["x"]}, "title: Input should be a valid string"),
        ({"text": BODY, "author": 7}, "author: Input should be a valid string"),
    ],
)
def test_what_cannot_be_read_is_named(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        draft_of(fields)

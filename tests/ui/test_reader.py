from __future__ import annotations

from dataclasses import replace

import pytest

from rag.types import DateOrigin
from tests.ui.page_html import parse
from tests.ui.scripted import ARTICLE, PAY, quote
from tests.ui.test_render import HOSTILE
from ui.reader import Reading, Span, flag_words, reader_html, reading

HERE = Span(quote(PAY).start, quote(PAY).end, PAY)


def test_the_wanted_quote_is_marked_and_the_others_dimly() -> None:
    other = quote("Talks resume on Friday.")
    shown = parse(reader_html(ARTICLE, Reading("strike", HERE, (Span(other.start, other.end, other.text), HERE))))
    assert shown.one(cls="here").text == PAY
    assert shown.one(cls="here").attributes["id"] == "reader-here"
    assert shown.one(cls="also").text == "Talks resume on Friday."
    assert [one.text for one in shown.all(tag="p") if one.text.startswith("Dockers walk")] == ["Dockers walk out"]


def test_a_quote_over_two_paragraphs_is_marked_in_both_and_has_one_anchor() -> None:
    words = "The port handled 310 ships in May.\n\nTalks resume on Friday."
    start = ARTICLE.text.index(words)
    shown = parse(reader_html(ARTICLE, Reading("strike", Span(start, start + len(words), words))))
    assert [one.text for one in shown.all(cls="here")] == ["The port handled 310 ships in May.", "Talks resume on Friday."]
    assert len([one for one in shown.elements if one.attributes.get("id") == "reader-here"]) == 1


def test_words_that_moved_are_found_and_those_that_are_gone_are_told() -> None:
    moved = parse(reader_html(replace(ARTICLE, text=f"New first line.\n\n{ARTICLE.text}"), Reading("strike", HERE)))
    assert moved.one(cls="here").text == PAY
    gone = parse(reader_html(replace(ARTICLE, text="All else."), Reading("strike", HERE)))
    assert "changed since" in gone.one(cls="reader-note").text
    assert gone.all(tag="mark") == []


def test_what_is_known_of_an_article_is_told() -> None:
    article = replace(ARTICLE, published_from=DateOrigin.FEED, flags=("opinion", "wire:Reuters"))
    shown = parse(reader_html(article, Reading("strike")))
    assert "3 March 2025 (from the feed)" in shown.one(cls="reader-facts").text
    assert [one.text for one in shown.all(tag="li")] == ["Opinion", "Agency report by Reuters"]
    assert shown.one(tag="a").attributes == {
        "href": ARTICLE.url,
        "target": "_blank",
        "rel": "noopener noreferrer nofollow",
    }
    undated = parse(reader_html(replace(ARTICLE, published=None, url="javascript:alert(1)"), Reading("strike")))
    assert [one.text for one in undated.all(tag="li")] == ["Date unknown"]
    assert undated.all(tag="a") == []


def test_a_flag_that_nobody_foresaw_is_shown_in_its_own_words() -> None:
    assert flag_words("live-blog") == "Live blog"
    assert flag_words("duplicate-of:a1") == "Duplicate of a1"


def test_an_article_is_only_text() -> None:
    article = replace(
        ARTICLE, text=f"{HOSTILE}\n\n{HOSTILE}", title=HOSTILE, publisher=HOSTILE, author=HOSTILE, flags=(HOSTILE,)
    )
    shown = parse(reader_html(replace(article, language='"><img src=x>', url=HOSTILE), Reading("strike")))
    tags = {"header", "h2", "dl", "div", "dt", "dd", "ul", "li", "p", "mark"}
    assert {one.tag for one in shown.elements} <= tags
    assert shown.one(tag="h2").text == HOSTILE


@pytest.mark.parametrize(
    "sent",
    [
        None,
        7,
        "x",
        [],
        {},
        {"here": 5, "also": "x"},
        {"here": {"start": "a"}},
        {"here": {"start": float("inf")}, "also": [None]},
    ],
)
def test_anything_can_be_sent(sent: object) -> None:
    wish = reading(sent)
    assert wish.also == ()
    assert parse(reader_html(ARTICLE, wish)).all(tag="mark") == []


def test_offsets_that_lie_do_not_leave_the_article() -> None:
    wish = reading({"article": "strike", "here": {"start": -5, "end": 10**9, "words": ""}, "also": [{"start": 9, "end": 3}]})
    assert parse(reader_html(ARTICLE, wish)).all(tag="mark") == []

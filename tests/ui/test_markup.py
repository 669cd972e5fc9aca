from __future__ import annotations

from datetime import date

import pytest

from rag.types import Source, Verdict
from tests.ui.page_html import parse
from ui.markup import WORDS, attribute, badge, byline, link, safe_url, shape, text, title


def test_text_is_only_ever_text() -> None:
    assert text("<b>&amp;</b>") == "&lt;b&gt;&amp;amp;&lt;/b&gt;"
    assert text("Bolivia's “52%”") == "Bolivia's “52%”"
    assert attribute("\"'><img>") == "&quot;&#x27;&gt;&lt;img&gt;"


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_words_a_class_and_a_shape_of_its_own(verdict: Verdict) -> None:
    shown = parse(badge(verdict))
    assert shown.elements[0].text == WORDS[verdict]
    assert verdict.value in shown.elements[0].classes
    assert shown.one(tag="svg").attributes["aria-hidden"] == "true"
    assert len({shape(one) for one in Verdict}) == len({WORDS[one] for one in Verdict}) == len(Verdict)


@pytest.mark.parametrize("url", ["https://news.example/a?b=c#d", "http://127.0.0.1:8000/x", "HTTPS://NEWS.EXAMPLE"])
def test_web_addresses_become_links_that_tell_nothing_of_the_page(url: str) -> None:
    found = parse(link(url, "A <title>")).one(tag="a")
    assert found.attributes == {"href": url, "target": "_blank", "rel": "noopener noreferrer nofollow"}
    assert found.text == "A <title>"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//evil.example/x",
        "/gradio_api/file=x",
        "https:///no-host",
        "https://[bad",
        "https://a.example/\u202egnp.exe",
        "https://a.example/ b",
    ],
)
def test_other_addresses_stay_plain_words(url: str) -> None:
    assert safe_url(url) == ""
    assert link(url, "<i>") == "&lt;i&gt;"


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    found = parse(link("https://a.example/\"onmouseover='x'", "t"))
    assert [one.tag for one in found.elements] == ["a"]
    assert set(found.elements[0].attributes) == {"href", "target", "rel"}


def test_what_is_unknown_of_a_source_is_said() -> None:
    assert byline(Source("s")) == "date unknown"
    assert byline(Source("s", publisher="The Ledger")) == "The Ledger · date unknown"
    assert byline(Source("s", publisher="The Ledger", published=date(2025, 3, 9))) == "The Ledger · 9 March 2025"
    assert title(Source("seed-003")) == "Untitled article (seed-003)"
    assert title(Source("s", title="T")) == "T"

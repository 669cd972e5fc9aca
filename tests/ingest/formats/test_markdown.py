"""Markdown: front matter, and markup turned into plain lines."""

from datetime import date

import pytest

from rag.ingest.article import build_article
from rag.ingest.formats.markdown import parse
from rag.types import Article, DateOrigin


def read(source: str) -> Article:
    return build_article(parse(source.encode()), origin="x")


def test_front_matter_becomes_metadata() -> None:
    item = read(
        "---\ntitle: \"Port: strike ends\"\nauthor: Ana Ruiz  # staff\npublisher: 'Harbour Times'\n"
        "date: 2025-10-13 23:30:00 -0500\nurl: https://a.example/x\nlang: es-CL\ntags: [a, b]\nnested:\n  title: no\n"
        "---\n\n# Another title\n\nThe strike ended.\n"
    )
    assert (item.title, item.author, item.publisher) == ("Port: strike ends", "Ana Ruiz", "Harbour Times")
    assert (item.published, item.published_from) == (date(2025, 10, 14), DateOrigin.META)
    assert (item.url, item.language) == ("https://a.example/x", "es")
    assert item.text == "Another title\n\nThe strike ended."


@pytest.mark.parametrize("value", ["yesterday", "2025-10", "[2025-10-13]", "&a 2025"])
def test_date_that_is_none_is_unknown(value: str) -> None:
    assert read(f"---\ndate: {value}\ntitle: T\n---\nText.").published is None


def test_rule_at_the_top_is_no_front_matter() -> None:
    assert read("---\n\nThe strike ended.\n\n---\n\nIt began again.").text == "The strike ended.\n\nIt began again."
    assert read("---\ntitle: never closed\n\nThe strike ended.").title == ""


def test_title_is_the_one_first_level_heading() -> None:
    assert read("Intro.\n\n# Strike *ends*\n\nText.").title == "Strike ends"
    assert read("# One\n\n# Two\n\nText.").title == ""
    assert read("## Subheading\n\nText.").title == ""


def test_markup_becomes_plain_lines() -> None:
    source = """\
Some *prose* that
wraps &amp; a [link](http://x.example) ![picture](i.png) `code`.

- one
- two
  - nested **item**

    with a paragraph

3. third
4. fourth

| Port | Votes |
|------|------:|
| North | **62%** |
| a\\|b | 3 |

> quoted

```
kept   as
  it is
```
line<br>break
"""
    assert read(source).text == (
        "Some prose that wraps & a link code.\n\n"
        "- one\n- two\n  - nested item\nwith a paragraph\n\n"
        "3. third\n4. fourth\n\n"
        "| Port | Votes |\n| North | 62% |\n| a\\|b | 3 |\n\n"
        "quoted\n\nkept   as\n  it is\n\nline\nbreak"
    )


def test_hidden_and_active_html_is_left_out() -> None:
    source = (
        "Seen.\n\n<div hidden>no</div>\n\n<script>no()</script>\n\n<!-- no -->\n\n"
        'In <span style="display: none">no</span>line <b>bold</b>.\n\n<table><tr><td>cell</td></tr></table>\n'
    )
    assert read(source).text == "Seen.\n\nIn line bold.\n\n| cell |"


@pytest.mark.parametrize("source", [">" * 5000 + " x", "[" * 5000, "<div>" * 5000 + "x", "*a " * 5000, "- " * 2000 + "x"])
def test_hostile_nesting_is_read(source: str) -> None:
    assert len(parse(source.encode()).text) < 100_000

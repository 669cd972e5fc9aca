"""Ids and hashes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest.identity import article_id, canonical_url, content_hash
from rag.ingest.metadata import Facts


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://A.Example:443/X/?utm_source=n&b=2&a=1#top", "https://a.example/X?a=1&b=2"),
        ("http://a.example:80/", "http://a.example"),
        ("http://a.example:8080/x//", "http://a.example:8080/x"),
        ("https://user:pw@a.example/x?fbclid=1&gclid=2", "https://a.example/x"),
        ("https://[2001:DB8::1]:443/x?q=", "https://[2001:db8::1]/x?q="),
        ("https://a.example/x?UTM_Source=n", "https://a.example/x"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_id_is_the_callers_else_of_the_url_else_of_the_text() -> None:
    url = "https://a.example/x"
    assert article_id(Facts(id="my id/7", url=url), "text") == "my id/7"
    by_url = article_id(Facts(url=url), "text")
    assert by_url == article_id(Facts(url=url + "/?utm_medium=rss#a"), "another text")
    assert by_url.startswith("u-")
    by_text = article_id(Facts(), "text")
    assert by_text == "c-982d9e3eb996f559"  # of SHA-256("text"), known from outside
    assert by_text != article_id(Facts(), "texts")


@pytest.mark.parametrize("bad", ["x" * 201, "a\nb", "a\u202eb", "\ud800", " ", "\x00"])
def test_unusable_id_is_named(bad: str) -> None:
    with pytest.raises(InputError, match="printable") as raised:
        article_id(Facts(id=bad), "text")
    str(raised.value).encode("utf-8")


def test_content_hash_changes_with_anything_shown() -> None:
    facts = Facts(title="t", url="u", publisher="p", author="a", published=date(2025, 1, 1), language="en")
    known = {content_hash(facts, "text")}
    for change in (
        {"title": "T"},
        {"url": "U"},
        {"publisher": "P"},
        {"author": "A"},
        {"published": date(2025, 1, 2)},
        {"language": "es"},
    ):
        known.add(content_hash(replace(facts, **change), "text"))
    known.add(content_hash(facts, "text."))
    assert len(known) == 8
    assert content_hash(replace(facts, id="other"), "text") in known
    assert content_hash(Facts(title="ab", author="c"), "") != content_hash(Facts(title="a", author="bc"), "")


@given(st.text())
def test_ids_are_stable_and_short(text: str) -> None:
    assert article_id(Facts(), text) == article_id(Facts(), text)
    assert len(article_id(Facts(), text)) == 18

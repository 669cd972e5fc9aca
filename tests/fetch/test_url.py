"""URLs in their one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError
from rag.fetch.url import Allowed, parse_url

USUAL = Allowed()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://paper.example", "https://paper.example/"),
        ("HTTPS://Paper.EXAMPLE:443/A?b=C#top", "https://paper.example/A?b=C"),
        ("http://paper.example:8080/", "http://paper.example:8080/"),
        ("  https://paper.example/x\n", "https://paper.example/x"),
        ("https://paper.example./x", "https://paper.example/x"),
        ("https://bücher.example/straße?q=ü", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC"),
        ("https://paper.example/a%20b%2Fc", "https://paper.example/a%20b%2Fc"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("https://under_score.example/", "https://under_score.example/"),
    ],
)
def test_a_url_has_one_spelling(text: str, expected: str) -> None:
    target = parse_url(text, allowed=USUAL)

    assert target.url == expected
    assert parse_url(target.url, allowed=USUAL) == target


def test_a_relative_url_is_resolved_against_its_page() -> None:
    assert parse_url("../b?c", allowed=USUAL, base="https://paper.example/x/y/z").url == "https://paper.example/x/b?c"
    assert parse_url("//other.example/b", allowed=USUAL, base="https://paper.example/").url == "https://other.example/b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("paper.example/x", "begin it with https://"),
        ("ftp://paper.example/", "not http or https"),
        ("javascript:alert(1)", "not http or https"),
        ("https://paper.example:22/", "port 22 is not one of 80, 443, 8080, 8443"),
        ("https://paper.example:0/", "port 0"),
        ("https://paper.example:99999/", "malformed"),
        ("https://me:secret@paper.example/", "login"),
        ("https://paper.example/a b", "a space"),
        ("https://paper.example/a\u202eb", "invisible"),
        ("https://paper.example/" + "a" * 2000, "over the limit"),
        ("https:///x", "not a plain name"),
        ("https://paper..example/", "not a plain name"),
        ("https://printer.local/", "name of a local network"),
    ],
)
def test_what_is_never_asked_for_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_url(text, allowed=USUAL)


def test_a_login_is_not_repeated_in_the_reason() -> None:
    with pytest.raises(InputError) as caught:
        parse_url("https://me:secret@paper.example/", allowed=USUAL)

    assert "secret" not in str(caught.value)


def test_a_named_host_may_have_its_own_port_and_no_other() -> None:
    allowed = Allowed(frozenset({"wiki.local:9000"}))

    assert parse_url("http://wiki.local:9000/", allowed=allowed).port == 9000
    with pytest.raises(InputError, match="9001"):
        parse_url("http://wiki.local:9001/", allowed=allowed)
    with pytest.raises(InputError, match="9000"):
        parse_url("http://other.example:9000/", allowed=allowed)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_reading_it_again_changes_nothing(text: str) -> None:
    try:
        target = parse_url("http://" + text, allowed=USUAL)
    except InputError:
        return
    assert target.url.isascii()
    assert parse_url(target.url, allowed=USUAL) == target

"""JSONL: every line is an article or a reason with its number."""

import io
import json
from datetime import UTC, date, datetime
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest.formats.jsonl import MAX_LINE_BYTES, read_jsonl
from rag.ingest.walk import Rejected
from rag.types import Article, DateOrigin

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def read(data: bytes | str) -> list[Article | Rejected]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_jsonl(io.BytesIO(raw), origin="f.jsonl", now=NOW))


def article(**fields: object) -> Article:
    (item,) = read(json.dumps({"text": "The strike ended.", **fields}))
    assert isinstance(item, Article), item
    return item


def test_all_fields_are_taken_and_unknown_ones_left() -> None:
    item = article(
        id="7",
        title="Strike ends",
        url="https://a.example/x",
        publisher="Harbour Times",
        author="Ana Ruiz",
        published="2025-10-13T23:30:00-05:00",
        language="en-GB",
        score=float("nan"),
    )
    assert (item.id, item.title, item.url) == ("7", "Strike ends", "https://a.example/x")
    assert (item.publisher, item.author, item.language) == ("Harbour Times", "Ana Ruiz", "en")
    assert (item.published, item.published_from) == (date(2025, 10, 14), DateOrigin.GIVEN)
    assert not hasattr(item, "score")


def test_null_and_empty_fields_are_unknown() -> None:
    item = article(id=None, title="", url=None, publisher=None, published=None, language=None)
    assert (item.id[:2], item.title, item.url, item.publisher, item.published) == ("c-", "", "", "", None)
    assert article(published="").published_from is None


def test_origin_names_the_line_by_id_url_or_text() -> None:
    assert article(id="7", url="https://a.example/x").origin == "f.jsonl#7"
    assert article(url="https://a.example/x").origin == "f.jsonl#https://a.example/x"
    item = article()
    assert item.origin == f"f.jsonl#sha:{item.id.removeprefix('c-')}"


def test_number_is_an_id() -> None:
    assert article(id=7).id == "7"


def test_first_line_is_no_title_here() -> None:
    (item,) = read(json.dumps({"text": "Looks like a headline\n\nThe strike ended."}))
    assert isinstance(item, Article)
    assert item.title == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "x", "id": 7.5}', "line 2: id: Input should be a valid string"),
        ('{"text": "x", "title": ["a"]}', "line 2: title: Input should be a valid string"),
        ('{"text": "x", "author": NaN}', "line 2: author: Input should be a valid string"),
        ('{"text": "x", "published": "13 Oct"}', "line 2: published: '13 Oct' is not a date such as 2025-10-13"),
        ('{"text": "x", "published": 7}', "line 2: published: 7 is not a date"),
        ('{"text": null}', "line 2: text: Input should be a valid string"),
        ('{"title": "x"}', "line 2: text: Field required"),
        ('{"text": ""}', "line 2: no text"),
        ('{"text": "x", "id": "a\\u202eb"}', "line 2: id 'a\\u202eb' is not 1 to 200 printable characters"),
        ('{"text": "x"', "line 2: Invalid JSON: EOF while parsing an object at column 12"),
        ("not json", "line 2: Invalid JSON"),
        ('"text"', "line 2: Input should be an object"),
        ('[{"text": "x"}]', "line 2: Input should be an object"),
        ('{"text": "\\ud800"}', "line 2: Invalid JSON: "),
        ("[" * 100_000, "line 2: Invalid JSON"),
        ('{"text": "x\x00"}', "line 2: Invalid JSON: control character"),
        ('{"text": "x", "n": ' + "9" * 10_000 + "}", "line 2: Invalid JSON: number out of range"),
    ],
)
def test_bad_line_is_named_and_the_next_is_read(line: str, reason: str) -> None:
    good, bad, last = read(f'{{"text": "One."}}\n{line}\n{{"text": "Three."}}\n')
    assert isinstance(good, Article)
    assert isinstance(last, Article)
    assert isinstance(bad, Rejected)
    assert bad.origin == "f.jsonl"
    assert bad.reason.startswith(reason)


def test_line_that_is_not_utf8_is_named() -> None:
    (item,) = read('{"text": "mañana"}'.encode("latin-1"))
    assert isinstance(item, Rejected)
    assert item.reason.startswith("line 1: ")


def test_blank_lines_marks_and_windows_ends_are_no_lines_of_their_own() -> None:
    items = read(b'\xef\xbb\xbf{"text": "One."}\r\n\r\n  \n{"text": "Two."}\n{"text": 2}')
    assert [type(item) for item in items] == [Article, Article, Rejected]
    assert isinstance(items[2], Rejected)
    assert items[2].reason.startswith("line 5: ")


def test_overlong_line_is_skipped_without_being_held() -> None:
    huge = b'{"text": "' + b"x" * (3 * MAX_LINE_BYTES) + b'"}\n'
    bad, good = read(huge + b'{"text": "Two."}')
    assert isinstance(bad, Rejected)
    assert bad.reason == "line 1: longer than 4,000,000 bytes"
    assert isinstance(good, Article)


def test_line_within_its_limit_but_with_too_long_a_text_is_rejected() -> None:
    (item,) = read(json.dumps({"text": "word " * 500_000}))
    assert isinstance(item, Rejected)
    assert "2,500,000 characters" in item.reason


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\x00\x01\n", b"\xff\xfe{\x00"])
def test_file_that_holds_no_lines_of_json_raises(data: bytes) -> None:
    with pytest.raises(InputError, match=r"no lines|binary"):
        read(data)


def test_file_is_read_line_by_line() -> None:
    class Endless:
        def readline(self, limit: int) -> bytes:
            return b'{"text": "One more."}\n'[:limit]

    items = read_jsonl(cast(BinaryIO, Endless()), origin="f.jsonl", now=NOW)
    assert [type(next(items)) for _ in range(100)] == [Article] * 100


@given(st.lists(st.text(st.characters())))
@settings(deadline=None)  # the first damaged text loads ftfy
def test_any_text_that_json_can_carry_is_read_or_rejected(texts: list[str]) -> None:
    lines = "".join(json.dumps({"text": text, "title": text}) + "\n" for text in ["x", *texts])
    for item in read(lines):
        repr(item).encode("utf-8")
        if isinstance(item, Article):
            (item.text + item.title).encode("utf-8")

"""Articles from files and folders: nothing raises, and every input is accounted for."""

import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest import Rejected, Sandbox, read_articles, read_passages, read_stream, read_upload
from rag.types import Article
from tests.conftest import ROOT
from tests.ingest.making import MORE, STORY, docx, lines, mail, pdf, zipped

NOW = datetime(2026, 1, 10, tzinfo=UTC)
PAGE = """<html lang="en"><head><title>Strike</title></head><body><article><h1>Strike ends</h1>
<p>The strike at the harbour ended on Monday after twelve days, the union said.</p></article></body></html>"""


Read = Callable[..., list[Article | Rejected]]


@pytest.fixture(scope="module")
def read(sandbox: Sandbox) -> Read:
    """Read paths with the shared processes."""
    return lambda *paths: list(read_articles(paths, now=NOW, sandbox=sandbox))


def only_reason(items: list[Article | Rejected], path: Path) -> str:
    (item,) = items
    assert isinstance(item, Rejected)
    assert item.origin == str(path)
    item.reason.encode("utf-8")
    return item.reason


def test_every_format_in_a_folder(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.txt").write_text("Headline here\n\nThe strike ended.", encoding="utf-8")
    (tmp_path / "b.md").write_text("# Heading\n\nThe *strike* ended.", encoding="utf-8")
    (tmp_path / "c.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "d.jsonl").write_text('{"text": "One."}\n{"text": 3}\n', encoding="utf-8")
    items = read(tmp_path)
    assert [item.title for item in items if isinstance(item, Article)] == ["Headline here", "Heading", "Strike ends", ""]
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["line 2: text: Input should be a valid string"]
    assert all(item.fetched_at == NOW and item.content_hash for item in items if isinstance(item, Article))
    assert read(tmp_path) == items


def test_file_reached_twice_is_read_once(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.txt").write_text("The strike ended.", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (item,) = read(tmp_path / "a.txt", tmp_path, tmp_path / "link.txt", tmp_path / "." / "a.txt")
    assert item.origin == str(tmp_path / "a.txt")


def test_reading_is_lazy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The strike ended.", encoding="utf-8")
    items = read_articles([tmp_path / "a.txt", tmp_path / "b.txt"], now=NOW)
    assert isinstance(items, Iterator)
    assert isinstance(next(items), Article)
    (tmp_path / "b.txt").write_text("It began again.", encoding="utf-8")
    assert isinstance(next(items), Article)


def test_missing_path_does_not_keep_the_rest_out(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.txt").write_text("The strike ended.", encoding="utf-8")
    missing, article = read(tmp_path / "none", tmp_path / "a.txt")
    assert isinstance(missing, Rejected)
    assert "no such file or folder" in missing.reason
    assert isinstance(article, Article)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty file"),
        ("a.txt", b" \n\n", "empty file"),
        ("a.txt", b"\x7fELF\x02\x01\x01\x00\x00", "binary"),
        ("a.txt", b"\xef\xbb\xbf", "no text"),
        ("a.txt", b"x" * 5_000_000, "5,000,000 characters"),
        ("a.txt", b"x" * 20_000_001, "larger than 20 MB"),
        ("a.md", b"# x\n" * 700_000, "2,800,000 characters"),
        ("a.md", b"---\ntitle: x\n---\n", "no text"),
        ("a.md", b"<!-- nothing -->", "no text"),
        ("a.html", b"no markup at all", "not HTML"),
        ("a.html", b"<html><body><nav><a href=x>Home</a></nav></body></html>", "no article text found"),
        ("a.html", b"<html>" + b"<div>" * 50_000 + b"deep", "no"),
        ("a.html", b"PK\x03\x04\x00\x00", "binary"),
        ("a.jsonl", b"", "no lines"),
        ("a.jsonl", '{"text": "x"}'.encode("utf-16"), "binary"),
        ("a.pages", b"x", "unknown file type '.pages'"),
        ("a.txt", b"%PDF-1.7 x", "it begins like a PDF file; rename it to .pdf"),
        ("a.docx", b"\xd0\xcf\x11\xe0 x", "old or encrypted Office"),
    ],
)
def test_bad_content_is_rejected_with_its_reason(tmp_path: Path, name: str, data: bytes, reason: str, read: Read) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert reason in only_reason(read(path), path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_file_without_permission_is_rejected(tmp_path: Path, name: str, read: Read) -> None:
    path = tmp_path / name
    path.write_text('{"text": "x"}', encoding="utf-8")
    path.chmod(0)
    assert only_reason(read(path), path) == "permission denied"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_come_out_alike(tmp_path: Path, encoding: str, read: Read) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("José viajó a Bogotá mañana, según la cancillería.".encode(encoding))
    (item,) = read(path)
    assert isinstance(item, Article)
    assert item.text == "José viajó a Bogotá mañana, según la cancillería."


@given(st.sampled_from(["a.txt", "a.md", "a.jsonl", "a.html"]), st.binary(max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_make_a_reader_raise(tmp_path: Path, read: Read, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    for item in read(tmp_path / name):
        repr(item).encode("utf-8")


MARKUP = ["<table>", "<tr><td>", "<p>", "<div hidden>", "<!--", "-->", "&#xd800;", "&#0;", "&amp;", "<svg>", "</p>", "<li>"]
MARKUP += [
    "<script type='application/ld+json'>{",
    "<title>",
    "<h1>",
    "**",
    "# ",
    "\n",
    "|a|b|\n|-|-|\n",
    "```",
    "words of an article. ",
]
MARKUP += [
    "<meta property='article:published_time' content='2025-99-99T'>",
    "<link rel=canonical href='http://[x'>",
    "---\na: b\n---\n",
]


@given(st.sampled_from(["a.md", "a.html"]), st.lists(st.sampled_from(MARKUP), max_size=25))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_markup_makes_a_reader_raise(tmp_path: Path, read: Read, name: str, pieces: list[str]) -> None:
    (tmp_path / name).write_text("<html><body>" * name.endswith("html") + "".join(pieces), encoding="utf-8")
    for item in read(tmp_path / name):
        repr(item).encode("utf-8")


def test_passages_come_in_order_and_twins_once(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    path.write_text('{"text": "B.", "id": "2", "title": "T"}\n{"text": "A."}\n{"text": "A."}\n', encoding="utf-8")
    assert [(item.title, item.text) for item in read_passages(path)] == [("T", "B."), ("", "A.")]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("", "no lines"),
        ("\n\n", "no lines"),
        ('{"text": "A."}\n\n{"text": ', "line 3"),
        ('{"text": "A."}\n{"title": "x"}', "line 2: text: Field required"),
        ('{"text": "A.", "id": "1"}\n{"text": "B.", "id": "1"}', "id '1' stands on two different passages"),
        ('{"text": "  "}', "line 1: no text"),
    ],
)
def test_first_bad_line_of_passages_raises(tmp_path: Path, lines: str, reason: str) -> None:
    path = tmp_path / "passages.jsonl"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=r"passages\.jsonl") as raised:
        read_passages(path)
    assert reason in str(raised.value)


@pytest.mark.parametrize("path", ["none.jsonl", ".", "a\0b"])
def test_passages_that_cannot_be_read_raise(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_passages(tmp_path / path)


def test_files_parsed_elsewhere_come_in_their_order(tmp_path: Path, read: Read) -> None:
    for number in range(30):
        name = f"{number:02}.{('html', 'txt', 'md')[number % 3]}"
        (tmp_path / name).write_text(
            PAGE.replace("twelve", f"{number} and more") if number % 3 == 0 else f"Story {number} told."
        )
    assert [item.origin[len(str(tmp_path)) + 1 :][:2] for item in read(tmp_path)] == [f"{number:02}" for number in range(30)]


def test_long_file_of_lines_is_read_in_pieces_that_give_what_one_would(tmp_path: Path, read: Read) -> None:
    lines = [f'{{"id": "n{number}", "text": "Ship {number} left.", "pad": "{"x" * 1200}"}}' for number in range(900)]
    lines[10], lines[700], lines[800] = "", '{"text": 3}', "{"
    (tmp_path / "long.jsonl").write_text("\n".join(lines))
    assert (tmp_path / "long.jsonl").stat().st_size > 1_000_000
    items = read(tmp_path / "long.jsonl")
    assert [item.id for item in items if isinstance(item, Article)] == [f"n{n}" for n in range(900) if n not in (10, 700, 800)]
    reasons = [item.reason for item in items if isinstance(item, Rejected)]
    assert [said.partition(":")[0] for said in reasons] == ["line 701", "line 801"]


def test_stream_is_told_by_its_first_bytes(sandbox: Sandbox) -> None:
    streams = {
        "txt": STORY.encode(),
        "html": PAGE.encode(),
        "jsonl": b'{"text": "One story told.", "id": "n1"}\n{"text": "Another.", "id": "n2"}\n',
        "json": b'[\n{"text": "One story told.", "id": "n1"}]',
        "pdf": pdf(lines([STORY])),
        "docx": docx(),
        "eml": mail().as_bytes(),
        "zip": zipped({"a.txt": STORY, "b.txt": MORE}),
    }
    for kind, data in streams.items():
        items = list(read_stream(io.BufferedReader(io.BytesIO(data)), now=NOW, sandbox=sandbox))  # type: ignore[type-var]
        assert all(isinstance(item, Article) for item in items), (kind, items)
        assert len(items) == (2 if kind in ("jsonl", "zip") else 1), kind
        assert all(item.origin.startswith("stdin#") for item in items), kind


def test_two_documents_of_standard_input_do_not_replace_each_other(sandbox: Sandbox) -> None:
    first, second = (
        next(read_stream(io.BufferedReader(io.BytesIO(text.encode())), now=NOW, sandbox=sandbox))  # type: ignore[type-var]
        for text in (STORY, MORE)
    )
    assert first.origin != second.origin


def test_lines_of_a_stream_are_read_as_they_come() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb", buffering=0) as feed:
        items = read_stream(stream, now=NOW, kind="jsonl")
        feed.write(b'{"text": "One story told."}\n')
        assert isinstance(next(items), Article)  # and the other end is still open


def test_format_of_a_stream_must_be_known() -> None:
    with pytest.raises(InputError, match="unknown format 'doc'"):
        next(read_stream(io.BufferedReader(io.BytesIO(b"x")), now=NOW, kind="doc"))  # type: ignore[type-var]


def test_upload_is_read_by_its_name_and_never_opened_by_it(sandbox: Sandbox, tmp_path: Path) -> None:
    (item,) = read_upload("../../etc/strike.pdf", pdf(lines([STORY])), now=NOW, sandbox=sandbox)
    assert isinstance(item, Article)
    assert item.text == STORY
    assert item.origin.startswith("upload:strike.pdf#")
    (tmp_path / "blob").write_bytes(PAGE.encode())
    (item,) = read_upload("C:\\news\\a.html", tmp_path / "blob", now=NOW, sandbox=sandbox)
    assert item.origin.startswith("upload:a.html#")
    (item,) = read_upload("virus.exe", b"MZ", now=NOW, sandbox=sandbox)
    assert isinstance(item, Rejected)
    (item,) = read_upload("a.html", tmp_path / "none", now=NOW, sandbox=sandbox)
    assert isinstance(item, Rejected)
    assert "no such file" in item.reason


def test_no_process_is_started_for_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "_take", lambda _: pytest.fail("a process was started"))
    assert len(list(read_articles([ROOT / "seeds"], now=NOW))) == 5

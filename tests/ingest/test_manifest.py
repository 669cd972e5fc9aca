"""Manifests: what they may say, and that a faulty one says nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.ingest import Rejected, read_articles
from rag.ingest.manifest import read_manifest
from rag.ingest.metadata import Facts
from rag.types import Article, DateOrigin

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def folder_with(path: Path, manifest: str) -> Path:
    (path / "a.txt").write_text("The strike ended on Monday.", encoding="utf-8")
    (path / "b.jsonl").write_text('{"text": "One."}\n{"text": "Two.", "publisher": "Own"}\n', encoding="utf-8")
    (path / "manifest.toml").write_text(manifest, encoding="utf-8")
    return path


def test_folder_without_manifest_says_nothing(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}


def test_every_field_is_read(tmp_path: Path) -> None:
    folder_with(
        tmp_path,
        """
        [[article]]
        file = "a.txt"
        id = "strike-1"
        title = "Strike ends"
        publisher = "Harbour Times"
        author = "Ana Ruiz"
        url = "https://a.example/x"
        published = 2025-10-13
        language = "en"
        known = { title = "headline", published = "front page" }
        """,
    )
    assert read_manifest(tmp_path)["a.txt"] == Facts(
        id="strike-1",
        title="Strike ends",
        publisher="Harbour Times",
        author="Ana Ruiz",
        url="https://a.example/x",
        published=date(2025, 10, 13),
        published_from=DateOrigin.MANIFEST,
        language="en",
    )


@pytest.mark.parametrize("known", ['"read"', '["read", "asked"]', '{ title = "read" }'])
def test_how_a_field_is_known_is_free_text(tmp_path: Path, known: str) -> None:
    folder_with(tmp_path, f'[[article]]\nfile = "a.txt"\npublished = "2025-10-13T23:00:00-05:00"\nknown = {known}')
    assert read_manifest(tmp_path)["a.txt"].published == date(2025, 10, 14)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("[[article", "not TOML"),
        ('[[article]]\nfile = "a.txt"\npublihser = "x"', "article.0.publihser"),
        ('articles = 1\n[[article]]\nfile = "a.txt"', "articles"),
        ('[[article]]\nfile = "none.txt"', "no file 'none.txt'"),
        ('[[article]]\nfile = "../a.txt"', "no file '../a.txt'"),
        (f'[[article]]\nfile = "{"x" * 300}"', "no file"),
        ('[[article]]\nfile = "a\\u0000.txt"', "no file"),
        ('[[article]]\ntitle = "x"', "article.0.file"),
        ('[[article]]\nfile = "a.txt"\ntitle = 3', "article.0.title"),
        ('[[article]]\nfile = "a.txt"\npublished = "in May"', "'in May' is not an ISO date"),
        ('[[article]]\nfile = "a.txt"\npublished = 10:00:00', "not an ISO date"),
        ('[[article]]\nfile = "a.txt"\nlanguage = "english"', "'english' is not a language code"),
        ('[[article]]\nfile = "a.txt"\nurl = "javascript:x"', "not an http"),
        ('[[article]]\nfile = "a.txt"\nid = ""', "printable"),
        ('[[article]]\nfile = "a.txt"\n[[article]]\nfile = "a.txt"', "repeats"),
        ('[[article]]\nfile = "a.txt"\nid = "1"\n[[article]]\nfile = "b.jsonl"\nid = "1"', "repeats"),
        ('[[article]]\nfile = "b.jsonl"\ntitle = "x"', "belong in its lines"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_faulty_manifest_is_reported_once_and_its_articles_are_read_without_it(
    tmp_path: Path, manifest: str, reason: str
) -> None:
    folder_with(tmp_path, manifest)
    with pytest.raises(InputError):
        read_manifest(tmp_path)
    first, *rest = read_articles([tmp_path / "a.txt", tmp_path], now=NOW)
    assert isinstance(first, Rejected)
    assert first.origin == str(tmp_path / "manifest.toml")
    assert reason in first.reason
    assert [type(item) for item in rest] == [Article] * 3


def test_manifest_that_is_not_utf8_or_too_large_is_reported(tmp_path: Path) -> None:
    folder_with(tmp_path, "")
    (tmp_path / "manifest.toml").write_bytes(b"# \xff")
    with pytest.raises(InputError, match="not TOML"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.toml").write_bytes(b"#" * 10_000_001)
    with pytest.raises(InputError, match="limit"):
        read_manifest(tmp_path)


def test_manifest_is_found_for_a_file_named_by_itself_and_holds_for_every_jsonl_line(tmp_path: Path) -> None:
    folder_with(
        tmp_path,
        '[[article]]\nfile = "a.txt"\nid = "strike-1"\n[[article]]\nfile = "b.jsonl"\npublisher = "Wire"\nlanguage = "en"',
    )
    named = list(read_articles([tmp_path / "a.txt"], now=NOW))
    assert [item.id for item in named if isinstance(item, Article)] == ["strike-1"]
    lines = [item for item in read_articles([tmp_path / "b.jsonl"], now=NOW) if isinstance(item, Article)]
    assert [(item.publisher, item.language) for item in lines] == [("Wire", "en"), ("Own", "en")]

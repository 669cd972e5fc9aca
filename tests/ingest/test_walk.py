"""Which files are read, in which order, and what stops a path."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.ingest import read_articles
from rag.ingest.walk import Rejected, files_under, origin_of


def names(root: Path, *paths: Path) -> list[str]:
    return [str(found.relative_to(root)) for found in files_under(paths) if isinstance(found, Path)]


def reasons(*paths: Path) -> list[str]:
    return [found.reason for found in files_under(paths) if isinstance(found, Rejected)]


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("x", encoding="utf-8")


def test_folder_is_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    touch(tmp_path, "c.txt", "B/z.HTML", "B/a/x.md", "a.jsonl", "b.htm", "b.markdown")
    assert names(tmp_path, tmp_path) == ["B/a/x.md", "B/z.HTML", "a.jsonl", "b.htm", "b.markdown", "c.txt"]


def test_folder_passes_over_what_is_no_article(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.txt", ".git/x.txt", "manifest.toml", "rag.toml", "README.md", "x.jpg", "x", "a.txt")
    assert names(tmp_path, tmp_path) == ["a.txt"]
    assert reasons(tmp_path) == []


def test_named_paths_keep_their_order_and_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    touch(tmp_path, "b.txt", "a.txt", ".hidden.txt", "README.md", "manifest.toml")
    paths = [tmp_path / name for name in ("b.txt", "a.txt", ".hidden.txt", "README.md", "manifest.toml")]
    assert names(tmp_path, *paths) == ["b.txt", "a.txt", ".hidden.txt", "README.md"]


def test_named_path_that_cannot_be_read_is_rejected_with_the_reason(tmp_path: Path) -> None:
    touch(tmp_path, "x.jpg")
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    os.mkfifo(tmp_path / "pipe.txt")
    found = reasons(
        tmp_path / "none.txt", tmp_path / "x.jpg", loop, tmp_path / "pipe.txt", tmp_path / ("x" * 300), Path("a\0b.txt")
    )
    for reason, said in zip(
        found,
        ["no such file", "unknown file type '.jpg'", "symbolic links", "not a regular file", "too long", "not a valid path"],
        strict=True,
    ):
        assert said in reason


def test_symbolic_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "outside/secret.txt", "in/a.txt")
    inside = tmp_path / "in"
    (inside / "out.txt").symlink_to(tmp_path / "outside/secret.txt")
    (inside / "out").symlink_to(tmp_path / "outside")
    (inside / "loop").symlink_to(inside)
    (inside / "self.txt").symlink_to(inside / "self.txt")
    os.mkfifo(inside / "pipe.txt")
    assert names(tmp_path, inside) == ["in/a.txt"]


def test_link_that_is_named_is_followed(tmp_path: Path) -> None:
    touch(tmp_path, "data/blob", "data/a.txt")
    (tmp_path / "link.txt").symlink_to(tmp_path / "data/blob")
    (tmp_path / "folder").symlink_to(tmp_path / "data")
    assert names(tmp_path, tmp_path / "link.txt", tmp_path / "folder") == ["link.txt", "folder/a.txt"]
    assert origin_of(tmp_path / "link.txt") == str(tmp_path / "data/blob")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_folder_without_permission_is_rejected(tmp_path: Path) -> None:
    touch(tmp_path, "closed/a.txt")
    (tmp_path / "closed").chmod(0)
    try:
        assert reasons(tmp_path) == ["permission denied"]
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_folder_that_may_be_listed_but_not_entered_gives_its_names(tmp_path: Path) -> None:
    touch(tmp_path, "closed/a.txt")
    (tmp_path / "closed").chmod(0o400)
    try:
        assert names(tmp_path, tmp_path) == ["closed/a.txt"]
        (item,) = read_articles([tmp_path], now=datetime(2026, 1, 10, tzinfo=UTC))
        assert isinstance(item, Rejected)
        assert item.reason == "permission denied"
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_name_that_is_not_utf8_gives_an_origin_that_can_be_stored(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    odd.write_text("x", encoding="utf-8")
    (found,) = files_under([tmp_path])
    assert isinstance(found, Path)
    assert origin_of(found).endswith("/caf\\xe9.txt")


def test_deep_tree_does_not_exhaust_the_stack(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 400)
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("x", encoding="utf-8")
    assert len(names(tmp_path, tmp_path)) == 1

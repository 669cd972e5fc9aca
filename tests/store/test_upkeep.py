"""Verify, repair, back up, restore, compact."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorruptError, DiskFullError, InputError, StoreError
from rag.ingest.pipeline import ingest, reembed
from rag.ports import Embedder
from rag.store import compact as compacting
from rag.store.backup import back_up, read_backup, restore
from rag.store.compact import compact
from rag.store.library import DATABASE, Library
from rag.store.verify import repair, verify
from rag.types import Article
from tests.conftest import make_article


@pytest.fixture
def path(library: Library, harbour: list[Article], embedder: Embedder) -> Path:
    """The folder of a library of three articles."""
    list(ingest(harbour, library, embedder, tokens=100))
    assert library.path
    return library.path


def _run(path: Path, sql: str) -> None:
    with Library.open(path) as library:
        library.database.run(sql)


def test_a_whole_library_has_no_problems(path: Path) -> None:
    found = verify(path)
    assert (found.articles, found.problems) == (3, ())
    assert found.passages >= 3


@pytest.mark.parametrize(
    ("sql", "told", "command"),
    [
        ("DELETE FROM words WHERE rowid = 1", "lacks 1 passages", "verify --repair"),
        ("INSERT INTO words (rowid, text) VALUES (99, 'ghost')", "still holds 1 passages", "verify --repair"),
        ("DELETE FROM vectors WHERE rowid = 1", "1 passages have no vector", "rag library rebuild"),
        ("UPDATE vectors SET vector = zeroblob(1536) WHERE rowid = 1", "1 vectors are not of length 1", "rebuild --reembed"),
        ("UPDATE vectors SET vector = zeroblob(7) WHERE rowid = 2", "1 vectors are not of length 1", "rebuild --reembed"),
        ('UPDATE passages SET "end" = 100000 WHERE number = 1', "article 'strike' has no passage, or", "library remove strike"),
        ("UPDATE passages SET start = -1 WHERE number = 1", "article 'strike' has no passage, or", "library remove strike"),
        ("DELETE FROM passages WHERE article_id = 'weather'", "article 'weather' has no passage", "library remove weather"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM articles WHERE id = 'strike'", "names an article that is not", "restore FILE"),
    ],
)
def test_each_fault_is_told_with_what_to_type(path: Path, sql: str, told: str, command: str) -> None:
    _run(path, sql)
    problems = verify(path).problems
    assert any(told in problem.what and command in problem.command for problem in problems), problems


def test_the_words_are_made_again(path: Path) -> None:
    _run(path, "DELETE FROM words WHERE rowid = 1")
    mended = repair(path)
    assert mended.problems == ()
    assert "lacks 1 passages" in mended.repaired[0].what
    with Library.open(path) as library:
        assert len(library.index.holding('"dockers"')) == 1
        assert len(library.index.holding('"moreau"')) == 1


def test_a_damaged_index_is_told_and_made_again(path: Path) -> None:
    file = path / "index" / "000001" / "vectors.faiss"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert [problem.what for problem in verify(path).problems] == [
        "generation 1 of the index is damaged",
        "generation 1 of the index is the current one, searches use none",
    ]
    assert repair(path).problems == ()
    assert verify(path).problems == ()


def test_a_backup_is_a_library_again(path: Path, tmp_path: Path, embedder: Embedder) -> None:
    with Library.open(path) as library:
        file, made = back_up(library, tmp_path / "kept.backup")
        assert (made.articles, made.embedder) == (3, embedder.name)
        with pytest.raises(InputError, match="--force"):
            back_up(library, file)
        assert back_up(library, file, force=True)[0] == file
        before = library.database.library_id
    assert read_backup(file).articles == 3
    assert restore(file, tmp_path / "other").articles == 3
    assert verify(tmp_path / "other").problems == ()
    with Library.open(tmp_path / "other", model=embedder.name) as other:
        assert other.article("union").title == "Union has a new head"
        assert other.database.library_id != before
        assert other.index.number == 1
    assert sorted(child.name for child in tmp_path.iterdir()) == ["kept.backup", "library", "other"]


def test_a_backup_holds_one_moment_while_a_writer_works(path: Path, tmp_path: Path, embedder: Embedder) -> None:
    with Library.open(path) as reader, Library.open(path, model=embedder.name) as library:
        articles = (make_article(f"Bulletin {n} of the day.", id=f"b{n}") for n in range(200))
        kept = []
        for n, _ in enumerate(ingest(articles, library, embedder, tokens=100)):
            if n % 64 == 0:
                kept.append(back_up(reader, tmp_path / f"{n}.backup")[0])
    for file in kept:
        made = restore(file, tmp_path / file.stem)
        assert verify(tmp_path / file.stem).articles == made.articles


def test_a_folder_gets_a_file_named_after_the_time(path: Path, tmp_path: Path) -> None:
    with Library.open(path) as library:
        file, _ = back_up(library, tmp_path)
    assert file.parent == tmp_path
    assert file.match("newsrag-2???????-??????.backup")


def test_what_holds_articles_is_replaced_only_when_told(path: Path, tmp_path: Path, embedder: Embedder) -> None:
    with Library.open(path) as library:
        file, _ = back_up(library, tmp_path / "kept.backup")
    with Library.open(path, as_built=True) as library, library.writing():
        library.remove("strike")
    (path / "notes.txt").write_text("the user's own")
    with pytest.raises(StoreError, match=r"holds 2 articles.*--force"):
        restore(file, path)
    restore(file, path, force=True)
    with Library.open(path, model=embedder.name) as library:
        assert library.count() == 3
    assert (tmp_path / ".library.restoring" / "notes.txt").exists()  # what is no part of a library is not deleted
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match="no library"):
        restore(file, tmp_path / "papers", force=True)


def test_a_damaged_library_gives_way_to_a_backup(path: Path, tmp_path: Path) -> None:
    with Library.open(path) as library:
        file, _ = back_up(library, tmp_path / "kept.backup")
    (path / DATABASE).write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreError, match=r"damaged.*--force"):
        restore(file, path)
    restore(file, path, force=True)
    assert verify(path).problems == ()


@pytest.mark.parametrize("harm", ["flip", "cut", "no backup", "missing"])
def test_a_bad_backup_changes_nothing(path: Path, tmp_path: Path, harm: str) -> None:
    with Library.open(path) as library:
        file, _ = back_up(library, tmp_path / "kept.backup")
    data = bytearray(file.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    elif harm == "cut":
        file.write_bytes(data[:-100])
    elif harm == "no backup":
        file.write_text(json.dumps({"format": "else"}))
    else:
        file.unlink()
    with pytest.raises((CorruptError, InputError), match="backup"):
        restore(file, path, force=True)
    assert verify(path).problems == ()


def test_compacting_gives_back_room(library: Library, path: Path, embedder: Embedder) -> None:
    many = [make_article(f"Line {n} speaks of subject {n * 7}. " * 20, id=f"x{n:03}") for n in range(300)]
    list(ingest(many, library, embedder, tokens=100))
    with library.writing():
        library.remove(*(article.id for article in many))
    done = compact(library)
    assert done.vectors >= 300
    assert done.bytes_after < done.bytes_before / 2
    assert library.article_ids() == ["strike", "union", "weather"]
    assert [child.name for child in (path / "index").iterdir() if child.is_dir()] == [f"{library.index.number:06}"]
    assert verify(path).problems == ()
    (n_vectors,) = library.database.rows("SELECT count(*) FROM vectors")[0]
    assert n_vectors == library.index.count()


def test_compacting_needs_room(library: Library, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(path)
    monkeypatch.setattr(compacting.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DiskFullError, match="nothing was changed"):
        compact(library)
    assert library.count() == 3


def test_readers_go_on_while_the_library_is_compacted(path: Path, embedder: Embedder) -> None:
    vector = embedder.embed(["who heads the port union"])[0]
    with Library.open(path, model=embedder.name) as reader, Library.open(path, as_built=True) as library:
        before = reader.index.nearest(vector, k=3)
        compact(library)
        assert reader.index.nearest(vector, k=3) == before


def test_a_vector_of_every_passage_is_the_embedders(path: Path) -> None:
    with Library.open(path) as library:
        blobs = library.database.rows("SELECT vector FROM vectors")
    assert np.allclose([np.linalg.norm(np.frombuffer(blob, dtype="<f4")) for (blob,) in blobs], 1, atol=1e-5)
    assert os.path.getsize(path / "COMMITTED") < 512


def test_what_an_older_version_put_together_otherwise_is_embedded_anew(path: Path, embedder: Embedder) -> None:
    _run(path, "UPDATE passages SET text_hash = 'of another text' WHERE number = 1; DELETE FROM vectors WHERE rowid = 1")
    with Library.open(path, model=embedder.name) as library:
        assert library.lacks_vectors()
        reembed(library, embedder)
        assert not library.lacks_vectors()
    assert verify(path).problems == ()


def test_a_backup_larger_than_the_cache_is_whole(library: Library, path: Path, tmp_path: Path) -> None:
    vector = np.eye(1, 384, dtype=np.float32)[0]
    library.store_vectors({f"{number:032}": vector for number in range(16_000)})  # VACUUM INTO left pages without checksums
    file, made = back_up(library, tmp_path / "kept.backup")
    assert made.bytes > 24_000_000
    assert restore(file, tmp_path / "other") == made
    assert verify(tmp_path / "other").problems == ()
    compact(library)
    assert verify(path).problems == ()

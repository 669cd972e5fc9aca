from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import CorruptError, DiskFullError, EmptyLibraryError, LockedError, MismatchError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store import generation as generations
from rag.store.library import DATABASE, Library
from rag.store.lock import writer_lock
from rag.types import Action, Article
from tests.conftest import make_article


def put(library: Library, articles: list[Article], embedder: Embedder) -> list[Action]:
    return [item.action for item in ingest(articles, library, embedder, tokens=100)]


def found(library: Library, question: str, embedder: Embedder, **options: object) -> list[str]:
    nearest = library.index.nearest(embedder.embed([question])[0], k=5, **options)  # type: ignore[arg-type]
    return [library.index.passages([id_])[id_][0].article_id for id_, _ in nearest]


def test_passages_newer_than_the_generation_are_found(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour[:1], embedder)
    with Library.open(library.path, model=embedder.name) as reader:  # type: ignore[arg-type]
        assert found(reader, "port union head", embedder) == ["strike"]
        stale = reader.index.number
        real, generations.publish = (
            generations.publish,
            lambda _folder, built, **_: built,
        )  # a writer that has not published yet
        try:
            put(library, harbour[1:], embedder)
        finally:
            generations.publish = real
        assert found(reader, "port union head", embedder)[0] == "union"
        assert reader.index.number == stale


def test_publishing_is_numbered_and_keeps_two(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    for article in harbour:
        put(library, [article], embedder)
    assert library.index.number == 3
    assert sorted(child.name for child in (library.path / "index").iterdir()) == ["000002", "000003", "CURRENT"]  # type: ignore[operator]


def test_a_damaged_generation_gives_way_to_a_sound_one(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    for article in harbour:
        put(library, [article], embedder)
    file = library.path / "index" / "000003" / "vectors.faiss"  # type: ignore[operator]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with Library.open(library.path, model=embedder.name) as reader:  # type: ignore[arg-type]
        assert set(found(reader, "port union strike weather", embedder)) == {"strike", "union", "weather"}
        assert reader.index.number == 2


def test_without_any_index_searches_still_work(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    import shutil

    put(library, harbour, embedder)
    shutil.rmtree(library.path / "index")  # type: ignore[operator]
    with Library.open(library.path, model=embedder.name) as reader:  # type: ignore[arg-type]
        assert found(reader, "who heads the port union", embedder)[0] == "union"


def test_no_library_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(EmptyLibraryError, match="rag ingest PATH"):
        Library.open(tmp_path / "none")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"not a database at all" * 300)
    with pytest.raises(CorruptError, match="damaged"):
        Library.open(tmp_path)


def test_a_library_of_a_later_version_is_refused(library: Library) -> None:
    library._database.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(MismatchError, match="schema 99"):
        Library.open(library.path)  # type: ignore[arg-type]


def test_a_second_writer_is_told_who_writes(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    import os

    with writer_lock(library.path), pytest.raises(LockedError, match=str(os.getpid())):  # type: ignore[arg-type]
        put(library, harbour, embedder)


def test_a_full_disk_is_told_and_loses_nothing(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    pages = library._database.connection.pragma("page_count")
    library._database.connection.execute(
        f"PRAGMA max_page_count = {pages + 1}"
    )  # SQLite then says what a full disk makes it say
    long = make_article("A sentence of the long article. " * 2000, id="long")
    with pytest.raises(DiskFullError, match="what was stored before is intact"):
        put(library, [long], embedder)
    assert library.article_ids() == ["strike", "union", "weather"]
    assert found(library, "who heads the port union", embedder)[0] == "union"

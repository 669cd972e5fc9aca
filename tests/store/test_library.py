from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorruptError, DiskFullError, EmptyLibraryError, InputError, LockedError, MismatchError
from rag.ingest.pipeline import ingest, reembed
from rag.ports import Embedder
from rag.store import generation as generations
from rag.store.library import DATABASE, Library
from rag.store.lock import writer_lock
from rag.testing import HashEmbedder
from rag.types import Action, Article, Filter
from tests.conftest import make_article


def put(library: Library, articles: list[Article], embedder: Embedder) -> list[Action]:
    return [item.action for item in ingest(articles, library, embedder, tokens=100)]


def found(library: Library, question: str, embedder: Embedder, **options: object) -> list[str]:
    nearest = library.index.nearest(embedder.embed([question])[0], k=5, **options)  # type: ignore[arg-type]
    return [library.index.passages([id_])[id_][0].article_id for id_, _ in nearest]


def test_an_article_comes_back_as_it_went_in(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    assert put(library, harbour, embedder) == [Action.ADDED] * 3
    assert library.article("strike") == harbour[0]
    for passage in library.passages_of("strike"):
        assert harbour[0].text[passage.start : passage.end] == passage.text


def test_ingesting_again_changes_nothing(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    before = library.stats()
    assert put(library, harbour, embedder) == [Action.UNCHANGED] * 3
    assert library.stats() == before


def test_a_changed_file_replaces_what_it_held(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    corrected = make_article("Karl Voss stays at the head of the port union.", id="union-2", origin="/in/union.txt")
    assert put(library, [corrected], embedder) == [Action.UPDATED]
    assert library.article_ids() == ["strike", "union-2", "weather"]
    assert found(library, "Who leads the port union, Ines Moreau?", embedder)[0] == "union-2"
    assert len(library.index.holding('"moreau"')) == 0


def test_an_article_read_at_two_places_stays_while_one_holds_it(
    library: Library, harbour: list[Article], embedder: Embedder
) -> None:
    twin = make_article(harbour[2].text, id="weather", origin="/in/copy.txt")
    put(library, [harbour[2], twin], embedder)
    other = make_article("Snow on the passes.", id="snow", origin="/in/weather.txt")
    put(library, [other], embedder)
    assert library.article_ids() == ["snow", "weather"]


def test_a_changed_title_is_a_change(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    renamed = make_article(harbour[0].text, id="strike", title="Strike!", origin="/in/strike.txt")
    assert put(library, [renamed], embedder) == [Action.UPDATED]
    assert library.article("strike").title == "Strike!"


def test_a_removed_article_is_hidden_at_once(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    library.remove("strike")
    assert "strike" not in found(library, "harbour strike dockers pay", embedder)
    assert len(library.index.holding('"dockers"')) == 0
    with pytest.raises(InputError, match="no article 'strike'"):
        library.article("strike")


def test_passages_newer_than_the_generation_are_found(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour[:1], embedder)
    with Library.open(library.path, model=embedder.name) as reader:  # type: ignore[arg-type]
        assert found(reader, "port union head", embedder) == ["strike"]
        stale = reader.index.number
        real, generations.publish = generations.publish, lambda _folder, built: built  # a writer that has not published yet
        try:
            put(library, harbour[1:], embedder)
        finally:
            generations.publish = real
        assert found(reader, "port union head", embedder)[0] == "union"
        assert reader.index.number == stale


def test_as_of_hides_what_came_later_and_keeps_the_undated(
    library: Library, harbour: list[Article], embedder: Embedder
) -> None:
    put(library, harbour, embedder)
    seen = found(library, "port union strike weather", embedder, where=Filter(as_of=date(2025, 3, 5)))
    assert set(seen) == {"strike", "weather"}
    view = next(library.index.views())
    assert len(view.admitted(library.index.holding('"union"'), k=5, where=Filter(as_of=date(2025, 3, 9)))) == 0


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


def test_another_embedder_is_refused_with_the_command(tmp_path: Path, harbour: list[Article], embedder: Embedder) -> None:
    with Library.create(tmp_path / "lib", model=embedder.name) as library:
        put(library, harbour, embedder)
    with pytest.raises(MismatchError, match="rag library rebuild"):
        Library.open(tmp_path / "lib", model="other:v1")


class OtherEmbedder(HashEmbedder):
    name = "hash:other"

    def embed(self, texts):  # type: ignore[no-untyped-def]
        return np.roll(super().embed(texts), 7, axis=1)


def test_rebuilding_goes_over_to_another_embedder(tmp_path: Path, harbour: list[Article], embedder: Embedder) -> None:
    with Library.create(tmp_path / "lib", model=embedder.name) as library:
        put(library, harbour, embedder)
    other = OtherEmbedder()
    with Library.open(tmp_path / "lib", model=other.name, rebuilding=True) as library:
        assert reembed(library, other) == 3
    with Library.open(tmp_path / "lib", model=other.name) as library:
        assert found(library, "who heads the port union", other)[0] == "union"
        assert library.index.number == 2


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


def test_in_memory_works_alike(harbour: list[Article], embedder: Embedder) -> None:
    with Library.in_memory(model=embedder.name) as library:
        put(library, harbour, embedder)
        assert found(library, "who heads the port union", embedder)[0] == "union"


def test_stats_count(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    stats = library.stats()
    assert (stats.articles, stats.publishers, stats.dated_articles) == (3, 2, 2)
    assert (stats.first_published, stats.last_published) == (date(2025, 3, 3), date(2025, 3, 10))
    assert stats.embedder == embedder.name
    assert stats.bytes_on_disk > 0


def test_sources_are_newest_first_then_the_undated(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    put(library, harbour, embedder)
    assert [source.article_id for source in library.sources()] == ["union", "strike", "weather"]


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

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from rag.errors import CorruptError, LockedError, MismatchError, StoreError
from rag.ingest.pipeline import ingest
from rag.store import journal, schema
from rag.store.library import DATABASE, Library
from rag.store.lock import writer_lock
from rag.store.sqlite import connect
from rag.store.verify import repair, verify
from rag.testing import HashEmbedder
from rag.types import Action, Article
from tests.conftest import ROOT, make_article

EMBEDDER = HashEmbedder()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library that version 1 made: three articles, one removed, its index."""
    path = tmp_path / "old"
    shutil.copytree(ROOT / "tests" / "data" / "library-v1", path)
    return path


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A library that version 2 made: four articles, one a copy of another, one removed, its index."""
    path = tmp_path / "newer"
    shutil.copytree(ROOT / "tests" / "data" / "library-v2", path)
    return path


@pytest.fixture
def last(tmp_path: Path) -> Path:
    """A library that version 3 made: as that of version 2, and one article changed twice."""
    path = tmp_path / "last"
    shutil.copytree(ROOT / "tests" / "data" / "library-v3", path)
    return path


def _version(path: Path) -> object:
    connection = apsw.Connection(str(path / DATABASE))
    try:
        return connection.pragma("user_version")
    finally:
        connection.close()


def _schema(library: Library) -> set[str]:
    """Return what makes the tables and indexes, but for white space and quotes."""
    rows = library.database.rows("SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
    return {"".join(sql.split()).replace('"', "") for (sql,) in rows}


def test_a_library_of_version_1_opens_searches_and_takes_more(old: Path) -> None:
    assert _version(old) == 1
    with Library.open(old, model=EMBEDDER.name) as library:
        assert [source.article_id for source in library.sources()] == ["union", "strike", "weather"]
        assert library.article("strike").text.startswith("The harbour strike began on Monday.")
        best, cosine = library.index.nearest(EMBEDDER.embed(["who heads the port union, Ines Moreau?"])[0], k=1)[0]
        assert library.index.passages([best])[best][0].article_id == "union"
        assert 0.3 < cosine < 1
        assert len(library.index.holding('"dockers"'))
        added = list(ingest([make_article("The fog lifted at noon.", id="fog")], library, EMBEDDER, tokens=100))
        assert [item.action for item in added] == [Action.ADDED]
        assert library.index.number
    assert _version(old) == schema.VERSION
    assert verify(old).problems == ()


def test_a_library_of_version_2_opens_finds_its_copies_and_takes_more(newer: Path) -> None:
    assert _version(newer) == 2
    with Library.open(newer, model=EMBEDDER.name) as library:
        assert library.index.number == 2  # its passages keep their numbers, and its index serves on
        assert library.group_of(library.article_ids()) == {
            "strike": "strike",
            "strike-copy": "strike",
            "union": "union",
            "weather": "weather",
        }
        copy = library.article("strike-copy")
        assert copy.flags == ("wire:EFE", "stub", "duplicate-of:strike")
        assert (copy.origin, copy.section, copy.updated, dict(copy.provenance)) == ("/in/copy.txt", "", None, {})
        assert library.versions("union") == []
        best, _ = library.index.nearest(EMBEDDER.embed(["who heads the port union, Ines Moreau?"])[0], k=1)[0]
        assert library.index.passages([best])[best][0].article_id == "union"
        corrected = make_article("Members elected Ines Moreau, not Karl Voss.", id="union")
        list(ingest([corrected, make_article("The fog lifted.", id="fog")], library, EMBEDDER, tokens=100))
        assert [version.text[:30] for version in library.versions("union")] == ["Members elected Ines Moreau to"]
        library.remove("strike")
        assert library.article("strike-copy").flags == ("wire:EFE", "stub")
        migrated = _schema(library)
    with Library.in_memory(model="") as made:
        assert _schema(made) == migrated
    assert _version(newer) == schema.VERSION
    assert verify(newer).problems == ()


def test_a_library_of_version_3_opens_and_learns_what_its_articles_were_read_from(last: Path) -> None:
    assert _version(last) == 3
    strike = replace(harbour_strike(), reading="1" * 32)
    with Library.open(last, model=EMBEDDER.name) as library:
        assert library.index.number == 4
        assert library.group_of(["strike-copy"]) == {"strike-copy": "strike"}
        assert len(library.versions("union")) == 2
        assert library.recall("1" * 32) is None
        assert [item.action for item in ingest([strike], library, EMBEDDER, tokens=100)] == [Action.UNCHANGED]
        known = library.recall("1" * 32)
        assert known is not None
        assert known.article_id == "strike"
        migrated = _schema(library)
    with Library.in_memory(model="") as made:
        assert _schema(made) == migrated
    assert _version(last) == schema.VERSION
    assert verify(last).problems == ()


def harbour_strike() -> Article:
    """Return the article of that id as each of these libraries holds it."""
    return make_article(
        "The harbour strike began on Monday. Dockers in Valparaíso want 12% more pay.\n\nIt handled 310 ships in May.",
        id="strike",
        title="Dockers walk out",
        publisher="Harbour Post",
        published="2025-03-03",
        origin="/in/strike.txt",
    )


def test_a_library_of_version_2_is_brought_up_to_date_beside_its_readers_but_not_its_writer(newer: Path) -> None:
    with writer_lock(newer), pytest.raises(LockedError, match="older version"):
        Library.open(newer)
    held = connect(newer / DATABASE, create=False)
    held.execute("BEGIN; SELECT count(*) FROM articles").fetchall()
    with Library.open(newer) as library:
        assert library.count() == 4
    assert held.execute("SELECT count(*) FROM articles").fetchall() == [(4,)]
    held.close()


def test_what_was_embedded_before_is_not_embedded_again(old: Path) -> None:
    class Counting(HashEmbedder):
        n_texts = 0

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.n_texts += len(texts)
            return super().embed(texts)

    counting = Counting()
    with Library.open(old, model=EMBEDDER.name) as library:
        (text,) = library.database.rows("SELECT text_hash FROM vectors LIMIT 1")[0]
        assert library.known_texts([text, "no text's"]) == {text}
        for _ in range(2):
            list(ingest([make_article("The fog lifted at noon.", id="fog")], library, counting, tokens=20))
            with library.writing():
                library.remove("fog")
        assert counting.n_texts == 1


def test_a_migrated_library_has_checksums_an_id_and_indexes(old: Path) -> None:
    with Library.open(old) as library:
        connection = library.database.connection
        assert connection.reserve_bytes() == 8
        assert connection.pragma("integrity_check") == "ok"
        assert len(library.database.library_id) == 32
        assert connection.pragma("foreign_key_check") is None
        migrated = _schema(library)
    with Library.in_memory(model="") as made:
        assert _schema(made) == migrated
    with Library.open(old) as library:
        plan = library.database.rows("EXPLAIN QUERY PLAN SELECT id FROM articles WHERE publisher = 'Harbour Post'")
        assert "articles_publisher" in str(plan)


def test_two_libraries_have_two_ids(tmp_path: Path) -> None:
    with Library.create(tmp_path / "a", model="") as a, Library.create(tmp_path / "b", model="") as b:
        assert a.database.library_id != b.database.library_id


def test_an_old_library_waits_for_its_writer(old: Path) -> None:
    with writer_lock(old), pytest.raises(LockedError, match=rf"older version.*process {os.getpid()}"):
        Library.open(old)
    assert repair(old).problems == ()


def test_a_library_on_a_disk_that_cannot_be_written_is_told(old: Path) -> None:
    readable = Path(tempfile.mkdtemp(dir="/tmp"))  # one that another user can reach
    try:
        shutil.copytree(old, readable / "old")
        for place in (readable, *readable.rglob("*")):
            place.chmod(0o555 if place.is_dir() else 0o444)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setuid(65534) if os.geteuid() == 0 else None
                Library.open(readable / "old")
            except StoreError as error:
                code = 0 if "permissions" in str(error) and "copy the folder" in str(error) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        for place in (readable, *readable.rglob("*")):
            place.chmod(0o755 if place.is_dir() else 0o644)
        shutil.rmtree(readable)


def test_a_later_version_is_refused(old: Path) -> None:
    connection = apsw.Connection(str(old / DATABASE))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(MismatchError, match=r"schema 99.*pip install --upgrade"):
        Library.open(old)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / DATABASE))
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(CorruptError, match="another program"):
        Library.open(tmp_path)


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.54.1", True),
    ],
)
def test_a_write_ahead_log_is_kept_only_where_it_is_sound(version: str, is_safe: bool) -> None:
    assert journal.is_wal_safe(version) is is_safe


def test_a_network_file_system_is_known_by_its_name() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /mnt/news\\040desk nfs4 rw 0 0\n/dev/sdb /mnt/news\\040desk/local xfs rw 0 0\n"
    assert journal.is_on_network(Path("/mnt/news desk/library.db"), mounts)
    assert not journal.is_on_network(Path("/mnt/news desk/local/library.db"), mounts)
    assert not journal.is_on_network(Path("/home/library.db"), mounts)


@pytest.mark.parametrize("made_by", ["this version", "version 1"])
def test_without_a_write_ahead_log_all_works_too(
    tmp_path: Path, old: Path, made_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "is_on_network", lambda *_: True)
    path = old if made_by == "version 1" else tmp_path / "new"
    with Library.create(path, model=EMBEDDER.name) as library:
        assert library.database.connection.pragma("journal_mode") == "delete"
        list(ingest([make_article(f"Fog number {n}.", id=f"f{n}") for n in range(300)], library, EMBEDDER, tokens=100))
    assert repair(path).problems == ()
    with Library.open(path, model=EMBEDDER.name) as library:
        assert len(library.index.holding('"fog"'))
        assert library.count() >= 300


def test_an_old_library_larger_than_the_cache_is_whole(old: Path) -> None:
    connection = apsw.Connection(str(old / DATABASE))
    vectors = ((f"{number:032}", EMBEDDER.name, bytes(1536)) for number in range(16_000))
    with connection:
        connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", vectors)
    connection.close()
    with Library.open(old) as library:
        assert library.database.connection.pragma("integrity_check") == "ok"
        assert library.database.rows("SELECT count(*) FROM vectors")[0][0] >= 16_000
    assert (old / DATABASE).stat().st_size > 24_000_000


def test_an_old_library_that_another_process_has_open_is_left_alone(old: Path) -> None:
    held = apsw.Connection(str(old / DATABASE))
    held.execute("SELECT count(*) FROM articles").fetchall()
    with pytest.raises(LockedError, match="end the programs that have it open"):
        Library.open(old)
    held.close()
    with Library.open(old) as library:
        assert library.count() == 3
        assert library.database.connection.pragma("integrity_check") == "ok"

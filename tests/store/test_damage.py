"""A library whose files are damaged, one bit or one cut at a time: right answers, or an error that says what to type."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.errors import CorruptError, LockedError, StoreError
from rag.ingest.pipeline import ingest
from rag.store import generation as generations
from rag.store.library import Library
from rag.store.lock import writer_lock
from rag.store.verify import repair, verify
from tests.store.victim import EMBEDDER, TOKENS, Told, article, check, check_searches, life, start

_FILES = ("library.db", "library.db-wal", "index/CURRENT", "vectors.faiss", "generation.json", "writer.lock", "COMMITTED")


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A library whose writer was killed, with a journal that still holds some of what it told."""
    for step in (212, *range(150, 300, 4)):
        path = tmp_path_factory.mktemp("left") / "library"
        told = start(life, path, kill_at=step)
        wal = path / "library.db-wal"
        if len(told.stored) >= 8 and not told.touched and wal.exists() and wal.stat().st_size > 50_000:
            return path, told
    raise AssertionError("no kill left a journal")


def _files(path: Path, name: str) -> list[Path]:
    return sorted(file for file in path.rglob("*") if str(file.relative_to(path)).endswith(name))


def _flips(file: Path, count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield the file's bytes with one bit flipped: in its first 128 bytes, where headers are, and anywhere."""
    data = file.read_bytes()
    for number in range(count):
        at = rng.randrange(min(len(data), 128) if number % 4 == 0 else len(data))
        yield data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _cuts(file: Path, count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield beginnings of the file: nothing, all but a byte, and anything between."""
    data = file.read_bytes()
    for length in [0, len(data) - 1, *(rng.randrange(len(data)) for _ in range(count))]:
        yield data[:length]


def _survives(path: Path, told: Told) -> str:
    """Return what a damaged library answers with: `right`, or the message of an error; anything wrong fails."""
    said = ""
    try:
        check(path, told)
    except StoreError as error:
        said = str(error)
    assert not said or "rag library" in said or "rag ingest" in said
    return said or "right"


def _damage_each(left: tuple[Path, Told], tmp_path: Path, *, flips: int, cuts: int, seed: int) -> dict[str, list[str]]:
    """Damage every file in many ways and return what each library then answered."""
    killed, told = left
    closed = tmp_path / "closed"
    shutil.copytree(killed, closed)
    Library.open(closed).close()  # the journal goes into the database
    rng = random.Random(seed)
    outcomes: dict[str, list[str]] = {}
    for name in _FILES:
        source = closed if name == "library.db" else killed
        for original in _files(source, name):
            for number, data in enumerate([*_flips(original, flips, rng), *_cuts(original, cuts, rng)]):
                path = tmp_path / "library"
                shutil.copytree(source, path)
                (path / original.relative_to(source)).write_bytes(data)
                try:
                    outcomes.setdefault(name, []).append(_survives(path, told))
                except Exception as error:
                    error.add_note(f"{original.relative_to(source)}, damage {number}")
                    raise
                shutil.rmtree(path)
    return outcomes


def _check_outcomes(outcomes: dict[str, list[str]]) -> None:
    assert set(outcomes) == set(_FILES)
    for name in ("index/CURRENT", "vectors.faiss", "generation.json", "writer.lock", "COMMITTED"):
        assert set(outcomes[name]) == {"right"}  # caches and notes: the database alone is enough
    assert any("checksum" in outcome for outcome in outcomes["library.db"])
    assert any("lost the last" in outcome for outcome in outcomes["library.db-wal"])


def test_damage_gives_right_answers_or_says_what_to_type(left: tuple[Path, Told], tmp_path: Path) -> None:
    _check_outcomes(_damage_each(left, tmp_path, flips=4, cuts=0, seed=1))


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_much_damage_gives_right_answers_or_says_what_to_type(left: tuple[Path, Told], tmp_path: Path) -> None:
    outcomes = _damage_each(left, tmp_path, flips=150, cuts=20, seed=2)
    _check_outcomes(outcomes)
    for name, answers in outcomes.items():
        print(f"{name}: {len(answers)} damaged, {answers.count('right')} answered rightly")


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_flipped_bit_is_found_wherever_it_is_in_use(left: tuple[Path, Told], tmp_path: Path) -> None:
    """Verify reads every page that holds anything; flips that it does not see are in pages that hold nothing."""
    source, told = left
    path = tmp_path / "library"
    shutil.copytree(source, path)
    with Library.open(path, model=EMBEDDER.name) as library:
        library.database.run("VACUUM")
    file, rng = path / "library.db", random.Random(4)
    whole = file.read_bytes()
    for data in _flips(file, 300, rng):
        file.write_bytes(data)
        assert verify(path).problems or _survives(path, told) == "right"
    file.write_bytes(whole)
    assert verify(path).problems == ()


def test_a_page_damaged_while_the_library_is_open_is_noticed(left: tuple[Path, Told], tmp_path: Path) -> None:
    source, _ = left
    path = tmp_path / "library"
    shutil.copytree(source, path)
    Library.open(path).close()  # the journal goes into the database
    file = path / "library.db"
    text = b"Sentence 2 of item003"
    with Library.open(path, model=EMBEDDER.name) as library:
        data = file.read_bytes()
        assert text in data
        file.write_bytes(data.replace(text, b"Sentence 3 of item003"))
        with pytest.raises(CorruptError, match=r"checksum.*rag library verify"):
            library.article("item003")
    found = verify(path)
    assert "damaged" in found.problems[0].what
    assert "rag library restore" in found.problems[0].command


def test_lost_commits_are_told_and_can_be_accepted(tmp_path: Path) -> None:
    path, kept = tmp_path / "library", tmp_path / "kept"
    with Library.create(path, model=EMBEDDER.name) as library:
        list(ingest([article(1)], library, EMBEDDER, tokens=TOKENS))
    with Library.open(path, model=EMBEDDER.name) as library:
        list(ingest([article(2), article(3)], library, EMBEDDER, tokens=TOKENS))
        shutil.copytree(path, kept)  # as a killed process leaves it
    (kept / "library.db-wal").unlink()
    with pytest.raises(CorruptError, match=r"lost the last 1 of its 2 commits.*verify --repair"):
        Library.open(kept)
    assert "lost the last" in verify(kept).problems[0].what
    mended = repair(kept)
    assert mended.problems == ()
    assert "lost the last" in mended.repaired[0].what
    assert verify(kept).problems == ()
    with Library.open(kept, model=EMBEDDER.name) as library:
        assert library.article_ids() == ["item001"]
        check_searches(library)
        # Other articles get the numbers of those that were lost: the index of these must not come back.
        list(ingest([article(8), article(12)], library, EMBEDDER, tokens=TOKENS))
        list(ingest([article(3, version=2)], library, EMBEDDER, tokens=TOKENS))
        for number in generations.numbers(kept / "index")[1:]:
            (kept / "index" / f"{number:06d}" / generations.VECTORS).write_bytes(b"")
    with Library.open(kept, model=EMBEDDER.name) as library:
        check_searches(library)


def test_a_garbled_lock_file_names_no_pid(tmp_path: Path) -> None:
    with writer_lock(tmp_path):
        (tmp_path / "writer.lock").write_bytes(b"4\xff; rm -rf")
        with pytest.raises(LockedError, match="another process; wait"), writer_lock(tmp_path):
            pass


def _fills(path: Path, tell: Callable[..., None]) -> None:
    """Live a life on a disk where no file may grow beyond some size."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = int((path.parent / "limit").read_text())
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    _told_when_full(path, tell)


def _told_when_full(path: Path, tell: Callable[..., None]) -> None:
    try:
        life(path, tell)
    except StoreError as error:
        tell("said", f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("limit", [20_000, 60_000, 150_000, 400_000])
def test_a_full_disk_loses_nothing_and_is_told(tmp_path: Path, limit: int) -> None:
    (tmp_path / "limit").write_text(str(limit))
    told = start(_fills, tmp_path / "library")
    assert told.said.startswith("DiskFullError")
    assert "free some room" in told.said.lower()
    if told.stored:
        check(tmp_path / "library", told)
    assert start(life, tmp_path / "library").is_done  # with room again
    assert verify(tmp_path / "library").problems == ()


@pytest.mark.torture
@pytest.mark.parametrize("size_k", range(100, 2000, 100))
def test_a_real_full_disk_loses_nothing_and_is_told(tmp_path: Path, size_k: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_k}k", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount")
    try:
        told = start(_told_when_full, disk / "library")
        assert told.said.startswith("DiskFullError") or (not told.said and size_k > 1000)
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        if told.stored:
            check(disk / "library", told)
        assert start(life, disk / "library").is_done
        assert verify(disk / "library").problems == ()
    finally:
        subprocess.run(["umount", str(disk)], check=True)

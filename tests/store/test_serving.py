"""Which generation a process serves, and when a new one is published."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.errors import DiskFullError
from rag.store import build
from rag.store import generation as generations
from rag.store.generation import Manifest
from rag.store.index import PassageIndex
from rag.store.library import Library
from tests.conftest import ROOT
from tests.store.clustered import MODEL, PER_ARTICLE, expected, index_of, made, put, unit_vectors

VECTORS = unit_vectors(600)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Library]:
    """A library of 300 passages, not yet published."""
    with made(tmp_path / "library", VECTORS[:300]) as library:
        yield library


def folder_of(library: Library) -> Path:
    assert library.path is not None
    return library.path / "index"


def best(index: PassageIndex, place: int) -> str:
    return index.nearest(VECTORS[place], k=1)[0][0]


def name(place: int) -> str:
    return f"a{place // PER_ARTICLE:04d}-{place % PER_ARTICLE}"


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(bytes(data))


class Loads:
    """Counts how often a generation is looked for on disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._load = generations.load
        monkeypatch.setattr(generations, "load", self)

    def __call__(self, *args: object, **named: object) -> object:
        self.count += 1
        return self._load(*args, **named)  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", ["damaged", "missing", "CURRENT names none", "no CURRENT"])
def test_a_damaged_generation_is_read_once_not_at_every_query(
    stored: Library, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    index_of(stored, flat_limit=1000).publish()
    folder = folder_of(stored)
    if broken == "damaged":
        damage(folder / "000001" / generations.VECTORS)
    elif broken == "missing":
        (folder / "000001" / generations.VECTORS).unlink()
    elif broken == "CURRENT names none":
        (folder / "CURRENT").write_text("7\n")
    else:
        (folder / "CURRENT").unlink()
    loads = Loads(monkeypatch)
    reader = index_of(stored, flat_limit=1000)
    for place in range(0, 300, 30):
        assert best(reader, place) == name(place)
    assert loads.count == 1
    assert reader.number == (1 if "CURRENT" in broken else 0)


def test_a_published_generation_is_noticed(stored: Library) -> None:
    writer, reader = index_of(stored, flat_limit=1000), index_of(stored, flat_limit=1000)
    writer.publish()
    assert reader.number == 1
    put(stored, VECTORS[300:], first=30)
    assert best(reader, 450) == name(450)
    writer.publish()
    assert reader.number == 2
    assert len(reader._serving.current().tail.numbers) == 0


def test_a_damaged_new_generation_leaves_the_served_one(stored: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = index_of(stored, flat_limit=1000), index_of(stored, flat_limit=1000)
    writer.publish()
    assert reader.number == 1
    put(stored, VECTORS[300:], first=30)
    writer.publish()
    damage(folder_of(stored) / "000002" / generations.VECTORS)
    damage(folder_of(stored) / "000001" / generations.VECTORS)
    loads = Loads(monkeypatch)
    for place in range(0, 600, 60):
        assert best(reader, place) == name(place)
    assert (reader.number, loads.count) == (1, 1)
    writer.publish(force=True)
    assert reader.number == 3


def test_while_one_thread_loads_the_others_are_served(stored: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = index_of(stored, flat_limit=1000), index_of(stored, flat_limit=1000)
    writer.publish()
    assert reader.number == 1
    put(stored, VECTORS[300:], first=30)
    writer.publish()
    load, entered, go_on = generations.load, threading.Event(), threading.Event()

    def slow(*args: object) -> object:
        entered.set()
        assert go_on.wait(10)
        return load(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(generations, "load", slow)
    first = threading.Thread(target=reader.nearest, args=(VECTORS[0],), kwargs={"k": 1})
    first.start()
    assert entered.wait(10)
    assert best(reader, 450) == name(450)
    assert reader.number == 1
    go_on.set()
    first.join()
    assert reader.number == 2


@pytest.mark.parametrize(
    "change",
    ["UPDATE meta SET value = 'another' WHERE key = 'library_id'", "UPDATE meta SET value = '0' WHERE key = 'commits'"],
)
def test_the_generation_of_another_state_of_the_library_is_not_served(stored: Library, change: str) -> None:
    index_of(stored, flat_limit=1000).publish()
    stored._database.run(change)
    reader = index_of(stored, flat_limit=1000)
    assert reader.number == 0
    assert best(reader, 5) == name(5)
    reader.publish()
    assert index_of(stored, flat_limit=1000).number == 2


def test_the_generation_of_another_embedder_is_not_served(stored: Library) -> None:
    index_of(stored, flat_limit=1000).publish()
    assert PassageIndex(stored._database, stored.path, "other:v1").number == 0


def test_a_full_disk_keeps_the_served_generation(stored: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    index = index_of(stored, flat_limit=1000)
    index.publish()
    put(stored, VECTORS[300:], first=30)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generations, "_write", full)
    with pytest.raises(DiskFullError, match="rag library rebuild"):
        index.publish()
    assert index.number == 1
    assert best(index, 450) == name(450)


# When a generation is due, and how it is built


def manifest(count: int) -> Manifest:
    return Manifest(1, "l", 1, MODEL, 48, count, count)


@pytest.mark.parametrize(
    ("held", "fresh", "due"),
    [
        (100_000, 0, False),
        (100_000, 2_000, False),
        (100_000, 2_100, True),
        (91_000, 0, False),
        (90_000, 0, True),
        (99_000, 1_000, False),
    ],
)
def test_a_large_generation_is_due_when_it_lacks_or_holds_much(held: int, fresh: int, due: bool) -> None:
    assert build.is_due(manifest(100_000), build.Extent("l", 2, 102_000, held + fresh, held)) is due


def test_a_small_generation_is_due_at_every_change() -> None:
    assert build.is_due(manifest(50), build.Extent("l", 2, 51, 51, 50))
    assert build.is_due(manifest(50), build.Extent("l", 2, 50, 49, 49))
    assert not build.is_due(manifest(50), build.Extent("l", 2, 50, 50, 50))


def test_nothing_new_is_not_published_unless_forced(stored: Library) -> None:
    index = index_of(stored, flat_limit=1000)
    assert [index.publish(), index.publish(), index.publish(force=True)] == [True, False, True]
    assert index.number == 2


def lists(index: PassageIndex) -> tuple[np.ndarray, int, int]:
    """Return the centroids of an index, how many vectors it holds, and for how many it was trained."""
    held = index._serving.sound()
    assert held is not None
    centroids = held.index.quantizer.reconstruct_n(0, held.index.nlist)  # type: ignore[attr-defined]
    return centroids, held.index.ntotal, held.manifest.trained_for


def test_inverted_lists_grow_then_are_trained_anew(stored: Library) -> None:
    index = index_of(stored, flat_limit=0)
    index.publish()
    first, count, trained_for = lists(index)
    assert (count, trained_for) == (300, 300)

    put(stored, VECTORS[300:390], first=30)  # by less than a third: the same centroids, and what is new beside the old
    index.publish()
    grown, count, trained_for = lists(index)
    assert (count, trained_for) == (390, 300)
    assert np.array_equal(first, grown)

    stored.remove(*(f"a{number:04d}" for number in range(10)))  # a quarter: the same centroids, without what was removed
    index.publish()
    emptied, count, trained_for = lists(index)
    assert (count, trained_for) == (290, 300)
    assert np.array_equal(first, emptied)

    put(stored, VECTORS[390:], first=39)
    index.publish()
    _, count, trained_for = lists(index)
    assert (count, trained_for) == (500, 500)
    for place in range(100, 600, 50):
        assert best(index, place) == name(place)


def test_the_type_of_index_follows_the_size(stored: Library) -> None:
    index = index_of(stored, flat_limit=300)
    index.publish()
    assert index._serving.current().is_exact
    put(stored, VECTORS[300:], first=30)
    index.publish()
    assert not index._serving.current().is_exact
    stored.remove(*(f"a{number:04d}" for number in range(31)))
    index.publish()
    assert index._serving.current().is_exact
    for place in range(310, 600, 50):
        assert best(index, place) == name(place)


def test_an_emptied_library_publishes_an_empty_generation(stored: Library) -> None:
    index = index_of(stored, flat_limit=1000)
    index.publish()
    stored.remove(*(f"a{number:04d}" for number in range(30)))
    assert index.publish()
    assert index.nearest(VECTORS[0], k=3) == []
    assert index_of(stored, flat_limit=1000).nearest(VECTORS[0], k=3) == []


def test_in_memory_there_is_no_number() -> None:
    with made(None, VECTORS[:100]) as library:
        index = index_of(library, flat_limit=50)
        assert index.publish()
        assert not index.publish()
        assert (index.number, index._serving.current().is_exact) == (0, False)
        assert index.nearest(VECTORS[42], k=1)[0][0] == expected(VECTORS[:100], VECTORS[42], k=1)[0]


READER = """
import sys, time
from pathlib import Path
from rag.store.library import Library
from tests.store.clustered import MODEL, unit_vectors
vectors = unit_vectors(600)
seen, queries = set(), 0
with Library.open(Path(sys.argv[1]), model=MODEL) as library:
    print("ready", flush=True)
    while True:
        for place in (0, 123, 299):
            found = library.index.nearest(vectors[place], k=5)
            assert len(found) == 5 and found[0] == (f"a{place // 10:04d}-{place % 10}", 1.0), (place, found)
            queries += 1
        seen.add(library.index.number)
        if max(seen) >= 101:
            break
        time.sleep(0.005)
print(len(seen), queries)
"""


def test_another_process_reads_through_a_hundred_publishes(stored: Library) -> None:
    index = index_of(stored, flat_limit=1000)
    index.publish()
    command = [sys.executable, "-c", READER, str(stored.path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n", reader.stderr.read()  # type: ignore[union-attr]
        for turn in range(100):
            put(stored, VECTORS[300 + 2 * turn : 302 + 2 * turn], first=100 + turn)
            assert index.publish()
        said, errors = reader.communicate(timeout=60)
    assert (reader.returncode, errors) == (0, "")
    generations_seen, queries = map(int, said.split())
    assert generations_seen > 5
    assert queries > 50

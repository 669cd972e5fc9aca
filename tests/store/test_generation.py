from __future__ import annotations

import json
import resource
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from rag.store import ann
from rag.store import generation as generations
from rag.store.facts import Facts
from rag.store.generation import MANIFEST, VECTORS, Generation, Manifest, current_number, draft, is_sound, load, numbers
from rag.store.vectors import Block
from tests.store.clustered import unit_vectors


def unpublished(count: int, *, trained: bool = False) -> Generation:
    vectors = unit_vectors(count)[:, :8].copy()
    index = ann.inverted(8, count, lambda size: vectors[:size]) if trained else ann.flat(8)
    ann.add(index, [Block(np.arange(1, count + 1), vectors)])
    manifest = Manifest(0, "library-1", 5, "hash:v1", 8, count, count, count if trained else 0)
    return Generation(manifest, index, facts_of(count))


def facts_of(count: int) -> Facts:
    """Facts of passages 1 to `count`."""
    numbers = np.arange(1, count + 1)
    codes = np.zeros(count, dtype=np.int32)
    return Facts(
        numbers,
        numbers.astype("S8"),
        numbers,
        codes,
        codes,
        codes,
        np.ones(count, np.float32),
        numbers,
        numbers.astype(np.uint64),
        ("",),
        ("en",),
    )


def publish(folder: Path, generation: Generation) -> None:
    with draft(folder) as place:
        generations.publish(folder, generation, place=place)


def anything(_: Manifest) -> bool:
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two generations: of 20 passages and of 30."""
    publish(tmp_path / "index", unpublished(20))
    publish(tmp_path / "index", unpublished(30))
    return tmp_path / "index"


def test_a_generation_comes_back_as_it_went_out(folder: Path) -> None:
    found = load(folder, anything)
    assert found is not None
    before = unpublished(30)
    assert (found.manifest.number, found.manifest.count, found.manifest.model) == (2, 30, "hash:v1")
    vector = unit_vectors(30)[4, :8]
    for got, put in zip(found.search(vector, 5), before.search(vector, 5), strict=True):
        assert got.tolist() == put.tolist()


def test_two_are_kept_and_what_a_killed_writer_left_goes(folder: Path) -> None:
    (folder / ".new-4711").mkdir()
    publish(folder, unpublished(40))
    assert sorted(child.name for child in folder.iterdir()) == ["000002", "000003", "CURRENT"]
    assert current_number(folder) == 3


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", [VECTORS, MANIFEST])
def test_any_flipped_bit_or_missing_end_is_noticed(tmp_path: Path, name: str, trained: bool) -> None:
    folder = tmp_path / "index"
    publish(folder, unpublished(20, trained=trained))
    publish(folder, unpublished(30, trained=trained))
    file = folder / "000002" / name
    whole = file.read_bytes()
    step = max(1, len(whole) // 80)
    for place in range(0, len(whole), step):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        found = load(folder, anything)
        assert found is None or found.manifest.number == 1 or found.manifest == generations.read_manifest(folder / "000002")
        assert found is not None
        # White space of the manifest may change: what it says may not.
        assert found.manifest.count == (20 if found.manifest.number == 1 else 30)
        assert name == MANIFEST or found.manifest.number == 1
        file.write_bytes(whole[:place])
        assert not is_sound(folder / "000002")
        found = load(folder, anything)
        assert found is not None
        assert found.manifest.number == 1
    file.write_bytes(whole)
    assert is_sound(folder / "000002")


@pytest.mark.parametrize("said", [b"", b"1\n", b"9\n", b"\xff\xfe", b"-1", b"two", None])
def test_a_damaged_current_serves_a_sound_one(folder: Path, said: bytes | None) -> None:
    if said is None:
        (folder / "CURRENT").unlink()
    else:
        (folder / "CURRENT").write_bytes(said)
    found = load(folder, anything)
    assert found is not None
    assert found.manifest.number == (1 if said == b"1\n" else 2)


@pytest.mark.parametrize("name", [VECTORS, MANIFEST, ""])
def test_a_missing_file_gives_way_to_the_one_before(folder: Path, name: str) -> None:
    if name:
        (folder / "000002" / name).unlink()
    else:
        shutil.rmtree(folder / "000002")
    found = load(folder, anything)
    assert found is not None
    assert found.manifest.number == 1
    assert not is_sound(folder / "000002")


def test_one_under_another_number_is_not_served(folder: Path) -> None:
    (folder / "000001").rename(folder / "000009")
    found = load(folder, anything)
    assert found is not None
    assert found.manifest.number == 2


def test_a_manifest_that_was_edited_is_refused(folder: Path) -> None:
    file = folder / "000002" / MANIFEST
    said = json.loads(file.read_text())
    said["manifest"]["highest"] = 29
    file.write_text(json.dumps(said))
    assert generations.read_manifest(folder / "000002") is None


def test_only_what_fits_is_served(folder: Path) -> None:
    found = load(folder, lambda manifest: manifest.count == 20)
    assert found is not None
    assert found.manifest.number == 1
    assert load(folder, lambda _: False) is None
    assert load(folder / "none", anything) is None
    assert numbers(folder / "none") == []


@pytest.mark.parametrize("limit", [0, 100, 5_000])
def test_a_publish_for_which_there_is_no_room_leaves_the_current_one(folder: Path, limit: int) -> None:
    before = generations.state(folder)
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, was[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            publish(folder, unpublished(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)
        signal.signal(signal.SIGXFSZ, handler)
    assert generations.state(folder) == before
    assert sorted(child.name for child in folder.iterdir()) == ["000001", "000002", "CURRENT"]

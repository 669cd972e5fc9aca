"""A library whose writers are killed: at every step that they take, and at any time."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.store.library import Library
from rag.store.verify import repair, verify
from tests.conftest import ROOT
from tests.store import victim
from tests.store.victim import Told, article, check, life, migration, migration_of_2, migration_of_3, start, upkeep

_MADE_BY = {migration: "library-v1", migration_of_2: "library-v2", migration_of_3: "library-v3"}
_FOUR = ["strike", "strike-copy", "union", "weather"]
_HELD = {migration: ["strike", "union", "weather"], migration_of_2: _FOUR, migration_of_3: _FOUR}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library after a whole life."""
    path = tmp_path_factory.mktemp("filled") / "library"
    assert start(life, path).is_done
    return path


@pytest.fixture
def one_by_one(tmp_path: Path, filled: Path) -> Callable[..., int]:
    """Kill a life, upkeep or migration before each of some of its steps, check each time, and return how many were killed."""

    def kill(work: Callable[..., None], *, every: int = 1) -> int:
        before = _made_ready(work, tmp_path / "whole", filled)
        n_steps = start(work, before).steps
        assert n_steps > 10
        n_killed = 0
        for step in range(1, n_steps + 1, every):
            path = _made_ready(work, tmp_path / f"{step}", filled)
            told = start(work, path, kill_at=step)
            n_killed += not told.is_done
            _check_after(work, path, told)
            shutil.rmtree(path.parent)
        return n_killed

    return kill


def _made_ready(work: Callable[..., None], folder: Path, filled: Path) -> Path:
    folder.mkdir()
    if work is upkeep:
        return shutil.copytree(filled, folder / "library")
    if work in _MADE_BY:
        return shutil.copytree(ROOT / "tests" / "data" / _MADE_BY[work], folder / "library")
    return folder / "library"


def _check_after(work: Callable[..., None], path: Path, told: Told) -> None:
    """Check what a killed process left; then let it do its work again, unharmed, and check that."""
    if work in _MADE_BY:
        with Library.open(path, model=victim.EMBEDDER.name) as library:
            assert library.article_ids() == _HELD[work]
            assert len(library.index.holding('"moreau"'))
            assert library.group_of(["strike-copy"]) == ({"strike-copy": "strike"} if _HELD[work] is _FOUR else {})
    elif work is upkeep:
        check(path, _all_of_a_life())
    else:
        check(path, told)
    again = start(work, path)
    assert again.is_done
    if work in _MADE_BY:
        assert repair(path).problems == ()  # the index is made again by the next writer, or so
    else:
        check(path, _all_of_a_life())
    assert verify(path).problems == ()


def _all_of_a_life() -> Told:
    """Return what a whole life stores and removes."""
    versions = {number: 2 if number in (0, 2, 4) else 1 for number in range(13)} | {1: 3}
    stored = {article(number).id: version for number, version in versions.items() if number != 9}
    return Told(stored=stored, removed={"item009"})


@pytest.mark.parametrize(
    ("work", "every"), [(life, 47), (upkeep, 61), (migration, 17), (migration_of_2, 9), (migration_of_3, 3)]
)
def test_killed_at_some_steps(one_by_one: Callable[..., int], work: Callable[..., None], every: int) -> None:
    assert one_by_one(work, every=every) >= 3


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("work", [life, upkeep, migration, migration_of_2, migration_of_3])
def test_killed_at_every_step(one_by_one: Callable[..., int], work: Callable[..., None]) -> None:
    print(f"{work.__name__}: killed {one_by_one(work)} times")


def _killed_at_any_time(tmp_path: Path, filled: Path, times: int, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(times):
        work = (life, upkeep)[number % 2]
        path = _made_ready(work, tmp_path / f"{number}", filled)
        told = start(work, path, kill_after_s=rng.uniform(0, 0.4))
        _check_after(work, path, told)
        shutil.rmtree(path.parent)


def test_killed_at_any_time(tmp_path: Path, filled: Path) -> None:
    _killed_at_any_time(tmp_path, filled, 4, seed=1)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_killed_at_a_hundred_times(tmp_path: Path, filled: Path) -> None:
    _killed_at_any_time(tmp_path, filled, 100, seed=2)


def _killed_again_and_again(path: Path, times: int) -> None:
    """Kill one library's writer many times without letting it ever finish."""
    rng = random.Random(3)
    told = Told()
    for _ in range(times):
        more = start(life, path, kill_at=rng.randrange(20, 220))
        for name in more.touched | set(more.stored) | more.removed:
            told.stored.pop(name, None)
            told.removed.discard(name)
        told.touched = more.touched
        told.stored |= more.stored
        told.removed |= more.removed
        check(path, told)
    assert start(life, path).is_done
    check(path, _all_of_a_life())


def test_killed_again_and_again(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path / "library", 4)


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_killed_forty_times_in_a_row(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path / "library", 40)

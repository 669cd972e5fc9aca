"""No hostile file crashes, hangs or fills the reader, gets at another file, or passes for an article that it is not."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.config import IngestConfig
from rag.ingest import Rejected, Sandbox, read_articles
from rag.types import Article
from tests.ingest.conftest import NOW
from tests.ingest.hostile.corpus import SECRET, SECRET_FILE, Case, changed, corpus, valid
from tests.ingest.making import STORY

CASES = corpus()
SAMPLE = [case for case in CASES if not case.is_slow][::20]
MOST_S = 60


@pytest.fixture(scope="module")
def jail() -> Iterator[Sandbox]:
    """Processes under tight limits, for hostile files only."""
    with Sandbox(IngestConfig(workers=2, seconds=10, memory_mb=700)) as made:
        yield made


def check(folder: Path, name: str, data: bytes, jail: Sandbox) -> list[Article | Rejected]:
    """Read a hostile file, and assert what must hold for all of them."""
    inside = folder / "in"
    inside.mkdir(exist_ok=True)
    (inside / SECRET_FILE).write_text(SECRET)
    (folder / SECRET_FILE).write_text(SECRET)
    path = inside / name
    path.write_bytes(data.replace(b"{folder}", str(inside).encode()))
    before = sorted(folder.rglob("*"))
    began = time.monotonic()
    items = list(read_articles([path], now=NOW, sandbox=jail))
    assert time.monotonic() - began < MOST_S
    assert sorted(folder.rglob("*")) == before
    for item in items:
        assert item.origin == str(path) or item.origin.startswith(f"{path}#")
        repr(item).encode("utf-8")
        if isinstance(item, Rejected):
            assert 0 < len(item.reason) < 500
            continue
        assert SECRET not in item.text
        assert not any(unicodedata.category(sign) == "Cc" for sign in item.text if sign not in "\n\t")
        assert item.url.partition(":")[0] in ("", "http", "https")
        assert item.published is None or item.published.year > 1599
    path.unlink()
    return items


def test_corpus_has_over_two_hundred_files_of_all_formats() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.file for case in CASES} >= set(valid())


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_sample_of_hostile_files(tmp_path: Path, jail: Sandbox, case: Case) -> None:
    items = check(tmp_path, case.file, case.make(), jail)
    assert not (case.is_refused and [item for item in items if isinstance(item, Article)])


@pytest.mark.torture
@pytest.mark.timeout(200)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_file(tmp_path: Path, jail: Sandbox, case: Case) -> None:
    items = check(tmp_path, case.file, case.make(), jail)
    assert not (case.is_refused and [item for item in items if isinstance(item, Article)])


@pytest.mark.torture
def test_hostile_files_beside_a_good_one_leave_it_whole(tmp_path: Path, jail: Sandbox) -> None:
    cases = [case for case in CASES if not case.is_slow][::5]
    for number, case in enumerate(cases):
        (tmp_path / f"{number:03}-{case.file}").write_bytes(case.make())
        (tmp_path / f"{number:03}-good.html").write_text(f"<html><body><article><p>{STORY} It is story {number}.</p></article>")
    items = list(read_articles([tmp_path], now=NOW, sandbox=jail))
    good = [item for item in items if isinstance(item, Article) and "-good" in item.origin]
    assert [item.text for item in good] == [f"{STORY} It is story {number}." for number in range(len(cases))]


@pytest.mark.torture
@pytest.mark.timeout(900)
@given(name=st.sampled_from(sorted(valid())), seed=st.integers(100, 10**9))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_files(tmp_path: Path, jail: Sandbox, name: str, seed: int) -> None:
    check(tmp_path, name, changed(valid()[name], seed), jail)

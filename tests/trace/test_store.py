from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.errors import InputError, StoreError
from rag.trace.contract import Traces
from rag.trace.postgres import PostgresTraces
from rag.trace.record import Trace, Versions
from rag.trace.store import STALE, TraceStore
from rag.types import ANY, Tokens, Understanding
from tests.conftest import ROOT

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def make_trace(id: str, *, minutes: int = 0, question: str = "Who leads the union?") -> Trace:
    return Trace(
        id=id,
        time=NOON + timedelta(minutes=minutes),
        question=question,
        where=ANY,
        understanding=Understanding(),
        hits=(),
        shown=(),
        prompts={},
        gate=None,
        raw="",
        status=None,
        error="refused",
        text="",
        claims=(),
        citations=(),
        notice="",
        versions=Versions("0.1.0", "extractive", "extractive/2", "hash:v1", 1, "abc"),
        timings_ms={"total": 1.5},
        tokens=Tokens(),
    )


Open = Callable[[int], Traces]


@pytest.fixture(params=["files", "postgres"])
def open_traces(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """What opens one place for traces, which keeps so many."""
    opened: list[Traces] = []
    address = request.getfixturevalue("postgres") if request.param == "postgres" else ""

    def open_(keep: int) -> Traces:
        opened.append(PostgresTraces(address, keep=keep) if address else TraceStore(tmp_path, keep=keep))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def test_the_newest_are_kept_and_listed_first(open_traces: Open) -> None:
    store = open_traces(3)
    for number in (2, 0, 4, 1, 3):
        store.add(make_trace(f"id{number}", minutes=number))
    assert store.ids() == ["id4", "id3", "id2"]
    assert store.load("id3") == make_trace("id3", minutes=3)


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "nowhere")
    assert store.ids() == []
    with pytest.raises(InputError, match=r"no trace 'ab' in .*nowhere.*rag trace list"):
        store.load("ab")
    assert not store.folder.exists()


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "library")
    store.add(make_trace("ab"))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (store.folder, *store.folder.iterdir())]
    assert modes == [0o700, 0o600]


def test_none_are_there_at_first(open_traces: Open) -> None:
    store = open_traces(1)
    assert store.ids() == []
    with pytest.raises(InputError, match=r"no trace 'ab' in .*rag trace list"):
        store.load("ab")


def test_the_beginning_of_an_id_is_enough_while_it_is_the_only_one(open_traces: Open) -> None:
    store = open_traces(9)
    for minutes, id_ in enumerate(("abc1", "abd2", "xyz3")):
        store.add(make_trace(id_, minutes=minutes))
    assert store.load("x").id == "xyz3"
    with pytest.raises(InputError, match=r"2 traces begin with 'ab': abd2, abc1; type more of the id"):
        store.load("ab")
    for nothing in ("", "yz3", "../traces/x", "20260115", "x%", "\0", "\ud800"):
        with pytest.raises(InputError, match="no trace"):
            store.load(nothing)


@pytest.mark.parametrize("data", [b"", b"{", b'{"id": "ab"}', b"\xff\xfe"])
def test_a_damaged_file_is_told_by_its_name(tmp_path: Path, data: bytes) -> None:
    store = TraceStore(tmp_path)
    store.add(make_trace("ab"))
    (file,) = store.folder.iterdir()
    file.write_bytes(data)
    with pytest.raises(InputError, match=f"{file.name}.*delete that file"):
        store.load("ab")


def test_half_a_character_is_kept_as_a_question_mark(open_traces: Open) -> None:
    store = open_traces(1)
    store.add(make_trace("ab", question="Who \ud83d won?\n\0\x1b[31m «ñ»"))
    assert store.load("ab").question == "Who ? won?\n\0\x1b[31m «ñ»"


def test_a_field_of_a_newer_version_is_passed_over(tmp_path: Path) -> None:
    store = TraceStore(tmp_path)
    store.add(make_trace("ab"))
    (file,) = store.folder.iterdir()
    file.write_bytes(b'{"mood": 1, ' + file.read_bytes()[1:])
    assert store.load("ab") == make_trace("ab")


def test_what_a_killed_process_left_goes_and_what_another_writes_stays(tmp_path: Path) -> None:
    store = TraceStore(tmp_path)
    store.folder.mkdir()
    now = datetime.now(UTC)
    left, written = (f"{time:%Y%m%dT%H%M%S%fZ}-cd.part" for time in (now - 2 * STALE, now))
    for name in (left, written):
        (store.folder / name).write_bytes(b"{")
    store.add(replace(make_trace("ab"), time=now))
    assert store.ids() == ["ab"]
    assert [file.name for file in store.folder.iterdir() if file.suffix == ".part"] == [written]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "traces").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="NEWSRAG_TRACE_KEEP=0"):
        TraceStore(tmp_path).add(make_trace("ab"))
    with pytest.raises(StoreError, match="check its permissions"):
        TraceStore(tmp_path).ids()


WRITER = """
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from rag.trace.store import TraceStore
store = TraceStore(Path(sys.argv[1]), keep=30)
trace = TraceStore(Path(sys.argv[3])).load("seed")
for n in range(60):
    store.add(replace(trace, id=f"{sys.argv[2]}{n:02}", time=trace.time + timedelta(seconds=n + 1)))
    for id_ in store.ids()[:1]:
        store.load(id_)
"""


def test_processes_that_write_at_once_lose_and_break_nothing(tmp_path: Path) -> None:
    store, apart = TraceStore(tmp_path, keep=30), tmp_path / "apart"  # where the first writer cannot drop it
    TraceStore(apart).add(make_trace("seed"))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name, str(apart)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    chatter = [writer.communicate(timeout=60)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], chatter
    assert store.ids() == [f"{name}{n:02}" for n in range(59, 44, -1) for name in "ba"]
    assert [store.load(id_).id for id_ in store.ids()] == store.ids()

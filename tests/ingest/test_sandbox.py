"""Processes that parse: what they cannot do, what ends them, and that an end costs one part of one file."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rag.config import IngestConfig
from rag.ingest import Rejected, Sandbox, read_articles, read_upload
from rag.ingest.article import SILENT
from rag.ingest.sandbox import jail, process, wire
from rag.ingest.sandbox.pool import Job
from rag.types import Article
from tests.ingest.conftest import NOW
from tests.ingest.making import PAGE, STORY, zipped

SLOW = "<html><body><article>" + "<div><p>Many words of a long article.</p></div>" * 150_000 + "</article></body></html>"
"""A page that takes many seconds and a lot of memory to parse."""


def task(kind: str = "html", **known: object) -> wire.Task:
    return wire.Task(kind, f"a.{kind}", "/in/a", IngestConfig(**known), SILENT, NOW)  # type: ignore[arg-type]


def opened(tmp_path: Path, data: bytes | str) -> io.BufferedReader:
    (tmp_path / "data").write_bytes(data if isinstance(data, bytes) else data.encode())
    return (tmp_path / "data").open("rb")


@pytest.mark.torture
def test_worker_that_takes_too_long_is_ended_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(SLOW)
    (tmp_path / "b.html").write_text(PAGE)
    with Sandbox(IngestConfig(workers=1, seconds=1)) as sandbox:
        slow, fine = read_articles([tmp_path], now=NOW, sandbox=sandbox)
    assert isinstance(slow, Rejected)
    assert "parsing took over 1 s of processor time" in slow.reason
    assert isinstance(fine, Article)


@pytest.mark.torture
def test_worker_that_needs_too_much_memory_is_ended_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" + '{"a":[]},' * 1_500_000 + "{}]")
    (tmp_path / "b.html").write_text(PAGE)
    with Sandbox(IngestConfig(workers=1, memory_mb=300)) as sandbox:
        large, fine = read_articles([tmp_path], now=NOW, sandbox=sandbox)
    assert isinstance(large, Rejected)
    assert "parsing needed more than 300 MB of memory" in large.reason
    assert isinstance(fine, Article)


def test_member_that_ends_a_worker_costs_that_member(tmp_path: Path) -> None:
    members = {"1.html": PAGE, "2.html": SLOW, "3.txt": STORY, "4.html": PAGE.replace("twelve", "nine")}
    (tmp_path / "a.zip").write_bytes(zipped(dict(members)))
    with Sandbox(IngestConfig(workers=1, seconds=1)) as sandbox:
        items = list(read_articles([tmp_path / "a.zip"], now=NOW, sandbox=sandbox))
    assert [(item.origin[-6:], type(item)) for item in items] == [
        ("1.html", Article),
        ("2.html", Rejected),
        ("#3.txt", Article),
        ("4.html", Article),
    ]


@pytest.mark.torture
def test_worker_that_hangs_is_ended_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WALL_TIMES", 1)
    monkeypatch.setattr(process, "WALL_MORE_S", 0)
    worker = process.Worker(memory_mb=1024)
    try:
        with opened(tmp_path, PAGE) as handle:
            assert len(list(worker.read(task(), handle, threading.Event()))) == 2  # its name, and the article
            os.kill(worker.pid, signal.SIGSTOP)
            with pytest.raises(process.DiedError, match="1 s by the clock"):
                list(worker.read(task(seconds=1), handle, threading.Event()))
    finally:
        worker.close()


def test_worker_that_crashes_is_told_of(tmp_path: Path) -> None:
    worker = process.Worker(memory_mb=1024)
    try:
        os.kill(worker.pid, signal.SIGSEGV)
        with opened(tmp_path, PAGE) as handle, pytest.raises(process.DiedError, match="crashed \\(SIGSEGV\\)"):
            list(worker.read(task(), handle, threading.Event()))
    finally:
        worker.close()


def test_want_of_an_article_can_end(tmp_path: Path) -> None:
    with Sandbox(IngestConfig(workers=1)) as sandbox, opened(tmp_path, SLOW) as handle:
        cancelled = threading.Event()
        threading.Timer(0.5, cancelled.set).start()
        began = time.monotonic()
        with pytest.raises(process.CancelledError):
            list(sandbox.read(Job(task(), lambda: handle), cancelled))
        assert time.monotonic() - began < 5


@pytest.mark.torture
def test_reader_that_stops_early_leaves_no_process_at_work(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.html").write_text(PAGE)
    with Sandbox(IngestConfig(workers=2)) as sandbox:
        items = read_articles([tmp_path], now=NOW, sandbox=sandbox)
        assert isinstance(items, Iterator)
        next(items)
        items.close()  # type: ignore[attr-defined]
        assert len(list(read_articles([tmp_path / "5.html"], now=NOW, sandbox=sandbox))) == 1
    assert threading.active_count() < 10


@pytest.mark.torture
def test_threads_can_share_the_processes(sandbox: Sandbox) -> None:
    found: dict[int, str] = {}

    def upload(number: int) -> None:
        (item,) = read_upload("a.html", PAGE.replace("twelve", f"{number} long").encode(), now=NOW, sandbox=sandbox)
        found[number] = item.text if isinstance(item, Article) else ""

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"after {number} long days" in found[number] for number in range(8))


ESCAPES = {
    "reads": "__import__('pathlib').Path({secret!r}).read_text()",
    "lists": "__import__('os').listdir({folder!r})",
    "writes": "__import__('pathlib').Path({folder!r} + '/written').write_text('x')",
    "connects": "__import__('socket').create_connection(('127.0.0.1', {port}), 2).close()",
}


def test_code_that_runs_in_a_worker_gets_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        known = {"secret": str(tmp_path / "secret"), "folder": str(tmp_path), "port": server.getsockname()[1]}
        deeds = {name: deed.format(**known) for name, deed in ESCAPES.items()}
        for deed in deeds.values():
            exec(deed)  # without the jail it can
        code = "from rag.ingest.sandbox import jail; jail.lock_in(1024)\n"
        code += "\n".join(f"try: {deed}; print({name!r})\nexcept OSError: pass" for name, deed in deeds.items())
        jailed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    free = [] if has_landlock() else ["reads", "lists"]
    assert (jailed.stdout.split(), jailed.stderr) == (free, "")


def has_landlock() -> bool:
    import ctypes

    libc = ctypes.CDLL(None)
    return bool(libc.syscall(jail._LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), jail._LANDLOCK_VERSION) > 0)


def test_worker_sees_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    worker = process.Worker(memory_mb=1024)
    try:
        assert "secret" not in Path(f"/proc/{worker.pid}/environ").read_text()
    finally:
        worker.close()


@pytest.mark.parametrize(
    "frame",
    [
        (wire.ARTICLE, b'{"id": "x"}'),
        (wire.ARTICLE, b"\xff"),
        (b"?", b"{}"),
        (wire.ARTICLE, json.dumps({"id": "x", "text": "y", "origin": "/etc/passwd"}).encode()),
        (wire.REJECTED, json.dumps({"origin": "/in/another", "reason": "y"}).encode()),
    ],
)
def test_worker_that_lies_is_not_believed(tmp_path: Path, frame: tuple[bytes, bytes]) -> None:
    worker = process.Worker(memory_mb=1024)
    ours, theirs = process.socket.socketpair()
    worker._channel.close()
    worker._channel = ours
    try:
        with opened(tmp_path, PAGE) as handle, theirs:
            wire.send(theirs, *frame)
            with pytest.raises(process.DiedError):
                list(worker.read(task(), handle, threading.Event()))
            wire.send(theirs, wire.ARTICLE)
            theirs.send(b"A\xff\xff\xff\xff")
            with pytest.raises(process.DiedError):
                list(worker.read(task(), handle, threading.Event()))
    finally:
        worker.close()


def test_process_whose_parent_is_gone_ends() -> None:
    worker = process.Worker(memory_mb=1024)
    worker._channel.close()
    with suppress(ProcessLookupError):
        worker._process.wait(timeout=20)
    assert worker._process.returncode is not None

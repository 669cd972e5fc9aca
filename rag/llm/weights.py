"""The weights of local models on disk: whether they are there, whole, and the publisher's.

<file>           complete and checked, put there by one rename
<file>.ok.json   size, time and SHA-256 at the last check, so that a start need not read a gigabyte
<file>.partial   what an interrupted pull got from the hub, or was joining
<file>.parts/    what it took out of wheels
<file>.lock      held while a pull runs
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from rag.errors import MissingModelError, ModelError
from rag.llm.models import LocalModel
from rag.ports import Progress, no_progress

_BLOCK = 8 << 20

logger = logging.getLogger(__name__)


class ModelState(StrEnum):
    """What is known of the weights on disk."""

    MISSING = "missing"
    PARTIAL = "partial"
    CORRUPT = "corrupt"
    OK = "ok"


def glance(model: LocalModel, directory: Path) -> ModelState:
    """Return the state of the weights as their size alone shows it; nothing is read."""
    file = directory / model.file
    if file.is_file():
        return ModelState.OK if file.stat().st_size == model.n_bytes else ModelState.CORRUPT
    has_begun = partial_of(file).exists() or pieces_of(file).exists()
    return ModelState.PARTIAL if has_begun else ModelState.MISSING


def verify(model: LocalModel, directory: Path, *, thorough: bool = False) -> ModelState:
    """Return the state of the weights as their SHA-256 shows it.

    Args:
        model: Which weights.
        directory: Where they are.
        thorough: Read the file even if it has not changed since it was last found right.
    """
    state = glance(model, directory)
    file = directory / model.file
    if state is not ModelState.OK or (not thorough and _read_note(file) == _note(file, model.sha256)):
        return state
    if sha256_of(file, model.n_bytes, no_progress) != model.sha256:
        return ModelState.CORRUPT
    write_note(file, model.sha256)
    return ModelState.OK


def require(model: LocalModel, directory: Path) -> Path:
    """Return the path of the checked weights.

    Raises:
        MissingModelError: they were never downloaded, or not to the end.
        ModelError: they are damaged.
    """
    state = verify(model, directory)
    file = directory / model.file
    if state is ModelState.OK:
        return file
    if state is ModelState.CORRUPT:
        raise ModelError(f"the weights {str(file)!r} are damaged; fetch them again with: rag models pull {model.name}")
    how = "is only partly downloaded" if state is ModelState.PARTIAL else "is not downloaded"
    raise MissingModelError(f"the local model {model.name!r} {how}; type: rag models pull {model.name}")


@contextmanager
def exclusive(file: Path, doing: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock file, which the operating system lets go of when its holder dies.

    Raises:
        ModelError: another process holds it and `wait` is false; the message says that it is `doing` so.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise ModelError(f"process {holder} is already {doing}; wait for it, or end it with: kill {holder}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def check_room(directory: Path, needed_bytes: int, what: str) -> None:
    """Raise ModelError when the disk of `directory` has less room than needed."""
    free = shutil.disk_usage(directory).free
    if free < needed_bytes:
        raise ModelError(
            f"{what} needs {needed_bytes / 1e9:.1f} GB in {str(directory)!r}, where {free / 1e9:.1f} GB are free; "
            "make room, or set NEWSRAG_MODELS to another folder"
        )


def sha256_of(file: Path, n_bytes: int, progress: Progress) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            done += len(block)
            progress(min(done, n_bytes), n_bytes, "checking")
    return digest.hexdigest()


def _note(file: Path, sha256: str) -> dict[str, object]:
    """Return what tells that a file has not changed since it was checked."""
    stat = file.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}


def _read_note(file: Path) -> object:
    """Return what was noted when the file was last checked, or None."""
    try:
        return json.loads(_note_file(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_note(file: Path, sha256: str) -> None:
    """Note that a file was found right; without it, as in a read-only folder, the next check reads the file again."""
    unfinished = _note_file(file).with_suffix(".tmp")
    try:
        unfinished.write_text(json.dumps(_note(file, sha256)), encoding="utf-8")
        unfinished.replace(_note_file(file))
    except OSError as error:
        logger.info("cannot note that %s was checked: %s", file.name, error)


def _note_file(file: Path) -> Path:
    return file.with_name(file.name + ".ok.json")


def partial_of(file: Path) -> Path:
    """Return where a file grows until it is whole."""
    return file.with_name(file.name + ".partial")


def pieces_of(file: Path) -> Path:
    """Return the folder of what was taken out of wheels."""
    return file.with_name(file.name + ".parts")


def size_of(file: Path) -> int:
    """Return the size of a file, 0 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0

"""A library in one file, taken while it is in use, and a library from such a file.

The file is the SQLite database as it was at one moment, its pages with their checksums, and after it a line of JSON that says
what it is and bears its SHA-256. The index is not in it: that is made again from the vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import CorruptError, InputError, StoreError
from rag.files import sync
from rag.store.compact import check_room
from rag.store.library import DATABASE, Library
from rag.store.lock import writer_lock
from rag.store.schema import VERSION, identify
from rag.store.sqlite import connect, damaged
from rag.store.swap import swap

_FORMAT = "newsrag-backup-1"
_LINE_BYTES = 1024
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself. `made` is an ISO time in UTC, `bytes` the length of the database in it."""

    format: str
    made: str
    schema: int
    articles: int
    passages: int
    embedder: str
    bytes: int
    sha256: str


def back_up(library: Library, target: Path, *, force: bool = False) -> tuple[Path, Backup]:
    """Write a backup of a library on disk, and return where it is; a writer may go on meanwhile.

    Args:
        target: A file, or a folder in which the file is named after the time.
        force: Replace the file when there is one.

    Raises:
        InputError: the file is there already.
        DiskFullError: no room for it.
        CorruptError: the library is damaged; no backup was made.
    """
    assert library.path
    now = datetime.now(UTC)
    file = target / f"newsrag-{now:%Y%m%d-%H%M%S}.backup" if target.is_dir() else target
    if file.exists() and not force:
        raise InputError(f"{str(file)!r} is there already; name another file, or replace it with --force")
    partial = file.with_name(f".{file.name}.part-{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        check_room(file.parent, (library.path / DATABASE).stat().st_size + _LINE_BYTES, "the backup")
        library.database.copy_to(partial)
        made = _described(partial, now)
        with partial.open("ab") as stream:
            stream.write(json.dumps(asdict(made)).encode().ljust(_LINE_BYTES - 1) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(file)
        sync(file.parent)
    except OSError as error:
        raise StoreError(f"cannot write the backup {str(file)!r}: {error.strerror}; name another place") from error
    finally:
        partial.unlink(missing_ok=True)
    return file, made


def restore(file: Path, path: Path, *, force: bool = False) -> Backup:
    """Make the library of a backup in a folder, and return what the backup says of itself.

    All is made and checked beside the folder first and put in its place by one rename. A kill leaves what was there.

    Args:
        force: Replace a library that holds articles, or one that is damaged.

    Raises:
        InputError: the file cannot be read.
        CorruptError: it is no backup, or a damaged one.
        StoreError: a library is there already, or the folder holds something else.
    """
    made = read_backup(file)
    path = path.resolve()
    _check_target(path, force=force)
    staging = path.parent / f".{path.name}.restoring"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staging.mkdir(exist_ok=True)
        with writer_lock(staging):
            _clear(staging)  # what a killed restore left
            check_room(staging, 2 * made.bytes, "restoring")
            _copy(file, staging / DATABASE, made)
            _make_library(staging, made)
            if path.exists():
                with writer_lock(path):
                    swap(staging, path)
            else:
                staging.rename(path)
            sync(path.parent)
    except OSError as error:
        raise StoreError(f"cannot restore to {str(path)!r}: {error.strerror or error}; what was there is intact") from error
    if staging.exists():  # what was replaced
        _clear(staging)
        (staging / "writer.lock").unlink(missing_ok=True)
        with suppress(OSError):  # it holds files of the user's own
            staging.rmdir()
    return made


def read_backup(file: Path) -> Backup:
    """Return what a backup says of itself.

    Raises:
        InputError: the file cannot be read.
        CorruptError: it is no backup, or was cut short.
    """
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _LINE_BYTES))
            line = stream.read()
    except OSError as error:
        raise InputError(f"cannot read the backup {str(file)!r}: {error.strerror}; check the path") from error
    try:
        made = Backup(**json.loads(line))
        is_whole = made.format == _FORMAT and made.bytes == size - _LINE_BYTES
    except (ValueError, TypeError):
        is_whole = False
    if not is_whole:
        raise CorruptError(f"{str(file)!r} is no backup of a library, or its end is missing; name another backup")
    return made


def _described(database: Path, now: datetime) -> Backup:
    """Return what is to be said of a finished copy."""
    connection = connect(database, create=False)
    try:
        if (found := connection.pragma("quick_check")) != "ok":
            raise damaged(str(database), str(found))
        counts = "(SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        embedder = "coalesce((SELECT value FROM meta WHERE key = 'embedder'), '')"
        articles, passages, name = connection.execute(f"SELECT {counts}, {embedder}").get
    finally:
        connection.close()
    with database.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Backup(_FORMAT, now.isoformat(), VERSION, articles, passages, name, database.stat().st_size, sha256)


def _check_target(path: Path, *, force: bool) -> None:
    """Refuse to replace what is no library, and without `force` one that holds articles."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not (path / DATABASE).is_file():
        raise StoreError(f"{str(path)!r} is there already and no library; name another folder with --library")
    if force:
        return
    try:
        with Library.open(path) as library:
            count = library.count()
    except CorruptError as error:
        raise StoreError(f"the library {str(path)!r} is damaged; replace it with: rag library restore FILE --force") from error
    if count:
        raise StoreError(
            f"the library {str(path)!r} holds {count:,} articles; replace them with: rag library restore FILE --force, or "
            "restore to another folder with --library"
        )


def _copy(file: Path, target: Path, made: Backup) -> None:
    """Copy the database out of a backup, and refuse one that is not what it was.

    Raises:
        CorruptError: its bytes are not those that were written.
    """
    digest = hashlib.sha256()
    with file.open("rb") as source, target.open("wb") as sink:
        left = made.bytes
        while left and (chunk := source.read(min(left, _CHUNK))):
            digest.update(chunk)
            sink.write(chunk)
            left -= len(chunk)
        sink.flush()
        os.fsync(sink.fileno())
    if left or digest.hexdigest() != made.sha256:
        raise CorruptError(
            f"the backup {str(file)!r} is damaged: its SHA-256 is not the one that it bears; name another backup"
        )


def _make_library(folder: Path, made: Backup) -> None:
    """Make a library of the database in a folder: with an id of its own, and an index."""
    with Library.open(folder, as_built=True) as library, library.database.transaction():
        identify(library.database.connection)
    with Library.open(folder, as_built=True) as library:
        if library.count() != made.articles:
            raise CorruptError(f"the backup holds {library.count():,} articles, not {made.articles:,}; name another backup")
        if made.articles:
            library.index.publish()


def _clear(folder: Path) -> None:
    """Delete the files of a library, and nothing else; its lock stays."""
    shutil.rmtree(folder / "index", ignore_errors=True)
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", "COMMITTED"):
        (folder / name).unlink(missing_ok=True)

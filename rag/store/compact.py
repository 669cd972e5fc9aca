"""A library without what it no longer needs: vectors of removed articles, empty pages, old generations of the index."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DiskFullError
from rag.store.generation import current_number, numbers
from rag.store.library import DATABASE, Library


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compacting took away: vectors that no passage used, and bytes on disk."""

    vectors: int
    bytes_before: int
    bytes_after: int


def compact(library: Library) -> Compacted:
    """Make a library on disk as small as it gets. Readers go on meanwhile; a kill at any moment loses nothing.

    Raises:
        DiskFullError: no room for the second copy that this takes for a while.
        LockedError: another process is writing.
    """
    assert library.path
    before = size_of(library.path)
    with library.writing():
        _check_room(library.path)
        library.index.publish(force=True)
        unused = _drop_vectors(library)
        with library.database.transaction():
            library.database.run("INSERT INTO words (words) VALUES ('optimize')")
        library.database.run("VACUUM")
        library.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        _drop_generations(library)
    return Compacted(unused, before, size_of(library.path))


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder; those that vanish meanwhile count as none."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def check_room(folder: Path, wanted: int, what: str) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        DiskFullError: fewer than `wanted` bytes are free where `folder` is.
    """
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise DiskFullError(
            f"{what} takes {wanted / 1e6:,.0f} MB for a while and {str(folder)!r} has {free / 1e6:,.0f} MB free; free some and "
            "repeat the command: nothing was changed"
        )


def _check_room(folder: Path) -> None:
    wanted = 2 * (folder / DATABASE).stat().st_size  # the copy, and the journal that brings it back
    check_room(folder, wanted, "compacting")
    check_room(Path(tempfile.gettempdir()), wanted // 2, "compacting")


def _drop_vectors(library: Library) -> int:
    """Delete the vectors that no passage uses, those of other embedders too, and return how many there were."""
    unused = "model != :model OR text_hash NOT IN (SELECT text_hash FROM passages)"
    (count,) = library.database.rows(f"SELECT count(*) FROM vectors WHERE {unused}", model=library.embedder)[0]
    if count:
        with library.database.transaction():
            library.database.run(f"DELETE FROM vectors WHERE {unused}", model=library.embedder)
    return int(count)


def _drop_generations(library: Library) -> None:
    """Delete every generation but the current one, once that has been read."""
    assert library.path
    folder = library.path / "index"
    current = current_number(folder)
    if current == 0 or library.index.number != current:
        return
    for number in numbers(folder):
        if number != current:
            shutil.rmtree(folder / f"{number:06d}", ignore_errors=True)

"""The FAISS index of a library on disk: immutable, checksummed generations, each a cache of vectors that SQLite holds.

    index/CURRENT                    the number of the generation to read
    index/000007/vectors.faiss       unit vectors under the passages' own numbers
    index/000007/facts.npz           what a search must know of the same passages
    index/000007/generation.json     whose vectors, how many, up to which number, SHA-256 of all three files

A generation is written beside the others and renamed into place, so that a killed process leaves the old one standing.
Nothing is written into it after that.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.files import sync
from rag.ports import Vectors
from rag.store import ann, slices
from rag.store.facts import Facts, load_facts, write_facts
from rag.store.vectors import Numbers

if TYPE_CHECKING:
    import faiss

VECTORS = "vectors.faiss"
FACTS = "facts.npz"
MANIFEST = "generation.json"

_KEPT = 2

_DAMAGED = (OSError, ValueError, KeyError, RuntimeError)
"""What reading a file raises that is not, or no longer, what was published; `RuntimeError` is FAISS's."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself. `number` 0 is an index that was never published.

    `library` and `commits` are the library's id and how many commits it counted: a library of another id, or with fewer
    commits, may have other passages under the same numbers. `trained_for` is how many vectors an index of inverted lists was
    trained for, 0 for an exact one. An older version published no facts: `facts_sha256` is then empty.
    """

    number: int
    library: str
    commits: int
    model: str
    dimensions: int
    count: int
    highest: int
    trained_for: int = 0
    sha256: str = ""
    facts_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """Vectors by passage number, ready to search by many threads at once, and the facts of their passages."""

    manifest: Manifest
    index: faiss.Index = field(repr=False)
    facts: Facts | None = field(repr=False)

    @property
    def is_exact(self) -> bool:
        """Whether a search looks at every vector."""
        return self.manifest.trained_for == 0

    def search(
        self, vector: Vectors, k: int, *, among: Numbers | None = None, roughly: bool = False
    ) -> tuple[Numbers, Vectors]:
        """Return passage numbers and about their cosines, each of shape (n <= k,), best first; see `ann.search`."""
        return ann.search(self.index, vector, k, among=among, roughly=roughly)


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """Make a folder beside the generations for the block, where the next one's vectors may be written for `publish`.

    Raises:
        OSError: the disk is full or refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".new-{os.getpid()}"
    for left in folder.glob(".new-*"):  # by a writer that was killed: there is one at a time
        shutil.rmtree(left, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def publish(folder: Path, generation: Generation, *, place: Path) -> Manifest:
    """Write a generation, make it the current one, and return what it says of itself under its number.

    Args:
        place: What `draft` made. Where it holds the vectors already, they are taken as they are.

    Raises:
        OSError: the disk is full or refuses; the current generation stays what it was.
    """
    number = max(numbers(folder), default=0) + 1
    vectors = place / VECTORS
    manifest = replace(
        generation.manifest,
        number=number,
        sha256=_synced(vectors) if vectors.exists() else _write_index(vectors, generation.index),
        facts_sha256=_write_facts(place / FACTS, generation.facts) if generation.facts else "",
    )
    _write(place / MANIFEST, _to_json(manifest))
    sync(place)
    place.rename(folder / f"{number:06d}")
    sync(folder)
    _write(folder / ".CURRENT.new", f"{number}\n".encode())
    (folder / ".CURRENT.new").rename(folder / "CURRENT")
    sync(folder)
    for stale in sorted(numbers(folder))[:-_KEPT]:
        shutil.rmtree(folder / f"{stale:06d}", ignore_errors=True)
    return manifest


def load(folder: Path, fits: Callable[[Manifest], bool], *, mapped: bool = False) -> Generation | None:
    """Return the current generation if it is sound and fits, else the newest one that is, else None.

    Args:
        mapped: Leave its vectors in their file, for a moment's look at some of them. A file that is damaged meanwhile would
            kill the process, or answer wrong: what is searched lies in memory.
    """
    current = current_number(folder)
    for number in sorted(numbers(folder), key=lambda n: (n == current, n), reverse=True):
        place = folder / f"{number:06d}"
        manifest = read_manifest(place)
        if manifest and manifest.number == number and fits(manifest):
            try:
                return Generation(manifest, _read_index(place, manifest, mapped=mapped), _read_facts(place, manifest))
            except _DAMAGED:
                continue
    return None


def read_manifest(place: Path) -> Manifest | None:
    """Return what the generation in a folder says of itself, or None where that is missing or damaged."""
    try:
        said = json.loads((place / MANIFEST).read_bytes())
        manifest = Manifest(**said["manifest"])
        return manifest if said["sha256"] == _digest(said["manifest"]) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_sound(place: Path) -> bool:
    """Whether the generation in a folder is whole: all its files are there and match their checksums."""
    manifest = read_manifest(place)
    if manifest is None or not _has_checksum(place / VECTORS, manifest.sha256):
        return False
    return not manifest.facts_sha256 or _has_checksum(place / FACTS, manifest.facts_sha256)


def current_number(folder: Path) -> int:
    """Return the number that CURRENT names, or 0."""
    try:
        return int((folder / "CURRENT").read_text("ascii"))
    except (OSError, ValueError):
        return 0


def state(folder: Path) -> tuple[int, int] | None:
    """Return what changes whenever a generation is published: cheap enough to ask at every query."""
    try:
        found = (folder / "CURRENT").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the generations in a folder."""
    return [int(child.name) for child in folder.iterdir() if child.name.isdecimal()] if folder.is_dir() else []


def _to_json(manifest: Manifest) -> bytes:
    said = asdict(manifest)
    return json.dumps({"manifest": said, "sha256": _digest(said)}, indent=1).encode()


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _read_index(place: Path, manifest: Manifest, *, mapped: bool) -> faiss.Index:
    """Return the index of a generation.

    Raises:
        ValueError: its file is not, byte for byte, what was published.
        RuntimeError: it is of a later version of FAISS, or was just removed.
    """
    import faiss

    if not _has_checksum(place / VECTORS, manifest.sha256):
        raise ValueError(f"{VECTORS} is not what was published")
    return slices.mapped(place / VECTORS) if mapped else faiss.read_index(str(place / VECTORS))


def _read_facts(place: Path, manifest: Manifest) -> Facts | None:
    """Return the facts of a generation, None of one by an older version.

    Raises:
        ValueError: their file is not, byte for byte, what was published.
        OSError: it cannot be read.
    """
    if not manifest.facts_sha256:
        return None
    if not _has_checksum(place / FACTS, manifest.facts_sha256):
        raise ValueError(f"{FACTS} is not what was published")
    with (place / FACTS).open("rb") as stream:
        return load_facts(stream)


def _has_checksum(file: Path, sha256: str) -> bool:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _write_index(file: Path, index: faiss.Index) -> str:
    """Write an index, without a second copy of it in memory, and return the checksum of what was written."""
    import faiss

    untyped: Any = faiss  # its stubs lack the class
    digest = hashlib.sha256()
    with file.open("wb") as stream:

        def put(data: bytes) -> None:
            digest.update(data)
            stream.write(data)

        faiss.write_index(index, untyped.PyCallbackIOWriter(put))
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()


def _write_facts(file: Path, facts: Facts) -> str:
    """Write facts, and return the checksum of what was written."""
    with file.open("wb") as stream:
        write_facts(stream, facts)
    return _synced(file)


def _synced(file: Path) -> str:
    """Have a file on disk, and return its checksum."""
    sync(file)
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(file: Path, data: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())

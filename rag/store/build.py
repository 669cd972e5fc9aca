"""When a library's index is due for a new generation, and how one is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store import ann, slices
from rag.store.database import Database
from rag.store.facts import NO_FACTS, read_facts, with_frequent_terms
from rag.store.generation import Generation, Manifest
from rag.store.vectors import Block, StoredVectors

if TYPE_CHECKING:
    import faiss

ALWAYS = 10_000
"""Up to so many passages every change is published: it takes a fraction of a second."""

_FRESH_SHARE = 0.02
_REMOVED_SHARE = 0.1
_GROWN = 1.3

_ASKED = 64
"""Passages that inverted lists are tuned by."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The passages of a library: how many, the highest number, and how many of them a generation can hold."""

    library: str
    commits: int
    highest: int
    count: int
    held: int


def extent(database: Database, *, upto: int) -> Extent:
    """Return the extent of a library beside a generation whose highest number is `upto`."""
    with database.lock:
        # Commits first: one that comes in between only makes the generation say less of itself than it holds.
        library, commits = identity(database)
        highest, count, held = database.rows(
            "SELECT coalesce(max(number), 0), count(*), count(*) FILTER (WHERE number <= :upto) FROM passages", upto=upto
        )[0]
    return Extent(library, commits, highest, count, held)


def identity(database: Database) -> tuple[str, int]:
    """Return the id of a library, and how many commits it counts."""
    said = dict(database.rows("SELECT key, value FROM meta WHERE key IN ('library_id', 'commits')"))
    return str(said.get("library_id", "")), int(said.get("commits", 0))


def is_due(manifest: Manifest, now: Extent) -> bool:
    """Whether a generation lacks so many passages, or holds so many removed ones, that a new one is worth its time.

    Until then a search scores what it lacks one by one, and passes over what was removed.
    """
    fresh, removed = now.count - now.held, manifest.count - now.held
    if now.count <= ALWAYS:
        return bool(fresh or removed)
    return fresh > now.count * _FRESH_SHARE or removed > now.count * _REMOVED_SHARE


def build(
    database: Database,
    now: Extent,
    *,
    model: str,
    dimensions: int,
    previous: Generation | None,
    flat_limit: int,
    file: Path | None = None,
) -> Generation:
    """Return an unpublished generation of all passages up to `now.highest` that have a vector of `model`.

    Inverted lists are trained anew when the library has grown by a third; until then what is new is added to those of the
    previous generation, or, where too much was removed from that, to its emptied lists.

    Args:
        file: Where the vectors are written, so that memory stays flat but for the facts. None keeps them in memory.

    Raises:
        OSError: the disk is full or refuses.
    """
    vectors = StoredVectors(database, model)
    sample = partial(vectors.sample, upto=now.highest, folder=file.parent if file else None)
    trained_for, kept = 0, None
    if now.count <= flat_limit:
        empty = ann.flat(dimensions)
    elif previous is None or not previous.manifest.trained_for or now.count > _GROWN * previous.manifest.trained_for:
        trained_for = now.count
        empty = ann.inverted(dimensions, now.count, sample)
    else:
        trained_for = previous.manifest.trained_for
        empty = ann.emptied(previous.index)
        if previous.manifest.count - now.held <= now.count * _REMOVED_SHARE:
            kept = previous
    above = kept.manifest.highest if kept else 0
    index = _filled(empty, vectors.blocks(above=above, upto=now.highest), kept, file)
    if trained_for == now.count and ann.is_inverted(index):
        ann.tune(index, sample(_ASKED))
        if file:
            index = slices.write_head(file, ann.searched_as(empty, index), index.ntotal)
    known = kept.facts if kept and kept.facts else NO_FACTS
    facts = known.with_(read_facts(database, model, above=above if known is not NO_FACTS else 0, upto=now.highest))
    facts = with_frequent_terms(facts, database)
    manifest = Manifest(0, now.library, now.commits, model, dimensions, index.ntotal, now.highest, trained_for=trained_for)
    return Generation(manifest, index, facts)


def _filled(empty: faiss.Index, blocks: Iterable[Block], kept: Generation | None, file: Path | None) -> faiss.Index:
    """Return an index of what a generation holds and of the blocks."""
    if file:
        return slices.write(file, empty, blocks, kept=kept.index if kept else None)
    index = ann.copied(kept.index) if kept else empty
    ann.add(index, blocks)
    return index

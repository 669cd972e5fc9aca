"""When a library's index is due for a new generation, and how one is built."""

from __future__ import annotations

from dataclasses import dataclass

from rag.store import ann
from rag.store.database import Database
from rag.store.facts import NO_FACTS, read_facts, with_frequent_terms
from rag.store.generation import Generation, Manifest
from rag.store.vectors import StoredVectors

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
    database: Database, now: Extent, *, model: str, dimensions: int, previous: Generation | None, flat_limit: int
) -> Generation:
    """Return an unpublished generation of all passages up to `now.highest` that have a vector of `model`.

    Memory stays flat but for the index itself. Inverted lists are trained anew when the library has grown by a third; until
    then what is new is added to a copy of the previous generation, or, where too much was removed from that, to its emptied
    lists.
    """
    vectors = StoredVectors(database, model)
    above, trained_for = 0, 0
    if now.count <= flat_limit:
        index = ann.flat(dimensions)
    elif previous is None or not previous.manifest.trained_for or now.count > _GROWN * previous.manifest.trained_for:
        trained_for = now.count
        index = ann.inverted(dimensions, now.count, lambda size: vectors.sample(size, upto=now.highest))
    else:
        trained_for = previous.manifest.trained_for
        if previous.manifest.count - now.held > now.count * _REMOVED_SHARE:
            index = ann.emptied(previous.index)
        else:
            index, above = ann.copied(previous.index), previous.manifest.highest
    ann.add(index, vectors.blocks(above=above, upto=now.highest))
    if trained_for == now.count and ann.is_inverted(index):
        ann.tune(index, vectors.sample(_ASKED, upto=now.highest))
    known = previous.facts if previous and previous.facts and above else NO_FACTS
    facts = known.with_(read_facts(database, model, above=above if known is not NO_FACTS else 0, upto=now.highest))
    facts = with_frequent_terms(facts, database)
    manifest = Manifest(0, now.library, now.commits, model, dimensions, index.ntotal, now.highest, trained_for=trained_for)
    return Generation(manifest, index, facts)

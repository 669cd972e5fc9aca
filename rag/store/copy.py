"""One store into another, some articles at a time, so that what breaks off goes on; and whether two are alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rag.errors import MismatchError
from rag.ports import Progress, Vectors, no_progress
from rag.store.contract import Store
from rag.store.record import Record

_BATCH = 64
"""Articles read, compared and stored together."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What copying did, and how the two stores compare.

    Attributes:
        articles: How many there are in the store that was copied; `passages` likewise.
        stored: Those that were stored this time; the others were there already, alike.
        others: How many the target holds besides.
        differing: Ids of those that are not alike in both, or not in the target.
    """

    articles: int
    passages: int
    stored: int
    others: int
    differing: tuple[str, ...]


def copy_store(source: Store, target: Store, *, progress: Progress = no_progress) -> Copied:
    """Store all articles of one store in another, with versions, origins, removed pieces and vectors, and compare the two.

    What the target holds already, alike, is left; killed half-way, the same call goes on. Articles that only the target holds
    stay, unless one that comes was read at their origin. Nothing is embedded.

    Args:
        source: Open with its own embedder.
        target: Open with the same.
        progress: Called with the count of articles done, how many there are, and `copied` or `compared`.

    Raises:
        MismatchError: the embedders differ.
    """
    if source.model != target.model:
        raise MismatchError(
            f"{source.location!r} is of the embedder {source.model!r}, {target.location!r} of {target.model!r}: vectors of one "
            "say nothing to the other; embed one anew with: rag library rebuild"
        )
    ids = source.article_ids()
    stored = done = 0
    with target.writing():
        there = set(target.article_ids())
        for batch in _batches(ids):
            records = source.records(batch)
            vectors = source.vectors_of([key for record in records for key in record.text_hashes])
            held = [record.article.id for record in records if record.article.id in there]
            alike = _digests(target, held)
            missing = [one for one in records if alike.get(one.article.id) != _digest(one, vectors)]
            if missing:
                target.take_over(missing, {key: vectors[key] for record in missing for key in record.text_hashes})
            stored += len(missing)
            done += len(batch)
            progress(done, len(ids), "copied")
    return _compared(source, target, stored=stored, progress=progress)


def _compared(source: Store, target: Store, *, stored: int, progress: Progress) -> Copied:
    """Return how two stores compare, both read through once more."""
    ids = source.article_ids()
    there = set(target.article_ids())
    differing: list[str] = []
    n_passages = done = 0
    for batch in _batches(ids):
        mine = _digests(source, batch)
        its = _digests(target, [id_ for id_ in batch if id_ in there])
        groups, their_groups = source.group_of(batch), target.group_of(batch)
        differing += [id_ for id_ in batch if mine[id_] != its.get(id_) or groups[id_] != their_groups.get(id_)]
        n_passages += sum(len(source.text_hashes_of(id_)) for id_ in batch)
        done += len(batch)
        progress(done, len(ids), "compared")
    return Copied(len(ids), n_passages, stored, len(there - set(ids)), tuple(differing))


def _digests(store: Store, article_ids: Sequence[str]) -> dict[str, str]:
    """Return by article a digest of all that the store keeps of it, vectors included."""
    records = store.records(article_ids)
    vectors = store.vectors_of([key for record in records for key in record.text_hashes])
    return {record.article.id: _digest(record, vectors) for record in records}


def _digest(record: Record, vectors: dict[str, Vectors]) -> str:
    said = hashlib.sha256(json.dumps(asdict(record), sort_keys=True, default=str).encode())
    for key in record.text_hashes:
        said.update(vectors[key].astype("<f4").tobytes() if key in vectors else b"-")
    return said.hexdigest()


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]

"""Processes that read a library while another writes and publishes it."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from rag.ingest.pipeline import ingest
from rag.store.library import Library
from tests.store.victim import EMBEDDER, TOKENS, article


def _read(path: Path, sending: Connection) -> None:
    """Search for what is known to be there, again and again, until told to stop; say what was wrong, or how many searches."""
    n_searches, generations = 0, set()
    with Library.open(path, model=EMBEDDER.name) as library:
        while not sending.poll():
            newest = library.count() - 1
            for number in {0, newest // 2, newest}:
                wanted = article(number)
                vector = EMBEDDER.embed([f"{wanted.title} {wanted.text[:120]}"])[0]
                found = library.index.nearest(vector, k=3)
                passages = library.index.passages([id_ for id_, _ in found])
                best = passages[found[0][0]][0]
                if best.article_id != wanted.id or best.text not in wanted.text or len(found) != 3:
                    sending.send(f"searching {wanted.id} found {best.article_id}: {best.text[:80]!r}")
                    return
                if not len(library.index.holding(f'"{wanted.id}"')):
                    sending.send(f"no word of {wanted.id}")
                    return
                n_searches += 1
            generations.add(library.index.number)
    sending.send((n_searches, len(generations)))


def _read_through(path: Path, n_publishes: int, n_readers: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.warm"])
    with Library.create(path, model=EMBEDDER.name) as library:
        list(ingest([article(0)], library, EMBEDDER, tokens=TOKENS))
        ends = [context.Pipe() for _ in range(n_readers)]
        readers = [context.Process(target=_read, args=(path, theirs)) for _, theirs in ends]
        for reader in readers:
            reader.start()
        for number in range(1, n_publishes + 1):
            list(ingest([article(number)], library, EMBEDDER, tokens=TOKENS))
            if number % 10 == 0:  # its passages get new numbers, their old ones go from the index
                list(ingest([article(number - 4, version=2), article(number - 4)], library, EMBEDDER, tokens=TOKENS))
            with library.writing():
                library.index.publish(force=True)
        assert library.index.number >= n_publishes
    for ours, _ in ends:
        ours.send("stop")
    for (ours, _), reader in zip(ends, readers, strict=True):
        said = ours.recv()
        reader.join()
        assert not isinstance(said, str), said
        n_searches, n_generations = said
        assert n_searches >= 3
        assert n_generations >= 2


def test_readers_are_right_through_publishes(tmp_path: Path) -> None:
    _read_through(tmp_path / "library", n_publishes=20, n_readers=2)


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_readers_are_right_through_a_hundred_publishes(tmp_path: Path) -> None:
    _read_through(tmp_path / "library", n_publishes=100, n_readers=3)

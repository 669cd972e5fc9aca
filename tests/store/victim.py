"""A process that works on a library and is killed: at its n-th step, or whenever the parent likes.

A step is what reaches the disk or may: each SQL statement, and each call that writes, syncs, renames or deletes a file. The
process says over a pipe what it was told is done; the parent then holds the library to that.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import apsw
import pytest

from rag.chunk import embedded_text, indexed_text
from rag.ingest.pipeline import ingest, reembed
from rag.store.backup import back_up, restore
from rag.store.compact import compact
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Article, Removed

EMBEDDER = HashEmbedder()
TOKENS = 40
DONE = "done"

_FILE_CALLS = ("fsync", "rename", "replace", "pwrite", "unlink", "rmdir", "mkdir", "ftruncate")


@dataclass
class Told:
    """What a killed process said was done: articles stored, by id and version, and articles removed."""

    stored: dict[str, int] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    is_done: bool = False
    steps: int = 0
    said: str = ""


def article(number: int, version: int = 1) -> Article:
    """Return article `number`: three passages, a word of its own, and its version in its text."""
    name = f"item{number:03}"
    text = " ".join(
        f"Sentence {part} of {name} tells of matter m{number}x{part} in version v{version} at the port of town t{number % 4}."
        for part in range(6)
    )
    return Article(
        id=name,
        text=text,
        title=f"On {name}",
        publisher=f"Paper {number % 3}",
        origin=f"/in/{name}",
        content_hash=text,
        section="Port",
        provenance={"title": "meta"},
        removed=(Removed("cookie notice", "We use cookies."), Removed("share buttons", "Share")),
        reading=f"{number:016x}{version:016x}",
    )


def version_of(text: str) -> int:
    """Return the version that an article's text names."""
    return int(text.partition("version v")[2][0])


def life(path: Path, tell: Callable[..., None]) -> None:
    """Make a library, fill it in three runs, change some articles, remove some."""
    with Library.create(path, model=EMBEDDER.name) as library:
        for first in (0, 4, 8):
            _ingest(library, [article(number) for number in range(first, first + 4)], tell)
        _ingest(library, [article(number, version=2) for number in range(0, 6, 2)], tell)
        for name in ("item001", "item009"):
            tell("removing", name)
            with library.writing():
                library.remove(name)
                tell("removed", name)
        _ingest(library, [article(12), article(1, version=3)], tell)


def upkeep(path: Path, _tell: Callable[..., None]) -> None:
    """Embed anew, make the index anew, back up, compact, restore over the library; nothing is added or removed."""
    with Library.open(path, model=EMBEDDER.name) as library:
        reembed(library, EMBEDDER, afresh=True)
        with library.writing():
            library.index.publish(force=True)
        backup, _ = back_up(library, path.parent / "kept.backup", force=True)
        compact(library)
    restore(backup, path, force=True)


def migration(path: Path, _tell: Callable[..., None]) -> None:
    """Open a library that an older version made."""
    Library.open(path, model=EMBEDDER.name).close()


def migration_of_2(path: Path, tell: Callable[..., None]) -> None:
    """Open a library that version 2 made."""
    migration(path, tell)


def migration_of_3(path: Path, tell: Callable[..., None]) -> None:
    """Open a library that version 3 made."""
    migration(path, tell)


def _ingest(library: Library, articles: list[Article], tell: Callable[..., None]) -> None:
    for each in articles:
        tell("storing", each.id)
    for item in ingest(articles, library, EMBEDDER, tokens=TOKENS):
        tell("stored", item.article_id, int(library.article(item.article_id).text.partition("version v")[2][0]))


def start(
    work: Callable[[Path, Callable[..., None]], None], path: Path, *, kill_at: int = 0, kill_after_s: float | None = None
) -> Told:
    """Run `work` in a process of its own, kill it, and return what it had said by then.

    Args:
        kill_at: The step that it does not live to take; 0 lets it live.
        kill_after_s: Kill it this long after it began to work.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.warm"])
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_live, args=(work, path, kill_at, sending))
    process.start()
    sending.close()
    if kill_after_s is not None:
        assert receiving.poll(30)
        time.sleep(kill_after_s)
        process.kill()
    told = Told()
    try:
        while receiving.poll(60):
            _note(told, receiving.recv())
    except EOFError:
        pass
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return told


def _note(told: Told, news: tuple[Any, ...]) -> None:
    match news:
        case ("storing" | "removing", name):
            told.touched.add(name)
        case ("stored", name, version):
            told.stored[name] = version
            told.removed.discard(name)
            told.touched.discard(name)
        case ("removed", name):
            told.stored.pop(name, None)
            told.removed.add(name)
            told.touched.discard(name)
        case ("said", message):
            told.said = message
        case ("done", steps):
            told.is_done, told.steps = True, steps


def _live(work: Callable[[Path, Callable[..., None]], None], path: Path, kill_at: int, sending: Connection) -> None:
    steps = _count_steps(kill_at)
    sending.send(("began",))
    work(path, lambda *message: sending.send(message))
    sending.send((DONE, steps()))


def _count_steps(kill_at: int) -> Callable[[], int]:
    """Count the steps of this process from now on, and kill it before the one numbered `kill_at`."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in _FILE_CALLS:
        real = getattr(os, name)

        def counted(*args: Any, _real: Callable[..., Any] = real, **kwargs: Any) -> Any:
            step()
            return _real(*args, **kwargs)

        setattr(os, name, counted)

    def traced(connection: apsw.Connection) -> None:
        last = ""

        def trace(_cursor: Any, sql: str, _bindings: Any) -> bool:
            nonlocal last
            if sql != last:  # not each of a thousand rows
                step()
            last = sql
            return True

        connection.exec_trace = trace

    apsw.connection_hooks.append(traced)
    return lambda: count


def check(path: Path, told: Told) -> None:
    """Hold a library to what was told: nothing lost, nothing half done, every search equal to brute force, no lock held."""
    if not (path / "library.db").exists():
        assert not told.stored
        return
    with Library.open(path, model=EMBEDDER.name) as library:
        ids = set(library.article_ids())
        assert {name for name in told.stored if name not in told.touched} <= ids
        assert not (told.removed - told.touched) & ids
        for name in ids:
            found = library.article(name)
            earlier = [version_of(one.text) for one in library.versions(name)]
            assert all(one != following for one, following in pairwise([*earlier, version_of(found.text)]))
            assert (found.removed, dict(found.provenance)) == (article(0).removed, article(0).provenance)
            version = int(found.text.partition("version v")[2][0])
            assert version >= told.stored.get(name, 1)
            assert found.text == article(int(name[4:]), version).text
            readings = {one: article(int(name[4:]), one).reading for one in (1, 2, 3)}
            assert [one for one, reading in readings.items() if library.recall(reading)] == [version]
        check_searches(library)


def check_searches(library: Library) -> None:
    """Compare every search with one over all passages of the library, embedded here and now."""
    passages = [
        (passage.id, embedded_text(passage), indexed_text(found, passage))
        for found in map(library.article, library.article_ids())
        for passage in library.passages_of(found.id)
    ]
    for question in ("sentence of item003 version v2", "matter m8x2", "port of town t1", "item012 item001"):
        vector = EMBEDDER.embed([question])[0]
        scores = EMBEDDER.embed([text for _, text, _ in passages]) @ vector
        exact = sorted(scores.tolist(), reverse=True)[:5]
        nearest = library.index.nearest(vector, k=5)
        assert [score for _, score in nearest] == pytest.approx(exact, abs=1e-5)
        by_id = dict(zip((id_ for id_, _, _ in passages), scores.tolist(), strict=True))
        assert all(by_id[id_] == pytest.approx(score, abs=1e-5) for id_, score in nearest)
    for word in ("item003", "m8x2", "v2", "item012"):
        holding = {id_ for id_, _, text in passages if word in text.lower().replace(".", " ").split()}
        view = next(library.index.views())
        assert set(view.ids(library.index.holding(f'"{word}"'))) == holding
        assert set(view.ids(library.index.postings([word], view.lengths)[word].numbers)) == holding

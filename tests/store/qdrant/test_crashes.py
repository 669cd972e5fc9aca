"""A writer of a Qdrant store that breaks off anywhere: readers see the state before or the state after, nothing between."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest

from rag.errors import LockedError, StoreError
from rag.ports import Embedder
from rag.store.qdrant import head
from rag.store.qdrant.address import parse
from rag.store.qdrant.client import Connection
from rag.store.qdrant.store import QdrantStore
from rag.types import Article
from tests.conftest import ROOT, make_article
from tests.store.contract.asking import by_words, near, put

_ADDRESSES = count()

WRITES = ("put", "put_vectors", "mark", "delete", "create")


class BrokenOffError(Exception):
    """The process is gone."""


@pytest.fixture
def address() -> Iterator[str]:
    name = f"qdrant://:memory:/crash-{next(_ADDRESSES)}"
    holding = Connection(parse(name))
    yield name
    holding.close()


def seen(store: QdrantStore) -> object:
    """Return all that a reader can tell of a store."""
    ids = store.article_ids()
    return (
        [store.article(id_) for id_ in ids],
        [store.passages_of(id_) for id_ in ids],
        [store.versions(id_) for id_ in ids],
        store.group_of(ids),
        near(store, "who heads the port union in Valparaíso", k=20),
        by_words(store, "moreau voss dockers zeppelin"),
        (store.count(), store.index.count(), store.index.publishers(), store.index.newest()),
    )


def break_off(
    address: str, change: str, harbour: list[Article], embedder: Embedder, patching: pytest.MonkeyPatch, steps: Iterable[int]
) -> int:
    """Break a change off after so many writes, one try after another, and return how many were; stop at one that is not."""
    corrected = make_article("Karl Voss stays. A zeppelin came.", id="union-2", origin="/in/union.txt")
    longer = make_article(harbour[0].text + " More was said.", id="strike", origin="/in/strike.txt", title="Again")

    def write(store: QdrantStore) -> None:
        if change == "store":
            put(store, corrected, longer)
        elif change == "remove":
            store.remove("strike", "weather")
        else:
            store.note_origin(make_article(harbour[2].text, id="weather", origin="/in/union.txt"))

    n_broken = 0
    for after in steps:
        place = parse(f"{address}-{after}")
        with QdrantStore.create(place, model=embedder.name) as reader, QdrantStore.open(place, model=embedder.name) as writer:
            put(reader, *harbour, make_article(harbour[0].text, id="copy", published="2025-03-09"))
            before, number = seen(reader), reader.index.number
            with patching.context() as patch:
                broken_off = breaks_off(patch, lambda: write(writer), after=after)
            now = seen(reader)
            assert now == before or reader.index.number > number, f"half of it is seen after {after} writes"
            if not broken_off:
                assert now != before
                break
            n_broken += 1
            if after:  # else it never took the right to write
                with pytest.raises(LockedError, match="another writer"):
                    reader.remove("copy")
            reader._head._set({"until": 0.0})  # its right to write has run out
            if now == before:
                write(reader)
            with QdrantStore.create(parse(f"{address}-{after}-clean"), model=embedder.name) as clean:
                put(clean, *harbour, make_article(harbour[0].text, id="copy", published="2025-03-09"))
                write(clean)
                assert seen(reader) == seen(clean), f"after {after} writes"
    return n_broken


def test_a_write_that_breaks_off_shows_nothing_and_the_next_one_clears_up(
    address: str, harbour: list[Article], embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert break_off(address, "store", harbour, embedder, monkeypatch, (3, 12)) == 2


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("change", ["store", "remove", "origin"])
def test_wherever_a_write_breaks_off_it_shows_nothing(
    address: str, change: str, harbour: list[Article], embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert break_off(address, change, harbour, embedder, monkeypatch, range(60)) > 3


def breaks_off(patch: pytest.MonkeyPatch, work: Callable[[], None], *, after: int) -> bool:
    """Do the work while the writes to Qdrant fail after so many, as those of a killed process do; return whether they did."""
    left = count(after, -1)

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def write(*values: object, **options: object) -> object:
            if next(left) <= 0:
                raise BrokenOffError
            return real(*values, **options)

        return write

    for name in WRITES:
        patch.setattr(Connection, name, dying(getattr(Connection, name)))
    try:
        work()
    except BrokenOffError:
        return True
    return False


def test_a_writer_that_was_thought_dead_commits_nothing(address: str, harbour: list[Article], embedder: Embedder) -> None:
    with (
        QdrantStore.create(parse(address), model=embedder.name) as slow,
        QdrantStore.open(parse(address), model=embedder.name) as quick,
    ):
        put(slow, harbour[0])
        with slow.writing():
            with pytest.raises(LockedError, match=r"another writer .* is writing"):
                put(quick, harbour[1])
            slow._head._set({"until": time.time() - 1})
            put(quick, harbour[1])
            with pytest.raises(LockedError, match="another writer"):
                put(slow, harbour[2])
        assert quick.article_ids() == slow.article_ids() == ["strike", "union"]
        assert put(slow, harbour[2])
        assert quick.count() == 3


def test_what_died_is_swept_after_a_while_and_nothing_else(
    address: str, harbour: list[Article], embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with QdrantStore.create(parse(address), model=embedder.name) as store:
        put(store, *harbour)

        def stored() -> int:
            return store._connection.count(store.index.collection(store._head.read()), [])

        for n in range(3):
            put(store, make_article(f"Text {n}.", id="strike", origin="/in/strike.txt"))
        assert stored() == 6, "a search that goes on may still look for the old ones"
        monkeypatch.setattr(head, "KEPT_S", -1.0)
        put(store, make_article("Snow.", id="snow"))
        assert stored() == 4
        assert [version.number for version in store.versions("strike")] == [1, 2, 3]


def test_a_search_goes_on_in_the_state_that_it_began_in(address: str, harbour: list[Article], embedder: Embedder) -> None:
    with QdrantStore.create(parse(address), model=embedder.name) as store:
        put(store, *harbour)
        state = store._head.read()
        put(store, make_article("Karl Voss stays.", id="union", origin="/in/union.txt"))
        store.remove("strike")
        assert sorted(store._articles(["strike", "union"], state)) == ["strike", "union"]
        assert "Moreau" in str(store._cut(["union"], state)["union"])


def test_a_folder_keeps_it_and_one_process_at_a_time_opens_it(
    tmp_path: Path, harbour: list[Article], embedder: Embedder
) -> None:
    place = parse(f"qdrant://{tmp_path}/points")
    with QdrantStore.create(place, model=embedder.name) as store:
        put(store, *harbour)
        said = seen(store)
        script = (
            "from rag.store.qdrant.store import QdrantStore as Q; from rag.store.qdrant.address import parse; "
            f"Q.open(parse({place.location!r}))"
        )
        other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
        assert "one process at a time" in other.stderr
    with QdrantStore.open(place, model=embedder.name) as store:
        assert seen(store) == said


def test_a_server_that_is_not_there_is_named_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", "very-secret")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client warns of a key that goes unencrypted
        with pytest.raises(StoreError, match=r"'qdrant://127.0.0.1:9/news' does not answer") as found:
            QdrantStore.open(parse("qdrant://127.0.0.1:9/news"))
    assert "very-secret" not in str(found.value)

"""A store copied into another, of whatever kind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cli.app import run
from rag.errors import MismatchError
from rag.ports import Embedder
from rag.store.contract import Store
from rag.store.copy import copy_store
from rag.store.library import Library
from rag.store.qdrant.address import parse
from rag.store.qdrant.store import QdrantStore
from rag.store.record import Record
from rag.store.verify import verify
from rag.types import Article
from tests.conftest import ROOT, make_article
from tests.store.contract.asking import by_words, near, put
from tests.store.contract.test_moving import IDS, fill

Opener = Callable[[str], Store]


@pytest.fixture
def opened(tmp_path: Path, embedder: Embedder) -> Iterator[Opener]:
    """Opens stores by kind and name."""
    stores: list[Store] = []

    def open_(name: str) -> Store:
        kind = name.partition(" ")[0]
        made: Store
        if kind == "folder":
            made = Library.create(tmp_path / name, model=embedder.name)
        else:
            made = QdrantStore.create(parse(f"qdrant://:memory:/{name.replace(' ', '-')}"), model=embedder.name)
        stores.append(made)
        return made

    yield open_
    for store in stores:
        store.close()


@pytest.mark.parametrize(("source", "target"), [("folder a", "folder b"), ("folder a", "qdrant b"), ("qdrant a", "folder b")])
def test_a_copy_is_alike_to_the_last_bit(opened: Opener, harbour: list[Article], source: str, target: str) -> None:
    old, new = opened(source), opened(target)
    fill(old, harbour)
    seen: list[tuple[int, int, str]] = []
    done = copy_store(old, new, progress=lambda done, total, label: seen.append((done, total, label)))
    assert (done.articles, done.passages, done.stored, done.others, done.differing) == (5, old.index.count(), 5, 0, ())
    assert seen == [(5, 5, "copied"), (5, 5, "compared")]
    assert new.records(IDS) == old.records(IDS)
    assert new.group_of(IDS) == old.group_of(IDS)
    assert [new.versions(id_) for id_ in IDS] == [old.versions(id_) for id_ in IDS]
    for question in ("who heads the port union", "harbour ships"):
        assert near(new, question, k=99) == near(old, question, k=99)
        assert set(by_words(new, question)) == set(by_words(old, question))
    if new.path:
        assert verify(new.path).problems == ()
    assert copy_store(old, new).stored == 0, "what is there already is left"


def test_what_changed_is_copied_again_and_others_stay(opened: Opener, harbour: list[Article]) -> None:
    old, new = opened("folder a"), opened("folder b")
    fill(old, harbour)
    put(new, make_article("An article of its own.", id="own"))
    copy_store(old, new)
    put(old, make_article("Rain fell all the same.", id="weather"))
    put(new, make_article("Somebody changed it here.", id="strike"))
    done = copy_store(old, new)
    assert (done.stored, done.others, done.differing) == (2, 1, ())
    assert new.records(IDS) == old.records(IDS)
    assert new.article("own").text == "An article of its own."


def test_what_differs_in_the_end_is_named(opened: Opener, harbour: list[Article], monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = opened("folder a"), opened("folder b")
    fill(old, harbour)
    real = Library.take_over

    def lossy(self: Library, records: list[Record], vectors: dict[str, object]) -> None:
        kept = [one for one in records if one.article.id != "strike"]
        changed = [replace(one, versions=()) if one.article.id == "union" else one for one in kept]
        real(self, changed, vectors)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "take_over", lossy)
    assert copy_store(old, new).differing == ("strike", "union")


def test_stores_of_two_embedders_are_refused(tmp_path: Path, opened: Opener, harbour: list[Article]) -> None:
    old = opened("folder a")
    fill(old, harbour)
    with Library.create(tmp_path / "other", model="other:v1") as new, pytest.raises(MismatchError, match="rag library rebuild"):
        copy_store(old, new)


_KILLED = """
import os, signal, sys
from pathlib import Path
from rag.store import record
from rag.store.copy import copy_store
from rag.store.library import Library

real, calls = record.put, []

def put(database, records):
    real(database, records)
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

record.put = put
old = Library.open(Path(sys.argv[1]), as_built=True)
copy_store(old, Library.create(Path(sys.argv[2]), model=old.model))
"""
"""Copies a library, and is killed when its second batch of articles is written but not committed."""


def test_a_copy_that_was_killed_goes_on(tmp_path: Path, embedder: Embedder, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [f"Report {n} tells of topic{n} and of what became of it." for n in range(150)]
    old, new = tmp_path / "a", tmp_path / "b"
    with Library.create(old, model=embedder.name) as library:
        put(library, *(make_article(text, id=f"a{n:04}", origin=f"/in/{n}") for n, text in enumerate(texts)))
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(old), str(new)], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    with Library.open(new) as library:
        assert library.count() == 64
    assert run(["library", "copy", str(old), str(new), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["articles"], done["stored"], done["differing"], done["is_whole"]) == (150, 86, [], True)
    assert verify(new).problems == ()
    assert run(["library", "copy", str(old), str(new)]) == 0
    assert capsys.readouterr().out == "150 articles and 150 passages, 0 stored now; both are alike, to the last bit\n"


def test_a_store_is_not_copied_to_itself_and_an_empty_one_not_at_all(
    tmp_path: Path, embedder: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    Library.create(tmp_path / "a", model=embedder.name).close()
    assert run(["library", "copy", str(tmp_path / "a"), str(tmp_path / "a")]) == 2
    assert "are one store" in capsys.readouterr().err
    assert run(["library", "copy", str(tmp_path / "a"), str(tmp_path / "b")]) == 4
    assert "holds nothing to copy" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()

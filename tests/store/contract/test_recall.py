"""What a store remembers of the records that its articles were read from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.ingest import read_articles
from rag.ingest.pipeline import ingest
from rag.ingest.recall import Item, Known, Recall
from rag.ports import Embedder
from rag.store.contract import Store
from rag.testing import HashEmbedder
from rag.types import Action, Article, IngestItem
from tests.conftest import NOW, make_article
from tests.store.contract.asking import put
from tests.store.contract.places import Place

ONE, TWO, THREE = ("1" * 32, "2" * 32, "3" * 32)


def known(store: Store) -> list[str]:
    """Return the articles that are known by the three readings."""
    return [item.article_id if (item := store.recall(reading)) else "" for reading in (ONE, TWO, THREE)]


@pytest.fixture
def strike(harbour: list[Article]) -> Article:
    return replace(harbour[0], reading=ONE)


def test_what_was_read_is_known_until_the_article_changes(store: Store, strike: Article) -> None:
    assert known(store) == ["", "", ""]
    put(store, strike, replace(make_article("Snow.", id="snow", origin="/in/snow.txt"), reading=TWO))
    assert known(store) == ["strike", "snow", ""]
    assert store.recall(ONE) == IngestItem("/in/strike.txt", Action.UNCHANGED, "strike", "Dockers walk out")
    assert store.article("strike").reading == ""
    changed = replace(strike, text="It ended.", content_hash="2", reading=THREE)
    put(store, changed)
    assert known(store) == ["", "snow", "strike"]
    put(store, replace(changed, flags=("opinion",), reading=ONE))
    assert known(store) == ["strike", "snow", ""]
    put(store, make_article("It goes on.", id="strike", origin="/in/other.txt"))
    assert known(store) == ["", "snow", ""], "another file has changed it since"


def test_what_was_removed_is_not_known(store: Store, strike: Article) -> None:
    put(store, strike)
    store.remove("strike")
    assert known(store) == ["", "", ""]
    put(store, replace(strike, reading=""))
    assert known(store) == ["", "", ""]


def test_what_stands_elsewhere_is_not_known(store: Store, strike: Article) -> None:
    put(store, strike, replace(strike, origin="/in/copy.txt", reading=TWO))
    assert known(store) == ["strike", "strike", ""]
    put(store, replace(make_article("Other.", id="other", origin="/in/strike.txt"), reading=THREE))
    assert known(store) == ["", "strike", "other"]
    put(store, replace(strike, reading=""))
    assert known(store) == ["", "strike", ""], "noting where it stands, without what it was read from"
    assert store.article_ids() == ["strike"]


def test_what_is_stored_already_is_known_once_it_was_read(store: Store, strike: Article) -> None:
    put(store, replace(strike, reading=""))
    assert put(store, strike) == [Action.UNCHANGED]
    assert known(store) == ["strike", "", ""]
    store.note_readings(
        [
            replace(strike, content_hash="2", reading=TWO),
            replace(strike, origin="/in/other.txt", reading=TWO),
            replace(strike, id="no", reading=TWO),
            replace(strike, flags=("opinion",), reading=TWO),
        ]
    )
    assert known(store) == ["strike", "", ""], "only what is stored just so, where it stands"
    store.note_readings([])


def test_an_article_stands_where_it_was_read_just_so(store: Store, strike: Article) -> None:
    assert not store.stands(strike)
    put(store, strike)
    assert store.stands(strike)
    for other in ({"origin": "/in/other.txt"}, {"content_hash": "2"}, {"flags": ("opinion",)}, {"id": "other"}):
        assert not store.stands(replace(strike, **other))  # type: ignore[arg-type]


def test_every_reader_knows_it(shared: Place, embedder: Embedder, strike: Article) -> None:
    with shared.create(model=embedder.name) as writer, shared.open() as reader:
        put(writer, strike)
        assert known(reader) == ["strike", "", ""]


def test_what_is_taken_over_from_another_store_is_to_be_read_once(store: Store, strike: Article) -> None:
    put(store, strike)
    (record,) = store.records(["strike"])
    store.take_over([record], {})
    assert known(store) == ["", "", ""]


def test_a_file_is_read_once_into_every_store(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    texts = ["The strike ended.", "Rain is expected.", "Members elected a new head."]

    def taken() -> list[tuple[type, Action]]:
        file.write_text("".join(json.dumps({"id": f"a{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
        kinds: list[type] = []

        def counted(items: Iterator[Item]) -> Iterator[Item]:
            for item in items:
                kinds.append(type(item))
                yield item

        items = counted(read_articles([file], now=NOW, recall=Recall(store)))
        return list(zip(kinds, [item.action for item in ingest(items, store, HashEmbedder(), tokens=100)], strict=True))

    assert taken() == [(Article, Action.ADDED)] * 3
    assert taken() == [(Known, Action.UNCHANGED)] * 3
    texts[1] = "Rain is certain."
    assert taken() == [(Known, Action.UNCHANGED), (Article, Action.UPDATED), (Known, Action.UNCHANGED)]
    store.remove("a0")
    assert taken() == [(Article, Action.ADDED), (Known, Action.UNCHANGED), (Known, Action.UNCHANGED)]
    put(store, make_article("Another one.", id="other", origin=f"{file}#a2"))
    assert taken() == [(Known, Action.UNCHANGED), (Known, Action.UNCHANGED), (Article, Action.UPDATED)]
    assert store.article_ids() == ["a0", "a1", "a2"]

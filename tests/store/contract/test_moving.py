"""Articles taken over from another store with all that it keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.errors import InputError
from rag.ports import Embedder
from rag.store.contract import Store
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Article, Removed
from tests.conftest import make_article
from tests.store.contract.asking import by_words, near, put

IDS = ["copy", "long", "strike", "union", "weather"]


def fill(store: Store, harbour: list[Article]) -> None:
    """Store articles with all that can be kept of one: versions, a second origin, removed pieces, copies, many passages."""
    at = datetime(2026, 1, 2, 9, tzinfo=UTC)
    put(store, *harbour)
    put(store, replace(harbour[1], text="Nobody leads the port union.", content_hash="2", fetched_at=at))
    put(store, harbour[1])
    put(store, make_article(harbour[2].text, id="weather", origin="/in/again.txt"))
    text = " ".join(f"Sentence number {n} tells of the harbour and of its ships." for n in range(60))
    pieces = (Removed("cookie notice", "We use cookies."), Removed("share buttons", "Share"))
    put(store, make_article(text, id="long", published="2025-01-02", removed=pieces, flags=("opinion",)), tokens=60)
    put(store, make_article(text, id="copy", published="2025-01-03"), tokens=60)


@pytest.fixture
def source(embedder: Embedder, harbour: list[Article]) -> Iterator[Library]:
    """An embedded library with something of everything."""
    with Library.in_memory(model=embedder.name) as made:
        fill(made, harbour)
        yield made


def take_over(store: Store, source: Store, ids: list[str]) -> None:
    records = source.records(ids)
    hashes = [key for record in records for key in record.text_hashes]
    store.take_over(records, source.vectors_of(hashes))


def test_a_record_says_all_that_is_kept_of_an_article(store: Store, harbour: list[Article]) -> None:
    fill(store, harbour)
    union, weather = store.records(["union", "weather"])
    assert union.article == harbour[1]
    assert [version.text for version in union.versions] == [harbour[1].text, "Nobody leads the port union."]
    assert [version.number for version in union.versions] == [1, 2]
    assert (union.origins, weather.origins) == (("/in/union.txt",), ("/in/again.txt", "/in/weather.txt"))
    (copy, long) = store.records(["copy", "long"])
    assert copy.article.flags == (), "whose copy it is follows from the texts"
    assert long.article.removed[1] == Removed("share buttons", "Share")
    assert list(long.passages) == store.passages_of("long")
    assert list(long.text_hashes) == store.text_hashes_of("long")
    assert store.records([]) == []
    with pytest.raises(InputError, match="no article 'nothing'"):
        store.records(["union", "nothing"])


def test_what_is_taken_over_is_what_the_other_store_held(store: Store, source: Library) -> None:
    assert source.article_ids() == IDS
    take_over(store, source, IDS)
    assert store.records(IDS) == source.records(IDS)
    assert store.group_of(IDS) == source.group_of(IDS) == {**dict(zip(IDS, IDS, strict=True)), "copy": "long"}
    for id_ in IDS:
        assert store.article(id_) == source.article(id_)
        hashes = store.text_hashes_of(id_)
        mine, its = store.vectors_of(hashes), source.vectors_of(hashes)
        assert {key: vector.tolist() for key, vector in mine.items()} == {key: vector.tolist() for key, vector in its.items()}
    assert by_words(store, "moreau") == by_words(source, "moreau") == ["union"]
    for question in ("who heads the port union", "harbour ships"):
        assert near(store, question, k=99) == near(source, question, k=99)
    assert store.embedder == source.embedder


def test_taking_over_again_changes_nothing(store: Store, source: Library) -> None:
    for _ in range(2):
        take_over(store, source, ["union", "long"])
        take_over(store, source, ["copy", "weather", "strike"])
    assert store.records(IDS) == source.records(IDS)
    assert store.index.count() == source.index.count()


def test_what_was_there_gives_way_with_its_past(store: Store, source: Library) -> None:
    put(store, make_article("Quite another text.", id="union", origin="/elsewhere.txt"))
    put(store, make_article("And one more.", id="union"), make_article("At its origin.", id="gone", origin="/in/strike.txt"))
    take_over(store, source, ["union", "strike"])
    assert store.article_ids() == ["strike", "union"]
    assert store.records(["strike", "union"]) == source.records(["strike", "union"])
    assert by_words(store, "another") == []


def test_a_record_goes_on_as_any_article_does(store: Store, source: Library, harbour: list[Article]) -> None:
    take_over(store, source, IDS)
    put(store, replace(harbour[1], text="Karl Voss is back.", content_hash="3"))
    assert [version.number for version in store.versions("union")] == [1, 2, 3]
    put(store, make_article("Fog.", id="fog", origin="/in/again.txt"))
    assert "weather" in store.article_ids()
    put(store, make_article("Snow.", id="snow", origin="/in/weather.txt"))
    assert "weather" not in store.article_ids()
    assert near(store, "fog")[0] == "fog"
    assert HashEmbedder().name == store.embedder

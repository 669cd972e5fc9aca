"""What an article was before it changed, what cleaning took out of it, and how its facts are known."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rag.errors import InputError
from rag.store.contract import Store
from rag.types import Action, Article, DateOrigin, Removed
from tests.conftest import make_article
from tests.store.contract.asking import put

FIRST, SECOND = datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 2, 9, tzinfo=UTC)


def port(ships: int, **known: object) -> Article:
    return make_article(f"The port handled {ships} ships in May.", **{"id": "port", "title": "Ships", **known})  # type: ignore[arg-type]


def test_an_article_that_changed_keeps_what_it_was(store: Store) -> None:
    put(store, port(310, published="2025-06-01", fetched_at=FIRST, updated=date(2025, 6, 2)))
    assert store.versions("port") == []
    put(store, port(312, published="2025-06-01", fetched_at=SECOND))
    put(store, port(312, title="More ships"))
    first, second = store.versions("port")
    assert (first.number, first.text, first.title) == (1, "The port handled 310 ships in May.", "Ships")
    assert (first.published, first.updated, first.replaced_at) == (date(2025, 6, 1), date(2025, 6, 2), SECOND)
    assert first.content_hash == port(310).content_hash
    assert (second.number, second.title, second.replaced_at) == (2, "Ships", None)
    assert store.article("port").title == "More ships"
    assert store.index.count() == 1
    with pytest.raises(InputError, match="no article 'ship'"):
        store.versions("ship")


def test_the_same_text_again_makes_no_version(store: Store) -> None:
    put(store, port(310))
    assert put(store, port(310)) == [Action.UNCHANGED]
    changed = Article(id="port", text=port(310).text, title="Ships", publisher="Harbour Post", content_hash="other")
    assert put(store, changed) == [Action.UPDATED]
    assert put(store, port(310, flags=("stub",))) == [Action.UPDATED]
    assert store.versions("port") == []
    assert store.article("port").flags == ("stub",)


def test_a_changed_file_hands_its_versions_on(store: Store) -> None:
    put(store, port(310, id="c-1", origin="/in/port.txt"))
    put(store, port(311, id="c-2", origin="/in/port.txt"))
    put(store, port(312, id="c-3", origin="/in/port.txt"))
    assert store.article_ids() == ["c-3"]
    assert [(one.number, one.text[17:20]) for one in store.versions("c-3")] == [(1, "310"), (2, "311")]
    put(store, port(312, id="u-3", origin="/in/port.txt", url="https://a.example/port"))
    assert [one.number for one in store.versions("u-3")] == [1, 2]  # a new id for the same text is no version


def test_a_removed_article_takes_its_versions_along(store: Store) -> None:
    put(store, port(310, removed=(Removed("share buttons", "Share"),)), port(9, id="other"))
    put(store, port(312, removed=(Removed("share buttons", "Share"),)))
    store.remove("port")
    put(store, port(313))
    assert store.versions("port") == []
    assert store.article("port").removed == ()


def test_all_that_is_known_comes_back_as_it_went_in(store: Store) -> None:
    article = port(
        310,
        url="https://a.example/port?x=1",
        author="Ann Lee",
        language="en",
        published="2025-06-01",
        published_from=DateOrigin.META,
        fetched_at=SECOND,
        section="Harbour, trade",
        canonical_url="https://a.example/port",
        updated=date(2025, 6, 3),
        provenance={"title": "json-ld", "published": "url"},
        removed=(Removed("cookie notice", "We use cookies.\nAccept"), Removed("repeated heading", "Ships")),
        flags=("wire:EFE", "opinion"),
    )
    put(store, article)
    assert store.article("port") == article
    assert store.sources() == [article.source]
    put(store, port(311))
    assert store.article("port") == port(311)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31), date(1970, 1, 1), date(9999, 12, 31)])
def test_any_day_comes_back(store: Store, day: date) -> None:
    put(store, make_article("An old report.", id="day", published=day.isoformat()))
    assert store.article("day").published == store.index.newest() == store.stats().first_published == day

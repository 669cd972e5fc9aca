"""What only a store in PostgreSQL does: languages, partitions, writers side by side, replicas, servers that will not do."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from rag.errors import StoreError
from rag.ports import Embedder
from rag.store.postgres import upkeep
from rag.store.postgres.library import PostgresLibrary
from rag.types import Article
from tests.conftest import make_article
from tests.store.contract.asking import by_words, near, put
from tests.store.victim import article


@pytest.fixture
def store(postgres: str, embedder: Embedder) -> Iterator[PostgresLibrary]:
    """An empty store."""
    with PostgresLibrary.create(postgres, model=embedder.name) as made:
        yield made


def test_each_language_is_read_by_its_own_endings(store: PostgresLibrary) -> None:
    put(
        store,
        make_article("Las elecciones cambiaron la canción de Bárcena.", id="es", language="es"),
        make_article("Les élections changèrent la chanson.", id="fr", language="fr"),
        make_article("Die Wahlen änderten das Lied.", id="de", language="de"),
        make_article("The elections changed the song.", id="en", language="en"),
        make_article("選挙は歌を変えた。", id="ja", language="ja"),
    )
    assert by_words(store, "elección") == ["es"]
    assert by_words(store, "songs") == ["en"]
    assert by_words(store, "chansons") == ["fr"]
    assert by_words(store, "Wahl") == ["de"]
    assert by_words(store, "barcena cancion") == ["es"]
    assert by_words(store, "選挙は歌を変えた") == ["ja"]


def test_texts_lie_in_partitions_by_month(store: PostgresLibrary) -> None:
    days = ["2025-03-01", "2025-03-31", "2025-12-31", None]
    put(store, *(make_article(f"Report {n}.", id=f"r{n}", published=day) for n, day in enumerate(days)))
    rows = store._pool.rows("SELECT tableoid::regclass::text, count(*) FROM texts GROUP BY 1 ORDER BY 1")
    assert rows == [("texts_2025_03", 2), ("texts_2025_12", 1), ("texts_undated", 1)]
    put(store, make_article("Report 0, mended.", id="r0", published="2025-12-01"))
    rows = store._pool.rows("SELECT tableoid::regclass::text, count(*) FROM texts GROUP BY 1 ORDER BY 1")
    assert rows == [("texts_2025_03", 1), ("texts_2025_12", 2), ("texts_undated", 1)]
    assert store.article("r0").text == "Report 0, mended."


def test_writers_of_the_same_articles_take_turns(postgres: str, embedder: Embedder) -> None:
    articles = [article(number) for number in range(12)]
    failures: list[BaseException] = []

    def write(mine: list[Article]) -> None:
        try:
            with PostgresLibrary.create(postgres, model=embedder.name) as store:
                for first in range(0, 12, 4):
                    put(store, *mine[first : first + 4], tokens=40)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=write, args=(order,)) for order in (articles, articles[::-1], articles[6:] + articles[:6])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with PostgresLibrary.open(postgres, model=embedder.name) as store:
        assert store.count() == 12
        passages = [passage for one in articles for passage in store.passages_of(one.id)]
        assert store.index.count() == len(passages) == store._pool.rows("SELECT count(*) FROM words")[0][0]
        assert all(store.versions(one.id) == [] and store.article(one.id) == one for one in articles)
        assert by_words(store, "item007") == ["item007"]


def test_searches_go_to_the_server_while_no_replica_answers(postgres: str, embedder: Embedder, harbour: list[Article]) -> None:
    with PostgresLibrary.create(postgres, model=embedder.name, replicas=("postgresql://127.0.0.1:1/none", postgres)) as store:
        put(store, *harbour)
        for _ in range(3):
            assert near(store, "who heads the port union")[0] == "union"


def test_a_server_that_will_not_do_says_why(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "OLDEST_VECTOR", (9, 0))
    with pytest.raises(StoreError, match=r"has pgvector 0.*ALTER EXTENSION vector UPDATE"):
        PostgresLibrary.create(postgres, model="x")
    monkeypatch.setattr(upkeep, "OLDEST_SERVER", 99)
    with pytest.raises(StoreError, match="99 or later is needed"):
        PostgresLibrary.create(postgres, model="x")


def test_misspelt_words_and_counts_follow_what_is_removed(store: PostgresLibrary) -> None:
    put(store, make_article("Grynspan endorsed the treaty.", id="treaty"), make_article("Rain fell.", id="rain"))
    assert by_words(store, "Grinspam") == ["treaty"]
    with store.writing():
        store.remove("treaty")
    assert by_words(store, "Grinspam") == []
    assert dict(store._pool.rows("SELECT term, n FROM frequencies")) == {"rain": 1, "fell": 1}

"""What an article was before it changed, what cleaning took out of it, and how its facts are known."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rag.ingest.pipeline import ingest
from rag.store.library import Library
from rag.store.listing import listed
from rag.store.verify import verify
from rag.testing import HashEmbedder
from rag.types import Action, Article, Removed
from tests.conftest import make_article

FIRST, SECOND = datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 2, 9, tzinfo=UTC)


def put(library: Library, *articles: Article) -> list[Action]:
    return [item.action for item in ingest(articles, library, HashEmbedder(), tokens=100)]


def port(ships: int, **known: object) -> Article:
    return make_article(f"The port handled {ships} ships in May.", **{"id": "port", "title": "Ships", **known})  # type: ignore[arg-type]


def test_a_changed_file_hands_its_versions_on(library: Library) -> None:
    put(library, port(310, id="c-1", origin="/in/port.txt"))
    put(library, port(311, id="c-2", origin="/in/port.txt"))
    put(library, port(312, id="c-3", origin="/in/port.txt"))
    assert library.article_ids() == ["c-3"]
    assert [(one.number, one.text[17:20]) for one in library.versions("c-3")] == [(1, "310"), (2, "311")]
    put(library, port(312, id="u-3", origin="/in/port.txt", url="https://a.example/port"))
    assert [one.number for one in library.versions("u-3")] == [1, 2]  # a new id for the same text is no version
    assert verify(library.path).problems == ()  # type: ignore[arg-type]


def test_a_removed_article_takes_its_versions_along(library: Library) -> None:
    put(library, port(310, removed=(Removed("share buttons", "Share"),)), port(9, id="other"))
    put(library, port(312, removed=(Removed("share buttons", "Share"),)))
    library.remove("port")
    for table in ("versions", "removed"):
        assert library.database.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    put(library, port(313))
    assert library.versions("port") == []


def test_the_list_is_filtered(library: Library) -> None:
    put(
        library,
        port(1, id="a", publisher="Harbour Post", published="2025-03-03", flags=("wire:EFE",)),
        port(2, id="b", publisher="The Ledger", published="2025-03-04", flags=("opinion",), section="Views"),
        port(3, id="c", publisher="harbour post", published="2025-03-05"),
        port(4, id="d"),
    )
    put(library, port(5, id="c", publisher="harbour post", published="2025-03-05"))

    def ids(**options: object) -> list[str]:
        return [article.source.article_id for article in listed(library, **options)]  # type: ignore[arg-type]

    assert ids() == ["c", "b", "a", "d"]
    assert ids(publisher="HARBOUR POST") == ["c", "a"]
    assert ids(flag="wire") == ids(flag="wire:EFE") == ["a"]
    assert ids(flag="wir") == []
    assert ids(after=date(2025, 3, 4)) == ["c", "b"]
    assert ids(before=date(2025, 3, 4)) == ["a"]
    assert [(one.section, one.versions) for one in listed(library)] == [("", 1), ("Views", 0), ("", 0), ("", 0)]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE removed SET pieces = '[['", "what cleaning removed from article 'port' cannot be read"),
        ("DELETE FROM versions WHERE version = 1", "earlier versions of article 'port' are missing"),
        ("PRAGMA foreign_keys = OFF; UPDATE versions SET number = 77", "names an article that is not in 'articles'"),
    ],
)
def test_what_is_lost_is_told(library: Library, sql: str, told: str) -> None:
    for ships in (310, 311, 312):
        put(library, port(ships, removed=(Removed("share buttons", "Share"),)))
    library.database.run(sql)
    problems = verify(library.path).problems  # type: ignore[arg-type]
    assert any(told in problem.what and "restore FILE" in problem.command for problem in problems), problems

"""Groups of copies in a library, as articles come, change and go."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rag.ingest.pipeline import ingest
from rag.store.backup import back_up, restore
from rag.store.compact import compact
from rag.store.copies import remake
from rag.store.library import Library
from rag.store.listing import groups
from rag.store.tables import Entry
from rag.store.verify import repair, verify
from rag.testing import HashEmbedder
from rag.types import Action, Article
from tests.conftest import make_article
from tests.similar.texts import OTHER_AUTHOR, fire, groups_of, mixed, weather


def put(library: Library, *articles: Article) -> list[Action]:
    return [item.action for item in ingest(articles, library, HashEmbedder(), tokens=100)]


def test_an_update_joins_and_leaves_groups(library: Library) -> None:
    put(library, fire("first"), fire("copy", day=6), fire("third", day=7))
    put(library, fire("copy", OTHER_AUTHOR, day=6))
    assert groups_of(library) == {"third": "first"}
    put(library, fire("copy", day=3))
    assert groups_of(library) == {"first": "copy", "third": "copy"}
    assert verify(library.path).problems == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_the_same_in_whatever_order_articles_came(seed: int) -> None:
    random = Random(seed)
    articles = mixed(random, 24)
    found = []
    for _ in range(2):
        random.shuffle(articles)
        with Library.in_memory(model="hash") as library:
            for first in range(0, len(articles), 5):
                put(library, *articles[first : first + 5])
            put(library, *(fire(article.id, weather(30), day=2) for article in articles[:4]))
            put(library, *articles[:4])
            put(library, fire("passing", day=1))
            library.remove("passing")
            grown = groups_of(library)
            assert grown
            with library.database.transaction():
                remake(library.database.connection)
            assert groups_of(library) == grown
            found.append(grown)
    assert found[0] == found[1]


def test_reports_by_a_template_hide_no_copy(library: Library) -> None:
    reports = [make_article(f"{weather(n)} Report {n}.", id=f"w{n:03}") for n in range(120)]
    library.store([Entry(article, (), (), ()) for article in reports], {})
    assert groups_of(library) == {}
    library.store([Entry(make_article(f"Lorne. {weather(7)} Report 7.", id="copy"), (), (), ())], {})
    assert groups_of(library) == {"w007": "copy"}  # the longer one of two without a date


def test_groups_are_listed_the_largest_first(library: Library) -> None:
    put(
        library,
        fire("f1"),
        fire("f2", day=6),
        fire("f3", day=7),
        make_article(weather(3), id="w1"),
        make_article(weather(3), id="w2"),
    )
    assert [(group.canonical.article_id, [copy.article_id for copy in group.copies]) for group in groups(library)] == [
        ("f1", ["f3", "f2"]),
        ("w1", ["w2"]),
    ]


def test_groups_live_through_backup_restore_and_compacting(library: Library, tmp_path: Path) -> None:
    put(library, fire("first"), fire("copy", day=6), fire("gone", day=1))
    library.remove("gone")
    file, _ = back_up(library, tmp_path / "b.backup")
    restore(file, tmp_path / "restored")
    compact(library)
    with Library.open(tmp_path / "restored") as restored:
        assert groups_of(restored) == groups_of(library) == {"copy": "first"}
    assert verify(tmp_path / "restored").problems == ()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM marks WHERE number = 1", "lacks the marks of 1 articles"),
        ("INSERT INTO marks VALUES (7, 99)", "holds marks that are not those of 1 articles"),
        (
            "UPDATE articles SET marks = x'' WHERE number = 2; DELETE FROM marks WHERE number = 2",
            "does not know the marks of 1",
        ),
        ("UPDATE copies SET canonical = 2 WHERE number = 3", "leads to a copy from 1 articles"),
    ],
)
def test_damaged_groups_are_told_and_made_again(library: Library, sql: str, told: str) -> None:
    put(library, fire("first"), fire("second", day=6), fire("third", day=7))
    library.database.run(sql)
    assert library.path
    problems = verify(library.path).problems
    assert any(told in problem.what and "verify --repair" in problem.command for problem in problems), problems
    assert repair(library.path).problems == ()
    assert groups_of(library) == {"second": "first", "third": "first"}

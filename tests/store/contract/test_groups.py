"""Groups of copies in a store, as articles come, change and go."""

from __future__ import annotations

from random import Random

import pytest

from rag.ports import Embedder
from rag.store.contract import Store
from rag.store.tables import Entry
from tests.conftest import make_article
from tests.similar.texts import FIRE, OTHER_AUTHOR, fire, groups_of, mixed, weather
from tests.store.contract.asking import put
from tests.store.contract.places import Place

PARAGRAPHS = FIRE.split("\n\n")


def test_copies_are_grouped_as_they_come_and_strangers_are_not(store: Store) -> None:
    put(store, fire("first"), make_article(OTHER_AUTHOR, id="other"), make_article(weather(3), id="w3"))
    assert groups_of(store) == {}
    put(store, fire("trimmed", PARAGRAPHS[0] + PARAGRAPHS[1], day=6), make_article(weather(9), id="w9"))
    assert groups_of(store) == {"trimmed": "first"}
    put(store, fire("earlier", day=4))
    assert groups_of(store) == {"trimmed": "earlier", "first": "earlier"}
    assert store.group_of(["w3", "nothing", "first"]) == {"w3": "w3", "first": "earlier"}
    assert store.group_of([]) == {}


def test_a_copy_says_so_wherever_it_is_read_and_is_never_stored_so(store: Store) -> None:
    put(store, fire("first", flags=("wire:EFE",)), fire("copy", day=6, flags=("stub",)))
    assert store.article("copy").flags == ("stub", "duplicate-of:first")
    assert store.article("first").flags == ("wire:EFE",)
    assert {source.article_id: source.flags for source in store.sources()}["copy"] == ("stub", "duplicate-of:first")
    (passage, *_) = store.passages_of("copy")
    source = store.index.passages([passage.id])[passage.id][1]
    assert (source.flags, source.original) == (("stub", "duplicate-of:first"), "first")
    again = store.article("copy")
    put(store, make_article(again.text + " More.", id="copy", flags=again.flags))
    store.remove("first")
    assert store.article("copy").flags == ("stub",)
    assert store.article("copy").source.original == "copy"


def test_an_update_joins_and_leaves_groups(store: Store) -> None:
    put(store, fire("first"), fire("copy", day=6), fire("third", day=7))
    put(store, fire("copy", OTHER_AUTHOR, day=6))
    assert groups_of(store) == {"third": "first"}
    put(store, fire("copy", day=3))
    assert groups_of(store) == {"first": "copy", "third": "copy"}


def test_when_the_one_that_speaks_goes_the_next_does(store: Store) -> None:
    put(store, fire("first"), fire("second", day=6), fire("third", day=7), make_article(weather(3), id="w"))
    store.remove("first")
    assert groups_of(store) == {"third": "second"}
    store.remove("second")
    assert groups_of(store) == {}


def test_no_chain_makes_strangers_one(store: Store) -> None:
    """Each half overlaps the whole, and the halves share nothing."""
    middle = f"{PARAGRAPHS[1]}\n\n{PARAGRAPHS[2]}"
    put(store, fire("head", f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}", day=4), fire("whole", day=5), fire("tail", middle, day=6))
    put(store, fire("end", PARAGRAPHS[2], day=7))
    found = groups_of(store)
    assert found["whole"] == "head"
    assert "end" not in found or found["end"] != "head"
    assert found.get("end") in (None, "tail")


def test_of_one_day_the_agency_speaks(store: Store) -> None:
    put(store, fire("paper", FIRE + "\n\nIt was the third fire this year."), fire("agency", publisher="Reuters"))
    assert groups_of(store) == {"paper": "agency"}


def test_reports_by_a_template_hide_no_copy(store: Store) -> None:
    reports = [make_article(f"{weather(n)} Report {n}.", id=f"w{n:03}") for n in range(60)]
    store.store([Entry(article, (), (), ()) for article in reports], {})
    assert groups_of(store) == {}
    store.store([Entry(make_article(f"Lorne. {weather(7)} Report 7.", id="copy"), (), (), ())], {})
    assert groups_of(store) == {"w007": "copy"}  # the longer one of two without a date


@pytest.mark.parametrize("seed", range(2))
def test_groups_are_the_same_in_whatever_order_articles_came(store: Store, seed: int) -> None:
    random = Random(seed)
    articles = mixed(random, 16)
    put(store, *articles)
    grown = groups_of(store)
    assert grown
    random.shuffle(articles)
    for first in range(0, len(articles), 4):
        store.remove(*(article.id for article in articles[first : first + 4]))
        put(store, *articles[first : first + 4])
    put(store, *(fire(article.id, weather(30), day=2) for article in articles[:4]))
    put(store, *articles[:4])
    put(store, fire("passing", day=1))
    store.remove("passing")
    assert groups_of(store) == grown


def test_every_reader_sees_a_group_at_once(shared: Place, embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as writer, shared.open(model=embedder.name) as reader:
        put(writer, fire("first"), fire("copy", day=6))
        assert groups_of(reader) == {"copy": "first"}
        writer.remove("first")
        assert groups_of(reader) == {}

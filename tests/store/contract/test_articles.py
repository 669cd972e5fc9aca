"""Articles in and out of a store."""

from __future__ import annotations

from datetime import date

import pytest

from rag.errors import InputError
from rag.store.contract import Store
from rag.store.tables import Entry, text_hash
from rag.types import Action, Article, LibraryStats
from tests.conftest import make_article
from tests.store.contract.asking import by_words, near, put


def test_an_article_comes_back_as_it_went_in(store: Store, harbour: list[Article]) -> None:
    assert put(store, *harbour) == [Action.ADDED] * 3
    for article in harbour:
        assert store.article(article.id) == article
        passages = store.passages_of(article.id)
        assert passages
        for passage in passages:
            assert article.text[passage.start : passage.end] == passage.text
            assert store.index.passages([passage.id])[passage.id] == (passage, article.source)


def test_ingesting_again_changes_nothing(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    before = store.stats()
    assert put(store, *harbour) == [Action.UNCHANGED] * 3
    assert store.stats() == before


def test_the_passages_of_an_article_stand_in_order(store: Store) -> None:
    text = " ".join(f"Sentence number {n} tells of the harbour and of its ships." for n in range(60))
    put(store, make_article(text, id="long"), make_article("One sentence only.", id="short"), tokens=60)
    passages = store.passages_of("long")
    assert len(passages) > 5
    assert [passage.start for passage in passages] == sorted(passage.start for passage in passages)
    assert len(set(store.text_hashes_of("long"))) == len(passages)
    assert store.text_hashes_of("long")[0] == text_hash(passages[0].text)
    ids = [passage.id for passage in passages]
    around = store.index.neighbours([ids[0], ids[3], ids[-1], "missing"])
    assert around == {ids[0]: ("", ids[1]), ids[3]: (ids[2], ids[4]), ids[-1]: (ids[-2], "")}
    assert store.index.neighbours([]) == {}
    assert store.index.count() == len(passages) + 1
    assert store.passages_of("missing") == []
    assert store.text_hashes_of("missing") == []


# Origins


def test_a_changed_file_replaces_what_it_held(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    corrected = make_article("Karl Voss stays at the head of the port union.", id="union-2", origin="/in/union.txt")
    assert put(store, corrected) == [Action.UPDATED]
    assert store.article_ids() == ["strike", "union-2", "weather"]
    assert near(store, "Who leads the port union, Ines Moreau?")[0] == "union-2"
    assert by_words(store, "moreau") == []


def test_an_article_read_at_two_places_stays_while_one_holds_it(store: Store, harbour: list[Article]) -> None:
    twin = make_article(harbour[2].text, id="weather", origin="/in/copy.txt")
    assert put(store, harbour[2], twin) == [Action.ADDED, Action.UNCHANGED]
    put(store, make_article("Snow on the passes.", id="snow", origin="/in/weather.txt"))
    assert store.article_ids() == ["snow", "weather"]
    assert store.article("weather").origin == "/in/copy.txt"
    put(store, make_article("Fog in the valley.", id="fog", origin="/in/copy.txt"))
    assert store.article_ids() == ["fog", "snow"]


def test_an_origin_that_is_noted_goes_over_from_the_article_that_stood_there(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    store.note_origin(make_article(harbour[2].text, id="weather", origin="/in/union.txt"))
    assert store.article_ids() == ["strike", "weather"]
    assert store.article("weather").origin == "/in/union.txt"
    store.note_origin(make_article(harbour[2].text, id="weather"))
    assert store.article("weather").origin == "/in/union.txt"


def test_what_storing_would_do(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    assert store.action_for(harbour[0]) is Action.UNCHANGED
    assert store.action_for(make_article("Another text.", id="strike")) is Action.UPDATED
    assert store.action_for(make_article("Another text.", id="new", origin="/in/strike.txt")) is Action.UPDATED
    assert store.action_for(make_article("Another text.", id="new", origin="/in/new.txt")) is Action.ADDED
    flagged = make_article(harbour[0].text, id="strike", title=harbour[0].title, flags=("stub",))
    assert store.action_for(flagged) is Action.UPDATED


def test_a_changed_title_is_a_change(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    renamed = make_article(harbour[0].text, id="strike", title="Strike!", origin="/in/strike.txt")
    assert put(store, renamed) == [Action.UPDATED]
    assert store.article("strike").title == "Strike!"
    (passage, *_) = store.passages_of("strike")
    assert store.index.passages([passage.id])[passage.id][1].title == "Strike!"


def test_an_article_without_passages_is_kept(store: Store) -> None:
    store.store([Entry(make_article("", id="empty", title="Nothing yet"), (), (), ())], {})
    assert store.article("empty").title == "Nothing yet"
    assert store.passages_of("empty") == []
    assert (store.count(), store.index.count()) == (1, 0)


# Removing


def test_a_removed_article_is_hidden_at_once(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    passages = [passage.id for passage in store.passages_of("strike")]
    store.remove("strike")
    assert "strike" not in near(store, "harbour strike dockers pay")
    assert by_words(store, "dockers") == []
    assert store.index.passages(passages) == {}
    assert store.index.neighbours(passages) == {}
    assert store.article_ids() == ["union", "weather"]
    assert (store.count(), store.index.count()) == (2, 2)
    for read in (store.article, store.versions):
        with pytest.raises(InputError, match="no article 'strike'"):
            read("strike")
    assert put(store, harbour[0]) == [Action.ADDED]
    assert store.article("strike") == harbour[0]


def test_removing_is_all_or_nothing(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    with pytest.raises(InputError, match="no article 'nothing', 'nowhere'"):
        store.remove("strike", "nowhere", "nothing", "union")
    assert store.article_ids() == ["strike", "union", "weather"]
    store.remove("strike", "union", "strike")
    assert store.article_ids() == ["weather"]


# Listing


def test_sources_are_newest_first_then_the_undated(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour, make_article("A second report of that day.", id="again", title="Again", published="2025-03-10"))
    assert [source.article_id for source in store.sources()] == ["again", "union", "strike", "weather"]
    assert store.sources()[1:3] == [harbour[1].source, harbour[0].source]
    assert store.listed(limit=2) == store.sources()[:2]
    assert store.listed(limit=2, offset=3) == store.sources()[3:]
    assert store.listed(limit=9, offset=9) == []
    assert [source.article_id for source in store.listed(limit=9, publisher="Harbour Post")] == ["strike"]
    assert store.listed(limit=9, publisher="harbour post") == [], "named as the store has it"


def test_articles_are_selected(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour, make_article("An older one.", id="old", publisher="HARBOUR POST", published="2020-01-01"))
    assert store.select() == ["old", "strike", "union", "weather"]
    assert store.select(publisher="harbour post") == ["old", "strike"]
    assert store.select(before=date(2025, 3, 10)) == ["old", "strike"]
    assert store.select(publisher="Harbour Post", before=date(2025, 3, 3)) == ["old"]
    assert store.select(publisher="nobody") == []


def test_stats_count(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    stats = store.stats()
    assert (stats.articles, stats.publishers, stats.dated_articles) == (3, 2, 2)
    assert stats.passages == sum(len(store.passages_of(article.id)) for article in harbour) == store.index.count()
    assert (stats.first_published, stats.last_published) == (date(2025, 3, 3), date(2025, 3, 10))
    assert stats.embedder == store.embedder == store.model
    assert stats.generation == store.index.number
    assert stats.path == store.location
    assert sorted(store.index.publishers()) == ["", "Harbour Post", "The Ledger"]
    assert store.index.newest() == date(2025, 3, 10)


def test_an_empty_store_is_no_error(store: Store) -> None:
    assert (store.count(), store.index.count(), store.index.number, store.embedder) == (0, 0, 0, "")
    assert store.article_ids() == store.sources() == store.listed(limit=5) == store.select() == []
    assert store.index.publishers() == ()
    assert store.index.newest() is None
    assert store.index.passages(["x"]) == store.index.neighbours(["x"]) == {}
    assert store.index.passages([]) == {}
    assert store.known_texts(["x"]) == store.known_texts([]) == set()
    assert store.group_of(["x"]) == {}
    assert near(store, "anything") == by_words(store, "anything") == []
    empty = LibraryStats(store.location, 0, 0, 0, 0, None, None, "", 0, store.stats().bytes_on_disk)
    assert store.stats() == empty
    with pytest.raises(InputError, match="no article 'x'"):
        store.remove("x")
    store.remove()


# Unicode

TEXTS = {
    "accents": "Ínés Ångström visited São Tomé on Tuesday. Bárcena’s élection cost 12 €.",
    "decomposed": "Ine\u0301s visited Sa\u0303o Tome\u0301 on Tuesday.",
    "emoji": "The mayor 👩🏽‍🚒 wrote 🇨🇱🎉 about the fire 🔥. Nothing else was said.",
    "right to left": "افتتح الرئيس الميناء الجديد يوم الاثنين. وقال إن العمل انتهى. \u202eabc\u202c",
    "no spaces": "港湾労働者は月曜日にストライキを始めた。賃金は12%上がる。",
    "controls": "A tab\there, a bell\x07 there, a \u2028separator and a \ufeffmark. The harbour opened.",
    "long word": f"The harbour word {'pneumono' * 600} ended. It was long.",
    "quotes": """It's "quoted" with \\backslash, %percent_ and $1; DROP TABLE articles; -- {"a": [1]} 'NULL' null.""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_comes_back(store: Store, name: str) -> None:
    article = make_article(
        TEXTS[name], id=f"id {name} é", title=TEXTS[name][:40], publisher=f"Écho {name}", origin=f"/in/{name} ñ.txt"
    )
    put(store, article, make_article("Rain is expected.", id="other"))
    assert store.article(article.id) == article
    assert all(passage.text == article.text[passage.start : passage.end] for passage in store.passages_of(article.id))
    assert near(store, TEXTS[name])[0] == article.id
    assert article.publisher in store.index.publishers()
    store.remove(article.id)
    assert store.article_ids() == ["other"]


def test_words_are_found_without_their_accents(store: Store) -> None:
    put(store, make_article(TEXTS["accents"], id="accents"), make_article(TEXTS["decomposed"], id="decomposed"))
    assert by_words(store, "BARCENA") == by_words(store, "bárcena's") == ["accents"]
    assert set(by_words(store, "sao tome ines")) == {"accents", "decomposed"}


def test_a_null_character_is_kept_or_refused_and_harms_nothing(store: Store, harbour: list[Article]) -> None:
    """PostgreSQL can hold none; what may not happen is a text cut at it."""
    put(store, *harbour)
    article = make_article("Before it.\x00 After it comes the word zeppelin.", id="null")
    refused = False
    try:
        put(store, article)
    except InputError:
        refused = True
    if refused:
        assert store.article_ids() == ["strike", "union", "weather"]
    else:
        assert store.article("null") == article
        assert by_words(store, "zeppelin") == ["null"]
    assert near(store, "Who heads the port union")[0] == "union"
    assert by_words(store, "uni\x00on head") != []

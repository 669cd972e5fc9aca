"""What a store proposes for a question, and what a search over it finds."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from rag.config import SearchConfig
from rag.ports import Embedder
from rag.retrieve.search import Searcher
from rag.store.contract import Store
from rag.store.tables import Entry, text_hash
from rag.testing import HashEmbedder
from rag.types import Article, Filter, Passage, Query
from tests.conftest import make_article
from tests.store.contract.asking import articles_of, by_words, proposed, put
from tests.store.contract.places import Place

QUESTION = "Who was elected to lead the port union?"


def searched(store: Store, question: str, *, k: int = 8, context: bool = False, where: Filter | None = None) -> list[str]:
    """Return the articles of the hits, best first."""
    query = Query(question, k=k, where=where or Filter(), context=context)
    return [hit.source.article_id for hit in Searcher(store, HashEmbedder(), SearchConfig()).search(query).hits]


# Candidates


def test_candidates_say_how_well_each_matches(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    found = proposed(store, QUESTION)
    assert list(found.ids) == sorted(found.ids)
    n = len(found.ids)
    assert n == store.index.count()
    vector = HashEmbedder().embed([QUESTION])[0]
    assert found.dense.shape == (1, n)
    assert found.dense[0].tolist() == pytest.approx((found.vectors @ vector).tolist(), abs=1e-5)
    assert {one.dtype for one in (found.whole, found.lexical, found.dense, found.phrases, found.vectors)} == {
        np.dtype(np.float32)
    }
    assert found.lexical.shape == (1, n)
    assert found.lexical[0].tolist() == found.whole.tolist(), "a question of one part"
    best = int(np.argmax(found.whole))
    articles = [articles_of(store, found, [place])[0] for place in range(n)]
    assert articles[best] == "union"
    assert found.ranks_of(best) == {"lexical": 1, "dense": 1}
    assert (found.whole >= 0).all()
    assert [bool(score) for score in found.whole] == [bool(rank) for rank in found.ranks["lexical"]]
    named = {id_: (found.publishers[place], int(found.days[place])) for place, id_ in enumerate(articles)}
    assert named["strike"] == ("Harbour Post", date(2025, 3, 3).toordinal())
    assert named["weather"] == ("", 0)
    assert found.articles.tolist() == found.groups.tolist(), "no copies"
    assert len(set(found.articles.tolist())) == len(set(articles)) == 3


def test_each_part_of_a_question_brings_its_own(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    question = "Did dockers in Valparaíso want more pay, while members elected Ines Moreau as the head?"
    found = proposed(store, question)
    assert found.lexical.shape == found.dense.shape == (2, len(found.ids))
    for matches in (found.lexical, found.dense):
        assert articles_of(store, found, matches.argmax(axis=1).tolist()) == ["strike", "union"]


def test_words_alone_find_it(store: Store) -> None:
    put(store, *(make_article(f"A report of day {n} on rain and wind.", id=f"n{n}") for n in range(20)))
    put(store, make_article("Grynspan endorsed the treaty.", id="treaty"))
    far = -HashEmbedder().embed(["Grynspan endorsed the treaty."])[0]
    found = proposed(store, "Grynspan", vectors=far, depth=4, k=1)
    best = int(np.argmax(found.whole))
    assert articles_of(store, found, [best]) == ["treaty"]
    assert found.ranks_of(best) == {"lexical": 1}
    assert len(found.ids) <= 5


def test_meaning_alone_finds_it(store: Store) -> None:
    put(store, *(make_article(f"A report of day {n} on rain and wind.", id=f"n{n}") for n in range(20)))
    near = HashEmbedder().embed(["A report of day 13 on rain and wind."])[0]
    found = proposed(store, "xylophone", vectors=near, depth=4, k=1)
    assert not found.whole.any()
    best = int(np.argmax(found.dense[0]))
    assert (articles_of(store, found, [best]), found.ranks_of(best)) == (["n13"], {"dense": 1})
    assert len(found.ids) < 10


@pytest.mark.parametrize("question", ["", "???", "the of and", "\x00", "\ud800", '" OR *', "NEAR(a b)", "a" * 5000])
def test_no_question_is_an_error(store: Store, harbour: list[Article], question: str) -> None:
    put(store, *harbour)
    proposed(store, question)


def test_an_empty_store_proposes_nothing(store: Store) -> None:
    found = proposed(store, QUESTION)
    assert found.ids == found.publishers == ()
    assert found.articles.shape == found.groups.shape == found.days.shape == (0,)
    assert found.whole.shape == found.phrases.shape == (0,)
    assert found.lexical.shape == found.dense.shape == (1, 0)
    assert found.vectors.shape == (0, 384)
    assert searched(store, QUESTION) == []


def test_rare_words_count_more_than_common_ones(store: Store) -> None:
    put(store, *(make_article(f"The harbour opened on day {n}. " * 2, id=f"h{n:02}") for n in range(30)))
    put(store, make_article("A zeppelin passed the town.", id="zeppelin"))
    assert by_words(store, "harbour zeppelin")[0] == "zeppelin"
    assert set(by_words(store, "harbour")) == {f"h{n:02}" for n in range(30)}


def test_a_word_is_found_in_its_other_forms(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    assert by_words(store, "electing") == by_words(store, "elections") == ["union"]


def test_title_and_byline_are_found_by_their_words(store: Store, harbour: list[Article]) -> None:
    put(store, *harbour)
    assert by_words(store, "ledger") == ["union"]
    assert by_words(store, "walk out dockers") == ["strike"]


def test_a_misspelt_word_is_looked_for_in_its_nearest_spelling(place: Place, embedder: Embedder) -> None:
    if not place.finds_misspelt:
        pytest.skip("this store looks for words as they are spelt")
    with place.create(model=embedder.name) as store:
        put(store, make_article("Rebeca Grynspan endorsed the treaty.", id="treaty"), make_article("Rain fell.", id="rain"))
        assert by_words(store, "Grinspam") == ["treaty"]


def test_a_name_counts_more_where_its_words_stand_together(store: Store) -> None:
    put(store, *(make_article(f"Report {n} on the weather of the coast.", id=f"w{n}") for n in range(10)))
    put(store, make_article("Moreau met Ines of Lorne at the weekend, late.", id="apart"))
    put(store, make_article("Lorne met Ines Moreau at the weekend, of late.", id="together"))
    assert by_words(store, "What did Ines Moreau do?") == ["together", "apart"]


# What a question names


def many(store: Store) -> None:
    """Twelve reports alike of each of three publishers, a day each."""
    put(
        store,
        *(
            make_article(
                f"The council of Leeds agreed on a tram line in its {chr(97 + n) * 4} session as {publisher} reports.",
                id=f"{publisher.split()[-1].lower()}-{n:02}",
                title="Tram line agreed",
                publisher=publisher,
                published=f"2025-03-{n + 1:02}",
            )
            for n in range(12)
            for publisher in ("Harbour Post", "The Ledger", "Coast Times")
        ),
    )


def test_publishers_and_days_that_a_question_names_bring_theirs(store: Store) -> None:
    many(store)
    found = proposed(store, "What did the Coast Times say of the tram line in Leeds?", depth=4, k=2)
    assert found.publishers.count("Coast Times") >= 2
    found = proposed(store, "What was agreed on the tram line in Leeds on 9 March 2025?", depth=4, k=2)
    assert (found.days == date(2025, 3, 9).toordinal()).sum() >= 2
    assert searched(store, "What was agreed on 9 March 2025 on the tram line?", k=2)[0].endswith("-08")


def test_a_quoted_phrase_is_told(store: Store) -> None:
    put(store, make_article("The line of trams will open late.", id="apart"))
    put(store, make_article("The tram line will open. It was late.", id="phrase"))
    found = proposed(store, 'Who said "tram line will open" of it?')
    assert articles_of(store, found, np.flatnonzero(found.phrases).tolist()) == ["phrase"]
    assert set(articles_of(store, found)) == {"apart", "phrase"}


FILTERS = {
    "publisher": (Filter(publishers=("the ledger",)), {"union"}),
    "day": (Filter(published_from=date(2025, 3, 3), published_to=date(2025, 3, 3)), {"strike"}),
    "as of": (Filter(as_of=date(2025, 3, 5)), {"strike", "weather"}),
    "article": (Filter(articles=("weather", "union")), {"union", "weather"}),
    "nobody": (Filter(publishers=("nobody",)), set()),
    "language": (Filter(language="es"), set()),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_holds_for_words_and_meaning(store: Store, harbour: list[Article], name: str) -> None:
    put(store, *harbour)
    where, admitted = FILTERS[name]
    question = "port union harbour strike weather rain Harbour Post on 3 March 2025"
    found = proposed(store, question, where=where)
    assert set(articles_of(store, found)) == admitted
    assert set(by_words(store, question, where=where)) == admitted
    assert set(searched(store, question, where=where)) == admitted


# Hits


def test_hits_carry_source_passage_and_ranks(store: Store, harbour: list[Article], embedder: Embedder) -> None:
    put(store, *harbour)
    result = Searcher(store, embedder, SearchConfig()).search(Query(QUESTION, k=2))
    best = result.hits[0]
    assert best.source == harbour[1].source
    assert best.passage.text == harbour[1].text[best.passage.start : best.passage.end]
    assert best.ranks == {"dense": 1, "lexical": 1}
    assert len(result.hits) == 2
    assert (best.before, best.after) == (None, None)
    assert set(result.timings_ms) == {"understand", "embed", "lexical", "dense", "rerank", "read", "total"}


def test_equal_questions_give_equal_hits(store: Store) -> None:
    many(store)
    searcher = Searcher(store, HashEmbedder(), SearchConfig())
    query = Query("tram line in Leeds, and what the Ledger said of it", context=True)
    assert searcher.search(query).hits == searcher.search(query).hits


def test_hits_bring_what_stands_around_them(store: Store) -> None:
    text = " ".join(f"Sentence number {n} tells of the harbour and of its ships." for n in range(40))
    put(store, make_article(f"{text} A zeppelin came. {text}", id="long"), tokens=60)
    (hit,) = Searcher(store, HashEmbedder(), SearchConfig()).search(Query("zeppelin", k=1, context=True)).hits
    passages = store.passages_of("long")
    place = passages.index(hit.passage)
    assert "zeppelin" in hit.passage.text
    assert (hit.before, hit.after) == (passages[place - 1], passages[place + 1])


def test_copies_come_after_everything_else(store: Store) -> None:
    text = "A fire at the Abel Brandt plant in Lorne killed 7 people. Flames broke out shortly after noon in a hall. " * 3
    put(store, *(make_article(text, id=f"copy{n}", publisher=f"Paper {n}", published="2025-01-02") for n in range(4)))
    put(store, make_article("The mayor of Lorne promised a new plant, years after the fire.", id="other"))
    found = proposed(store, "fire at the plant in Lorne")
    groups = {id_: int(group) for id_, group in zip(found.ids, found.groups, strict=True)}
    articles = {id_: int(number) for id_, number in zip(found.ids, found.articles, strict=True)}
    of = {id_: articles_of(store, found, [place])[0] for place, id_ in enumerate(found.ids)}
    (first,) = {articles[id_] for id_ in found.ids if of[id_] == "copy0"}
    assert {group for id_, group in groups.items() if of[id_] != "other"} == {first}
    assert "other" in searched(store, "fire at the plant in Lorne", k=5)[:2]


def test_words_and_vector_of_a_passage_are_what_was_given(store: Store) -> None:
    """They need not be its own text: title and byline are among the words, and neither is in the vector."""
    vector = HashEmbedder().embed(["quite another thing"])[0]
    passage = Passage("p-0", "p", 0, 4, "Rain")
    entry = Entry(make_article("Rain is expected.", id="p"), [passage], ["zeppelin over the harbour"], ["embedded"])
    store.store([entry], {text_hash("embedded"): vector})
    assert by_words(store, "zeppelin") == ["p"]
    assert by_words(store, "rain") == []
    assert store.index.nearest(vector, k=1) == [("p-0", 1.0)]
    assert store.index.passages(["p-0"])["p-0"][0] == passage

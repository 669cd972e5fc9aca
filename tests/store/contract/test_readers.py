"""Several objects on one store: what one writes the others see, whole and at once."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rag.errors import MismatchError, NewsRagError, StoreError
from rag.ingest.pipeline import ingest, reembed
from rag.ports import Embedder
from rag.store.tables import text_hash
from rag.testing import HashEmbedder
from rag.types import Action, Article
from tests.conftest import make_article
from tests.store.contract.asking import by_words, near, put
from tests.store.contract.places import Place


class OtherEmbedder(HashEmbedder):
    """Vectors of another width and direction."""

    name = "hash:other"
    dimensions = 400

    def embed(self, texts):  # type: ignore[no-untyped-def]
        return np.pad(np.roll(super().embed(texts), 7, axis=1), ((0, 0), (0, 16)))


def test_what_is_reported_is_seen_by_another_reader(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as writer, shared.open(model=embedder.name) as reader:
        assert near(reader, "port union") == []
        for n, item in enumerate(ingest(harbour, writer, embedder, tokens=100), 1):
            assert item.action is Action.ADDED
            assert reader.article(item.article_id).title == item.title
            assert reader.count() >= n
        assert near(reader, "who heads the port union")[0] == "union"
        assert by_words(reader, "dockers") == ["strike"]
        put(writer, make_article("Karl Voss stays.", id="union", origin="/in/union.txt"))
        assert by_words(reader, "voss") == ["union"]
        assert by_words(reader, "moreau") == []
        assert [version.number for version in reader.versions("union")] == [1]
        writer.remove("strike")
        assert by_words(reader, "dockers") == []
        assert "strike" not in near(reader, "dockers pay")
        assert reader.article_ids() == ["union", "weather"]
        assert reader.index.publishers() == ("",)
        assert reader.index.newest() is None


def test_the_number_grows_with_each_publish_for_every_reader(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as writer, shared.open(model=embedder.name) as reader:
        numbers = [reader.index.number]
        for article in harbour:
            put(writer, article)
            near(reader, "anything")
            assert reader.index.number == writer.index.number == reader.stats().generation
            numbers.append(reader.index.number)
        assert numbers[0] == 0
        assert numbers == sorted(set(numbers))
        with writer.writing():
            pass
        assert reader.index.number == numbers[-1], "nothing was written"


def test_a_store_is_whole_when_it_is_opened_again(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
        stats, location = store.stats(), store.location
        near_before = near(store, "who heads the port union")
    store.close()
    with shared.create(model=embedder.name) as again:
        assert put(again, *harbour) == [Action.UNCHANGED] * 3
    with shared.open(model=embedder.name) as reader:
        assert (reader.stats().articles, reader.location) == (stats.articles, location)
        assert near(reader, "who heads the port union") == near_before
        assert [reader.article(article.id) for article in harbour] == harbour


def test_a_reader_without_an_embedder_reads_articles(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
        with shared.open() as reader:
            assert (reader.model, reader.embedder) == ("", embedder.name)
            assert reader.article("strike") == harbour[0]
            assert reader.index.count() == 3
            assert reader.index.number == store.index.number


def test_where_nothing_is_it_says_what_to_type(shared: Place) -> None:
    with pytest.raises(StoreError, match="rag ingest PATH"):
        shared.open()


def test_what_was_written_stands_however_the_block_ends(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)

        def broken_off() -> None:
            with store.writing():
                store.remove("weather")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken_off()
        assert store.article_ids() == ["strike", "union"]
        with shared.open(model=embedder.name) as reader:
            assert "weather" not in near(reader, "rain over the coast")


def test_threads_search_while_one_writes(shared: Place, embedder: Embedder) -> None:
    failures: list[object] = []
    done = threading.Event()
    texts = [f"Report {n} tells of topic{n} and of nothing else." for n in range(12)]
    with shared.create(model=embedder.name) as store:
        put(store, *(make_article(text, id=f"a{n}") for n, text in enumerate(texts[:4])))

        def read(place: int) -> None:
            try:
                while not done.is_set():
                    if near(store, texts[place])[0] != f"a{place}" or by_words(store, f"topic{place}") != [f"a{place}"]:
                        failures.append(place)
            except (NewsRagError, Exception) as error:
                failures.append(error)

        threads = [threading.Thread(target=read, args=(place,)) for place in (0, 3)]
        for thread in threads:
            thread.start()
        for n in range(4, 12):
            put(store, make_article(texts[n], id=f"a{n}"))
            put(store, make_article(texts[3], id="a3", publisher=f"Paper {n}", title=f"Title {n}"))
        done.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.count() == 12


# The embedder


def test_another_embedder_is_refused_with_the_command(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
        for refused in (shared.open, shared.create):
            with pytest.raises(MismatchError, match="rag library rebuild"):
                refused(model="other:v1")


def test_articles_are_removed_whatever_embedder_built_the_store(
    shared: Place, harbour: list[Article], embedder: Embedder
) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
    with shared.open(as_built=True) as store:
        assert store.model == embedder.name
        with store.writing():
            store.remove("weather")
    with shared.open(model=embedder.name) as reader:
        assert near(reader, "rain over the coast", k=9) == near(reader, "rain over the coast", k=2)
        assert "weather" not in near(reader, "rain over the coast", k=9)
        assert near(reader, "who heads the port union")[0] == "union"
        assert reader.index.count() == 2


def test_articles_are_removed_while_another_embedder_takes_over(
    shared: Place, harbour: list[Article], embedder: Embedder
) -> None:
    other = OtherEmbedder()
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
    with shared.open(model=other.name, rebuilding=True) as store:
        keys = {store.text_hashes_of(one.id)[0]: store.passages_of(one.id)[0].text for one in harbour}
        store.store_vectors(dict(zip(keys, other.embed(list(keys.values())), strict=True)))
        with shared.open(as_built=True) as remover:
            remover.remove("weather")
            store.adopt_embedder()
            remover.remove("strike")
    with shared.open(model=other.name) as reader:
        assert near(reader, "who heads the port union", k=9, embedder=other) == ["union"]
        assert not reader.lacks_vectors()


def test_rebuilding_goes_over_to_another_embedder(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    other = OtherEmbedder()
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
        assert not store.lacks_vectors()
        before = store.index.number
    with shared.open(model=other.name, rebuilding=True) as store:
        assert store.lacks_vectors()
        assert reembed(store, other) == 3
        assert not store.lacks_vectors()
        assert (store.model, store.embedder) == (other.name, other.name)
    with shared.open(model=other.name) as store:
        assert near(store, "who heads the port union", embedder=other)[0] == "union"
        assert store.index.number > before
        assert put(store, make_article("Snow fell.", id="snow"), embedder=other) == [Action.ADDED]
        assert near(store, "snow", embedder=other)[0] == "snow"
        assert [store.article(article.id) for article in harbour] == harbour
    with pytest.raises(MismatchError, match="hash:other"):
        shared.open(model=embedder.name)


def test_embedding_anew_that_was_broken_off_goes_on(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    class Broken(OtherEmbedder):
        n_texts = 0

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.n_texts += len(texts)
            return super().embed(texts)

    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
    other = Broken()
    with shared.open(model=other.name, rebuilding=True) as store:
        keys = [store.text_hashes_of(article.id)[0] for article in harbour]
        store.store_vectors({keys[0]: other.embed([store.passages_of("strike")[0].text])[0]})
        assert store.known_texts(keys) == {keys[0]}
        assert store.lacks_vectors()
    with shared.open(model=embedder.name) as store:
        assert near(store, "who heads the port union")[0] == "union", "still its old embedder's, whole"
        again = harbour[0].text
        put(store, make_article(again, id="twin", title="The same words"), make_article("Fog.", id="fog"))
        store.remove("weather")
    with shared.open(model=other.name, rebuilding=True) as store:
        assert reembed(store, other) == 4
        assert other.n_texts == 3, "strike's text was known, its twin's too"
        assert sorted(near(store, again, k=2, embedder=other)) == ["strike", "twin"]
        assert near(store, "fog", embedder=other)[0] == "fog"
        assert store.index.count() == 4
        assert "weather" not in near(store, "rain over the coast", k=9, embedder=other)


def test_vectors_stored_again_take_the_place_of_the_old(shared: Place, harbour: list[Article], embedder: Embedder) -> None:
    with shared.create(model=embedder.name) as store:
        put(store, *harbour)
        vector = embedder.embed(["a zeppelin over the sea"])[0]
        with store.writing():
            store.store_vectors({text_hash(harbour[2].text): vector})
            store.adopt_embedder()
    with shared.open(model=embedder.name) as store:
        assert near(store, "a zeppelin over the sea")[0] == "weather"

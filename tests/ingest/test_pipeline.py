from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import ClassVar

import pytest

from rag.errors import DiskFullError
from rag.ingest import Rejected, pipeline
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store import generation as generations
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Action, Article
from tests.conftest import make_article


def test_rejected_and_wordless_articles_are_reported_in_order(library: Library, embedder: Embedder) -> None:
    articles = [make_article("One sentence.", id="a"), Rejected("/in/b.txt", "binary"), make_article("  ", id="c")]
    items = list(ingest(articles, library, embedder, tokens=100))
    assert [(item.action, item.reason) for item in items] == [
        (Action.ADDED, ""),
        (Action.REJECTED, "binary"),
        (Action.REJECTED, "no words in it"),
    ]
    assert library.article_ids() == ["a"]


def test_one_id_twice_in_one_run_ends_as_the_later(library: Library, embedder: Embedder) -> None:
    articles = [make_article("First version.", id="a"), make_article("Second version.", id="a")]
    items = list(ingest(articles, library, embedder, tokens=100))
    assert [item.action for item in items] == [Action.ADDED, Action.UPDATED]
    assert library.article("a").text == "Second version."


def test_what_is_yielded_is_stored_even_when_the_run_breaks_off(library: Library, embedder: Embedder) -> None:
    def articles():  # type: ignore[no-untyped-def]
        for number in range(1000):
            if number == 400:
                raise KeyboardInterrupt
            yield make_article(f"Sentence number {number} of the run.", id=f"a{number:04}")

    reported: list[str] = []
    items = ingest(articles(), library, embedder, tokens=100)
    with pytest.raises(KeyboardInterrupt):
        reported.extend(item.article_id for item in items)
    assert reported
    assert set(reported) <= set(library.article_ids())
    assert library.index.number == 1


def test_equal_passages_are_embedded_once(library: Library) -> None:
    class Counting(HashEmbedder):
        n_texts = 0

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.n_texts += len(texts)
            return super().embed(texts)

    counting = Counting()
    list(ingest([make_article("Same words.", id="a"), make_article("Same words.", id="b")], library, counting, tokens=100))
    assert counting.n_texts == 1


def test_a_full_disk_at_publishing_loses_no_article(
    library: Library, harbour: list[Article], embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generations, "_write", full)
    with pytest.raises(DiskFullError, match="rag library rebuild"):
        list(ingest(harbour, library, embedder, tokens=100))
    assert library.count() == 3
    assert not [child for child in (library.path / "index").iterdir() if child.name.startswith(".new")]  # type: ignore[operator]


def _ingest_slowly(path: Path, ready: object) -> None:
    class Slow(HashEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            time.sleep(0.05)
            return super().embed(texts)

    with Library.create(path, model=HashEmbedder.name) as library:
        for n in range(10_000):
            articles = [make_article(f"Sentence {n} of part {part}. " * 40, id=f"{n}-{part}") for part in range(4)]
            for item in ingest(articles, library, Slow(), tokens=100):
                ready.send(item.article_id)  # type: ignore[attr-defined]


def test_a_killed_ingest_loses_nothing_it_reported(tmp_path: Path, embedder: Embedder) -> None:
    context = multiprocessing.get_context("fork")
    for delay_s in (0.3, 0.5, 0.8):
        path = tmp_path / str(delay_s)
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=_ingest_slowly, args=(path, sending))
        process.start()
        time.sleep(delay_s)
        os.kill(process.pid, signal.SIGKILL)  # type: ignore[arg-type]
        process.join()
        reported = set()
        while receiving.poll():
            reported.add(receiving.recv())
        with Library.open(path, model=embedder.name) as library:
            assert reported <= set(library.article_ids())
            (again,) = ingest([make_article("The lock is free again.", id="after")], library, embedder, tokens=100)
            assert again.action is Action.ADDED


def test_a_batch_is_as_large_as_the_embedder_is_fast(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(pipeline.time, "monotonic", lambda: clock[0])

    class Paced(HashEmbedder):
        per_s = 100.0
        sizes: ClassVar[list[int]] = []

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.sizes.append(len(texts))
            clock[0] += len(texts) / self.per_s
            return super().embed(texts)

    paced = Paced()
    articles = (make_article(f"Sentence number {n}.", id=f"a{n:04}") for n in range(1400))
    for number, _ in enumerate(ingest(articles, library, paced, tokens=100)):
        paced.per_s = 100 if number < 700 else 5
    assert paced.sizes[:4] == [64, 128, 256, 400]  # doubling, up to what four seconds allow
    assert 64 in paced.sizes[4:]
    assert sum(paced.sizes) == 1400


def test_articles_that_come_slowly_are_stored_all_the_same(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(pipeline.time, "monotonic", lambda: clock[0])

    def articles():  # type: ignore[no-untyped-def]
        for n in range(12):
            clock[0] += 1.0
            yield make_article(f"Sentence number {n}.", id=f"a{n}")

    seen = [(item.article_id, clock[0]) for item in ingest(articles(), library, HashEmbedder(), tokens=100)]
    assert all(at - (int(id_[1:]) + 1) <= 5 for id_, at in seen)
    assert len({at for _, at in seen}) == 3


def test_texts_go_to_the_embedder_longest_first(library: Library) -> None:
    class Watching(HashEmbedder):
        lengths: ClassVar[list[int]] = []

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.lengths += [len(text) for text in texts]
            return super().embed(texts)

    articles = [make_article(" ".join(f"word{n}x{i}" for i in range(n * 7 % 30 + 1)), id=f"a{n}") for n in range(30)]
    items = list(ingest(articles, library, Watching(), tokens=100))
    assert Watching.lengths == sorted(Watching.lengths, reverse=True)
    assert [item.article_id for item in items] == [article.id for article in articles]
    for article in articles:
        (passage,) = library.passages_of(article.id)
        ((hit, cosine),) = library.index.nearest(HashEmbedder().embed([passage.text])[0], k=1)
        assert cosine == pytest.approx(1.0)
        assert library.index.passages([hit])[hit][0].text == passage.text


def test_progress_is_told_with_the_total(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    told: list[tuple[int, int, str]] = []
    list(ingest(harbour, library, embedder, tokens=100, total=3, progress=lambda *args: told.append(args)))
    assert told == [(1, 3, "/in/strike.txt"), (2, 3, "/in/union.txt"), (3, 3, "/in/weather.txt")]


def test_an_article_that_moved_while_another_took_its_place_stays(library: Library, embedder: Embedder) -> None:
    list(ingest([make_article("The old news.", id="x", origin="/in/1")], library, embedder, tokens=100))
    moved = make_article("The old news.", id="x", origin="/in/2", title="Moved")
    taking = make_article("Other news.", id="y", origin="/in/1")
    list(ingest([taking, moved], library, embedder, tokens=100))
    assert library.article_ids() == ["x", "y"]
    assert library.article("x").origin == "/in/2"
    assert len(library.index.holding('"news"')) == 2

"""Articles into the library: cut, embed, store, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.chunk import chunk, indexed_text
from rag.ingest import Rejected
from rag.ports import Embedder, Progress, Vectors, no_progress
from rag.store.library import Entry, Library, text_hash
from rag.types import Action, Article, IngestItem

_BATCH_PASSAGES = 128
"""Passages embedded and committed together: enough to keep the embedder busy, little to do again after a kill."""


def ingest(
    articles: Iterable[Article | Rejected],
    library: Library,
    embedder: Embedder,
    *,
    tokens: int,
    progress: Progress = no_progress,
) -> Iterator[IngestItem]:
    """Store articles, and yield what became of each once it is durable, in order.

    Args:
        tokens: Most cl100k tokens of a passage.
        progress: Called with the count of articles done, 0 and the last origin.

    Raises:
        LockedError: another process is writing.
        DiskFullError: no room; what was yielded is stored.
    """
    done = 0
    with library.writing():
        batch = _Batch(library, embedder, tokens)
        for article in articles:
            for item in batch.take(article):
                done += 1
                progress(done, 0, item.origin)
                yield item
        for item in batch.flush():
            done += 1
            progress(done, 0, item.origin)
            yield item


def reembed(library: Library, embedder: Embedder, *, progress: Progress = no_progress) -> int:
    """Embed every passage of a library with its new embedder, then switch over, and return how many articles there are.

    Killed half-way, the library is still its old embedder's, whole; the same command goes on where it stopped.
    """
    ids = library.article_ids()
    with library.writing():
        for done, article_id in enumerate(ids, 1):
            article = library.article(article_id)
            texts = [indexed_text(article, passage) for passage in library.passages_of(article_id)]
            library.store_vectors(_new_vectors(texts, library, embedder))
            progress(done, len(ids), article_id)
        library.adopt_embedder()
    return len(ids)


class _Batch:
    """Articles waiting to be embedded and stored together, with the items to report then."""

    def __init__(self, library: Library, embedder: Embedder, tokens: int) -> None:
        self._library = library
        self._embedder = embedder
        self._tokens = tokens
        self._entries: list[Entry] = []
        self._items: list[IngestItem] = []

    def take(self, article: Article | Rejected) -> list[IngestItem]:
        """Take one article, and return the items that are durable by now."""
        if isinstance(article, Rejected):
            self._items.append(IngestItem(article.origin, Action.REJECTED, reason=article.reason))
            return [] if self._entries else self.flush()
        waiting = {entry.article.id for entry in self._entries} | {entry.article.origin for entry in self._entries}
        durable = self.flush() if article.id in waiting or article.origin in waiting else []
        action = self._library.action_for(article)
        if action is Action.UNCHANGED:
            self._library.note_origin(article)
            self._items.append(_item(article, action))
        else:
            self.add(article, action)
        return durable if self._entries else durable + self.flush()

    def add(self, article: Article, action: Action) -> None:
        """Put an article in the batch, and store the batch when it is full."""
        passages = chunk(article, tokens=self._tokens)
        if not passages:
            self._items.append(replace(_item(article, Action.REJECTED), reason="no words in it"))
            return
        self._entries.append(Entry(article, passages, [indexed_text(article, passage) for passage in passages]))
        self._items.append(_item(article, action))
        if sum(len(entry.passages) for entry in self._entries) >= _BATCH_PASSAGES:
            self._store()

    def flush(self) -> list[IngestItem]:
        """Store what waits, and return the items of everything taken since the last flush."""
        self._store()
        items, self._items = self._items, []
        return items

    def _store(self) -> None:
        if not self._entries:
            return
        texts = [text for entry in self._entries for text in entry.texts]
        self._library.store(self._entries, _new_vectors(texts, self._library, self._embedder))
        self._entries = []


def _item(article: Article, action: Action) -> IngestItem:
    return IngestItem(article.origin, action, article.id, article.title)


def _new_vectors(texts: Iterable[str], library: Library, embedder: Embedder) -> dict[str, Vectors]:
    """Return the vectors, by text hash, of those texts that the library has none for."""
    by_hash = {text_hash(text): text for text in texts}
    known = library.known_texts(list(by_hash))
    missing = {key: text for key, text in by_hash.items() if key not in known}
    return dict(zip(missing, embedder.embed(list(missing.values())), strict=True))

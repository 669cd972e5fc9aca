"""Articles into the library: cut, embed, store, a batch at a time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from rag.chunk import chunk, embedded_text, indexed_text
from rag.ingest.recall import Item, Known
from rag.ingest.walk import Rejected
from rag.logs import tell
from rag.ports import Embedder, Progress, Vectors, no_progress
from rag.store.contract import Store
from rag.store.tables import Entry, text_hash
from rag.telemetry import OFF, Telemetry
from rag.timing import Stopwatch
from rag.types import Action, Article, IngestItem

log = logging.getLogger(__name__)

_BATCH_PASSAGES = (64, 1024)
"""Fewest and most passages embedded and committed together. More make an embedder and a commit no faster."""

_MOST_NOTES = 500
"""Articles found stored already, after which it is noted what they were read from."""

_BATCH_S = 4.0
"""About how long a batch may take: what a kill loses, and how often progress is seen."""


def ingest(
    articles: Iterable[Item],
    library: Store,
    embedder: Embedder,
    *,
    tokens: int,
    total: int = 0,
    progress: Progress = no_progress,
    telemetry: Telemetry = OFF,
) -> Iterator[IngestItem]:
    """Store articles, and yield what became of each once it is durable, in order. What is known is reported as unchanged.

    Args:
        tokens: Most cl100k tokens of a passage.
        total: How many articles there will be, for `progress`; 0 where that is not known.
        progress: Called with the count of articles done, `total` and the last origin.
        telemetry: Takes a span for each batch that is stored, with what reading, embedding and storing took.

    Raises:
        LockedError: another process is writing.
        DiskFullError: no room; what was yielded is stored.
    """
    counts: Counter[str] = Counter()
    batch = _Batch(library, embedder, tokens, telemetry)
    try:
        with library.writing():
            for article in articles:
                for item in batch.take(article):
                    counts[item.action.value] += 1
                    progress(counts.total(), total, item.origin)
                    yield item
            for item in batch.flush():
                counts[item.action.value] += 1
                progress(counts.total(), total, item.origin)
                yield item
            batch.note()
    finally:
        tell(log, "ingest", **counts, passages=batch.n_stored, ms=batch.watch.timings_ms())


def reembed(library: Store, embedder: Embedder, *, afresh: bool = False, progress: Progress = no_progress) -> int:
    """Embed every passage of a library with its new embedder, then switch over, and return how many articles there are.

    Killed half-way, the library is still its old embedder's, whole; the same command goes on where it stopped.

    Args:
        afresh: Embed also what has a vector of that embedder.
    """
    ids = library.article_ids()
    done = 0
    with library.writing():
        size = _BatchSize()
        texts: dict[str, str] = {}
        for done, article_id in enumerate(ids, 1):
            # By the hashes that the passages bear: an older version may have put together other texts.
            passages = zip(library.text_hashes_of(article_id), library.passages_of(article_id), strict=True)
            texts |= {key: embedded_text(passage) for key, passage in passages}
            if len(texts) >= size.passages or done == len(ids):
                with size.measured(len(texts)):
                    library.store_vectors(_vectors(texts, embedder, None if afresh else library))
                texts = {}
                progress(done, len(ids), article_id)
        library.adopt_embedder()
    return done


class _BatchSize:
    """How many passages to embed together: as many as the embedder gets through in the time that a batch may take."""

    def __init__(self) -> None:
        self.passages = _BATCH_PASSAGES[0]

    @contextmanager
    def measured(self, n_passages: int) -> Iterator[None]:
        """Learn from how long a batch takes; at most doubling, since the first one also loads the model."""
        began = time.monotonic()
        yield
        fitting = n_passages * _BATCH_S / max(time.monotonic() - began, 1e-3)
        fewest, most = _BATCH_PASSAGES
        self.passages = round(min(max(fitting, fewest), self.passages * 2, most))


class _Batch:
    """Articles waiting to be embedded and stored together, with the items to report then."""

    def __init__(self, library: Store, embedder: Embedder, tokens: int, telemetry: Telemetry) -> None:
        self.watch = Stopwatch()
        self.n_stored = 0
        self._read_since = time.monotonic()
        self._telemetry = telemetry
        self._library = library
        self._embedder = embedder
        self._tokens = tokens
        self._size = _BatchSize()
        self._entries: list[Entry] = []
        self._keys: set[str] = set()
        self._n_passages = 0
        self._began = 0.0
        self._items: list[IngestItem] = []
        self._found: list[Article] = []

    def take(self, article: Item) -> list[IngestItem]:
        """Take one article, and return the items that are durable by now."""
        if not isinstance(article, Article):
            self._items.append(article.item if isinstance(article, Known) else _rejected(article))
            return [] if self._entries else self.flush()
        durable = self.flush() if {article.id, article.origin} & self._keys else []
        action = self._library.action_for(article)
        if action is Action.UNCHANGED:
            self._library.note_origin(article)
            self._found += [replace(article, text="", removed=())] if article.reading else []
            if len(self._found) >= _MOST_NOTES:
                self.note()
            self._items.append(_item(article, action))
        else:
            self._add(article, action)
        return durable if self._entries else durable + self.flush()

    def flush(self) -> list[IngestItem]:
        """Store what waits, and return the items of everything taken since the last flush."""
        self._store()
        items, self._items = self._items, []
        return items

    def note(self) -> None:
        """Have the library remember what the articles that it held already were read from."""
        found, self._found = self._found, []
        if found:
            self._library.note_readings(found)

    def _add(self, article: Article, action: Action) -> None:
        """Put an article in the batch, and store the batch when it is full or old."""
        passages = chunk(article, tokens=self._tokens)
        if not passages:
            self._items.append(replace(_item(article, Action.REJECTED), reason="no words in it"))
            return
        self._began = self._began if self._entries else time.monotonic()
        words = [indexed_text(article, passage) for passage in passages]
        self._entries.append(Entry(article, passages, words, [embedded_text(passage) for passage in passages]))
        self._keys |= {article.id, article.origin} - {""}
        self._n_passages += len(passages)
        self._items.append(_item(article, action))
        if self._n_passages >= self._size.passages or time.monotonic() - self._began >= _BATCH_S:
            self._store()

    def _store(self) -> None:
        if not self._entries:
            return
        self.note()  # before any of these may change
        texts = {text_hash(text): text for entry in self._entries for text in entry.embedded}
        read_s, watch = time.monotonic() - self._read_since, self.watch
        with self._telemetry.span("ingest", read_s) as watch.span, self._size.measured(self._n_passages):
            watch.span.note(articles=len(self._entries), passages=self._n_passages)
            watch.passed("read", read_s)
            with watch.stage("embed"):
                vectors = _vectors(texts, self._embedder, self._library)
            with watch.stage("store"):
                self._library.store(self._entries, vectors)
        self.n_stored += self._n_passages
        self._read_since = time.monotonic()
        self._entries, self._keys, self._n_passages = [], set(), 0


def _rejected(rejected: Rejected) -> IngestItem:
    return IngestItem(rejected.origin, Action.REJECTED, reason=rejected.reason)


def _item(article: Article, action: Action) -> IngestItem:
    return IngestItem(article.origin, action, article.id, article.title)


def _vectors(texts: Mapping[str, str], embedder: Embedder, library: Store | None) -> dict[str, Vectors]:
    """Return the vectors, by text hash, of those texts that the library has none for; of all where there is no library.

    Texts of one length go to the embedder side by side, so that it pads little.
    """
    known = library.known_texts(list(texts)) if library else set()
    missing = sorted(texts.keys() - known, key=lambda key: (-len(texts[key]), key))
    return dict(zip(missing, embedder.embed([texts[key] for key in missing]), strict=True)) if missing else {}

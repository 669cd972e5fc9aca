"""What of an input the library holds already, just as it would be read again: that is not read again.

A record is a line, a row, a member of an archive, or a file. It is known by a digest of its bytes, of where it stands, and of
all that shapes how it is read: the readers' code, the settings, and what the folder's manifest says of it. The library keeps
that digest with the article's origin, in the transaction that stores the article, and drops it when the article changes, goes,
or no longer stands there. So a record is passed over only where reading it would change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rag.ingest.readers import fingerprint
from rag.ingest.walk import Rejected
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from rag.store.contract import Store

KEY_BYTES = 16
"""Length of the digest of a record by itself."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record that the library holds: what is to be reported of it, and how to read it all the same."""

    item: IngestItem
    again: Callable[[], Iterator[Article | Rejected]]


Item = Article | Rejected | Known
"""What a record gives."""

Ask = Callable[[bytes], Known | None]
"""Called with the digest of a record by itself; returns what is known of it where it need not be read."""

ReadAgain = Callable[["Records"], Iterator[Item]]
"""Reads a file with other answers to what its reader asks."""

PASSED = Known(IngestItem("", Action.UNCHANGED), lambda: iter(()))
"""Stands for a record that nobody wants to hear of."""


def record_key(kind: str, origin: str, raw: bytes) -> bytes:
    """Return the digest of a record by itself."""
    head = f"{kind}\0{origin}\0".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(head + raw, digest_size=KEY_BYTES).digest()


def articles_of(items: Iterator[Item]) -> Iterator[Article | Rejected]:
    """Yield what was read."""
    return (item for item in items if not isinstance(item, Known))


class Recall:
    """What a library knows of the input of one run. Readers ask it from any thread; one thread takes what they give."""

    def __init__(self, store: Store) -> None:
        """Ask `store`."""
        self._store = store
        self._changed: set[tuple[str, str]] = set()

    def records(self, shaping: bytes, again: ReadAgain) -> Records:
        """Return what answers the reader of one file.

        Args:
            shaping: All that shapes how it is read, but for its bytes and the readers.
            again: Reads it once more.
        """
        return Records(hashlib.blake2b(shaping, key=fingerprint().encode()).digest(), again, self._store.recall)

    def in_order(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yield what is read, in order; what was known is read after all where something before it changes its article.

        Readers are ahead of what is stored: they were told what the library held before.
        """
        for item in items:
            if not isinstance(item, Known):
                yield self._noted(item)
            elif not self._changed.isdisjoint((("id", item.item.article_id), ("origin", item.item.origin))):
                yield from map(self._noted, item.again())
            else:
                yield item

    def _noted(self, item: Article | Rejected) -> Article | Rejected:
        """Return an item, and remember what it changes of what was there, be it only which article stands at an origin."""
        if isinstance(item, Article) and not self._store.stands(item):
            action = self._store.action_for(item)
            self._changed |= {("origin", item.origin)} if action is not Action.ADDED else set()
            self._changed |= {("id", item.id)} if action is Action.UPDATED else set()
        return item


class Records:
    """The records of one file, asked for one after the other."""

    def __init__(
        self, shaping: bytes, again: ReadAgain, recall: Callable[[str], IngestItem | None], *, only: bytes | None = None
    ) -> None:
        """Let all be read that `recall` does not know; of those with the digest `only` the first, and no others."""
        self._shaping = shaping
        self._again = again
        self._recall = recall
        self._only = only
        self._is_found = False
        self._reading = ""

    def ask(self, key: bytes) -> Known | None:
        """Return what is known of a record, None where it is to be read: then what is given next is of it."""
        if self._only is not None:
            if self._is_found or key != self._only:
                return PASSED
            self._is_found = True
        self._reading = hashlib.blake2b(self._shaping + key, digest_size=16).hexdigest()
        item = self._recall(self._reading) if self._only is None else None
        return Known(item, partial(self._read_again, key)) if item else None

    def begin(self) -> None:
        """Forget what was asked last: another part of the file begins, whose reader may not ask."""
        self._reading = ""

    def named(self, item: Item) -> Item:
        """Return what a record gave, an article with what the record is known by from now on."""
        if isinstance(item, Known):
            return item
        reading, self._reading = self._reading, ""
        return replace(item, reading="" if item.reading else reading) if isinstance(item, Article) else item

    def _read_again(self, key: bytes) -> Iterator[Article | Rejected]:
        """Yield what one record gives."""
        items = list(articles_of(self._again(Records(self._shaping, self._again, self._recall, only=key))))
        articles = [item for item in items if isinstance(item, Article)]
        yield from articles or items

"""Articles into the library from the page, by the one way in: what `rag ingest` does with files, with what a reader gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from rag.config import IngestConfig
from rag.errors import EmptyLibraryError
from rag.ingest import Rejected, Sandbox, read_upload
from rag.ingest.formats.known import SUFFIXES
from rag.ingest.pipeline import ingest
from rag.store.choose import create_store
from rag.types import Article, IngestItem
from ui.backend import Backend
from ui.worker import work

FILE_TYPES = SUFFIXES
MAX_FILES = 200
MAX_PASTED = 2_000_000
"""Characters of a pasted text: the most that an article may have."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was typed or pasted as one article; all but the text may be empty, and `day` is as written."""

    text: str
    title: str = ""
    publisher: str = ""
    day: str = ""
    url: str = ""


def add(backend: Backend, articles: Iterable[Article | Rejected]) -> Iterator[IngestItem]:
    """Store articles, and yield what became of each once it is durable; a library is made where there is none.

    Raises:
        LockedError: another process is writing.
        StoreError: the library cannot be written.
    """
    with backend.writing:  # else the library's own lock, which is for other processes, would refuse the second of us
        yield from _added(backend, articles)


def _added(backend: Backend, articles: Iterable[Article | Rejected]) -> Iterator[IngestItem]:
    """Store articles as the only one in this process."""
    tokens = backend.config.chunk.tokens
    try:
        assistant = backend.assistant()
    except EmptyLibraryError:
        from rag.embed import load_embedder

        embedder = load_embedder(backend.config.embed)
        with create_store(backend.config.library, model=embedder.name) as library:
            yield from ingest(articles, library, embedder, tokens=tokens)
        return
    telemetry = assistant.observer.telemetry
    yield from ingest(articles, assistant.library, assistant.embedder, tokens=tokens, telemetry=telemetry)


def added(backend: Backend, articles: Iterable[Article | Rejected]) -> Iterator[IngestItem]:
    """Yield what became of each article while all are stored in a thread, which goes on when nobody looks any more.

    Raises:
        NewsRagError: as `add`, and what reading the articles raises.
    """
    items: SimpleQueue[IngestItem | Exception | None] = SimpleQueue()

    def adding() -> None:
        try:
            for item in add(backend, articles):
                items.put(item)
            items.put(None)
        except Exception as error:
            items.put(error)

    work(adding, name="adding")
    while (item := items.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item


def remove(backend: Backend, article_id: str) -> None:
    """Remove an article.

    Raises:
        InputError: the library does not hold it.
        LockedError: another process is writing.
    """
    library = backend.assistant().library
    with backend.writing, library.writing():
        library.remove(article_id)


def uploaded(paths: Sequence[str], limits: IngestConfig | None = None) -> Iterator[Article | Rejected]:
    """Yield the articles of uploaded files, at most 200, under the names that they had on the reader's machine."""
    with Sandbox(limits) as sandbox:
        for path in paths[:MAX_FILES]:
            yield from read_upload(Path(path).name, Path(path), now=datetime.now(UTC), sandbox=sandbox)
    for path in paths[MAX_FILES:]:
        yield Rejected(f"upload:{Path(path).name}", f"more than {MAX_FILES} files at once; add it again on its own")


def fetched(backend: Backend, typed: str) -> Iterator[Article | Rejected]:
    """Yield the articles of the pages whose addresses were typed, at most 200, one a line or apart by spaces."""
    from rag.fetch.web import read_urls

    urls = typed.split()
    yield from read_urls(urls[:MAX_FILES], settings=backend.config, now=datetime.now(UTC))
    for url in urls[MAX_FILES:]:
        yield Rejected(url[:200], f"more than {MAX_FILES} addresses at once; add it again on its own")


def followed(backend: Backend, typed: str) -> Iterator[Article | Rejected]:
    """Yield the articles that feeds hold now; their addresses were typed, one a line or apart by spaces.

    Raises:
        InputError: an address that may not be asked for.
    """
    from rag.fetch.visits import Visits
    from rag.fetch.watch import Watch, sources_of
    from rag.fetch.web import WebReader

    with Visits.in_memory() as visits, WebReader(backend.config, visits) as reader:
        sources = sources_of(reader, typed.split()[:MAX_FILES], ())
        yield from Watch(reader, sources, every_s=backend.config.watch.every_s).cycle(at_all=True)


def pasted(given: Pasted) -> Iterator[Article | Rejected]:
    """Yield the article that was pasted, or why it is none."""
    facts = {"title": given.title, "publisher": given.publisher, "date": given.day, "url": given.url}
    line = {"text": given.text[: MAX_PASTED + 1], **{name: value.strip() for name, value in facts.items() if value.strip()}}
    for found in read_upload("pasted.jsonl", json.dumps(line).encode(), now=datetime.now(UTC)):
        yield replace(found, origin="pasted" if isinstance(found, Rejected) else f"pasted:{found.id}")

"""What `rag ingest` reads from the web: URLs, lists of them, feeds and sitemaps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.config import Config
from rag.errors import InputError
from rag.types import Article, IngestItem

if TYPE_CHECKING:
    from rag.fetch.web import WebReader
    from rag.ingest import Rejected, Sandbox

UrlsOption = Annotated[
    list[Path] | None, typer.Option("--urls", help="A file with a URL a line; `-` is standard input.", metavar="FILE")
]
FeedOption = Annotated[
    list[str] | None,
    typer.Option("--feed", help="An RSS, Atom or JSON feed, or a page that names one: its articles.", metavar="URL"),
]
SitemapOption = Annotated[list[str] | None, typer.Option("--sitemap", help="A sitemap: its pages.", metavar="URL")]


@dataclass(frozen=True, slots=True)
class Pages:
    """Articles from the web, and what to call for each item of them once it is stored."""

    articles: Iterator[Article | Rejected]
    stored: Callable[[IngestItem], None]


@dataclass(frozen=True, slots=True)
class Web:
    """What to read from the web."""

    urls: Sequence[str] = ()
    lists: Sequence[Path] = ()
    feeds: Sequence[str] = ()
    sitemaps: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.urls or self.lists or self.feeds or self.sitemaps)

    @contextmanager
    def reading(self, settings: Config, sandbox: Sandbox, on_unchanged: Callable[[], None]) -> Iterator[Pages]:
        """Give the articles; nothing is fetched before the first is drawn, and nothing is made where there is nothing to read.

        Args:
            on_unchanged: Called for each page that is as it was, which gives no article.

        Raises:
            InputError: a list that cannot be read, or the address of a feed that may not be asked for.
        """
        if not self:
            yield Pages(iter(()), lambda _item: None)
            return
        from rag.fetch.web import WebReader
        from rag.store.beside import open_visits

        with (
            open_visits(settings.library) as visits,
            WebReader(settings, visits, sandbox=sandbox, on_unchanged=lambda _url: on_unchanged()) as reader,
        ):
            yield Pages(self._articles(reader, settings), reader.stored)

    def _articles(self, reader: WebReader, settings: Config) -> Iterator[Article | Rejected]:
        """Yield what was named by hand in full, and of lists what was not read a while ago, so that they can go on."""
        from rag.fetch.watch import Watch, sources_of

        if self.urls:
            yield from reader.read(self.urls)
        if self.lists:
            yield from reader.read(chain.from_iterable(map(_lines, self.lists)), only_stale=True)
        if self.feeds or self.sitemaps:
            sources = sources_of(reader, self.feeds, self.sitemaps)
            yield from Watch(reader, sources, every_s=settings.watch.every_s).cycle(at_all=True)


def is_url(text: str) -> bool:
    """Whether an argument is a URL and no path."""
    return text.lower().startswith(("http://", "https://"))


def _lines(file: Path) -> Iterator[str]:
    """Yield the URLs of a list: lines, without empty ones and those that begin with `#`."""
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8") as stream:
            yield from (line.strip() for line in stream if line.strip() and not line.lstrip().startswith("#"))
    except OSError as error:
        raise InputError(f"the list {str(file)!r} cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise InputError(f"the list {str(file)!r} is not UTF-8; it has a URL a line") from None

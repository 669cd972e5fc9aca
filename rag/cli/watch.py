"""`rag watch`: feeds and sitemaps into the library, again and again."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, print_json, resolve, say
from rag.config import Config
from rag.errors import ConfigError, LockedError
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from rag.fetch.web import WebReader
    from rag.ingest.walk import Rejected
    from rag.ports import Embedder

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_LOCK_WAIT_S = 5.0


def watch(
    feeds: Annotated[
        list[str] | None,
        typer.Argument(help="Feeds, or pages that name theirs; else those of the settings.", metavar="[FEED…]"),
    ] = None,
    sitemap: Annotated[list[str] | None, typer.Option("--sitemap", help="A sitemap to watch as well.", metavar="URL")] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="How often to look at each, such as 90s, 15m or 2h.", metavar="TIME")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look at each now, take in what is due, and end.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow feeds and sitemaps: put what is new or changed into the library, until Ctrl-C.

    A page is looked at again 1, 6 and 24 hours and 3 and 7 days after it was first read, to notice corrections.

    Example: rag watch https://paper.example/rss --every 15m
    """
    from rag.embed import load_embedder
    from rag.fetch.watch import Watch, batches, sources_of
    from rag.fetch.web import WebReader
    from rag.store.beside import open_visits

    settings = resolve(config, library__path=library, watch__every_s=_seconds(every)).config
    named = bool(feeds or sitemap)
    counts: Counter[Action] = Counter()
    with open_visits(settings.library) as visits, WebReader(settings, visits) as reader:
        sources = sources_of(
            reader,
            (feeds or []) if named else settings.watch.feeds,
            (sitemap or []) if named else settings.watch.sitemaps,
        )
        if not sources:
            raise ConfigError("there is nothing to watch; type: rag watch URL, or set watch.feeds or watch.sitemaps")
        embedder = load_embedder(settings.embed)
        watched = Watch(reader, sources, every_s=settings.watch.every_s)
        say(f"watching {len(sources)} feeds and sitemaps, each about every {settings.watch.every_s:g} s; Ctrl-C ends it")
        try:
            while True:
                for batch in batches(watched.cycle(at_all=once)):
                    _take_in(batch, reader, embedder, settings, counts, as_json=as_json)
                if once:
                    break
                watched.wait()
        except KeyboardInterrupt:
            if once:
                raise
        finally:
            say(f"{_told(counts)}; what was printed is stored")
    if once and counts[Action.REJECTED]:
        raise typer.Exit(3)


def _take_in(
    batch: Iterable[Article | Rejected],
    reader: WebReader,
    embedder: Embedder,
    settings: Config,
    counts: Counter[Action],
    *,
    as_json: bool,
) -> None:
    """Store a batch, remember its pages as visited, and print what became of each; wait while another process writes."""
    from rag.ingest.pipeline import ingest
    from rag.store.choose import create_store

    batch = list(batch)
    while True:
        try:
            with create_store(settings.library, model=embedder.name) as store:
                for item in ingest(batch, store, embedder, tokens=settings.chunk.tokens):
                    reader.stored(item)
                    counts[item.action] += 1
                    _print(item, as_json=as_json)
            return
        except LockedError as error:
            say(f"{error}; trying again in {_LOCK_WAIT_S:g} s")
            time.sleep(_LOCK_WAIT_S)


def _print(item: IngestItem, *, as_json: bool) -> None:
    """Print a line for one item."""
    if as_json:
        print_json(asdict(item), lines=True)
    else:
        print(f"{item.action.value:9} {item.origin}  {item.reason or item.title}", flush=True)


def _told(counts: Counter[Action]) -> str:
    return ", ".join(f"{counts[action]} {action.value}" for action in Action)


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a time such as `15m`.

    Raises:
        ConfigError: it is none.
    """
    if text is None:
        return None
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ConfigError(f"--every {text!r} is no time; write it as 90s, 15m, 2h or 1d")
    return float(found[1]) * _UNIT_S[found[2]]

"""`rag ingest`: articles into the library."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, ProgressLine, print_json, resolve, say
from rag.cli.rejections import Rejections
from rag.cli.web import FeedOption, SitemapOption, UrlsOption, Web, is_url
from rag.config import LibraryConfig
from rag.errors import ConfigError, EmptyLibraryError
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from rag.ingest import Rejected, Sandbox
    from rag.ingest.recall import Item
    from rag.store.contract import Store

STDIN = Path("-")


def ingest(
    named: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, archives and URLs; `-` reads standard input.", metavar="PATH…"),
    ] = None,
    urls: UrlsOption = None,
    feed: FeedOption = None,
    sitemap: SitemapOption = None,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format", help="What standard input is, such as jsonl, html or pdf; else its bytes tell.", metavar="NAME"
        ),
    ] = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when the library holds articles.")] = False,
    queue: Annotated[
        bool | None, typer.Option("--queue/--no-queue", help="Leave the articles to `rag worker` processes.")
    ] = None,
    ray: Annotated[
        int | None,
        typer.Option(
            "--ray", min=1, metavar="N", help="Embed with N processes of a Ray cluster: RAY_ADDRESS, else this machine."
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="With --queue: wait until they are stored.")] = True,
) -> None:
    """Put articles into the library. What is there already stays; what changed replaces its old text.

    Reads .txt .md .html .pdf .docx .epub .eml .json .jsonl .csv .tsv .warc .zip and folders of them. Stopped half-way, the
    same command goes on where it was.

    Example: rag ingest seeds/ more/articles.jsonl https://paper.example/story
    """
    from rag import logs
    from rag.embed import load_embedder
    from rag.ingest import Sandbox
    from rag.ingest.pipeline import ingest as ingest_articles
    from rag.ingest.ray_embed import cluster, embedded_ahead
    from rag.store.choose import create_store
    from rag.telemetry import telemetry_of

    settings = resolve(config, library__path=library, ingest__queue=queue).config
    logs.configure(settings.log)
    paths = [Path(name) for name in named or () if not is_url(name)]
    web = Web([name for name in named or () if is_url(name)], urls or (), feed or (), sitemap or ())
    if not paths and not web:
        raise ConfigError("there is nothing to read; type: rag ingest PATH, rag ingest URL, or rag ingest --feed URL")
    _check_paths(paths, kind)
    if if_empty and (there := _with_articles(settings.library)):
        say(f"the library {there!r} holds articles: nothing to do")
        return
    total = _expected(paths) if sys.stderr.isatty() and not web else 0
    counts: Counter[Action] = Counter()
    if settings.ingest.queue and ray:
        raise ConfigError("--ray embeds here, and --queue leaves that to workers; leave out one of the two")
    if settings.ingest.queue:
        from rag.cli.submit import queue_address, submit

        queue_address(settings)  # before anything is read or fetched
        with (
            Sandbox(settings.ingest) as sandbox,
            web.reading(settings, sandbox, lambda: counts.update([Action.UNCHANGED])) as pages,
        ):
            read = chain(_articles(paths, kind or "", sandbox) if paths else (), pages.articles)
            submit(read, settings, taken=pages.stored, unchanged=counts, total=total, is_waiting=wait, as_json=as_json)
        return
    embedder = load_embedder(settings.embed)
    progress = ProgressLine("ingested", "articles")
    rejections = Rejections()
    items: list[IngestItem] = []  # only for JSON: a line for each of a million articles is a lot to remember
    with (
        create_store(settings.library, model=embedder.name) as store,
        Sandbox(settings.ingest) as sandbox,
        web.reading(settings, sandbox, lambda: counts.update([Action.UNCHANGED])) as pages,
        closing(telemetry_of(settings.telemetry)) as telemetry,
        cluster(ray) if ray else nullcontext(),
    ):
        articles: Iterator[Item]
        articles = chain(_articles_anew(paths, kind or "", sandbox, store) if paths else (), pages.articles)
        if ray:
            articles = embedded_ahead(articles, store, settings, n_actors=ray)
        taken = ingest_articles(
            articles, store, embedder, tokens=settings.chunk.tokens, total=total, progress=progress, telemetry=telemetry
        )
        try:
            for item in taken:
                pages.stored(item)
                counts[item.action] += 1
                if as_json:
                    items.append(item)
                if item.action is Action.REJECTED and rejections.add(item):
                    progress.clear()
                    say(f"rejected {item.origin}: {item.reason}")
        except KeyboardInterrupt:
            progress.clear()
            say(f"stopping: {_told(counts)}; what was reported is stored")
            raise
        finally:
            progress.clear()
    rejections.tell()
    _report(counts, items, as_json=as_json, library=store.location, is_web=bool(web))
    if counts[Action.REJECTED]:
        raise typer.Exit(3)


def _check_paths(paths: list[Path], kind: str | None) -> None:
    """Raise ConfigError for paths that cannot be read together."""
    if STDIN in paths and len(paths) > 1:
        raise ConfigError("`-` reads standard input and stands alone; type the paths in a command of their own")
    if kind and STDIN not in paths:
        raise ConfigError(
            f"--format {kind!r} is for standard input; a file's format is in its name. Type: rag ingest - --format {kind}"
        )


def _articles(paths: list[Path], kind: str, sandbox: Sandbox) -> Iterator[Article | Rejected]:
    from rag.ingest import read_articles, read_stream

    now = datetime.now(UTC)
    if STDIN in paths:
        return read_stream(sys.stdin.buffer, now=now, kind=kind, sandbox=sandbox)  # type: ignore[arg-type]
    return read_articles(paths, now=now, sandbox=sandbox)


def _articles_anew(paths: list[Path], kind: str, sandbox: Sandbox, store: Store) -> Iterator[Item]:
    """Return the articles that a store does not hold as they would be read, and `Known` in the place of the others."""
    from rag.ingest import read_articles
    from rag.ingest.recall import Recall

    if STDIN in paths:
        return _articles(paths, kind, sandbox)
    return read_articles(paths, now=datetime.now(UTC), sandbox=sandbox, recall=Recall(store))


def _expected(paths: list[Path]) -> int:
    """Return about how many articles there are to read: one a file, and one a line; 0 where only reading can tell."""
    from rag.ingest.formats.known import SEVERAL, format_of
    from rag.ingest.walk import Rejected, files_under

    total = 0
    for found in files_under(paths) if STDIN not in paths else ():
        if isinstance(found, Rejected):
            total += 1
        elif (kind := format_of(found.name)) in ("jsonl", "csv", "tsv"):
            total += _n_lines(found)
        elif kind in SEVERAL:
            return 0
        else:
            total += 1
    return total


def _n_lines(file: Path) -> int:
    """Return how many lines a file has, 1 where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) or 1
    except OSError:
        return 1


def _with_articles(library: LibraryConfig) -> str:
    """Return where the library lies if there is one with an article in it, else nothing."""
    from rag.store.choose import open_store

    try:
        with open_store(library) as store:
            return store.location if store.count() else ""
    except EmptyLibraryError:
        return ""


def _report(counts: Counter[Action], items: list[IngestItem], *, as_json: bool, library: str, is_web: bool) -> None:
    """Print what became of the articles."""
    if as_json:
        print_json(
            {
                **{action.value: counts[action] for action in Action},
                "library": library,
                "items": [asdict(item) for item in items],
            }
        )
        return
    print(_told(counts))
    if not counts and is_web:
        say("nothing new: what they list was read before; a page that is named itself is read anew")
    elif not counts:
        from rag.ingest.formats.known import LISTED

        say(f"no article found; rag ingest reads {LISTED}")


def _told(counts: Counter[Action]) -> str:
    return ", ".join(f"{counts[action]} {action.value}" for action in Action)

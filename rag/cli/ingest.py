"""`rag ingest`: articles into the library."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, ProgressLine, print_json, resolve, say
from rag.errors import EmptyLibraryError
from rag.types import Action, IngestItem


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders: .txt .md .html .jsonl.", metavar="PATH…")],
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when the library holds articles.")] = False,
) -> None:
    """Put articles into the library. What is there already stays; what changed replaces its old text.

    Example: rag ingest seeds/ more/articles.jsonl
    """
    from rag.embed import load_embedder
    from rag.ingest import read_articles
    from rag.ingest.pipeline import ingest as ingest_articles
    from rag.store.library import Library

    settings = resolve(config, library__path=library).config
    if if_empty and _holds_articles(settings.library.path):
        say(f"the library {str(settings.library.path)!r} holds articles: nothing to do")
        return
    embedder = load_embedder(settings.embed)
    progress = ProgressLine("ingested", "articles")
    total = _expected(paths) if sys.stderr.isatty() else 0
    counts: Counter[Action] = Counter()
    items: list[IngestItem] = []  # only for JSON: a line for each of a million articles is a lot to remember
    with Library.create(settings.library.path, model=embedder.name) as store:
        articles = read_articles(paths, now=datetime.now(UTC))
        taken = ingest_articles(articles, store, embedder, tokens=settings.chunk.tokens, total=total, progress=progress)
        try:
            for item in taken:
                counts[item.action] += 1
                if as_json:
                    items.append(item)
                if item.action is Action.REJECTED:
                    progress.clear()
                    say(f"rejected {item.origin}: {item.reason}")
        except KeyboardInterrupt:
            progress.clear()
            say(f"stopping: {_told(counts)}; what was reported is stored")
            raise
        finally:
            progress.clear()
    _report(counts, items, as_json=as_json, library=settings.library.path)
    if counts[Action.REJECTED]:
        raise typer.Exit(3)


def _expected(paths: list[Path]) -> int:
    """Return about how many articles there are to read: one a file, and one a line of JSONL."""
    from rag.ingest.walk import Rejected, files_under

    return sum(1 if isinstance(found, Rejected) else _count(found) for found in files_under(paths))


def _count(file: Path) -> int:
    """Return how many articles a file holds, 1 where it cannot be read."""
    if file.suffix.lower() != ".jsonl":
        return 1
    try:
        with file.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) or 1
    except OSError:
        return 1


def _holds_articles(path: Path) -> bool:
    """Return whether there is a library with an article in it."""
    from rag.store.library import Library

    try:
        with Library.open(path) as store:
            return store.count() > 0
    except EmptyLibraryError:
        return False


def _report(counts: Counter[Action], items: list[IngestItem], *, as_json: bool, library: Path) -> None:
    """Print what became of the articles."""
    if as_json:
        print_json(
            {
                **{action.value: counts[action] for action in Action},
                "library": str(library),
                "items": [asdict(item) for item in items],
            }
        )
        return
    print(_told(counts))
    if not counts:
        say("no article found; rag ingest reads .txt .md .html .jsonl")


def _told(counts: Counter[Action]) -> str:
    return ", ".join(f"{counts[action]} {action.value}" for action in Action)

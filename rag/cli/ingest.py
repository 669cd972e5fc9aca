"""`rag ingest`: articles into the library."""

from __future__ import annotations

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
    progress = ProgressLine("ingested")
    items: list[IngestItem] = []
    with Library.create(settings.library.path, model=embedder.name) as store:
        articles = read_articles(paths, now=datetime.now(UTC))
        try:
            for item in ingest_articles(articles, store, embedder, tokens=settings.chunk.tokens, progress=progress):
                items.append(item)
                if item.action is Action.REJECTED:
                    progress.clear()
                    say(f"rejected {item.origin}: {item.reason}")
        finally:
            progress.clear()
    _report(items, as_json=as_json, library=settings.library.path)
    if any(item.action is Action.REJECTED for item in items):
        raise typer.Exit(3)


def _holds_articles(path: Path) -> bool:
    """Return whether there is a library with an article in it."""
    from rag.store.library import Library

    try:
        with Library.open(path) as store:
            return store.count() > 0
    except EmptyLibraryError:
        return False


def _report(items: list[IngestItem], *, as_json: bool, library: Path) -> None:
    """Print what became of the articles."""
    counts = Counter(item.action for item in items)
    if as_json:
        print_json(
            {
                **{action.value: counts[action] for action in Action},
                "library": str(library),
                "items": [asdict(item) for item in items],
            }
        )
        return
    print(", ".join(f"{counts[action]} {action.value}" for action in Action))
    if not items:
        say("no article found; rag ingest reads .txt .md .html .jsonl")

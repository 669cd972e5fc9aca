"""`rag library`: look into the library, take articles out, embed it anew."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, ProgressLine, print_json, resolve
from rag.store.library import Library
from rag.types import Article

app = typer.Typer(help="Look into the library, take articles out, embed it anew.", no_args_is_help=True, rich_markup_mode=None)

ArticleArgument = Annotated[str, typer.Argument(help="Article id, as `rag library list` shows it.", metavar="ID")]


@app.command()
def stats(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show counts, dates, embedder and size.

    Example: rag library stats
    """
    with _open(library, config) as store:
        found = asdict(store.stats())
    shape = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}
    if as_json:
        print_json(shape)
        return
    for name, value in shape.items():
        print(f"{name.replace('_', ' '):16} {'unknown' if value is None else value}")


@app.command("list")
def list_(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the articles, newest first.

    Example: rag library list --json
    """
    with _open(library, config) as store:
        sources = store.sources()
    if as_json:
        print_json(
            [{**asdict(source), "published": source.published.isoformat() if source.published else None} for source in sources]
        )
        return
    for source in sources:
        print(f"{source.article_id}  {source.published or 'date unknown':12}  {source.publisher or '-'}  {source.title or '-'}")


@app.command()
def show(
    article: ArticleArgument, library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show an article: what is known of it and its stored text.

    Example: rag library show seed-002
    """
    with _open(library, config) as store:
        found = _article_shape(store.article(article))
    if as_json:
        print_json(found)
        return
    text = found.pop("text")
    for name, value in found.items():
        print(f"{name.replace('_', ' '):14} {value or 'unknown'}")
    print(f"\n{text}")


@app.command()
def remove(
    article: ArticleArgument, library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Remove an article and its passages.

    Example: rag library remove seed-002
    """
    with _open(library, config, for_writing=True) as store, store.writing():
        store.remove(article)
    if as_json:
        print_json({"removed": article})
    else:
        print(f"removed {article}")


@app.command()
def rebuild(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Embed every passage with the configured embedder and publish a new index; no article is lost or changed.

    Example: rag library rebuild
    """
    from rag.embed import load_embedder
    from rag.ingest.pipeline import reembed

    settings = resolve(config, library__path=library).config
    embedder = load_embedder(settings.embed)
    progress = ProgressLine("embedded")
    with Library.open(settings.library.path, model=embedder.name, rebuilding=True) as store:
        count = reembed(store, embedder, progress=progress)
    progress.clear()
    if as_json:
        print_json({"articles": count, "embedder": embedder.name})
    else:
        print(f"embedded {count} articles with {embedder.name}")


def _open(library: Any, config: Any, *, for_writing: bool = False) -> Library:
    """Return the library; one that is written publishes its index, so its embedder must be the configured one."""
    from rag.embed import load_embedder

    settings = resolve(config, library__path=library).config
    return Library.open(settings.library.path, model=load_embedder(settings.embed).name if for_writing else "")


def _article_shape(article: Article) -> dict[str, Any]:
    """Return an article as JSON shows it."""
    shape = asdict(article)
    for name in ("published", "fetched_at"):
        shape[name] = shape[name].isoformat() if shape[name] else None
    return shape

"""`rag library`: look into the library, take articles out, keep it whole, small and safe."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.cli import articles, copy
from rag.cli.common import ConfigOption, JsonOption, LibraryOption, ProgressLine, day, print_json, resolve, say
from rag.config import LibraryConfig
from rag.errors import ConfigError
from rag.store.choose import open_store, require_folder
from rag.store.contract import Rebuilt
from rag.store.library import Library

app = typer.Typer(
    help="Look into the library, take articles out, keep it whole, small and safe.", no_args_is_help=True, rich_markup_mode=None
)

_DUMP = "back a PostgreSQL store up with pg_dump --schema=newsrag --format=custom: docs/postgres.md"

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def stats(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show counts, dates, embedder and size.

    Example: rag library stats
    """
    with open_store(_library(library, config)) as store:
        found = asdict(store.stats())
    shape = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}
    if as_json:
        print_json(shape)
        return
    for name, value in shape.items():
        print(f"{name.replace('_', ' '):16} {'unknown' if value is None else value}")


app.command("list")(articles.list_)
app.command("show")(articles.show)
app.command("duplicates")(articles.duplicates)
app.command("copy")(copy.copy)


@app.command()
def remove(
    named: Annotated[list[str] | None, typer.Argument(help="Article ids.", metavar="[ID…]")] = None,
    publisher: Annotated[str | None, typer.Option("--publisher", help="Remove the articles of this publisher.")] = None,
    before: Annotated[
        str | None, typer.Option("--before", help="Remove the articles published before this day.", metavar="DATE")
    ] = None,
    yes: YesOption = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles and their passages: those named, or those of a publisher, before a day, or both.

    Example: rag library remove --publisher "Harbour Post" --before 2020-01-01
    """
    if bool(named) == bool(publisher or before):
        raise ConfigError(
            'name article ids, or --publisher or --before; such as: rag library remove --publisher "Harbour Post"'
        )
    until = day(before, flag="--before")
    with open_store(_library(library, config), as_built=True) as store:
        ids = list(dict.fromkeys(named)) if named else store.select(publisher=publisher or "", before=until)
        if len(ids) > 1 and not yes and sys.stdin.isatty():
            typer.confirm(f"Remove {len(ids):,} of {store.count():,} articles?", abort=True, err=True)
        with store.writing():
            store.remove(*ids)
    if as_json:
        print_json({"removed": ids})
    elif len(ids) == 1:
        print(f"removed {ids[0]}")
    else:
        print(f"removed {len(ids):,} articles")


@app.command()
def rebuild(
    reembed: Annotated[bool, typer.Option("--reembed", help="Embed every passage again, even with the same embedder.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the index anew; no article is lost or changed. Passages are embedded again where the embedder has changed.

    Example: rag library rebuild
    """
    from rag.embed import load_embedder
    from rag.ingest import pipeline

    settings = resolve(config, library__path=library).config
    embedder = load_embedder(settings.embed)
    with open_store(settings.library, model=embedder.name, rebuilding=True) as store:
        is_embedding = reembed or store.lacks_vectors()
        if is_embedding:
            with ProgressLine("embedded", "articles") as progress:
                pipeline.reembed(store, embedder, afresh=reembed, progress=progress)
        with store.writing():
            if isinstance(store, Library):
                store.index.publish(force=True)
            elif isinstance(store, Rebuilt):
                store.rebuild()
        count, generation = store.count(), store.index.number
    if as_json:
        print_json({"articles": count, "embedder": embedder.name, "embedded": is_embedding, "generation": generation})
    elif is_embedding:
        print(f"embedded {count:,} articles with {embedder.name}")
    else:
        print(f"made the index of {count:,} articles anew; their vectors are those of {embedder.name} as before")


@app.command()
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Make anew what the articles and vectors allow to.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at every page, passage, vector and word of the library, and at its index. Exit code 4 when something is wrong.

    Example: rag library verify
    """
    from rag.store import verify as checks

    path = _folder(library, config, instead="PostgreSQL looks after itself: with data checksums, and with amcheck's pg_amcheck")
    with ProgressLine("checking") as progress:
        found = (checks.repair if repair else checks.verify)(path, progress=progress)
    if as_json:
        print_json({**asdict(found), "library": str(path), "is_whole": not found.problems})
    else:
        for problem in found.repaired:
            print(f"repaired: {problem.what}")
        for problem in found.problems:
            print(f"{problem.what}\n  type: {problem.command}")
        if not found.problems:
            print(f"{found.articles:,} articles and {found.passages:,} passages: all is well")
    if found.problems:
        raise typer.Exit(4)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, or a folder to write it to.", metavar="FILE|DIR")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file when there is one.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the library to one file with a checksum, also while it is in use; `rag library restore` reads it.

    Example: rag library backup /mnt/backups/
    """
    from rag.store.backup import back_up

    with Library.open(_folder(library, config, instead=_DUMP)) as store:
        file, made = back_up(store, target, force=force)
    if as_json:
        print_json({**asdict(made), "file": str(file)})
    else:
        print(f"{made.articles:,} articles in {file} ({file.stat().st_size / 1e6:,.1f} MB)")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `rag library backup` wrote.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace a library that holds articles or is damaged.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the library of a backup; it is checked first, and what was there stays until the new one is in its place.

    Example: rag library restore /mnt/backups/newsrag-20261121-120000.backup
    """
    from rag.store.backup import restore as restore_backup

    path = _folder(library, config, instead="what pg_dump wrote is read by pg_restore: docs/postgres.md")
    made = restore_backup(file, path, force=force)
    if as_json:
        print_json({**asdict(made), "library": str(path)})
    else:
        print(f"{made.articles:,} articles of {made.made[:16].replace('T', ' ')} UTC in {path}")
        say("a server that runs goes on with what it had; start it again")


@app.command()
def compact(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Give back the room of removed articles and old indexes.

    Example: rag library compact
    """
    from rag.store.compact import compact as make_small

    folder = _folder(library, config, instead="PostgreSQL's autovacuum gives room back, and so does: rag library rebuild")
    with Library.open(folder, as_built=True) as store:
        done = make_small(store)
    freed = done.bytes_before - done.bytes_after
    if as_json:
        print_json({**asdict(done), "bytes_freed": freed})
    else:
        print(f"freed {freed / 1e6:,.1f} MB and {done.vectors:,} unused vectors; {done.bytes_after / 1e6:,.1f} MB are left")


def _library(library: Path | None, config: Path | None) -> LibraryConfig:
    """Return where the library lies that the settings name."""
    return resolve(config, library__path=library).config.library


def _folder(library: Path | None, config: Path | None, *, instead: str) -> Path:
    """Return the folder of the library that the settings name.

    Raises:
        ConfigError: they name a server; the message says what to do `instead`.
    """
    found = _library(library, config)
    require_folder(found, instead=instead)
    return found.path

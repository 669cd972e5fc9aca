"""`rag library copy`: one store into another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, ProgressLine, print_json, resolve
from rag.config import LibraryConfig
from rag.errors import ConfigError, StoreError

_SHOWN = 20


def copy(
    source: Annotated[str, typer.Argument(help="Folder or address of the store to copy.", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="Folder or address of the store to copy it to.", metavar="TO")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a store to another: articles, versions, origins, vectors. Nothing is embedded; typed again, it goes on.

    Both are read through and compared at the end; exit code 4 when something differs.

    Example: rag library copy ~/news postgresql://news@db.example/news
    """
    from rag.store.choose import create_store, open_store
    from rag.store.copy import copy_store

    places = [_place(text, config) for text in (source, target)]
    if places[0] == places[1]:
        raise ConfigError(f"FROM and TO are one store, {source!r}; name another")
    with open_store(places[0], as_built=True) as old:
        if not old.model:
            raise StoreError(f"the store {old.location!r} holds nothing to copy; type: rag ingest PATH")
        with create_store(places[1], model=old.model) as new, ProgressLine("", "articles") as progress:
            done = copy_store(old, new, progress=progress)
    if as_json:
        print_json({**asdict(done), "is_whole": not done.differing})
    else:
        counts = f"{done.articles:,} articles and {done.passages:,} passages, {done.stored:,} stored now"
        print(f"{counts}; {_compared(done.differing)}")
        if done.others:
            print(f"{target} holds {done.others:,} other articles besides")
    if done.differing:
        raise typer.Exit(StoreError.exit_code)


def _place(text: str, config: Path | None) -> LibraryConfig:
    """Return the settings of the store that a folder or an address names."""
    if "://" in text:
        return resolve(config, library__store=text).config.library
    return resolve(config, library__store="", library__path=Path(text)).config.library


def _compared(differing: tuple[str, ...]) -> str:
    if not differing:
        return "both are alike, to the last bit"
    named = ", ".join(map(repr, differing[:_SHOWN]))
    more = f" and {len(differing) - _SHOWN:,} more" if len(differing) > _SHOWN else ""
    return f"{len(differing):,} differ: {named}{more}; type the command again"

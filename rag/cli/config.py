"""`rag config`: the settings and where each comes from."""

from __future__ import annotations

from typing import Any

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, LlmOption, print_json, resolve
from rag.config import Setting, env_name

app = typer.Typer(help="Show the settings.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def root() -> None:
    """Show the settings."""


@app.command()
def show(
    library: LibraryOption = None, llm: LlmOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show every setting, its value, where that comes from, and what it is for.

    Example: NEWSRAG_SEARCH_K=5 rag config show
    """
    resolved = resolve(config, library__path=library, llm__model=llm)
    rows = [
        {
            "name": setting.name,
            "value": _shown(setting),
            "origin": setting.origin,
            "variable": env_name(setting.name),
            "description": setting.description,
        }
        for setting in resolved.settings
    ]
    if as_json:
        print_json({"digest": resolved.config.digest(), "settings": rows})
        return
    for row in rows:
        print(f"{row['name']:24} = {row['value']!s:45} ({row['origin']})  {row['description']}")


def _shown(setting: Setting) -> Any:
    """Return a value as it is printed: an address of a server without its password."""
    from rag.store.postgres.pool import location

    match setting.name:
        case "library.path":
            return str(setting.value)
        case "library.store":
            return location(setting.value)
        case "library.replicas":
            return [location(address) for address in setting.value]
        case _:
            return setting.value

"""`rag auth`: accounts and API keys of the page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, print_json, resolve, say
from rag.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ui.accounts.book import Accounts

app = typer.Typer(help="Accounts and API keys of the page.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="Name of the account.", metavar="NAME")]


@app.command()
def add(name: NameArgument, library: LibraryOption = None, config: ConfigOption = None) -> None:
    """Make an account, or give one another password, which is read from the terminal, else from standard input.

    Example: rag auth add ann
    """
    accounts = _accounts(config, library)
    accounts.add(name, _password())
    say(f"the account {name.casefold()!r} is in {accounts.place!r}; from now on the page asks for a login")


@app.command()
def key(
    name: NameArgument,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    library: LibraryOption = None,
    config: ConfigOption = None,
) -> None:
    """Print a new API key of an account, which is made where there is none. It is shown this once.

    Example: rag auth key ann --label "my notebook"
    """
    print(_accounts(config, library).add_key(name, label))


@app.command(name="list")
def list_accounts(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the accounts and the ids of their API keys.

    Example: rag auth list
    """
    accounts = _accounts(config, library)
    rows = [
        {
            "name": name,
            "has_password": accounts.fingerprint(name) is not None,
            "keys": [{"id": one.id, "made": one.made.isoformat(), "label": one.label} for one in accounts.keys(name)],
        }
        for name in accounts.names()
    ]
    if as_json:
        print_json(rows)
        return
    for name in accounts.names():
        print(name if accounts.fingerprint(name) else f"{name} (keys only)")
        for one in accounts.keys(name):
            print(f"  key {one.id}  made {one.made:%Y-%m-%d}  {one.label}".rstrip())
    if not rows:
        say("no account yet: nobody has to log in; type: rag auth add NAME")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Name of an account, or id of an API key.", metavar="NAME|KEY_ID")],
    library: LibraryOption = None,
    config: ConfigOption = None,
) -> None:
    """Delete an account with its keys, or one API key. Conversations stay.

    Example: rag auth remove ann
    """
    accounts = _accounts(config, library)
    if name.casefold() in accounts.names():
        accounts.remove(name)
    else:
        accounts.remove_key(name)


def _accounts(config: Path | None, library: Path | None) -> Accounts:
    from ui.accounts.book import Accounts

    return Accounts.of(resolve(config, library__path=library).config)


def _password() -> str:
    """Return a password: asked for twice on a terminal, else the first line of standard input.

    Raises:
        InputError: the two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass("Password: ")
    if getpass("The same again: ") != first:
        raise InputError("the two passwords differ; type the command again")
    return first

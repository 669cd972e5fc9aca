"""The `rag` command: its sub-commands, and how errors end it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

from rag import __version__
from rag.cli import ask, auth, bench, chat, config, doctor, ingest, library, models, search, timeline, trace, watch, worker
from rag.errors import NewsRagError

INTERRUPTED = 130

app = typer.Typer(
    name="rag",
    help="Ask questions about news articles; every sentence of an answer shows the words it stands on.",
    epilog="Exit codes: 0 done, 1 bug, 2 usage, 3 input, 4 library, 5 model, 6 generation, 7 citation, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("ingest")(ingest.ingest)
app.command("watch")(watch.watch)
app.command("search")(search.search)
app.command("ask")(ask.ask)
app.command("timeline")(timeline.timeline)
app.command("chat")(chat.chat)
app.command("mcp")(chat.mcp)
app.command(
    "eval",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Check answers against gold questions; `rag eval --help` lists its commands.",
)(chat.evaluate)
app.add_typer(worker.app, name="worker")
app.add_typer(models.app, name="models")
app.add_typer(library.app, name="library")
app.add_typer(trace.app, name="trace")
app.add_typer(config.app, name="config")
app.add_typer(auth.app, name="auth")
app.add_typer(bench.app, name="bench")
app.command("doctor")(doctor.doctor)


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Ask questions about news articles; every sentence of an answer shows the words it stands on."""
    if version:
        print(__version__)
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; our errors become one line on standard error, bugs keep their traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = app(list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except NewsRagError as error:
        return fail(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it exits
        return 141
    except Exception as error:
        if (usage := _usage(error)) is None:
            raise
        return fail(usage, 2)
    if code == INTERRUPTED:  # Typer catches Ctrl-C in a command and returns this
        return fail("interrupted; type the command again to go on", INTERRUPTED)
    return code if isinstance(code, int) else 0


def fail(message: str, code: int) -> int:
    """Print a line on standard error and return the code."""
    print(f"rag: {message}", file=sys.stderr)
    return code


def _usage(error: Exception) -> str | None:
    """Return the line for an error of Click's, or None where it is none."""
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "rag"
    return f"{format_message().rstrip('.')}; type: {command} --help"


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    """Leave as if interrupted, so that what is open is closed."""
    raise KeyboardInterrupt

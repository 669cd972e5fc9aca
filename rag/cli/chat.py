"""`rag chat`, `rag mcp` and `rag eval`: commands that load packages outside the engine, when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli.common import ConfigOption, LibraryOption, LlmOption, resolve


def chat(
    library: LibraryOption = None,
    llm: LlmOption = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.")] = None,
    exposed: Annotated[
        bool, typer.Option("--exposed", help="Let other machines open the page though it asks nobody for a password.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Serve the page in a browser, and the endpoints for programs, until Ctrl-C.

    Example: rag chat --port 8080
    """
    from ui.serve import serve

    resolved = resolve(
        config,
        library__path=library,
        llm__model=llm,
        page__host=host,
        page__port=port,
        page__exposed=exposed or None,
    )
    serve(resolved.config, may_stand_in=resolved.origin("llm.model") == "default")


def mcp(library: LibraryOption = None, llm: LlmOption = None, config: ConfigOption = None) -> None:
    """Serve the tools `search`, `ask` and `read_article` on standard input and output, for programs that start this one.

    Example: rag mcp --library ~/news
    """
    from ui.serve import serve_tools

    resolved = resolve(config, library__path=library, llm__model=llm)
    serve_tools(resolved.config, may_stand_in=resolved.origin("llm.model") == "default")


def evaluate(context: typer.Context) -> int:
    """Check answers against gold questions."""
    from eval.cli import app

    code = app(context.args, prog_name="rag eval", standalone_mode=False)
    return code if isinstance(code, int) else 0

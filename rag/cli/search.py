"""`rag search`: the passages that a question finds."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli.common import (
    AsOfOption,
    ConfigOption,
    JsonOption,
    LibraryOption,
    QuestionArgument,
    answer_lines,
    day,
    print_json,
    resolve,
)
from rag.types import SearchResult


def search(
    question: QuestionArgument,
    k: Annotated[int | None, typer.Option("-k", help="Passages wanted.", min=1, max=100)] = None,
    library: LibraryOption = None,
    as_of: AsOfOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that speak of a question. With `-` it prints a line of JSON for each line of standard input.

    Example: rag search "Who endorsed Rebeca Grynspan?" -k 3
    """
    from rag.assistant import Assistant
    from rag.shapes import search_shape

    settings = resolve(config, library__path=library, search__k=k).config
    until = day(as_of, flag="--as-of")
    with Assistant.open(settings) as assistant:
        if question == "-":
            answer_lines(lambda line: search_shape(assistant.search(line, as_of=until)))
            return
        result = assistant.search(question, as_of=until)
    if as_json:
        print_json(search_shape(result))
    else:
        _show(result)


def _show(result: SearchResult) -> None:
    """Print the hits for a person."""
    for rank, hit in enumerate(result.hits, 1):
        print(f"{rank}. {hit.source.label}  (score {hit.score:.4f})")
        print(f"   {' '.join(hit.passage.text.split())}\n")

"""`rag search`: the passages that a question finds."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli.common import (
    ConfigOption,
    JsonOption,
    LibraryOption,
    QuestionArgument,
    answer_lines,
    print_json,
    resolve,
)
from rag.cli.filters import (
    ArticleOption,
    AsOfOption,
    LanguageOption,
    PublisherOption,
    SinceOption,
    UntilOption,
    filter_of,
)
from rag.types import SearchResult


def search(
    question: QuestionArgument,
    k: Annotated[int | None, typer.Option("-k", help="Passages wanted.", min=1, max=100)] = None,
    context: Annotated[bool, typer.Option("--context", help="Show the passages before and after each as well.")] = False,
    library: LibraryOption = None,
    as_of: AsOfOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    language: LanguageOption = None,
    article: ArticleOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that speak of a question. With `-` it prints a line of JSON for each line of standard input.

    Example: rag search "Who endorsed Rebeca Grynspan?" -k 3
    """
    from rag.assistant import Assistant
    from rag.shapes import search_shape

    settings = resolve(config, library__path=library, search__k=k).config
    where = filter_of(as_of=as_of, since=since, until=until, publisher=publisher, language=language, article=article)
    with Assistant.open(settings) as assistant:
        if question == "-":
            answer_lines(lambda line: search_shape(assistant.search(line, where=where, context=context)))
            return
        result = assistant.search(question, where=where, context=context)
    if as_json:
        print_json(search_shape(result))
    else:
        _show(result)


def _show(result: SearchResult) -> None:
    """Print the hits for a person."""
    for rank, hit in enumerate(result.hits, 1):
        print(f"{rank}. {hit.source.label}  (score {hit.score:.4f})")
        for passage in (hit.before, hit.passage, hit.after):
            if passage:
                print(f"   {' '.join(passage.text.split())}")
        print()

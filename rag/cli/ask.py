"""`rag ask`: a question, answered and cited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import (
    ConfigOption,
    JsonOption,
    LibraryOption,
    LlmOption,
    ProgressLine,
    QuestionArgument,
    answer_lines,
    print_json,
    resolve,
    say,
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
from rag.types import Answer, Delta, Event, Finished, Verdict, Working


def ask(
    question: QuestionArgument,
    library: LibraryOption = None,
    llm: LlmOption = None,
    as_of: AsOfOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    language: LanguageOption = None,
    article: ArticleOption = None,
    passages: Annotated[
        Path | None,
        typer.Option(
            "--passages", help="Answer from the passages of this JSONL file alone, without a library.", metavar="FILE"
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the articles. With `-` it prints a line of JSON for each line of standard input.

    Example: rag ask "Who endorsed Rebeca Grynspan?"
    """
    from rag.assistant import Assistant
    from rag.ingest import read_passages
    from rag.shapes import answer_shape

    resolved = resolve(config, library__path=library, llm__model=llm)
    where = filter_of(as_of=as_of, since=since, until=until, publisher=publisher, language=language, article=article)
    # Someone who names a model gets that model or an error; only the default may be stood in for.
    may_stand_in = resolved.origin("llm.model") == "default"
    if passages:
        assistant = Assistant.over(read_passages(passages), resolved.config, may_stand_in=may_stand_in)
    else:
        assistant = Assistant.open(resolved.config, may_stand_in=may_stand_in)
    with assistant:
        if question == "-":
            answer_lines(lambda line: answer_shape(assistant.ask(line, where=where)))
            return
        answer = _watched(assistant.stream(question, where=where))
    if as_json:
        print_json(answer_shape(answer))
    else:
        _show(answer)


def _watched(events: Iterator[Event]) -> Answer:
    """Return the answer at the end of the events, telling on standard error what is being done."""
    progress = ProgressLine()
    for n_events, event in enumerate(events):
        if isinstance(event, Working):
            progress.tell(f"{event.stage}…")
        elif isinstance(event, Delta):
            progress.tell(f"writing… {n_events}")
        elif isinstance(event, Finished):
            progress.clear()
            return event.answer
    raise AssertionError("unreachable: a stream ends with its answer")


def _show(answer: Answer) -> None:
    """Print the answer for a person: the text, marks on what is not fully supported, and the quotes behind it."""
    if answer.notice:
        say(answer.notice)
    print(answer.text)
    for claim in answer.claims:
        if claim.verdict is not Verdict.SUPPORTED:
            print(f"  ! {claim.verdict}: “{claim.text}” ({claim.reason})")
    if answer.citations:
        print()
    for citation in answer.citations:
        print(f"[{citation.marker}] {citation.source.label}")
        print(f"    “{' '.join(citation.quote.text.split())}”")

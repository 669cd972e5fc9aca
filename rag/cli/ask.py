"""`rag ask`: a question, answered and cited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    AnswerLanguageOption,
    ArticleOption,
    AsOfOption,
    DepthOption,
    LanguageOption,
    PublisherOption,
    SinceOption,
    UntilOption,
    filter_of,
)
from rag.errors import ConfigError
from rag.types import Answer, Delta, Event, Finished, Verdict, Working

if TYPE_CHECKING:
    from rag.converse.history import Exchange


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
    answer_language: AnswerLanguageOption = None,
    depth: DepthOption = None,
    passages: Annotated[
        Path | None,
        typer.Option(
            "--passages", help="Answer from the passages of this JSONL file alone, without a library.", metavar="FILE"
        ),
    ] = None,
    after: Annotated[
        list[str] | None,
        typer.Option("--after", help="An earlier question that this one follows up; may be repeated.", metavar="QUESTION"),
    ] = None,
    chat: Annotated[bool, typer.Option("--chat", help="With `-`: each line follows up the ones before it.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the articles. With `-` it prints a line of JSON for each line of standard input.

    Example: rag ask "Who endorsed Rebeca Grynspan?"

    A follow-up: rag ask "and who opposes her?" --after "Who endorsed Rebeca Grynspan?"
    """
    from rag.assistant import Assistant
    from rag.converse.history import remember
    from rag.ingest import read_passages
    from rag.manner import manner_of
    from rag.shapes import answer_shape

    resolved = resolve(config, library__path=library, llm__model=llm)
    where = filter_of(as_of=as_of, since=since, until=until, publisher=publisher, language=language, article=article)
    manner = manner_of(answer_language, depth)
    # Someone who names a model gets that model or an error; only the default may be stood in for.
    may_stand_in = resolved.origin("llm.model") == "default"
    if passages:
        assistant = Assistant.over(read_passages(passages), resolved.config, may_stand_in=may_stand_in)
    else:
        assistant = Assistant.open(resolved.config, may_stand_in=may_stand_in)
    if chat and question != "-":
        raise ConfigError("--chat reads a conversation from standard input; write `-` for the question, or use --after")
    with assistant:
        history: list[Exchange] = []
        for earlier in after or ():
            remember(_watched(assistant.stream(earlier, history=history, where=where)), history)
        if question == "-":

            def answered(line: str) -> dict[str, Any]:
                answer = assistant.ask(line, history=history, where=where, manner=manner)
                if chat:
                    remember(answer, history)
                return answer_shape(answer)

            answer_lines(answered)
            return
        answer = _watched(assistant.stream(question, history=history, where=where, manner=manner))
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
    from rag.converse.wording import wording_for

    if answer.notice:
        say(answer.notice)
    if answer.asked:
        say(f"{wording_for(answer.asked).understood} {answer.asked}")
    print(answer.text)
    if answer.as_of_note:
        print(answer.as_of_note)
    for claim in answer.claims:
        if claim.verdict is not Verdict.SUPPORTED:
            print(f"  ! {claim.verdict}: “{claim.text}” ({claim.reason})")
    if answer.citations:
        print()
    for citation in answer.citations:
        print(f"[{citation.marker}] {citation.source.label}")
        print(f"    “{' '.join(citation.quote.text.split())}”")

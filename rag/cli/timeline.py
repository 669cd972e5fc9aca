"""`rag timeline`: the dated events of a topic, each with the words that tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, answer_lines, day, print_json, resolve, say
from rag.cli.filters import (
    ArticleOption,
    AsOfOption,
    LanguageOption,
    PublisherOption,
    filter_of,
)
from rag.types import Days

if TYPE_CHECKING:
    from rag.timeline import Dated, Timeline

HITS = 40
"""Passages that a timeline is made from; each article gives one or a few."""


def timeline(
    topic: Annotated[str, typer.Argument(help="The topic; `-` reads one a line from standard input.", metavar="TOPIC")],
    k: Annotated[int, typer.Option("-k", help="Passages that it is made from.", min=1, max=100)] = HITS,
    library: LibraryOption = None,
    as_of: AsOfOption = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only events on this day (YYYY-MM-DD) or later.", metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Only events on this day (YYYY-MM-DD) or before.", metavar="DATE")
    ] = None,
    publisher: PublisherOption = None,
    language: LanguageOption = None,
    article: ArticleOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the dated events of a topic, the earliest first. With `-` it prints a line of JSON for each line of input.

    Example: rag timeline "Rebeca Grynspan's candidacy" --since 2025-10-01
    """
    from rag.assistant import Assistant
    from rag.timeline import timeline_of, within

    settings = resolve(config, library__path=library).config
    first, last = day(since, flag="--since"), day(until, flag="--until")
    where = filter_of(as_of=as_of, since=None, until=None, publisher=publisher, language=language, article=article)
    with Assistant.open(settings) as assistant:

        def made(topic: str) -> Timeline:
            found = assistant.search(topic, k=k, where=where)
            return within(timeline_of(found.question, found.hits, assistant.embedder), first, last)

        if topic == "-":
            answer_lines(lambda line: timeline_shape(made(line)))
            return
        result = made(topic)
    if as_json:
        print_json(timeline_shape(result))
    else:
        _show(result)


def timeline_shape(made: Timeline) -> dict[str, Any]:
    """Return `{topic, events: [{first_day, last_day, day_is, text, told_by: [{article_id, …, quote, …}]}], n_undated}`."""
    return {
        "topic": made.topic,
        "events": [
            {
                "first_day": event.days.first.isoformat(),
                "last_day": event.days.last.isoformat(),
                "day_is": event.origin.value,
                "text": event.text,
                "told_by": [
                    {
                        "article_id": told.source.article_id,
                        "title": told.source.title,
                        "publisher": told.source.publisher,
                        "published": told.source.published.isoformat() if told.source.published else None,
                        "url": told.source.url,
                        "quote": told.quote.text,
                        "start": told.quote.start,
                        "end": told.quote.end,
                    }
                    for told in event.told
                ],
            }
            for event in made.events
        ],
        "n_undated": made.n_undated,
    }


def _show(made: Timeline) -> None:
    """Print the events for a person."""
    for event in made.events:
        print(f"{_written(event.days)}{_mark(event)}")
        print(f"    “{' '.join(event.text.split())}”")
        for told in event.told:
            print(f"    {told.source.label}")
        print()
    if not made.events:
        say("no dated event of this topic was found; try other words, or fewer options")
    if made.n_undated:
        say(f"articles on this topic without any day: {made.n_undated}")


def _mark(event: Dated) -> str:
    return "  (day of publication)" if event.origin == "published" else ""


def _written(days: Days) -> str:
    """Return a day or a time: `3 June 2024`, `3 June 2024 to 5 June 2024`."""
    first, last = (f"{day:%-d %B %Y}" for day in (days.first, days.last))
    return first if days.first == days.last else f"{first} to {last}"

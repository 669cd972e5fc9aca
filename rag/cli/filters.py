"""The options that say which articles a command may find, and how it is to answer from them."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli.common import day
from rag.types import Filter

AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Hide articles published after this day (YYYY-MM-DD).", metavar="DATE")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only articles published on this day (YYYY-MM-DD) or later.", metavar="DATE")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Only articles published on this day (YYYY-MM-DD) or before.", metavar="DATE")
]
PublisherOption = Annotated[
    list[str] | None, typer.Option("--publisher", help="Only this publisher; may be repeated.", metavar="NAME")
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="Only articles in this language, such as en.", metavar="CODE")
]
AnswerLanguageOption = Annotated[
    str | None,
    typer.Option("--answer-language", help="Answer in en, es or fr; left out, as the question is written.", metavar="CODE"),
]
DepthOption = Annotated[
    str | None,
    typer.Option("--depth", help="Evidence that the answer is made from: quick, normal or deep.", metavar="DEPTH"),
]
ArticleOption = Annotated[list[str] | None, typer.Option("--article", help="Only this article; may be repeated.", metavar="ID")]


def filter_of(
    *,
    as_of: str | None,
    since: str | None,
    until: str | None,
    publisher: list[str] | None,
    language: str | None,
    article: list[str] | None,
) -> Filter:
    """Return the filter that the options name.

    Raises:
        ConfigError: a day that is none.
    """
    return Filter(
        publishers=tuple(publisher or ()),
        language=language or "",
        articles=tuple(article or ()),
        published_from=day(since, flag="--since"),
        published_to=day(until, flag="--until"),
        as_of=day(as_of, flag="--as-of"),
    )

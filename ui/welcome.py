"""What the page says before anything was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from datetime import date
from pathlib import Path

from gradio.components.chatbot import ExampleMessage

from rag.config import LibraryConfig
from rag.types import Article, LibraryStats
from ui.examples import examples_for
from ui.markup import text
from ui.suggest import first_questions

HINT = "<p>Answers come from the articles alone. A follow-up may lean on the questions before it; a new chat forgets them.</p>"


def masthead(title: str, library: str, days: str = "", model: str = "") -> str:
    """Return the head of the page: its name, a line about the library, and, where there is room, its days and who answers."""
    of = f'<span class="days">, {text(days)}</span>' if days else ""
    by = f'<span class="by"> · {text(_answers_by(model))}</span>' if model else ""
    return f'<h1>{text(title)}</h1><p class="library">{text(library)}{of}{by}</p>'


def library_line(stats: LibraryStats | None) -> str:
    """Return how much is in the library."""
    if stats is None:
        return "The library is empty"
    return "1 article" if stats.articles == 1 else f"{stats.articles:,} articles"


def library_days(stats: LibraryStats | None) -> str:
    """Return the days that its articles are of; empty for an empty library."""
    return _dates(stats) if stats else ""


def welcome(
    stats: LibraryStats | None, path: Path, *, has_examples: bool, leaves_open: bool = False, may_add: bool = True
) -> str:
    """Return what stands where the conversation will be: an invitation, or what to type when there is nothing to ask.

    Args:
        leaves_open: Whether two of the examples are ones that the articles do not answer.
        may_add: Whether articles can be added on the page.
    """
    if stats is not None:
        some = "Some to start with; two of them the articles leave open:" if leaves_open else "Some to start with:"
        start = f"<p>{some}</p>" if has_examples else ""
        return (
            "<h2>What do the articles say?</h2><p>Every sentence of an answer shows the words it stands on, "
            f"and whether they bear it out. Where the articles do not say, neither does the answer.</p>{start}"
        )
    here = "Put some in under “Library”, or type this in a terminal" if may_add else "Type this in a terminal"
    return f"<h2>No articles yet</h2><p>{here}, then reload the page.</p><pre><code>{text(ingest_command(path))}</code></pre>"


def ingest_command(path: Path) -> str:
    """Return the command that fills the library at `path`."""
    return "rag ingest PATH" if path == LibraryConfig().path else f"rag ingest PATH --library '{path}'"


def examples_shown(article_ids: Set[str], newest: Callable[[], Iterable[Article]] = tuple) -> list[ExampleMessage]:
    """Return questions to start with, as the chat component takes them: those of the sample articles while all of them are
    there, else ones made of the newest articles.

    Args:
        newest: Gives the newest articles; called only when they are needed.
    """
    questions = [example.question for example in examples_for(article_ids)] or first_questions(newest())
    return [ExampleMessage(text=question) for question in questions]


def _answers_by(model: str) -> str:
    return "answers are quotes, without a language model" if model == "extractive" else f"answers by {model}"


def _dates(stats: LibraryStats) -> str:
    if stats.first_published is None or stats.last_published is None:
        return "dates unknown"
    first, last = _day(stats.first_published), _day(stats.last_published)
    return f"of {first}" if first == last else f"{first} to {last}"


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"

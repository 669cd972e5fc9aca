"""Which articles a conversation is about, in words."""

from __future__ import annotations

from rag.types import ANY, Filter
from ui.markup import text
from ui.told import day


def scope_words(where: Filter) -> str:
    """Return what a filter lets through: `Harbour Post, from 3 March 2025, 2 chosen articles`; empty for all articles."""
    parts = [*where.publishers]
    if where.published_from and where.published_to:
        parts.append(f"{day(where.published_from)} to {day(where.published_to)}")
    elif where.published_from:
        parts.append(f"from {day(where.published_from)}")
    elif where.published_to:
        parts.append(f"until {day(where.published_to)}")
    if where.articles:
        parts.append("1 chosen article" if len(where.articles) == 1 else f"{len(where.articles)} chosen articles")
    if where.as_of:
        parts.append(f"as of {day(where.as_of)}")
    return ", ".join(parts)


def scope_html(where: Filter) -> str:
    """Return a line that says so, with a button that takes the limits away; nothing for all articles."""
    if where == ANY:
        return ""
    return (
        f'<p class="scope-line">Only: <strong dir="auto">{text(scope_words(where))}</strong> '
        '<button type="button" data-act="everything">Ask all articles</button></p>'
    )

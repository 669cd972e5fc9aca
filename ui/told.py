"""What stands below an answer as a card of its own: where articles differ, what happened when, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rag.converse.names import names_in
from rag.fold import fold
from rag.timeline import Dated, DayOrigin, Timeline
from rag.types import Answer, Conflict, Days, Hit, Quote, Source
from ui.cards import place
from ui.markup import DATE_UNKNOWN, attribute, byline, text, title

NEAREST_ARTICLES = 3


def opener(quote: Quote, words: str, *, hint: str = "") -> str:
    """Return a button that opens an article at a quote."""
    hidden = f'<span class="sr"> {text(hint)}</span>' if hint else ""
    return (
        f'<button type="button" class="opens" aria-haspopup="dialog" {place(quote)} '
        f'data-words="{attribute(quote.text)}">{text(words)}{hidden}</button>'
    )


def day(published: date | None) -> str:
    """Return a day in words."""
    return f"{published:%-d %B %Y}" if published else DATE_UNKNOWN


def conflicts_html(conflicts: Sequence[Conflict]) -> str:
    """Return a table a conflict: which value, who says it, when, and whether a newer one replaced it."""
    return "".join(map(_conflict, conflicts))


def _conflict(conflict: Conflict) -> str:
    said = "A newer report replaced an older value" if conflict.is_update else "The articles differ"
    rows = "".join(
        f'<tr class="{"old" if one.is_superseded else "stands"}"><th scope="row" dir="auto">{text(one.value)}'
        f"{'<span class=tag>superseded</span>' if one.is_superseded else ''}</th>"
        f'<td dir="auto">{opener(one.quote, _who(one.source), hint="open the article")}</td>'
        f"<td>{text(day(one.source.published))}</td></tr>"
        for one in conflict.stated
    )
    return (
        f'<table class="conflict"><caption>{said}</caption><thead><tr><th scope="col">Value</th>'
        f'<th scope="col">Who says it</th><th scope="col">When</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _who(source: Source) -> str:
    return source.publisher or title(source)


def timeline_html(timeline: Timeline | None) -> str:
    """Return the events of a timeline by date, or nothing where there are none."""
    if timeline is None or not timeline.events:
        return ""
    undated = timeline.n_undated
    note = f'<p class="aside-note">{undated} more without a day.</p>' if undated else ""
    events = "".join(map(_event, timeline.events))
    return f'<section class="timeline" aria-label="In order of time"><h3>In order of time</h3><ol>{events}</ol>{note}</section>'


def _event(event: Dated) -> str:
    how = "" if event.origin is DayOrigin.STATED else '<span class="tag">day of publication</span>'
    told = event.told[0]
    return (
        f'<li><p class="when">{text(_days(event.days))}{how}</p><p dir="auto">{text(event.text)}</p>'
        f"<p>{opener(told.quote, _who(told.source), hint='open the article')}</p></li>"
    )


def _days(days: Days) -> str:
    return day(days.first) if days.first == days.last else f"{day(days.first)} to {day(days.last)}"


def abstention_html(answer: Answer) -> str:
    """Return what an answer that abstains leaves open: what is missing, the days looked at, and the nearest articles."""
    if not answer.hits:
        return ""
    near = _nearest(answer.hits)
    items = "".join(
        f'<li dir="auto">{opener(quote, title(source))}<span class="byline">{text(byline(source))}</span></li>'
        for quote, source in near
    )
    return (
        '<section class="left-open" aria-label="What the articles leave open"><h3>What is missing</h3>'
        f"<p>{text(missing(answer))}</p><h3>Days covered by what was found</h3><p>{text(_covered(answer.hits))}</p>"
        f"<h3>Nearest articles</h3><ul>{items}</ul></section>"
    )


def missing(answer: Answer) -> str:
    """Return which names of the question no passage found holds, or that all are named and the rest is not said."""
    names = list(dict.fromkeys(name.text for name in names_in(answer.asked or answer.question)))
    found = fold(" ".join(f"{hit.passage.text} {hit.source.title}" for hit in answer.hits))
    lacking = [name for name in names if fold(name) not in found and fold(name).split()[-1] not in found]
    if lacking:
        return f"No passage that was found names {_listed(lacking)}."
    named = f" name {_listed(names)}, but" if names else ","
    return f"The passages that were found{named} none of them states what was asked."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _covered(hits: Sequence[Hit]) -> str:
    """Return the days that the articles found are of, and how many have none."""
    sources = {hit.source.article_id: hit.source for hit in hits}.values()
    days = sorted(one.published for one in sources if one.published)
    undated = len(sources) - len(days)
    more = f"{undated} without a date" if undated else ""
    if not days:
        return f"{more or 'none'}"
    span = day(days[0]) if days[0] == days[-1] else f"{day(days[0])} to {day(days[-1])}"
    return f"{span}, and {more}" if more else span


def _nearest(hits: Sequence[Hit]) -> list[tuple[Quote, Source]]:
    """Return the best passage of each of the articles that were found first."""
    found: dict[str, tuple[Quote, Source]] = {}
    for hit in hits:
        passage = hit.passage
        quote = Quote(passage.article_id, passage.start, passage.end, passage.text)
        found.setdefault(passage.article_id, (quote, hit.source))
    return list(found.values())[:NEAREST_ARTICLES]

"""The library's articles to HTML: how many a month, and a list that each can be opened, chosen and removed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

from rag.fold import fold
from rag.types import Filter, IngestItem, Source
from ui.markup import attribute, byline, text, title
from ui.reader import flag_words

PAGE = 50
"""Articles shown at first, and more at each press."""

_WIDTH, _HEIGHT = 640, 76
_WIDEST = 24
"""Of a bar: the picture is stretched to the width of the page."""

_MOST_BARS = 60


@dataclass(frozen=True, slots=True)
class Facets:
    """What the list is narrowed to; empty values let everything through. `days` is inclusive."""

    words: str = ""
    publishers: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    def admits(self, source: Source) -> bool:
        """Return whether an article is to be listed: every word in its title or publisher, and known to match the rest."""
        named = fold(f"{source.title} {source.publisher} {source.article_id}")
        return (
            all(word in named for word in fold(self.words).split())
            and (not self.publishers or source.publisher in self.publishers)
            and (self.first is None or (source.published is not None and source.published >= self.first))
            and (self.last is None or (source.published is not None and source.published <= self.last))
        )

    def where(self, chosen: Set[str]) -> Filter:
        """Return the filter for a conversation about these articles, or about the chosen ones where there are any."""
        if chosen:
            return Filter(articles=tuple(sorted(chosen)))
        return Filter(publishers=self.publishers, published_from=self.first, published_to=self.last)


def publishers_of(sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Return each publisher with its count, and its name, most articles first."""
    counts = Counter(source.publisher for source in sources if source.publisher)
    return [(f"{name} ({count:,})", name) for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def summary_html(found: Sequence[Source], total: int) -> str:
    """Return how many articles there are, and how many of them are listed."""
    count = f"{total:,} article{'' if total == 1 else 's'}"
    shown = count if len(found) == total else f"{len(found):,} of {count}"
    undated = sum(source.published is None for source in found)
    return f'<p class="count" role="status">{shown}{f", {undated:,} without a date" if undated else ""}</p>'


def histogram_html(found: Sequence[Source]) -> str:
    """Return a picture of how many articles are of which day, month or year, with the same in words; nothing without dates."""
    days = [source.published for source in found if source.published]
    if not days:
        return ""
    bars = _binned(days)
    most = max(count for _, count in bars)
    step, tall = _WIDTH / len(bars), _HEIGHT - 4
    width = min(max(step * 0.8, 1), _WIDEST)
    drawn = "".join(
        f'<rect x="{(place + 0.5) * step - width / 2:.1f}" y="{_HEIGHT - 1 - tall * count / most:.1f}" width="{width:.1f}" '
        f'height="{tall * count / most:.1f}"><title>{label}: {count:,}</title></rect>'
        for place, (label, count) in enumerate(bars)
        if count
    )
    fullest = max(bars, key=lambda bar: bar[1])
    words = f"Articles by date, {bars[0][0]} to {bars[-1][0]}; most in {fullest[0]}: {fullest[1]:,}."
    ends = "".join(f"<span>{label}</span>" for label in dict.fromkeys((bars[0][0], bars[-1][0])))
    return (
        f'<figure class="histogram"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{attribute(words)}">{drawn}<line x1="0" x2="{_WIDTH}" y1="{_HEIGHT - 0.5}" y2="{_HEIGHT - 0.5}"/></svg>'
        f"<figcaption>{ends}</figcaption></figure>"
    )


def _binned(days: Sequence[date]) -> list[tuple[str, int]]:
    """Return (label, count) of every bin from the first day to the last: days, months or years, whichever are few enough."""
    first, last = min(days), max(days)
    if (last - first).days < _MOST_BARS:
        counts = Counter(day.toordinal() for day in days)
        ordinals = range(first.toordinal(), last.toordinal() + 1)
        return [(f"{date.fromordinal(one):%-d %b %Y}", counts[one]) for one in ordinals]
    months = Counter(day.year * 12 + day.month - 1 for day in days)
    run = range(min(months), max(months) + 1)
    if len(run) <= 2 * _MOST_BARS:
        return [(f"{date(one // 12, one % 12 + 1, 1):%b %Y}", months[one]) for one in run]
    years = Counter(day.year for day in days)
    return [(str(year), years[year]) for year in range(min(years), max(years) + 1)]


def list_html(found: Sequence[Source], chosen: Set[str], most: int, *, may_remove: bool = True) -> str:
    """Return the first `most` articles as a list; where they may be removed, more may be added, and an empty one says so."""
    if not found:
        add = "Add some below, or widen" if may_remove else "Widen"
        return f'<p class="empty-list">No article fits. {add} the search.</p>'
    items = "".join(_item(source, is_chosen=source.article_id in chosen, may_remove=may_remove) for source in found[:most])
    return f'<ol class="articles" aria-label="Articles">{items}</ol>'


def _item(source: Source, *, is_chosen: bool, may_remove: bool) -> str:
    id_, name = attribute(source.article_id), attribute(title(source))
    remove = (
        f'<button type="button" class="danger" data-act="remove" data-id="{id_}" data-confirm="Remove for good?" '
        f'aria-label="Remove {name}">Remove</button>'
    )
    flags = "".join(f'<span class="tag">{text(flag_words(flag))}</span>' for flag in source.flags)
    return (
        f'<li data-article="{id_}"><div class="what"><button type="button" class="opens" aria-haspopup="dialog" dir="auto">'
        f'{text(title(source))}</button><span class="byline" dir="auto">{text(byline(source))}</span>{flags}</div>'
        f'<div class="acts"><button type="button" data-act="choose" data-id="{id_}" aria-pressed="{str(is_chosen).lower()}" '
        f'aria-label="Choose {name}">{"✓ Chosen" if is_chosen else "Choose"}</button>{remove if may_remove else ""}</div></li>'
    )


def results_html(items: Sequence[IngestItem], *, is_done: bool, problem: str = "") -> str:
    """Return what became of each article so far."""
    counts = Counter(item.action.value for item in items)
    said = ", ".join(f"{count} {action}" for action, count in counts.items())
    state = f"Done: {said or 'nothing to add'}." if is_done else f"Reading… {said}"
    rows = "".join(
        f'<li class="{item.action.value}"><span class="tag">{item.action.value}</span> <span dir="auto">'
        f"{text(item.title or item.origin)}</span>{f'<span class=why>{text(item.reason)}</span>' if item.reason else ''}</li>"
        for item in items[-PAGE:]
    )
    trouble = f'<p class="problem" role="alert">{text(problem)}</p>' if problem else ""
    return f'<p class="count" role="status">{text(state)}</p>{trouble}<ol class="results">{rows}</ol>'

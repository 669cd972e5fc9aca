"""`rag library list`, `show` and `duplicates`: the articles of a library, each with what is known of it and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, day, print_json, resolve
from rag.cli.visible import visible, visible_line
from rag.config import LibraryConfig
from rag.errors import ConfigError
from rag.store.choose import open_store
from rag.store.listing import Listed, groups, listed
from rag.types import Article, Source, Version

ArticleArgument = Annotated[str, typer.Argument(help="Article id, as `rag library list` shows it.", metavar="ID")]

_UNKNOWN = "unknown"


def list_(
    publisher: Annotated[str | None, typer.Option("--publisher", help="Only the articles of this publisher.")] = None,
    flag: Annotated[
        str | None,
        typer.Option("--flag", help="Only those with this flag, such as opinion; wire finds wire:Reuters too.", metavar="NAME"),
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="Only those published on this day or later.", metavar="DATE")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", help="Only those published before this day.", metavar="DATE")
    ] = None,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the articles, newest first.

    Example: rag library list --publisher "Harbour Post" --after 2025-01-01
    """
    first, last = day(after, flag="--after"), day(before, flag="--before")
    with open_store(_library(library, config)) as store:
        found = listed(store, publisher=publisher or "", flag=flag or "", after=first, before=last)
    if as_json:
        print_json([_listed_shape(article) for article in found])
        return
    for article in found:
        print(f"{_line(article.source)}  {visible_line(_notes(article))}".rstrip())


def show(
    article: ArticleArgument,
    versions: Annotated[bool, typer.Option("--versions", help="Show what it was before, and what changed.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Show what cleaning took out of it, and by which rule.")] = False,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an article: what is known of it and how, and its stored text.

    Example: rag library show seed-002 --versions
    """
    if versions and raw:
        raise ConfigError("--versions and --raw show two things; name one of them")
    with open_store(_library(library, config)) as store:
        found, earlier = store.article(article), store.versions(article)
    if versions:
        _show_versions(found, earlier, as_json=as_json)
    elif raw:
        _show_raw(found, as_json=as_json)
    elif as_json:
        print_json({**_article_shape(found), "versions": len(earlier)})
    else:
        _show_facts(found, n_versions=len(earlier))


def duplicates(library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the groups of articles that are copies of one text, the largest first; each counts as one source.

    The first article of a group speaks for it: the earliest published, else the news agency's own, else the longest.

    Example: rag library duplicates
    """
    with open_store(_library(library, config)) as store:
        found = groups(store)
    if as_json:
        print_json(
            [
                {"canonical": _source_shape(group.canonical), "copies": [_source_shape(copy) for copy in group.copies]}
                for group in found
            ]
        )
        return
    for group in found:
        print(_line(group.canonical))
        for copy in group.copies:
            print(f"  = {_line(copy)}")
    if not found:
        print("no article is a copy of another")


def _show_facts(article: Article, *, n_versions: int) -> None:
    """Print what is known of an article, a line each, and its text."""
    facts = _article_shape(article)
    known = article.provenance
    text, removed = facts.pop("text"), facts.pop("removed")
    del facts["provenance"]
    facts["flags"] = ", ".join(article.flags) or "none"
    facts["earlier versions"] = f"{n_versions}; --versions shows them" if n_versions else "none"
    facts["removed"] = f"{len(removed)} pieces; --raw shows them" if removed else "nothing"
    for name, value in facts.items():
        origin = f"  (from {known[name]})" if value and name in known else ""
        print(f"{name.replace('_', ' '):16} {visible_line(f'{value or _UNKNOWN}{origin}')}")
    print(f"\n{visible(text)}")


def _show_versions(article: Article, earlier: Sequence[Version], *, as_json: bool) -> None:
    """Print each earlier version with what changed in the next one, the earliest first."""
    from rag.similar.changes import changes, marked

    now = Version(len(earlier) + 1, article.title, article.text, article.published, article.updated, article.content_hash)
    shapes = []
    for one, following in pairwise([*earlier, now]):
        changed = changes(one.text, following.text)
        if as_json:
            shapes.append({**_dated(asdict(one)), "changes": [asdict(change) for change in changed]})
            continue
        replaced = f"{one.replaced_at:%Y-%m-%d %H:%M} UTC" if one.replaced_at else "a time not known"
        print(f"version {one.number}, published {one.published or _UNKNOWN}, until {replaced}")
        if one.title != following.title:
            print(f"  title: {visible_line(f'[-{one.title}-] {{+{following.title}+}}')}")
        for change in changed:
            print(f"  {visible_line(marked(change))}")
    if as_json:
        print_json({"id": article.id, "versions": shapes})
    elif not earlier:
        print("its text and title never changed")


def _show_raw(article: Article, *, as_json: bool) -> None:
    """Print what cleaning took out of an article, in order, and the text that it left."""
    if as_json:
        print_json({"id": article.id, "removed": [asdict(piece) for piece in article.removed], "text": article.text})
        return
    for piece in article.removed:
        print(f"removed ({visible_line(piece.rule)}):")
        print("".join(f"  | {line}\n" for line in visible(piece.text).splitlines()), end="")
    if not article.removed:
        print("cleaning removed nothing")
    print(f"\n{visible(article.text)}")


def _line(source: Source) -> str:
    day_ = str(source.published or "date unknown")
    publisher, title = visible_line(source.publisher) or "-", visible_line(source.title) or "-"
    return f"{visible_line(source.article_id)}  {day_:12}  {publisher}  {title}"


def _notes(article: Listed) -> str:
    """Return what else is known of an article, in brackets."""
    date_origin = article.provenance.get("published", "")
    notes = [
        article.section,
        f"updated {article.updated}" if article.updated else "",
        f"date from {date_origin}" if date_origin else "",
        f"{article.versions} earlier version{'s' if article.versions > 1 else ''}" if article.versions else "",
        *article.source.flags,
    ]
    shown = ", ".join(note for note in notes if note)
    return f"[{shown}]" if shown else ""


def _listed_shape(article: Listed) -> dict[str, Any]:
    shape = _dated(asdict(article))
    return {**_source_shape(article.source), **{name: value for name, value in shape.items() if name != "source"}}


def _source_shape(source: Source) -> dict[str, Any]:
    return _dated(asdict(source))


def _article_shape(article: Article) -> dict[str, Any]:
    """Return an article as JSON shows it."""
    return {name: value for name, value in _dated(asdict(article)).items() if name != "reading"}


def _dated(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return a shape whose days and times are text."""
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in shape.items()}


def _library(library: Path | None, config: Path | None) -> LibraryConfig:
    """Return where the library lies that the settings name."""
    return resolve(config, library__path=library).config.library

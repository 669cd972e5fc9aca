"""Markdown: front matter as metadata, the rest as plain lines."""

from __future__ import annotations

import re

from rag.errors import InputError
from rag.ingest.article import Draft, check_size
from rag.ingest.decode import decode
from rag.ingest.formats.markup import drop_hidden, load_tree, plain_lines
from rag.ingest.metadata import Facts, parse_day
from rag.types import DateOrigin

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_ENTRY = re.compile(r"([A-Za-z_]+)[ \t]*:[ \t]+(.+)")


def parse(data: bytes) -> Draft:
    """Return the draft of a Markdown file. Its title is the front matter's, else its one level-1 heading."""
    source = decode(data).replace("\r\n", "\n")
    check_size(source)
    entries: dict[str, str] = {}
    found = _FRONT_MATTER.match(source)
    if found and (entries := _entries(found[1])):
        source = source[found.end() :]
    if not source.strip():
        raise InputError("no text")

    from markdown_it import MarkdownIt

    # The page that the markup makes is read like any other: inline HTML, entities and hidden text come out alike.
    body = MarkdownIt("commonmark").enable("table").render(source)
    tree = load_tree(f"<html><head></head><body>{body}</body></html>")
    drop_hidden(tree)
    headings = [" ".join(heading.text_content().split()) for heading in tree.xpath("//h1")]
    return Draft(plain_lines(tree), page=_facts(entries, headings[0] if len(headings) == 1 else ""))


def _entries(block: str) -> dict[str, str]:
    """Return the `key: value` lines of a front matter; nested values are left out.

    Not a YAML reader on purpose: YAML turns `no` into false and `12:30` into 750, and expands references without bound.
    """
    entries = {}
    for line in block.split("\n"):
        found = _ENTRY.fullmatch(line.rstrip())
        if found and not found[2].startswith(("[", "{", "&", "*", "|", ">")):
            entries[found[1].lower()] = _unquoted(found[2])
    return entries


def _unquoted(value: str) -> str:
    for quote in ('"', "'"):
        if len(value) >= 2 and value.startswith(quote) and value.endswith(quote):
            return value[1:-1].replace("\\" + quote, quote)
    return value.partition(" #")[0].rstrip()


def _facts(entries: dict[str, str], heading: str) -> Facts:
    try:
        published = parse_day(entries.get("published") or entries.get("date"))
    except ValueError:
        published = None
    return Facts(
        title=entries.get("title") or heading,
        url=entries.get("url", ""),
        publisher=entries.get("publisher", ""),
        author=entries.get("author", ""),
        published=published,
        published_from=DateOrigin.META if published else None,
        language=entries.get("language") or entries.get("lang", ""),
    )

"""Web pages: what the page says of itself, then its body without what is hidden and what stands around it."""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.article import Draft
from rag.ingest.decode import decode
from rag.ingest.formats.body import body_text
from rag.ingest.formats.furniture import drop_furniture
from rag.ingest.formats.hidden import drop_hidden
from rag.ingest.formats.layout import unframe
from rag.ingest.formats.markup import load_tree, plain_lines
from rag.ingest.formats.page import read_page, retitled
from rag.types import Removed

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_MAX_AROUND = 60_000
"""Characters of a page around its article that are kept to be shown."""


def parse(data: bytes) -> Draft:
    """Return the draft of a saved page: its body, tables as `| a | b |` rows, without menus, comments and hidden text.

    Raises:
        InputError: not HTML, or no article in it.
    """
    charset = _CHARSET.search(data[:4096])
    return parse_text(decode(data, declared=charset[1].decode("ascii") if charset else ""))


def parse_text(html: str) -> Draft:
    """Return the draft of a page that is decoded already, as `parse`."""
    tree = load_tree(html)
    page = read_page(tree)
    hidden = drop_hidden(tree)
    unframe(tree)
    furniture = drop_furniture(tree, page.facts.title)
    text = body_text(tree, title=page.facts.title, articles=page.body)
    removed = (*hidden, *furniture, *_around(tree, text))
    return Draft(text, page=retitled(page.facts, tree), removed=removed, kinds=page.kinds)


def _around(tree: Any, text: str) -> tuple[Removed, ...]:
    """Return the lines of a page that are not in its article, those that stand together as one piece."""
    kept = "\n".join(_key(line) for line in text.split("\n"))
    whole = set(kept.split("\n"))
    pieces: list[list[str]] = [[]]
    budget = _MAX_AROUND
    for line in plain_lines(tree).split("\n"):
        if not line.strip():
            continue
        if (key := _key(line)) in whole or (len(key) >= 40 and key in kept):
            pieces.append([])
        elif len(line) <= budget:
            budget -= len(line)
            pieces[-1].append(line.strip())
    return tuple(Removed("around the article", "\n".join(piece)) for piece in pieces if piece)


def _key(line: str) -> str:
    return "".join(re.findall(r"\w+", line.lower()))

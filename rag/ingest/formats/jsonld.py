"""JSON-LD: what a page's own data says of its article."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MAX_NODES = 10_000
_ARTICLE = re.compile(r"(?:.*/)?(?:\w*Article|\w*Posting|Report|ReportageNewsArticle)$")
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Story:
    """The article of a page's data; empty where it says nothing. Dates as they stand. `kinds` are its types, and `paid`."""

    headline: str = ""
    author: str = ""
    publisher: str = ""
    published: object = None
    updated: object = None
    section: str = ""
    language: str = ""
    body: str = ""
    kinds: tuple[str, ...] = ()


def story_of(tree: Any) -> Story:
    """Return the first object of JSON-LD that describes an article, outermost first: alone, in a list or a `@graph`."""
    named: dict[str, str] = {}
    stories: list[dict[str, Any]] = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for node in _objects(_parsed(script.text or "")):
            if isinstance(node.get("@id"), str) and (name := _name(node)):
                named.setdefault(node["@id"], name)
            if any(_ARTICLE.match(kind) for kind in _kinds(node)):
                stories.append(node)
    if not stories:
        return Story()
    # One with a headline or a body before a bare one: archives list stubs of other articles.
    node = next((one for one in stories if one.get("headline") or one.get("articleBody")), stories[0])
    free = node.get("isAccessibleForFree")
    return Story(
        headline=_text(node.get("headline") or node.get("name")),
        author=_names(node.get("author") or node.get("creator"), named),
        publisher=_names(node.get("publisher") or node.get("sourceOrganization"), named),
        published=node.get("datePublished") or node.get("dateCreated"),
        updated=node.get("dateModified"),
        section=_first(node.get("articleSection")),
        language=_first(node.get("inLanguage")),
        body=_body(node),
        kinds=(*_kinds(node), *(["paid"] if str(free).lower() == "false" else [])),
    )


def _parsed(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>")
    for attempt in (text, _CONTROL.sub(" ", text).rstrip(" ;")):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects in parsed JSON, outermost first."""
    pending = deque([data])
    for _ in range(_MAX_NODES):
        if not pending:
            return
        node = pending.popleft()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _kinds(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _names(value: Any, named: dict[str, str]) -> str:
    """Return the names in a value: text, an object with a `name` or an `@id` that is named elsewhere, or a list of those."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(name for item in value if not isinstance(item, list) and (name := _names(item, named))))
    if isinstance(value, dict):
        reference = value.get("@id")
        return _name(value) or (named.get(reference, "") if isinstance(reference, str) else "")
    return _text(value)


def _name(node: dict[str, Any]) -> str:
    return _text(node.get("name"))


def _first(value: Any) -> str:
    """Return the first text of a value or a list."""
    if isinstance(value, list):
        return next((text for item in value if (text := _first(item) if not isinstance(item, list) else "")), "")
    return _text(value.get("alternateName") or value.get("name")) if isinstance(value, dict) else _text(value)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _body(node: dict[str, Any]) -> str:
    """Return the article's text, or that of the entries of a live blog."""
    if text := _text(node.get("articleBody")):
        return text
    updates = node.get("liveBlogUpdate")
    entries = [one for one in updates if isinstance(one, dict)] if isinstance(updates, list) else []
    parts = [part for one in entries for part in (_text(one.get("headline")), _text(one.get("articleBody"))) if part]
    return "\n\n".join(parts)

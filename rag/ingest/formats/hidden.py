"""Text of a page that its reader does not see, and which a page may hide from people only to tell it to machines."""

from __future__ import annotations

import re
from typing import Any

from rag.types import Removed

RULE = "hidden text"
MAX_CHARS = 2000
"""Of one hidden piece, so much is kept to be shown."""

_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*(?:0(?![.\d]*[1-9])|[01](?:\.\d+)?px)|"
    r"(?:left|right|top|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{4,}"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?\W+[01](?:px)?\W+[01](?:px)?\W+[01](?:px)?\s*\)|"
    r"clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*(?:scale\(\s*0\s*\)|translate[xy]?\(\s*-\d{4,})",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(r"(?:^|;)\s*(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)
_CUT_OFF = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_CLASSES = {
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screen-reader-only",
    "u-hidden-visually",
}
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITES = {"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)", "hsl(0,0%,100%)"}
_RULES = re.compile(r"([^{}@]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*)?([.#])([\w-]+)", re.IGNORECASE)

_MOST = 0.3
"""An element with more of the page's text is the page itself, hidden until its scripts have run."""


def drop_hidden(tree: Any) -> tuple[Removed, ...]:
    """Remove, in place, the elements whose text a browser does not show, as far as they say so, and return their texts.

    What counts: `hidden`, `aria-hidden`, templates, inline styles and simple rules of the page's own style sheets that show
    nothing, move it off the screen, or write it in its background's colour.
    """
    hiding = _hiding_names(tree)
    page_chars = len(tree.text_content())
    found: list[Removed] = []
    for element in tree.xpath(
        "//*[@hidden or @aria-hidden or @style or @class or @id or @bgcolor or @color or self::template or self::noscript]"
    ):
        if element.getparent() is None or element.tag in ("body", "html", "head") or not _is_attached(element, tree):
            continue
        if not (_is_surely_hidden(element) or (_is_probably_hidden(element, hiding) and _is_small(element, page_chars))):
            continue
        if element.tag not in ("script", "style") and (text := text_of(element)):
            found.append(Removed(RULE, text[:MAX_CHARS]))
        element.drop_tree()
    return tuple(found)


def text_of(element: Any) -> str:
    """Return the text in an element as one line, with spaces between what its elements part; none of scripts."""
    return " ".join(" ".join(element.xpath(".//text()[not(ancestor::script or ancestor::style)]")).split())


def _is_attached(element: Any, tree: Any) -> bool:
    """Whether an element has not gone with one around it."""
    top = element
    while (parent := top.getparent()) is not None:
        top = parent
    return top is tree.getroottree().getroot()


def _is_surely_hidden(element: Any) -> bool:
    style = element.get("style", "")
    return bool(
        element.tag in ("template", "noscript")
        or element.get("hidden", "until-found") != "until-found"  # until-found: folded, but the reader's to open
        or _HIDDEN_STYLE.search(style)
        or (_NO_ROOM.search(style) and _CUT_OFF.search(style))
        or _HIDDEN_CLASSES.intersection(element.get("class", "").split())
    )


def _is_probably_hidden(element: Any, hiding: set[str]) -> bool:
    """Whether an element is hidden by a rule of a style sheet, from screen readers, or by its colour."""
    names = {"." + name for name in element.get("class", "").split()} | {"#" + element.get("id", "")}
    return element.get("aria-hidden") == "true" or bool(names & hiding) or _is_invisible(element)


def _is_small(element: Any, page_chars: int) -> bool:
    return len(element.text_content()) <= _MOST * page_chars


def _is_invisible(element: Any) -> bool:
    """Whether text is written in the colour of its background: white, where neither it nor what it is in states one."""
    found = _COLOUR.search(element.get("style", ""))
    colour = _plain(found[1] if found else element.get("color", ""))
    if not colour or colour == "transparent":
        return colour == "transparent"
    around = element
    while around is not None:
        found = _BACKGROUND.search(around.get("style", ""))
        background = _plain(found[1] if found else around.get("bgcolor", ""))
        if background:
            return background == colour or {background, colour} <= _WHITES
        if around.get("class") and colour in _WHITES:
            return False  # a style sheet may well give it a background
        around = around.getparent()
    return colour in _WHITES


def _plain(colour: str) -> str:
    return re.sub(r"\s+", "", colour).lower()


def _hiding_names(tree: Any) -> set[str]:
    """Return the classes, as `.x`, and ids, as `#x`, that a plain rule of the page's style sheets hides on every device."""
    names: set[str] = set()
    for sheet in tree.iterfind(".//style"):
        css = re.sub(r"/\*.*?\*/", "", sheet.text or "", flags=re.DOTALL)[:500_000]
        css = re.sub(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)  # for some devices, or for print
        for selectors, style in _RULES.findall(css):
            if not _HIDDEN_STYLE.search(style):
                continue
            for selector in selectors.split(","):
                if found := _SIMPLE.fullmatch(selector.strip()):
                    names.add(found[1] + found[2])
    return names

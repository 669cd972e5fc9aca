"""The article's body in a page that is rid of what stands around it.

Where the page names the element that holds its article, as most sites do, that element is read whole: tables, lists, short
lines and all. Elsewhere trafilatura finds the body. Where the page shows none, the text in its own data stands in.
"""

from __future__ import annotations

import re
from typing import Any

from rag.errors import InputError
from rag.ingest.dateline import states_head
from rag.ingest.formats.markup import plain_lines, without_markup

# Of a page without an article, trafilatura's last resort returns the menu.
_MIN_CHARS_WITHOUT_SENTENCE = 100
_SENTENCE_END = re.compile("[.!?…。！？؟।]")

_NAMED = (
    "//*[@itemprop='articleBody']",
    "//*[{class_} or {id_}]",
    "//article[not(ancestor::article)]",
)
_NAMES = """
    article-body article__body articlebody article-content article__content article_body article-text articletext
    entry-content post-content post__content post-body story-body story-content story__body storytext td-post-content
    single-content news-content content-body body-content articulo-cuerpo cuerpo-noticia nota-cuerpo article-main
    contenido-nota artikel-text article__text richtext rich-text paragraph-container amp-wp-article-content live-blog
    liveblog live-blog-posts js-article-inner c-article-body
""".split()
_ENTRY = "liveBlogUpdate"
_LEAST_CHARS = 200
_STOPS = (".", "!", "?", "…", "”", "»", '."', '?"')
_LONG_LINE = 60
_MOST_WORDS = 0.9
"""Of its different words, a body written anew must keep so many."""

_LEAST_SHARE = 0.2
"""Below the headline stands at least this share of what was found, or the headline is in the wrong place."""

_SHARE = 0.5
"""Of the words that trafilatura finds, the named element must hold so many, or the name misleads."""


def body_text(tree: Any, *, title: str = "", articles: str = "") -> str:
    """Return the body of a page as lines: blank ones between paragraphs, `- …` for list items, `| a | b |` for rows.

    Args:
        title: Of the article, as far as known: what stands above the heading that repeats it is no part of the body.
        articles: The text that the page's data gives as its article's; it is taken where the page shows far less.

    Raises:
        InputError: no article, or nothing that can be parsed.
    """
    named = _named_body(tree)
    text = _relined(tree, _found(tree), title)
    if named and len(_words(named) & _words(text)) >= _SHARE * len(_words(text)):
        text = named
    if len(articles) >= _LEAST_CHARS:
        data = _unmarked(articles)
        is_same = _key(text) == _key(data) and data.count("\n") > text.count("\n")
        text = data if is_same or len(text) < len(data) / 2 else text
    if not text or (len(text) < _MIN_CHARS_WITHOUT_SENTENCE and not _SENTENCE_END.search(text)):
        raise InputError("no article text found")
    return text


def _named_body(tree: Any) -> str:
    """Return the text of the elements that are named as the body; empty where none is, or they hold hardly any."""
    has = " or ".join(
        f"contains(concat(' ', translate(normalize-space(@class), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
        f"'abcdefghijklmnopqrstuvwxyz'), ' '), ' {name} ')"
        for name in _NAMES
    )
    is_ = " or ".join(
        f"translate(@id, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ_', 'abcdefghijklmnopqrstuvwxyz-') = '{name}'" for name in _NAMES
    )
    for path in _NAMED:
        found = tree.xpath(path.format(class_=has, id_=is_))
        found = list(dict.fromkeys(_entry_of(one) for one in found))
        outermost = [one for one in found if not any(around in found for around in one.iterancestors())]
        if path.startswith("//article") and len(outermost) != 1:
            continue
        text = "\n\n".join(lines for one in outermost if (lines := plain_lines(one).strip("\n")))
        if len(text) >= _LEAST_CHARS:
            return text
    return ""


def _entry_of(body: Any) -> Any:
    """Return the entry of a live blog that a body stands in, with its time and heading; the body itself elsewhere."""
    entries = (one for one in body.iterancestors() if _ENTRY in (one.get("itemprop") or "").split())
    return next(entries, body)


def _found(tree: Any) -> str:
    from trafilatura import bare_extraction

    best = ""
    for precision in (True, False):
        try:
            # It works in place: what it cuts must still be there for the second try and for whoever shows what was removed.
            document = bare_extraction(_copy(tree), favor_precision=precision, include_comments=False, include_tables=True)
        except Exception as error:  # whatever a hostile page makes the parser raise, the next file is read
            raise InputError(f"the page cannot be parsed ({type(error).__name__})") from error
        text = document.text if document is not None and not isinstance(document, dict) else None
        if text and (len(text) >= _LEAST_CHARS or not best):
            best = best if best and len(text) < 2 * len(best) else text
    return best


def _copy(tree: Any) -> Any:
    from copy import deepcopy

    return deepcopy(tree)


def _relined(tree: Any, text: str, title: str) -> str:
    """Return a found body with the lines, items and rows of the page, which trafilatura runs together without paragraphs.

    It is what stands on the page from the first to the last long line of the body, without long lines that are not in it, and
    below the headline.
    """
    if not text:
        return ""
    known = _key(text)
    lines = plain_lines(tree).split("\n")
    is_long = [len(line) >= _LONG_LINE or (len(line) >= _LONG_LINE / 3 and line.endswith(_STOPS)) for line in lines]
    is_known = [long and _key(line) in known for long, line in zip(is_long, lines, strict=True)]
    below = next((n for n, line in enumerate(lines) if title and _key(line) == _key(title)), 0)
    if True in is_known[below:]:
        is_known[:below] = [False] * below
    if True not in is_known:
        return text
    first, last = is_known.index(True), len(is_known) - is_known[::-1].index(True)
    first, last = _head(lines, first), _foot(lines, last, known)
    kept = [line for line, is_in, long in list(zip(lines, is_known, is_long, strict=True))[first:last] if is_in or not long]
    kept_words = _words("\n".join(kept))
    is_whole = below or len(kept_words & _words(text)) >= _MOST_WORDS * len(_words(text))
    return "\n".join(kept) if is_whole and len(kept_words) >= _LEAST_SHARE * len(_words(text)) else text


def _head(lines: list[str], first: int) -> int:
    """Return where the lines begin that say, right above the body, when it was published and by whom."""
    head = first
    for n in range(first - 1, -1, -1):
        if states_head(lines[n]):
            head = n
        elif lines[n].strip():
            break
    return head


def _foot(lines: list[str], last: int, known: str) -> int:
    """Return where the rows end of a table that was found with the body and stands right below it."""
    foot = last
    for n in range(last, len(lines)):
        if lines[n].startswith("|") and _key(lines[n]) in known:
            foot = n + 1
        elif lines[n].strip():
            break
    return foot


def _key(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _unmarked(text: str) -> str:
    """Return the text of a page's data as lines, whether it holds markup or not."""
    return without_markup(text) if re.search(r"<(?:p|br|div|h\d)\b", text, re.IGNORECASE) else text

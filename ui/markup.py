"""Text to HTML that is only ever text: what every other module of the page builds its markup from.

Articles, models and readers are not trusted. Their words reach the page through `text` and their links through `link`;
markup is written nowhere but in this package.
"""

from __future__ import annotations

import html
from urllib.parse import urlsplit

from rag.types import Source, Verdict

DATE_UNKNOWN = "date unknown"

WORDS: dict[Verdict, str] = {
    Verdict.SUPPORTED: "Supported",
    Verdict.PARTIAL: "Partly supported",
    Verdict.CONTRADICTED: "Contradicted",
    Verdict.UNSUPPORTED: "Not supported",
}

# A filled disc with a tick, a half-filled disc, an octagon with a cross, a dashed ring with a question mark: told apart
# without colour, and in one size down to 10 px.
_SHAPES: dict[Verdict, str] = {
    Verdict.SUPPORTED: '<circle cx="8" cy="8" r="7.5" fill="currentColor"/>'
    '<path d="M4.4 8.4l2.4 2.4 4.8-5.2" fill="none" stroke="var(--sheet)" stroke-width="1.9"/>',
    Verdict.PARTIAL: '<circle cx="8" cy="8" r="6.7" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M8 1.3a6.7 6.7 0 0 0 0 13.4z" fill="currentColor"/>',
    Verdict.CONTRADICTED: '<path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z" fill="currentColor"/>'
    '<path d="M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6" stroke="var(--sheet)" stroke-width="1.9"/>',
    Verdict.UNSUPPORTED: '<circle cx="8" cy="8" r="6.7" fill="none" stroke="currentColor" stroke-width="1.6" '
    'stroke-dasharray="2.6 1.6"/><path d="M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3" fill="none" stroke="currentColor" '
    'stroke-width="1.5"/><circle cx="8" cy="11.6" r="1" fill="currentColor"/>',
}


def text(value: str) -> str:
    """Return the characters of a text as HTML, for between tags."""
    return html.escape(value, quote=False)


def attribute(value: str) -> str:
    """Return the characters of a text as HTML, for between the quotes of an attribute."""
    return html.escape(value, quote=True)


def shape(verdict: Verdict) -> str:
    """Return the picture of a verdict; the words for it stand beside it, so it is hidden from screen readers."""
    return f'<svg class="shape" viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[verdict]}</svg>'


def badge(verdict: Verdict) -> str:
    """Return a verdict as shape and words."""
    return f'<span class="verdict {verdict.value}">{shape(verdict)}{WORDS[verdict]}</span>'


def safe_url(url: str) -> str:
    """Return the URL where it is an absolute http or https one, else nothing: no `javascript:`, no `data:`, no path of ours."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_printable = url.isprintable() and not any(character.isspace() for character in url)
    return url if is_printable and parts.scheme in ("http", "https") and parts.hostname else ""


def link(url: str, label: str) -> str:
    """Return `label` as a link that opens in a new tab, or as plain words where the URL is not a safe one."""
    if not safe_url(url):
        return text(label)
    return f'<a href="{attribute(url)}" target="_blank" rel="noopener noreferrer nofollow">{text(label)}</a>'


def title(source: Source) -> str:
    """Return what an article is called: its title, or its id where it has none."""
    return source.title or f"Untitled article ({source.article_id})"


def byline(source: Source) -> str:
    """Return publisher and day in words, saying so where the day is not known."""
    day = f"{source.published:%-d %B %Y}" if source.published else DATE_UNKNOWN
    return f"{source.publisher} · {day}" if source.publisher else day

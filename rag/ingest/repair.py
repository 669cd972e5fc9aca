"""Text that a program damaged on its way, mended where the damage is certain.

    Ã± written for ñ             UTF-8 that was read in another encoding; by ftfy, without its guesses
    &amp;nbsp; &quot; &#8217;    entities that were escaped twice
    inter-\\nnational             words cut at the end of a printed line
    last year.The minister       full stops that lost their space, but not www.example.org, U.S.A or node.js

What can be meant as it stands stays as it is.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

_MISREAD = re.compile("[ÂÃÄÅâÐÑÎÏØÙ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|ðŸ|ï»¿")
_MAX_LINE_CHARS = 100_000

_ENTITY = re.compile(r"&(?:(?:amp|#0*38|#[xX]0*26);)*([A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{2,7}|#[xX][0-9A-Fa-f]{2,6});")
_AMPERSAND = re.compile(r"&(?:amp;)+")

_SOFT_BREAK = re.compile("\xad[ \t]*\r?\n[ \t]*(?=[^\\W\\d_])")
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]*[^\W\d_A-Z])-[ \t]*\n([^\W\d_A-Z][^\W\d_]*)([,.;:!?)”’\"]{0,9})[ ]?")
_LEAST_WRAPPED = 35
"""Characters of a line that a printed column broke; a shorter one is a heading, a verse or an item."""
_COMPOUND_OPENERS = frozenset(
    "well self non anti ex co pre post pro half all cross high low long short left right far hard soft full part old new two "
    "three four five six ten one first second third mid semi multi over under vice so much once ever still then "
    "would by on off "
    "state year day time world re north south east west franco greco anglo ítalo luso hispano deutsch".split()
)

_ADDRESS = re.compile(r"[/@\\_]|www\.|://", re.IGNORECASE)
_DOMAINS = frozenset(
    "com org net edu gov info biz io ai co uk us de es fr it pt br ar cl mx tv js ts py php html htm pdf jpg png "
    "gif txt exe app dev "
    "xyz eu ru cn in me ly md mp3 mp4 csv xml json zip doc docx".split()
)
_TOUCHING = re.compile(r"[.?](?:(?<=[^\W\d_A-ZÀ-ÖØ-Þ]{2}[.?])|(?<=\d\d[.?]))[”’»)]?[A-ZÀ-ÖØ-Þtbash]")
"""What `_LOST_SPACE` cannot do without: a stop between a word or a year and a letter."""

_LOST_SPACE = re.compile(
    r"(?<![.\w])(?P<word>[^\W\d_]*[^\W\d_A-ZÀ-ÖØ-Þ]{2}|(?:19|20)\d\d)(?P<stop>[.?][”’»)]?)"
    r"(?P<next>[A-ZÀ-ÖØ-Þ][^\W\d_A-ZÀ-ÖØ-Þ]+|[AI](?=\s)|(?:this|the|but|and|they|she|her"
    r"|his)(?=\s))(?![.\w@(/-]{0,60}[@(/_]|\.\w)"
)


def repair(text: str) -> str:
    """Return `text` mended; mending it again changes nothing."""
    return _spaced(_joined(without_entities(without_misread(text))))


def without_misread(text: str) -> str:
    """Return `text` with UTF-8 that was read as Windows-1252 and the like read rightly, line by line."""
    if not _MISREAD.search(text):
        return text
    return "\n".join(_reread(line) if _MISREAD.search(line) else line for line in text.split("\n"))


def without_entities(text: str) -> str:
    """Return `text` with its HTML entities as characters, however often they were escaped; unknown ones stay."""
    for _ in range(3):  # one decoded may complete another
        if "&" not in text:
            break
        before, text = text, _AMPERSAND.sub("&", _ENTITY.sub(_character, text))
        if text == before:
            break
    return text


def without_soft_breaks(text: str) -> str:
    """Return `text` with words joined that a soft hyphen parts at the end of a line."""
    return _SOFT_BREAK.sub("", text) if "\xad" in text else text


def _reread(line: str) -> str:
    from ftfy import TextFixerConfig, fix_encoding

    if len(line) > _MAX_LINE_CHARS:
        return line
    # Without what ftfy only guesses: lost bytes, and control characters that might be meant.
    certain = TextFixerConfig(replace_lossy_sequences=False, fix_c1_controls=False)
    mended = fix_encoding(line, certain)
    return mended if "\n" not in mended else line


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if not name.startswith("#") and name + ";" not in html5:
        return entity[0]
    character = html.unescape(f"&{name};")
    return entity[0] if character.isascii() and (character.isalnum() or not character.isprintable()) else character


def _joined(text: str) -> str:
    """Return `text` with the words whole that a hyphen parts at the end of a long line."""
    if "-\n" not in text:
        return text
    words = None

    def join(cut: re.Match[str]) -> str:
        nonlocal words
        first, second, marks = cut[1], cut[2], cut[3]
        start = text.rfind("\n", 0, cut.start()) + 1
        if cut.end(1) - start < _LEAST_WRAPPED:
            return cut[0]
        if words is None:
            words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
        hyphened = f"{first}-{second}"
        is_compound = (first.lower() in _COMPOUND_OPENERS or hyphened.lower() in words) and (
            first + second
        ).lower() not in words
        return f"{hyphened if is_compound else first + second}{marks}\n"

    return _BROKEN.sub(join, text)


def _spaced(text: str) -> str:
    """Return `text` with a space after full stops that lost theirs."""

    if not _TOUCHING.search(text):
        return text

    def part(found: re.Match[str]) -> str:
        near = max(0, found.start() - 200)
        start = max(near, text.rfind(" ", near, found.start()) + 1, text.rfind("\n", near, found.start()) + 1)
        token = text[start : found.end()]
        if _ADDRESS.search(token) or found["next"].lower() in _DOMAINS:
            return found[0]
        return f"{found['word']}{found['stop']} {found['next']}"

    return _LOST_SPACE.sub(part, text)

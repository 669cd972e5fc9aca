"""Cleaned text: damage mended, one kind of line end and space, no invisible characters, no boilerplate lines.

All character offsets of the product refer to the text that this module returns.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.ingest.boilerplate import without_boilerplate
from rag.ingest.repair import repair, without_entities, without_misread, without_soft_breaks
from rag.types import Removed

MAX_RUN = 1000  # tiktoken hangs or panics on huge runs of one character
MAX_MARKS = 30  # UAX #15's stream-safe limit; NFC takes time quadratic in the length of a run of combining marks

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")  # legal in Python and in JSON escapes, but in no encoding
_SPACES = re.compile("[\x1c-\x1f\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control
    "\xad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff"  # zero width
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks and overrides
    "\ufe00-\ufe0f\ufff9-\ufffb\U000e0000-\U000e0fff]"  # variation selectors, annotations, tags: can hide messages
)
_SYMBOLS = re.compile(rf"[^\w\s!-~]{{{MAX_MARKS},}}")  # combining marks are neither letters nor spaces nor ASCII
_RUN = re.compile(r"(.)\1{63,}", re.DOTALL)  # matches far shorter runs than it cuts, so that none is scanned twice
_BLANK_LINES = re.compile(r"\n{3,}")
_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")  # a flag of three letters is written with fewer
_MAX_ROUNDS = 5
_LEAST_RUN = 64
"""Characters from which a run may be cut: `_RUN` matches none that is shorter."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Cleaned text, and what was taken out of it, in order: messages in invisible characters, then boilerplate lines."""

    text: str
    removed: tuple[Removed, ...] = ()


def clean(text: str, *, title: str = "", author: str = "") -> Cleaned:
    """Return `text` cleaned; cleaning it again changes nothing.

    Lines keep their order and wording. Blank lines come one at a time and never first or last; the result may be empty.

    Args:
        title: The article's, as far as known, and `author`: what repeats them in lines of its own is boilerplate.
    """
    removed = [Removed("invisible characters", _unhidden(run)) for run in _TAGS.findall(text)]
    # A removal can bring two lines together that tell of each other, and a mended line can be one that a rule knows.
    for _ in range(_MAX_ROUNDS):
        before = text
        kept = without_boilerplate(_tidy(mended(text)), title=title, author=author)
        removed += kept.removed
        text = _tidy(kept.text)
        if text == before:
            break
    return Cleaned(text, tuple(removed))


def mended(text: str) -> str:
    """Return `text` in NFC, its damage repaired as far as that is certain, its lines all there."""
    plain = normalise(without_soft_breaks(without_misread(text)))
    repaired = repair(plain)
    return plain if repaired == plain else normalise(repaired)


def _unhidden(tags: str) -> str:
    """Return what a run of tag characters says: each stands for an ASCII character, and no reader sees it."""
    return "".join(chr(ord(tag) - 0xE0000) for tag in tags)


def clean_line(text: str, *, limit: int) -> str:
    """Return a title, name or the like as one line of at most `limit` characters, `…` where it was cut."""
    if not (text.isascii() and text.isprintable() and "&" not in text and len(text) < _LEAST_RUN):  # else nothing is mended
        text = normalise(without_entities(without_misread(text)))
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def normalise(text: str) -> str:
    """Return `text` in NFC with plain line ends and spaces, without invisible characters and overlong runs."""
    text = _LINE_ENDS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", text)
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    # Cut before NFC to bound its time, and after it because it takes some marks apart into two.
    text = _SYMBOLS.sub(_cut_marks, unicodedata.normalize("NFC", _SYMBOLS.sub(_cut_marks, text)))
    return _RUN.sub(lambda match: match[0][:MAX_RUN], text) if _may_run(text) else text


def _may_run(text: str) -> bool:
    """Whether one character fills a half of `_LEAST_RUN` that begins at a multiple of that, as every such run does."""
    half = _LEAST_RUN // 2
    return any(text[start : start + half] == text[start] * half for start in range(0, len(text), half))


def _cut_marks(symbols: re.Match[str]) -> str:
    """Return a run of symbols without the combining marks that follow `MAX_MARKS` others directly."""
    kept: list[str] = []
    n_marks = 0
    for symbol in symbols[0]:
        n_marks = n_marks + 1 if unicodedata.combining(symbol) else 0
        if n_marks <= MAX_MARKS:
            kept.append(symbol)
    return "".join(kept)


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")

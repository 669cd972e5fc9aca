"""Where sentences begin and end, by character offsets.

A quote is a sentence and a claim is checked against sentences, so a boundary in the wrong place costs a citation. The rules
are made for news as it is found on the web: a table row, a list item and a heading are sentences of their own; a full stop
after an abbreviation, an initial or inside a number ends nothing; a full stop that lost its space ("globally.The position")
ends a sentence all the same.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters."""

    start: int
    end: int


MAX_CHARACTERS = 2000
"""The longest sentence; real ones are far shorter."""

# Abbreviations after which a full stop does not end a sentence, whatever follows: English, Spanish, French, German,
# Portuguese and Italian newswire. Lower case, without the final stop.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof sr sra srta dra jr st sen rep gov gen lt col sgt capt maj cmdr adm hon rev pres supt
    mme mlle m vs v no nos art vol fig p pp ed eds al cf ca approx dept est inc ltd co corp bros
    jan feb mar apr jun jul aug sep sept oct nov dec ene abr ago dic
    u.s u.k u.n e.u u.s.a d.c e.g i.e a.m p.m ee.uu ee vgl bzw z.b d.h dott ing av avda pte ud uds
    """.split()
)
# Of those, the ones that often stand at the end of a sentence: a capital after them ends it only when it begins a
# common sentence opener.
_MAY_END = frozenset("u.s u.k u.n e.u u.s.a d.c a.m p.m inc ltd co corp jr sr al ee.uu".split())
_OPENERS = frozenset(
    """
    the a an this that these those he she it they we i you his her its their our in on at as after before by for from
    but and or so yet if when while since although however moreover meanwhile el la los las un una en por para pero y
    le les une des dans il elle ils elles der die das ein eine und aber nel gli o os as
    """.split()
)

_TERMINATOR = re.compile(
    r"""
    (?P<stop>[.!?…]+|[。！？]+)         # the mark itself
    (?P<close>["'”’»)\]]*)              # quotes and brackets that close after it
    (?P<space>\s+|(?=[^\W\d_])|(?=[“«"‘(])|$)   # what separates it from the next sentence, if anything does
    """,
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"[^\s(\[“«\"‘]+$")
_ROW = re.compile(r"\|")
_OPENING = "“«\"‘('[¿¡"


def sentence_spans(text: str) -> list[Span]:
    """Return the sentences of `text` in order, without the white space around them.

    Spans do not overlap, none is empty, and only white space lies between them.

    >>> text = "Mr. Boric left. He won 54.5% of it.Then came rain."
    >>> [text[s:e] for s, e in sentence_spans(text)]
    ['Mr. Boric left.', 'He won 54.5% of it.', 'Then came rain.']
    """
    spans: list[Span] = []
    offset = 0
    for line in text.split("\n"):
        spans.extend(_line_spans(text, offset, offset + len(line)))
        offset += len(line) + 1
    return [part for span in spans for part in _bounded(text, span)]


def is_table_row(line: str) -> bool:
    """Return whether a line is a row of a table: cells parted by two or more bars, or by one with a bar at an end."""
    bars = len(_ROW.findall(line))
    stripped = line.strip()
    return bars >= 2 or (bars == 1 and (stripped.startswith("|") or stripped.endswith("|")))


def _line_spans(text: str, start: int, end: int) -> list[Span]:
    """Return the sentences of one line."""
    line = text[start:end]
    if not line.strip():
        return []
    if is_table_row(line):
        return [_strip(text, start, end)]
    spans = []
    begin = start
    for mark in _TERMINATOR.finditer(text, start, end):
        if mark.end() < end and not _ends_sentence(text, begin, mark, end):
            continue
        stop = mark.end("close")
        if text[begin:stop].strip():
            spans.append(_strip(text, begin, stop))
        begin = stop
    if text[begin:end].strip():
        spans.append(_strip(text, begin, end))
    return spans


def _ends_sentence(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    """Return whether the mark, which is not the last thing in its line, ends a sentence."""
    following = text[mark.end() : end].lstrip()
    stop = mark.group("stop")
    if not following:
        return True
    if stop[0] in "。！？":
        return True
    before = _WORD_BEFORE.search(text, begin, mark.start())
    word = before.group() if before else ""
    if not mark.group("space"):
        return _ends_without_space(stop, word, mark.group("close"), following)
    first = following.lstrip(_OPENING)[:1]
    if stop == "." and not mark.group("close"):
        lowered = word.lower()
        if lowered in _MAY_END:
            return re.split(r"\W", following, maxsplit=1)[0].lower() in _OPENERS and first.isupper()
        if lowered in _ABBREVIATIONS or re.fullmatch(r"[A-Z]", word):
            return False
        if word.isdigit() and text[begin : mark.start()].strip() == word:
            return False  # "1. First point": the number of a list item
    return not first.islower()


def _ends_without_space(stop: str, word: str, close: str, following: str) -> bool:
    """Return whether a mark that touches the next word ends a sentence: "globally.The" does, "U.S.foreign" does not."""
    if stop != "." or close:
        return following[0].isupper() or following[0] in _OPENING
    lowered = word.lower()
    if lowered in _ABBREVIATIONS or "." in word or len(word) < 3 or not word[-1].isalpha():
        return False
    next_word = re.split(r"\s", following, maxsplit=1)[0]
    if re.search(r"\.\w|[/@]", next_word) or "/" in word or "@" in word:
        return False  # an address: news.example.org/page
    return following[0].isupper() or re.match(r"(this|the|it|he|she|they|her|his|in|but|and)\s", following) is not None


def _bounded(text: str, span: Span) -> list[Span]:
    """Return the span, cut at white space where it is too long to be a sentence: text that lost its punctuation."""
    parts = []
    start, end = span
    while end - start > MAX_CHARACTERS:
        cut = start + MAX_CHARACTERS
        space = max(text.rfind(blank, start + MAX_CHARACTERS // 2, cut) for blank in " \t")
        cut = space if space > start else cut
        parts.append(_strip(text, start, cut))
        start = _strip(text, cut, end).start
    return [*parts, Span(start, end)]


def _strip(text: str, start: int, end: int) -> Span:
    """Return the range without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)

"""Lines that a page puts around its article: menus, share buttons, comment forms, notices, headings that stand twice.

A line goes only if a rule of `phrases` matches the whole of it, apart from bullets and arrows at its ends. Three things are
never touched: a table row (a line with `|` or a tab), a line over 300 characters, and a line inside a hard-wrapped sentence
(it begins, or the line right below it begins, with a small letter). A rule that is safe only at the top or at the foot of a
page holds above the second or below the last line of prose. A line that says something no rule foresees stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.fold import fold
from rag.ingest.phrases import AGENCY, ANYWHERE, HEAD, LABELS, TAIL
from rag.types import Removed

_MAX_LINE_CHARS = 300
_MAX_LINK_CHARS = 160
_HEAD_LINES = 14
"""A page with so many lines and no prose yet is a list, and its lines are its content."""

_LEAST_TITLE = 20
"""Characters from which a line that repeats the headline cannot be anything else."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """One pattern for several rules, a group each, and their names in order."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]


def _compiled(rules: dict[str, str]) -> _Rules:
    return _Rules(re.compile("|".join(f"({pattern})" for pattern in rules.values()), re.VERBOSE), tuple(rules))


_ANYWHERE, _HEAD, _TAIL = _compiled(ANYWHERE), _compiled(HEAD), _compiled(TAIL)
_BEFORE, _AFTER = " #*•·▪◦+->–—→", " *:;.!…_»›>→)-–—"
_SENTENCE_ENDS = (".", "!", "?", "…", "”", '"', "»", ")", ":", "。", "！", "？")
_ITEM = re.compile(r"\s*(?:[-*•·▪◦+→]|\d{1,2}[.)])\s+\S")


@dataclass(frozen=True, slots=True)
class Kept:
    """The text that stays, and the lines that do not, in order and stripped, with the rule that each fell under."""

    text: str
    removed: tuple[Removed, ...]


def without_boilerplate(text: str, *, title: str = "", author: str = "") -> Kept:
    """Return `text` without its boilerplate lines; doing it again removes nothing.

    Args:
        title: The article's, as far as known: a line that repeats it goes, except the first. The first line stands in for it.
        author: Who is known to have written it: a byline above the text that begins with this name goes.
    """
    lines = text.split("\n")
    removed: dict[int, str] = {}
    for i, line in enumerate(lines):
        if not _goes_on(lines, i) and (rule := _rule(_ANYWHERE, line)):
            removed[i] = rule
    removed |= _linked(lines, removed)
    removed |= _head(lines, removed, author)
    removed |= _repeated(lines, removed, title)
    removed |= _tail(lines, removed)
    stay = [i for i in range(len(lines)) if i not in removed]
    return Kept("\n".join(lines[i] for i in stay), tuple(Removed(removed[i], lines[i].strip()) for i in sorted(removed)))


def _rule(rules: _Rules, line: str) -> str:
    """Return the name of the rule that matches the whole of a line; empty if none does."""
    line = line.strip()
    if not line or len(line) > _MAX_LINE_CHARS or "|" in line or "\t" in line:
        return ""
    core = " ".join(line.lstrip(_BEFORE).rstrip(_AFTER).split())
    if not core or core[0].islower():
        return ""
    found = rules.pattern.fullmatch(core.lower())
    if found is None or found.lastindex is None:
        return ""
    name = rules.names[found.lastindex - 1]
    return "" if name in LABELS and line.endswith((".", "!", "?", "…")) else name


def _goes_on(lines: list[str], i: int) -> bool:
    """Whether the line right below goes on with the sentence of line `i`."""
    return i + 1 < len(lines) and lines[i + 1].lstrip()[:1].islower()


def _linked(lines: list[str], removed: dict[int, str]) -> dict[int, str]:
    """Return the headlines listed under a heading such as "Related articles".

    List items right below it are; other headlines only where nothing but headlines follows to the end.
    """
    found: dict[int, str] = {}
    for heading in [i for i, rule in removed.items() if rule == "related links"]:
        below = [i for i in range(heading + 1, len(lines)) if lines[i].strip() and i not in removed]
        items = []
        for i in below:
            if not (_ITEM.match(lines[i]) and _is_headline(lines[i])):
                break
            items.append(i)
        if below and len(below) <= 20 and all(_is_headline(lines[i]) for i in below):
            items = below
        found |= dict.fromkeys(items, "related links")
    return found


def _is_headline(line: str) -> bool:
    """Whether a line may be a link to another article: short, of three words or more, and no sentence."""
    core = line.strip()
    is_plain = len(core) <= _MAX_LINK_CHARS and "|" not in core and "\t" not in core
    return is_plain and not core.endswith(_SENTENCE_ENDS) and not core[:1].islower() and len(core.split()) >= 3


def _head(lines: list[str], removed: dict[int, str], author: str) -> dict[int, str]:
    """Return the lines that rules of the top match, above the second line of prose: the first may be a standfirst."""
    found: dict[int, str] = {}
    above = [i for i in range(len(lines)) if lines[i].strip() and i not in removed]
    prose = [n for n, i in enumerate(above) if _is_prose(lines[i])][:2]
    if not prose or prose[0] > _HEAD_LINES:
        return {}
    for i in above[: prose[-1]]:
        if _goes_on(lines, i) and not lines[i].rstrip().endswith(_SENTENCE_ENDS):
            continue
        if rule := _rule(_HEAD, lines[i]) or ("byline" if i != above[0] and _is_byline(lines[i], author) else ""):
            found[i] = rule
    return found


def _is_prose(line: str) -> bool:
    """Whether a line is a paragraph: a long one that ends like a sentence, or a longer one."""
    core = line.strip()
    return "|" not in core and ((len(core) >= 80 and core.endswith(_SENTENCE_ENDS)) or len(core) > _MAX_LINE_CHARS)


def _is_byline(line: str, author: str) -> bool:
    """Whether a line is `by` and the known author, with at most a post after the name; of one word only an agency is."""
    if not _is_name(author) or len(line) > 120 or line.rstrip().endswith("."):
        return False
    pattern = rf"(?:(?:by|por|par|von|di)\ )?{re.escape(fold(author))}(?:[ ,|–-].{{0,50}})?"
    return re.fullmatch(pattern, fold(" ".join(line.split()))) is not None


def _is_name(author: str) -> bool:
    return len(author.split()) >= 2 or re.fullmatch(AGENCY, author.lower(), re.VERBOSE) is not None


def _repeated(lines: list[str], removed: dict[int, str], title: str) -> dict[int, str]:
    """Return the lines that repeat the headline, except where it stands first."""
    standing = [i for i in range(len(lines)) if lines[i].strip() and i not in removed]
    if not standing:
        return {}
    wanted = {_key(title), _key(lines[standing[0]])} - {""}
    found: dict[int, str] = {}
    seen: set[str] = set()
    for i in standing:
        key = _key(lines[i])
        if key in wanted and key in seen:
            found[i] = "repeated heading"
        seen.add(key)
    return found


def _key(line: str) -> str:
    """Return what two writings of one headline share; empty for a line that is too short for one, or a sentence."""
    core = line.strip().lstrip(_BEFORE)
    if len(core) < _LEAST_TITLE or len(core) > _MAX_LINE_CHARS or "|" in core or core.endswith((".", ":", ";", ",")):
        return ""
    return " ".join(re.findall(r"\w+", fold(core)))


def _tail(lines: list[str], removed: dict[int, str]) -> dict[int, str]:
    """Return the lines of the foot, below the last line of prose, that rules of the foot match."""
    found: dict[int, str] = {}
    stay = [i for i in range(len(lines)) if i not in removed]
    for i, line_before in _from_the_end(lines, stay):
        if not lines[i].strip():
            continue
        rule = _rule(_TAIL, lines[i])
        if not rule or not (_ends(line_before) or _rule(_TAIL, line_before)):
            break
        found[i] = rule
    return found


def _from_the_end(lines: list[str], stay: list[int]) -> Iterator[tuple[int, str]]:
    """Yield each line that stays, the last first, with the one before it."""
    for n in range(len(stay) - 1, -1, -1):
        yield stay[n], lines[stay[n - 1]] if n else ""


def _ends(line: str) -> bool:
    """Whether a line ends a paragraph, so that the next one does not go on with its sentence."""
    return not line.strip() or line.rstrip().endswith(_SENTENCE_ENDS)

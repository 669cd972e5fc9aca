"""Forms that are no report: live blogs and press releases."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.fold import fold
from rag.ingest.flags.seen import Seen

LEAST_ENTRIES = 4
"""Entries by the clock from which a text is a live blog; a report quotes a time or two."""

_LIVE_TITLE = re.compile(
    r"^\W*(?:live(?: updates?| blog| coverage)?|en vivo|en direct|direct|ao vivo|in diretta|diretta"
    r"|(?:live-?)?ticker|minuto a minuto|"
    r"ultimo momento en vivo)\W* ?[:|–—-]|\b(?:live updates|live ?blog|as it happened|as it happens|minuto a minuto|en vivo|"
    r"en directo|suivez en direct|live-?ticker|newsticker|minuto por minuto|acompanhe ao vivo|la diretta"
    r"|diretta live)\W*(?:$|[:|–—-])"
)
_LIVE_PATH = re.compile(
    r"^(?:live|live-?blogs?|live-updates|en-vivo|en-directo|endirecto|direct|liveticker|ao-vivo|diretta)$"
    r"|-live-updates(?:-|$)|-as-it-happened$|-liveblog$"
)
_ENTRY = re.compile(
    r"^(?:[-*•#] )?[\[(]?(\d{1,2})[.:h](\d{2})(?: ?([ap])\.?m\.?)?(?: ?(?:uhr|h|hrs|gmt|utc|bst|cest|cet"
    r"|[ecmp][sd]?t))?[\])]?\b[ :.–—-]*(.*)$"
)
_CALENDAR = re.compile(r"^\W*(?:programme?|programa|schedule|agenda|timetable|horarios?|fahrplan|tv guide)\b")

_RELEASE = re.compile(
    r"\bfor immediate release\b|/pr ?newswire|\b(?:business ?wire|globe ?newswire|accesswire|ein ?presswire"
    r"|news aktuell)\b.{0,20}(?:--|/|[)])|"
    r"^[^.!?]{0,60}[(](?:business wire|globe newswire|marketwired?|ots)[)] ?[-–—]|^\W*(?:press release"
    r"|news release|media release|comunicado de prensa|"
    r"nota de prensa|communique de presse|pressemitteilung|presseinformation|comunicado de imprensa"
    r"|nota a imprensa|comunicato stampa|"
    r"boletin de prensa)\b\W*(?:$|[:–—|-]| no\b| nr\b)|\bview source version on businesswire"
    r"|\bsource:? .{2,60} via (?:pr newswire|business wire)|"
    r"\b(?:para (?:su )?(?:publicacion|difusion) inmediata|pour diffusion immediate|zur sofortigen veroffentlichung)\b"
)
_OPENING_SIGNS = (
    re.compile(
        r"^\W*(?:media|press|news|investor)(?: relations)? contacts?\b|^\W*(?:contacto de prensa|contact presse"
        r"|pressekontakt|contatti stampa)\b"
    ),
    re.compile(r"^\W*about (?!the authors?\b|us\b|this\b)\S.{1,60}$|^\W*(?:acerca de|sobre|a propos d[e']|uber) \S.{1,60}$"),
    re.compile(r"^\W*(?:###|# # #|-? ?end(?:s|e)? ?-|- ?30 ?-)\W*$|^(?:#{3}|# # #)$"),
    re.compile(r"^source:? [a-z].{1,60}$|^notes? to editors\b"),
    re.compile(
        r"^\W*(?:for (?:more|further) information|para mas informacion|weitere informationen"
        r"|pour plus d'informations)\b.{0,60}(?:contact|visit|:|@)"
    ),
)
"""What a line of a press release begins with."""

_SIGNS_WITHIN = (
    re.compile(r"\bforward-looking statements\b"),
    re.compile(
        r"\b(?:is|are) (?:pleased|proud|thrilled|excited|delighted) to announce\b|\ba leading (?:global )?provider of\b"
    ),
)
_LEAST_SIGNS = 3


def is_live_blog(seen: Seen) -> bool:
    """Whether data, title or address calls it live, or at least four of its lines are entries by the clock, in order."""
    if "LiveBlogPosting" in seen.kinds or _LIVE_TITLE.search(fold(seen.facts.title)):
        return True
    if any(_LIVE_PATH.search(part) for part in seen.path):
        return True
    return _has_entries(seen)


def _has_entries(seen: Seen) -> bool:
    """Whether lines that begin with a time of day tell what happened then, forwards or backwards through the day.

    A programme lists times too, but no sentences.
    """
    minutes: list[int] = []
    n_told = 0
    lines = seen.lines
    for i, line in enumerate(seen.folded):
        found = _ENTRY.match(line)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            continue
        told = found[4] or (lines[i + 1] if i + 1 < len(lines) else "")
        minutes.append((int(found[1]) % 12 + 12 * (found[3] == "p") if found[3] else int(found[1])) * 60 + int(found[2]))
        n_told += len(told) >= 40 and told.rstrip('”"»)').endswith((".", "!", "?"))
    if len(minutes) < LEAST_ENTRIES or n_told < LEAST_ENTRIES or any(_CALENDAR.match(line) for line in seen.folded[:2]):
        return False
    steps = list(pairwise(minutes))
    return max(sum(a <= b for a, b in steps), sum(a >= b for a, b in steps)) >= 0.8 * len(steps)


def is_press_release(seen: Seen) -> bool:
    """Whether a line at its ends says so, or three signs of one stand in it: contacts, `About …`, `###`, safe-harbour words."""
    ends = [fold(line) for line in [seen.facts.title, *seen.ends(6)]]
    if any(_RELEASE.search(line) for line in ends if len(line) <= 400) or _RELEASE.search(fold(seen.text[:300])):
        return True
    if {"press-release", "press-releases", "comunicados", "pressemitteilungen", "communiques-de-presse"} & set(seen.path):
        return True
    n_signs = sum(any(map(sign.match, seen.folded)) for sign in _OPENING_SIGNS)
    return n_signs + sum(any(map(sign.search, seen.folded)) for sign in _SIGNS_WITHIN) >= _LEAST_SIGNS

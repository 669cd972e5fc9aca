"""Texts with more filler than news, and blanks that nobody filled in."""

from __future__ import annotations

import re

from rag.fold import fold, small, small_pattern
from rag.ingest.flags.seen import Seen

_LEAST_PIECES = 6
_SHARE = 0.3
"""From so many removed lines, and this share of all lines, a text was more page than article."""

_CUES = tuple(
    re.compile(pattern).match
    for pattern in (
        r"^\W*did you know\b|^\W*¿sabias que|^\W*le saviez-vous|^\W*wussten sie",
        r"^\W*(?:pro|expert|quick|hot) tips?\b",
        r"^\W*(?:frequently asked questions|faqs?\b|preguntas frecuentes|haufig gestellte fragen|questions frequentes)",
        r"^\W*key takeaways\b|^\W*(?:puntos clave|lo que debes saber)\W*$",
        r"^\W*(?:practical|top \d+) tips\b",
        r"^\W*(?:table of contents|in this article|indice de contenidos|inhaltsverzeichnis)\W*$",
        r"^\W*(?:disclaimer|meta description|focus keyphrase|seo title|tags|keywords) ?:",
    )
) + tuple(
    re.compile(pattern).search
    for pattern in (
        r"\b(?:share your (?:thoughts|opinions?|views)|let us know|tell us what you think"
        r"|leave a comment)\b.{0,40}\b(?:comments?|below)\b",
        r"\b(?:stay tuned|don't forget to (?:like|share|subscribe)|like and subscribe|follow us for more)\b",
    )
)
_LEAST_CUES = 3
_LINES_OF_PAGES = (
    "around the article",
    "hidden text",
    "caption",
    "photo credit",
    "byline",
    "original title",
    "repeated heading",
)
"""Pieces that every page has; they say nothing of the text."""

_LISTED = re.compile(
    r"\b(?:compan(?:y|ies)|firms?|persons?|cit(?:y|ies)|countr(?:y|ies)|products?|brands?|banks?|suppliers?"
    r"|clients?|customers?|organi[sz]ations?|partners?|"
    r"vendors?|empresas?|companias?|paises|pais|ciudades|entreprises?|societes?|pays|firmen|unternehmen|lander"
    r"|aziende|societa|paesi)"
    r" (?-i:[A-H](?:, [A-H])*,? (?:and|&|or|y|et|und|e|o) [A-H])\b",
    re.IGNORECASE,
)
_LISTED_LETTERS = re.compile(r" (?:and|&|or|y|et|und|e|o) [A-H]\b")
"""What `_LISTED` cannot do without, and few lines have."""

_UNITS = re.compile(
    r"\b(?:battalion|regiment|infantry|squadron|brigade|troops|marines|rangers|batallon|regimiento)\b", re.IGNORECASE
)
_BLANKS = re.compile(
    small_pattern(
        r"\b(?:lorem ipsum\b|dolor sit amet\b|tk tk|tktk|xx/xx/(?:xx){1,2}|xx\.xx\.(?:xx){1,2}|xx ?%|x{2,} percent|"
        r"your (?:headline|text|content|title) (?:goes )?here\b|(?:placeholder|dummy) (?:text|content|article"
        r"|image)\b(?! (?:is|was|are|were|appeared|had))|"
        r"this is (?:a )?(?:sample|test|dummy|placeholder) (?:article|post|text|page|headline)\b"
        r"|(?:texto de (?:relleno|ejemplo)|blindtext)\b(?= (?:aqui|hier)|\W*$))|"
        r"\{\{ ?[\w.]+ ?\}\}|\$(?<!\w\$)\{\w+\}|%%\w+%%|<<\w[\w ]*>>|[$€£]x+ (?:million|billion)\b|"
        r"\[(?:insert|enter|add|your|company|person|source|author|city|location|full|first|last|event|product|brand"
        r"|organi[sz]ation|spokesperson|date|"
        r"month|day|year|number|amount|percentage|quote|link|url|headline|title|name|topic|country|inserte?|insertar"
        r"|nombre|fecha|ciudad|empresa|titulo|fuente)"
        r"(?:[ '’_/-](?!withheld|redacted|omitted|removed|changed|unknown)[\w'’]+){0,4}\]"
    )
)
_QUOTED = re.compile(r"“[^”]{0,200}”|«[^»]{0,200}»|\"[^\"\n]{0,200}\"")


def is_boilerplate_heavy(seen: Seen) -> bool:
    """Whether six lines or more, and three in ten of all, were page furniture, or three kinds of filler stand in it.

    Filler is what a text is stretched with to be found: "Did you know?", "Pro tip", "Frequently asked questions".
    """
    furniture = [piece for piece in seen.removed if piece.rule not in _LINES_OF_PAGES]
    if len(furniture) >= _LEAST_PIECES and len(furniture) >= _SHARE * (len(seen.lines) + len(furniture)):
        return True
    folded = [folded for line, folded in zip(seen.lines, seen.folded, strict=True) if len(line) <= 1000]
    folded += [fold(piece.text) for piece in furniture if len(piece.text) <= 1000]
    return sum(any(map(cue, folded)) for cue in _CUES) >= _LEAST_CUES


def is_placeholder(seen: Seen) -> bool:
    """Whether blanks stand in it, not between quotation marks: `Companies A, B, and C`, `lorem ipsum`, `[Name]`, `{{ city }}`.

    Companies of soldiers have letters for names, and articles on templates quote them.
    """
    for line in (seen.facts.title, *seen.lines):
        plain = _QUOTED.sub(" ", line)
        if _BLANKS.search(small(plain)):
            return True
        if _LISTED_LETTERS.search(plain) and _LISTED.search(plain) and not _UNITS.search(plain):
            return True
    return False

"""The model's reply, taken apart: what it asserts, which sources it named, and whether it declined.

A reply is as untrusted as an article. Whatever comes in, what goes out is plain sentences: no mark-up, no invisible
characters, no chatter, nothing said twice, and not too many.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from rag.sentences import sentence_spans

MAX_CHARACTERS = 20_000
"""What a reply holds beyond this is not read: the longest honest one is far shorter."""

MAX_STATEMENTS = 20
"""Most sentences of a reply."""

LONGEST_WORD = 200
"""A longer run without a space is no word of any language that has spaces, and no address either."""

_MARKER = re.compile(r"\s*\[(?:sources?\s*)?(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]", re.IGNORECASE)
_STOP_THEN_MARKERS = re.compile(rf"([.!?]+)((?:{_MARKER.pattern})+)", re.IGNORECASE)
# Other ways to write a marker: 【1】, [^1], (Source 1); and numbers that no source can have.
_ODD_MARKERS = re.compile(
    r"【(?:sources?\s*)?(\d{1,3})[^】]{0,20}】|\[\^(\d{1,3})\]|\(sources?\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\)", re.IGNORECASE
)
_IMPOSSIBLE_MARKER = re.compile(r"\s*\[\d{5,}\]")

_UNSEEN_BLOCK = re.compile(r"<(think|thinking|script|style|template)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-z][^<>]{0,500}>|<\|\w{1,30}\|>|\[/?INST\]|<</?SYS>>", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"[ ]?!\[[^\]]{0,500}\]\([^)\s]{0,2000}(?:\s[^)]{0,200})?\)")
_LINK = re.compile(r"\[([^\]]{0,500})\]\(((?:[^()\s]|\([^()\s]{0,200}\)){0,2000})\)")
_FENCE = re.compile(r"^\s*```\w*\s*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_NUMBERED = re.compile(r"^\s*\d{1,2}[.)]\s+(?=\S)", re.MULTILINE)
_FIRST_OF_LIST = re.compile(r"^\s*1[.)]\s+\S", re.MULTILINE)
_BOUNDARY = re.compile(r"^\s*===\s*[0-9a-f]{8}\s*===\s*$", re.MULTILINE)
_LOOP = re.compile(r"(.{1,60}?)\1{4,}", re.DOTALL)

# What a model says before its answer.
_LEAD_IN = re.compile(
    r"(?:(?:the\s+|final\s+|short\s+)*answer(?:\s+is)?\s*:|respuesta\s*:|r[eé]ponse\s*:|"
    r"(?:here(?:'s|\s+is|\s+are)|aqu[ií]\s+(?:est[aá]|tienes)|voici)\b[^:.!?]{0,80}:|"
    r"(?:based\s+on|according\s+to|from|seg[uú]n|d'après|selon)\s+(?:the|these|las?|los|les)\s+(?:\w+\s+){0,2}"
    r"(?:sources?|articles?|passages?|context|information|texts?|fuentes|art[ií]culos|textos)(?:\s+(?:above|provided|given))?\s*[,:]|"
    r"(?:the|these|las?|los)\s+(?:\w+\s+)?(?:sources?|articles?|passages?|fuentes?|art[ií]culos?)\s+(?:above\s+)?"
    r"(?:indicates?|states?|says?|suggests?|mentions?|reports?|shows?|notes?|tells?|confirms?|indican?|dicen?|mencionan?|señalan?|afirman?)"
    r"\s+(?:that|que)\s+|"
    r"(?:sure|certainly|of\s+course|claro|bien\s+sûr)\s*[,!:]|(?:unfortunately|regrettably|sorry|however|lamentablemente|lo\s+siento|malheureusement|désolé)\s*,)\s*",
    re.IGNORECASE,
)
# Whole sentences that say nothing about the articles, and lines of the prompt that came back.
_CHATTER = re.compile(
    r"(?:sure|certainly|of\s+course|absolutely|okay|ok|great\s+question|claro|por\s+supuesto|bien\s+sûr)(?:\s+thing)?[!.,:]*$|"
    r"(?:i\s+hope\s+(?:this|that)|hope\s+(?:this|that)\s+helps|let\s+me\s+know|feel\s+free|please\s+(?:let|note\s+that\s+i|feel)|"
    r"is\s+there\s+anything\s+else|would\s+you\s+like|espero\s+que|n'hésitez\s+pas)\b|"
    r"as\s+an?\s+(?:AI|artificial|large\s+language|language)\b|i(?:'m|\s+am)\s+an?\s+(?:AI|language\s+model|assistant)\b|"
    r"(?:question|pregunta|user|system|human)\s*:|(?:assistant\s*:\s*)?$|sources?\s*:[\s,;.\d]*$|sources?,\s+between\s+two\s+lines\b|"
    r"the\s+sources\s+are\s+evidence\s*:|answer\s+in\s+one\s+short\s+sentence\b|if\s+the\s+sources\s+do\s+not\s+contain\b|"
    r"reply\s+with\s+one\s+word\b|(?:do\s+the\s+sources\s+above\s+state)\b|"
    r"here(?:'s|\s+is|\s+are)\s+(?:the|my|your|an?|what)\b[^.]{0,60}:$",
    re.IGNORECASE,
)

_TELL = (
    r"(?:mention|say|state|contain|provide|give|specify|tell|name|answer|include|indicate|discuss|cover|explain|address|reveal|"
    r"identify|show|have|describe|report|list|offer|clarify|confirm)"
)
# Declining, in the words that models use for it; each pattern stands at the start of a sentence.
_DECLINES = re.compile(
    "|".join(
        (
            r"i\s+(?:don't|do\s+not|can't|cannot|could\s+not|couldn't)\s+(?:know|answer|say|tell|find|determine|provide|see|have)",
            r"i(?:'m|\s+am|\s+was)\s+(?:sorry|not\s+sure|unable|not\s+able)",
            r"i\s+have\s+no\s+(?:information|answer|idea)",
            r"(?:the\s+|these\s+|this\s+)?(?:\w+\s+)?(?:sources?|articles?|passages?|texts?|documents?|information|context)\b.{0,40}?"
            rf"\b(?:(?:do(?:es)?\s+not|don't|doesn't|did\s+not|didn't|cannot|can't|never|fails?\s+to)\s+(?:\w+ly\s+)?{_TELL}|"
            r"(?:is|are)(?:\s+not|n't)\s+(?:\w+ly\s+)?(?:clear|enough|sufficient|given|mentioned|provided|stated|specified|available\s+in)|"
            r"(?:contains?|provides?|mentions?|gives?|says?|has|have|offers?)\s+(?:no|nothing)|(?:is|are)\s+(?:silent|insufficient))\b",
            r"(?:none\s+of\s+|no\s+)(?:the\s+)?(?:\w+\s+)?(?:sources?|articles?|passages?)\b",
            r"there\s+is(?:\s+no|n't\s+any|\s+not\s+enough|\s+insufficient)\s+(?:\w+\s+)?(?:information|mention|answer)",
            r"(?:no\s+)?(?:answer|information)\s+(?:is\s+)?(?:not\s+)?(?:found|given|provided|available)",
            r"(?:the\s+)?answer\s+(?:is|was)\s+not\s+(?:\w+\s+)?(?:given|found|stated|provided|known|in|mentioned)",
            r"(?:it|this|that)\s+(?:is|'s|isn't)\s*(?:not\s+|un)(?:clear|known)\b.{0,40}\b(?:sources?|articles?|passages?|text|context)\b",
            r"(?:(?:it|this|that)\s+is\s+)?(?:not|un)\s?(?:known|mentioned|stated|specified|provided)\b",
            r"no\s+(?:lo\s+)?s[eé]\b",
            r"no\s+hay\s+(?:ninguna?\s+|suficiente\s+)?(?:información|informacion|datos|respuesta|mención)",
            r"no\s+(?:se\s+(?:menciona|indica|especifica|dice|proporciona)|tengo\s+información|puedo\s+(?:responder|contestar|encontrar)|"
            r"encuentro|dispongo)",
            r"(?:las|los|la|el)\s+(?:fuentes?|art[ií]culos?|textos?|documentos?|información)\s+(?:\w+\s+)?no\b",
            r"desconozco\b",
            r"je\s+ne\s+(?:sais|peux|trouve)\s+pas",
            r"(?:les|la|l'|le)\s*(?:sources?|articles?|textes?|documents?)\s+(?:\w+\s+)?n(?:e\s|')",
            r"(?:il\s+n'y\s+a\s+(?:pas|aucune)|aucune)\s+(?:d')?\s?information",
            r"ich\s+wei(?:ß|ss)\s+(?:es\s+)?nicht|die\s+quellen\s+\w+\s+(?:\w+\s+)?(?:nicht|keine)",
            r"não\s+(?:sei|há\s+informaç)|as\s+fontes\s+não",
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the reply without its markers, and the source numbers that these named."""

    text: str
    hinted: frozenset[int]


def statements(reply: str) -> list[Statement]:
    """Return the sentences of a reply that assert something, in order; sentences that decline are left out.

    Each is said once, with the source numbers of all its copies; there are at most `MAX_STATEMENTS`.

    >>> [(s.text, sorted(s.hinted)) for s in statements("Sure! He won **54.53%**. [2] I don't know.")]
    [('He won 54.53%.', [2])]
    """
    text = _STOP_THEN_MARKERS.sub(lambda match: match.group(2) + match.group(1), plain(reply))
    found: dict[str, Statement] = {}
    for span in sentence_spans(text):
        sentence = text[span.start : span.end]
        bare = _bare(_MARKER.sub("", sentence))
        if not re.search(r"\w", bare) or declines(bare) or _CHATTER.match(_straight(bare)) or _runs_away(bare):
            continue
        key = bare.casefold()
        hinted = frozenset(_markers(sentence)) | (found[key].hinted if key in found else frozenset())
        if key in found or len(found) < MAX_STATEMENTS:
            found[key] = Statement(found[key].text if key in found else bare, hinted)
    return list(found.values())


def named_alone(reply: str) -> frozenset[int]:
    """Return the source numbers of a reply that holds nothing else: `[2]` -> {2}."""
    text = plain(reply)
    return frozenset() if re.search(r"\w", _MARKER.sub("", text)) else frozenset(_markers(text))


def declines(sentence: str) -> bool:
    """Return whether a sentence says that the answer is not known or not in the sources."""
    straight = _straight(sentence).lstrip(" \"'“*")
    while lead := _LEAD_IN.match(straight):
        straight = straight[lead.end() :]
    return _DECLINES.match(straight) is not None


def plain(reply: str) -> str:
    """Return the first `MAX_CHARACTERS` of a reply as plain text: no mark-up, no unseen characters, none of the prompt."""
    text = html.unescape(reply[:MAX_CHARACTERS])
    text = _TAG.sub("", _UNSEEN_BLOCK.sub(" ", text))
    text = "".join(_seen(char) for char in text)
    text = _LINK.sub(_link_text, _IMAGE.sub("", text))
    text = _EMPHASIS.sub(r"\2", _FENCE.sub("", text))
    text = _IMPOSSIBLE_MARKER.sub("", _ODD_MARKERS.sub(lambda odd: f"[{next(filter(None, odd.groups()))}]", text))
    if _FIRST_OF_LIST.search(text):
        text = _NUMBERED.sub("", text)
    return _BOUNDARY.split(text)[-1].strip()  # a reply that repeats the prompt answers after it, if at all


def _link_text(link: re.Match[str]) -> str:
    """Return the text of a link; a number in it was meant as a marker."""
    text = link.group(1)
    return f"[{text}]" if re.fullmatch(r"\d{1,3}", text) else text


def _seen(char: str) -> str:
    """Return a character that a reader sees, a space for a control character, nothing for an invisible one."""
    if char in "\n\t" or char.isprintable():
        return char
    category = unicodedata.category(char)
    return "" if category in {"Cf", "Cs", "Co", "Cn"} else "\n" if char in "\r\u2028\u2029" else " "


def _bare(sentence: str) -> str:
    """Return a sentence without bullets and without what models say before their answer."""
    bare = sentence.strip(" *#>-–•\t")
    while lead := _LEAD_IN.match(_straight(bare)):
        rest = bare[lead.end() :].lstrip(" *")
        bare = rest[:1].upper() + rest[1:]
    return bare


def _straight(text: str) -> str:
    return text.replace("’", "'")


def _runs_away(sentence: str) -> bool:
    """Return whether a sentence is no sentence: an endless word, or one stretch of text over and over."""
    if max(map(len, sentence.split())) > LONGEST_WORD and sentence.isascii():
        return True
    loop = _LOOP.search(sentence)
    return loop is not None and len(loop.group()) >= max(20, len(sentence) // 2)


def _markers(text: str) -> list[int]:
    """Return the source numbers that a text's markers name."""
    return [int(number) for group in _MARKER.findall(text) for number in re.findall(r"\d+", group)]

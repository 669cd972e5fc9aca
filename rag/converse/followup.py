"""Whether a question needs the ones before it, told from its words alone.

Precision comes first: a question that stands alone must never be changed, while one that is left as it is can be asked again
in full. So a pronoun counts only where nothing before it in the question can be what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.converse.names import Kind, names_in
from rag.fold import fold
from rag.retrieve.lexical import content_words
from rag.retrieve.understand import language_of


class Means(StrEnum):
    """What a pronoun can stand for."""

    HE = "he"
    SHE = "she"
    IT = "it"
    THEY = "they"
    ANYONE = "anyone"  # su, leur: the owner's number and gender are open
    THERE = "there"
    THEN = "then"
    THAT = "that"


class Lack(StrEnum):
    """What a question leaves to the conversation."""

    PRONOUN = "pronoun"
    FRAGMENT = "fragment"  # and in Bolivia?
    REASON = "reason"  # why?
    TOPIC = "topic"  # who won?
    SUBJECT = "subject"  # ¿Qué dijo sobre el cobre?


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun without its meaning: `text[start:end]` of the follow-up's text."""

    start: int
    end: int
    means: Means
    is_possessive: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that lacks something. `text` is it without a leading "and"; `fragment` what it puts in place of something
    asked before, with its preposition, if it is one."""

    lack: Lack
    text: str
    language: str
    pronouns: tuple[Pronoun, ...] = ()
    fragment: str = ""
    preposition: str = ""


_LEAD = re.compile(r"^\W*(?:(?:and|but|so|also|ok|y|e|pero|entonces|et|mais|alors)\b[,\s]+)+", re.IGNORECASE)
_ABOUT = re.compile(
    r"^\W*(?:what|how) about\s+|^\W*(?:qué|que) (?:hay|pasa|tal) (?:de|del|con)\s+|^\W*qu'en est-il de\s+", re.IGNORECASE
)
_PREPOSITIONS = (
    "in|on|at|from|for|to|by|about|with|during|after|before|since|under|en|de|del|para|por|sobre|con|desde|durante|pour|avec|"
    "dans|à|au|sur"
)
_BEGINS_WITH_PREPOSITION = re.compile(rf"(?P<word>{_PREPOSITIONS})\s+(?P<rest>.+)", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|will|would|can|could|"
    r"should|may|"
    r"might|quién(?:es)?|qué|cuál(?:es)?|cuándo|dónde|cómo|cuánt[oa]s?|es|son|fue|era|hay|ha|han|est|sont|qui|quel(?:le)?s?|"
    r"tell|list|explain|show|give|describe|summari[sz]e)\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?P<word>why(?: not)?|how(?: so| come)?|when|where|since when|by how much|how (?:much|many|long|often)|"
    r"por qué|cómo|cuándo|dónde|desde cuándo|cuánt[oa]s?|pourquoi|comment|quand|où)",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"(?:who|when|where|why|how(?: many| much| long)?|what)(?: else)?(?: (?:did|does|do|has|have|had|will|was|were|got))? "
    r"(?!(?:is|are|was|were|about)\b)(?P<word>[a-z]+)(?: (?:next|first|last|second|most|afterwards|exactly|now|in|by))?",
)
_SHORT_ES = re.compile(r"(?:¿\s*)?(?:quién(?:es)?|cuándo|cuánt[oa]s) (?!(?:es|son|era|fue|hay)\b)(?P<word>\w+)", re.IGNORECASE)
_SUBJECTLESS = re.compile(
    r"(?:¿\s*)?(?:(?:a|de|con|para|por|desde|contra) )?(?:por qué|qué|cuándo|dónde|cómo|cuántos? \w+|cuántas? \w+) "
    r"(?:(?:ha|había|se|lo|la|le|los|las|les) )*(?P<verb>\w+ó|dijo|hizo|fue|quiso|pudo|tuvo|vino|puso|nació|dice|propone|"
    r"quiere|promete|piensa|tiene)"
    r"(?=\s*\?|\s*$| (?:sobre|en|de|del|con|para|contra|ante|a|al|por|después|antes)\b)",
    re.IGNORECASE,
)
_IMPERSONAL = frozenset("paso ocurrio sucedio empezo comenzo termino acabo fue tuvo hizo".split())

_PRONOUN = re.compile(
    r"\b(?P<he>he|him|himself|his|él)\b|\b(?P<she>she|her|hers|herself|ella)\b|\b(?P<it>it|its|"
    r"itself)\b(?!['’]s\s+(?:true|like))|"
    r"\b(?P<they>they|them|their|theirs|themselves|ellos|ellas)\b|\b(?P<anyone>sus?)\b(?=\s+[a-zñáéíóú])|"
    r"\b(?P<there>there|allí|allá|ahí)\b|\b(?P<then>then)\b(?=\s*[?.!]*$)|"
    r"\b(?P<that>that|this|those|these|eso|esto|ello)\b(?=\s*[?.!]*$)"
)
_FRENCH = re.compile(
    r"\b(?P<she>elle)\b|\b(?P<he>lui)\b|\b(?P<they>ils|elles|eux)\b|(?<!-t-)\b(?P<it>il)\b(?! y a| faut)|"
    r"\b(?P<anyone>leurs?|son|sa|ses)\b(?=\s+[a-zàâçéèêëîïôûù])|\b(?P<there>là-bas)\b|\b(?P<that>cela|ça)\b"
)
_THAT_BEFORE_VERB = re.compile(
    r"\b(?:why|when|where|how|what|who)\s+(?:is|was|does|did|would|will|has)\s+(?P<that>that|this)\b(?=\s+(?:\w+ed|mean|"
    r"happen|matter|work|start|begin|end|important|significant|so|the case|possible)\b)",
    re.IGNORECASE,
)
_THAT_THING = re.compile(
    r"\b(?:of|in|at|for|about|from|on|after|before|during|with|to|by|\w{3,}ed)\s+(?P<that>that|those)\s+"
    r"(?!year|month|week|day|time|are|is|was|were|who|which)[a-z]+(?=\s*[?.!]*$)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"^\W*(?:(?:is|was|would|will|could|does|has|why|how|when|what|should)\W+)*(?:long |much |many \w+ |time |"
    r"day )?(?:is |was |will |does |would |did )?it\s+"
    r"(?:be\s+|been\s+)?(?:true|possible|likely|legal|illegal|important|necessary|safe|known|clear|take|cost|mean to|correct|"
    r"fair|hard|easy|raining|that\b|a fact|the case|reported|said|expected)\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"\b(?:is|are|was|were|be|been|will|has|have|had|s|exist)\W+there\b(?!\s*[?.!]*$)|\bthere\W+(?:is|are|was|were|will|"
    r"has|have|be|been)\b",
    re.IGNORECASE,
)
_PERSON_NOUN = re.compile(
    r"\b(?:who|president|minister|candidate|senator|mayor|man|woman|king|queen|boy|girl|chief|boss|champion|politician|"
    r"artist|"
    r"\w{3,}(?:or|ian|ist|man|woman)|(?:lead|play|write|sing|work|teach|report|lawy|manag|own|found|sing|bank|dock|min|farm|"
    r"vot|command|broth|moth|fath|sist|daught|offic|prison|design|direct)er|presidente|presidenta|ministr[oa]|"
    r"candidat[oa]|senador[a]?|líder|alcalde(?:sa)?)s?\b",
    re.IGNORECASE,
)
_THING_NOUN = re.compile(
    r"\b(?:the|a|an|which|what|each|every|any|some|el|la|los|las|un|una|qué)\s+(?!is\b|are\b|was\b|were\b|did\b|does\b|"
    r"do\b|has\b|will\b|happened\b)[a-záéíóúñ][\w-]+",
    re.IGNORECASE,
)
_PLURAL_NOUN = re.compile(r"\b(?!(?:was|is|does|has|its|his|this|as|us|who's)\b)[a-z]{3,}s\b", re.IGNORECASE)
_WHO_SAYS = re.compile(
    r"\W*(?:who|which \w+)\s+(?!is\b|are\b|was\b|were\b|did\b|does\b|do\b|has\b|will\b|would\b|can\b)", re.IGNORECASE
)
_CLAUSES = re.compile(
    r"[,;]|\b(?:and|but|or|while|that|which|who|say|says|said|because|if|when|after|before|to|y|pero|que|si|cuando|porque)\b(?<!^who)(?<!^when)(?<!^which)",
    re.IGNORECASE,
)
_GOVERNED = re.compile(rf"\b(?:{_PREPOSITIONS}|against|of)\s+$", re.IGNORECASE)
_MORE = re.compile(
    r"^(?:tell me more|more details?|(?:can you )?(?:elaborate|explain)|anything else|what else|go on|cuéntame más|"
    r"más detalles|algo más|qué más)$",
    re.IGNORECASE,
)


MOST_CHARACTERS = 150
"""A longer question says enough."""


def follow_up(question: str) -> FollowUp | None:
    """Return what a question lacks, None where it stands alone."""
    if len(question) > MOST_CHARACTERS:
        return None
    language = language_of(question) or "en"
    question = question.strip()
    text = _LEAD.sub("¿" if question.startswith("¿") else "", question).strip()
    has_lead = text != question
    core = text.strip(" ¿?¡!.…,")
    if not core:
        return None
    if _BARE.fullmatch(core):
        return FollowUp(Lack.REASON, text, language)
    if _MORE.match(core):
        return FollowUp(Lack.TOPIC, text, language)
    if found := _fragment(text, core, language, has_lead=has_lead, is_asked="?" in question):
        return found
    if pronouns := _pronouns(text, language):
        return FollowUp(Lack.PRONOUN, text, language, pronouns)
    if (match := _SUBJECTLESS.search(text)) and not _IMPERSONAL & {fold(match.group("verb"))}:
        return FollowUp(Lack.SUBJECT, text, language)
    if not names_in(text) and (_SHORT.fullmatch(core[:1].lower() + core[1:]) or _SHORT_ES.fullmatch(core)):
        return FollowUp(Lack.TOPIC, text, language)
    return None


def _fragment(text: str, core: str, language: str, *, has_lead: bool, is_asked: bool) -> FollowUp | None:
    """Return the follow-up that only names something else: `and in Bolivia?`, `what about turnout?`."""
    rest = _ABOUT.sub("", core)
    is_about = rest != core
    if is_about:
        if _pronouns(rest, language):  # what about her?
            return None
    elif _FINITE.search(rest) or _pronouns(rest, language):
        return None
    match = _BEGINS_WITH_PREPOSITION.fullmatch(rest)
    is_short = len(rest.split()) <= 6
    is_bare_name = is_asked and len(rest.split()) <= 3 and any(name.start == 0 for name in names_in(f"{rest} is"))
    is_year = re.fullmatch(r"\d{4}", rest) is not None and is_asked
    if not is_short or not (is_about or has_lead or (match and is_asked) or is_bare_name or is_year):
        return None
    return FollowUp(
        Lack.FRAGMENT,
        text,
        language,
        fragment=match.group("rest") if match else rest,
        preposition=match.group("word").lower() if match else "",
    )


def _pronouns(text: str, language: str) -> tuple[Pronoun, ...]:
    """Return the pronouns whose meaning the text itself does not give."""
    patterns = [_PRONOUN, _THAT_BEFORE_VERB, _THAT_THING] if language != "fr" else [_FRENCH]
    lowered = text[:1].lower() + text[1:]
    found: dict[int, Pronoun] = {}
    for pattern in patterns:
        for match in pattern.finditer(lowered):
            means, word = next((Means(name), word) for name, word in match.groupdict().items() if word)
            start, end = match.span(means.value)
            if not _is_bound(text, start, end, means, word.lower()):
                possessive = word.lower() in ("his", "its", "their") or means is Means.ANYONE
                # `her` before a noun is whose, before anything else whom.
                if word.lower() == "her":
                    possessive = bool(
                        re.match(
                            r"\s+(?!(?:in|on|at|to|for|from|about|with|by|and|or|as|after|before|during|when|while|the|a|"
                            r"an)\b)\w",
                            text[end:],
                        )
                    )
                found.setdefault(start, Pronoun(start, end, means, possessive))
    return tuple(found[start] for start in sorted(found))


def _is_bound(text: str, start: int, end: int, means: Means, word: str) -> bool:
    """Return whether something in the question itself can be what a pronoun means, or it means nothing."""
    before = text[:start]
    if means is Means.THERE:
        return bool(_EXISTS.search(text)) or any(name.kind is Kind.PLACE for name in names_in(text))
    if means in (Means.THEN, Means.THAT):
        return bool(content_words(before)) and bool(names_in(before)) and means is Means.THEN
    is_object = word in ("it", "them", "him", "her", "ella", "él", "ellos", "ellas") and not text[end:].strip(" ?.!")
    if is_object and not _CLAUSES.search(before):
        # The object of the only clause is nobody named before it: `How does Egypt see it?`, `Why did Kast thank her?`
        return means is Means.IT and bool(_EXPLETIVE.search(text))
    names = [name for name in names_in(text) if name.start < start]
    is_governed = bool(_GOVERNED.search(before)) and len(text[end:].strip(" ?.!")) == 0
    if means is Means.IT:
        if _EXPLETIVE.search(text):
            return True
        return any(name.kind is not Kind.PERSON for name in names) or (not is_governed and bool(_THING_NOUN.search(before)))
    if means is Means.ANYONE:
        return bool(names) or bool(_THING_NOUN.search(before))
    if names and not (means is Means.THEY and all(name.kind is Kind.PERSON for name in names) and len(names) == 1):
        return not all(name.kind is Kind.PLACE for name in names) or means is Means.THEY
    nouns = _PERSON_NOUN.search(re.sub(r"^\W*who\b", "", before, flags=re.IGNORECASE))
    if nouns:
        return True
    if means is Means.THEY:
        return not is_governed and bool(_PLURAL_NOUN.search(before))
    # `Who said he would go?` asks of the same person; `Who is his rival?` and `Who opposes her?` do not.
    return word in ("he", "she") and bool(_WHO_SAYS.match(text))

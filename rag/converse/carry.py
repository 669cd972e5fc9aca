"""A follow-up made whole by rules: its pronouns and gaps are filled from the latest exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.converse.followup import FollowUp, Lack, Means, Pronoun
from rag.converse.history import Exchange
from rag.converse.names import Kind, Name, fuller, names_in
from rag.fold import fold

_REGARDING = {"es": "respecto a", "fr": "concernant"}
_PLURAL_GROUP = re.compile(
    r"\b(?P<noun>(?:the|los|las|les)\s+(?:[a-zñáéíóú-]+\s+){0,2}?[a-zñáéíóú-]{3,}s)\b(?=\s|\?|$)", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\b(?:how many|which|what|(?P<es>cuántos|qué)) (?P<noun>(?!(?:is|was|does|has)\b)[a-zñáéíóú-]{3,}s)\b", re.IGNORECASE
)
_AUXILIARY = re.compile(r"\b(?:did|does|do|has|have|had|will|would|can|could|was|were|is|are)\s+$", re.IGNORECASE)
_PREPOSITION = r"(?:in|of|at|on|for|to|by|with|from|between|about|de|del|en|con|para|sobre|entre|du|des|dans)"
_NOUN = re.compile(
    rf"\b(?:the|a|an|el|la|los|las|un|una|le|les)\s+(?:(?!{_PREPOSITION}\b)[\w'’-]+\s*){{1,4}}?(?=\s{_PREPOSITION}\s|"
    rf"\s*[?.,;!]|\s*$|\s(?:was|were|is|are|"
    r"has|had|have|will|that|who|which|begin|began|start|started|take|happen|end|ended|and|or|que|fue|es)\b)",
    re.IGNORECASE,
)
_OF_NAME = re.compile(rf"\s+{_PREPOSITION}\s+(?:the\s+|la\s+|el\s+)?")
_QUESTION_HEAD = re.compile(
    r"^\W*(?:who|whom|whose|what|which|when|where|why|how(?:\s+(?:many|much|long|often))?|quién(?:es)?|qué|cuál(?:es)?|"
    r"cuándo|dónde|"
    r"cómo|por qué|cuánt[oa]s?|qui|que|quel(?:le)?s?|quand|pourquoi|comment)\s+"
    r"(?:(?:is|are|was|were|did|does|do|has|have|had|will|would|can|could|es|son|fue|ha|han|est|sont)\s+)?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_TIME = re.compile(rf"\b(?:in|on|since|by|en|el|desde)\s+(?:\w+\s+)?(?:de\s+)?{_YEAR.pattern}", re.IGNORECASE)
_YES_NO = re.compile(r"^\W*(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should)\b", re.IGNORECASE)
_WORD_BEHIND = re.compile(r"\s+[^\W\d_]+")
_WHERE = re.compile(r"\W*(?:where|dónde|où)\b", re.IGNORECASE)
_REASONS = {
    "why": "Why is it that {}?", "why not": "Why is it that {}?", "how come": "Why is it that {}?", "how": "How is it "
    "that {}?",
    "how so": "How is it that {}?", "when": "When was it that {}?", "where": "Where was it that {}?", "por qué": "¿Por "
    "qué {}?",
    "cómo": "¿Cómo es que {}?", "cuándo": "¿Cuándo fue que {}?", "dónde": "¿Dónde fue que {}?",
    "pourquoi": "Pourquoi est-ce que {} ?",
}  # fmt: skip
MOST_SAID = 200
"""Most characters of an answer that "why?" is asked of."""


def carried(follow: FollowUp, history: Sequence[Exchange]) -> str:
    """Return the question with what it lacks taken from the conversation, empty where that holds nothing that fits."""
    match follow.lack:
        case Lack.PRONOUN:
            return _with_meanings(follow, history)
        case Lack.FRAGMENT:
            return _in_the_last_question(follow, history[-1])
        case Lack.REASON:
            return _of_the_last_answer(follow, history[-1])
        case Lack.SUBJECT:
            return _with_subject(follow, history)
        case Lack.TOPIC:
            return _regarding(follow, history[-1])


def topic(question: str) -> str:
    """Return what a question is about: from its first name or noun on.

    >>> topic("Who won the election in Chile?")
    'the election in Chile'
    """
    body = _QUESTION_HEAD.sub("", question).strip(" ¿?¡!.")
    begins = [match.start() for match in (_NOUN.search(body),) if match]
    begins += [name.start for name in names_in(f"x {body}")[:1]]
    begin = min((place - 2 if place >= 2 and body[place - 2 :][:1].isupper() else place for place in begins), default=0)
    return body[begin:]


def _with_meanings(follow: FollowUp, history: Sequence[Exchange]) -> str:
    """Return the question with each pronoun replaced by what it means; the same meaning for the same kind of pronoun."""
    meanings: dict[Means, str] = {}
    for pronoun in follow.pronouns:
        if pronoun.means not in meanings:
            meanings[pronoun.means] = _meaning(pronoun, history, taken=set(meanings.values()), asked=follow.text)
    if not any(meanings.values()) and set(meanings) <= {Means.HE, Means.SHE}:
        return ""  # no topic stands for a person
    text, lost = follow.text, False
    for pronoun in reversed(follow.pronouns):
        meaning = meanings[pronoun.means]
        if not meaning:
            lost = lost or pronoun.means not in (Means.HE, Means.SHE)
            continue
        end = _end(pronoun, follow.text)
        text = text[: pronoun.start] + _put(meaning, pronoun, follow.text[pronoun.start : end]) + text[end:]
    text = _opened(text)
    return _regarding(follow, history[-1], text) if lost else text


def _end(pronoun: Pronoun, text: str) -> int:
    """Return the end of what a meaning takes the place of, or stands behind: `su partido`, `that agreement`."""
    if pronoun.means is Means.ANYONE or pronoun.means is Means.THAT:
        behind = _WORD_BEHIND.match(text, pronoun.end)
        is_thing = behind and (pronoun.means is Means.ANYONE or not text[behind.end() :].strip(" ?.!"))
        return behind.end() if behind and is_thing else pronoun.end
    return pronoun.end


def _put(meaning: str, pronoun: Pronoun, words: str) -> str:
    """Return a meaning as it stands in the place of `words`."""
    if " " in words:
        return f"{words} ({meaning})"
    if not pronoun.is_possessive:
        return meaning
    return f"{meaning}'" if meaning.endswith("s") and not meaning.split()[-1][0].isupper() else f"{meaning}'s"


def _meaning(pronoun: Pronoun, history: Sequence[Exchange], *, taken: set[str], asked: str) -> str:
    """Return what a pronoun means: the latest thing said that fits it; empty where nothing does."""
    texts = [text for one in history for text in (one.question, one.said, *one.cited)]
    spoken = {fold(name.text) for name in names_in(asked)}
    for exchange in reversed(history):
        found = _meaning_in(pronoun.means, exchange, texts, taken, spoken)
        if found:
            return found
    return ""


def _meaning_in(means: Means, exchange: Exchange, texts: Sequence[str], taken: set[str], spoken: set[str]) -> str:
    if means is Means.THEN:
        found = next(
            (match for text in (exchange.question, exchange.said, *exchange.cited) if (match := _TIME.search(text))), None
        )
        return found.group() if found else ""
    if means is Means.THAT:
        return _noun(exchange.question) or topic(exchange.question)
    ordered = [exchange.question, exchange.said, *exchange.cited]
    if means is Means.THERE and _WHERE.match(exchange.question):
        ordered.append(ordered.pop(0))
    for text in filter(None, ordered):
        named = [
            one for one in names_in(text, around=texts) if fold(one.text) not in spoken and fuller(one, texts) not in taken
        ]
        if found_text := _fitting(means, named, text, texts, is_question=text == exchange.question):
            return found_text
    return ""


def _fitting(means: Means, named: Sequence[Name], text: str, texts: Sequence[str], *, is_question: bool) -> str:
    people = [one for one in named if one.kind is Kind.PERSON]
    open_ = [one for one in named if one.kind is Kind.UNKNOWN]
    match means:
        case Means.HE | Means.SHE:
            wanted, other = ("m", "f") if means is Means.HE else ("f", "m")
            genders = [_gender_of(one, texts) for one in people]
            sure = [one for one, gender in zip(people, genders, strict=True) if gender == wanted]
            maybe = [one for one, gender in zip(people, genders, strict=True) if gender != other]
            found = next(iter(sure or maybe or open_), None)
            return fuller(found, texts) if found else ""
        case Means.THERE:
            places = [one for one in named if one.kind is Kind.PLACE]
            return (
                f"in {places[-1].text}"
                if places and not re.search(r"[ñáéíóú¿]", text)
                else f"en {places[-1].text}"
                if places
                else ""
            )
        case Means.IT:
            noun = _noun(text) if is_question else ""
            things = [one for one in named if one.kind in (Kind.THING, Kind.GROUP)]
            places = [one for one in named if one.kind is Kind.PLACE]
            # Of a name that we know nothing of, the subject comes first: `Did Google buy the startup?`
            subject = next((one.text for one in open_ if is_question and _AUXILIARY.search(text[: one.start])), "")
            return things[0].text if things else subject or noun or next((one.text for one in [*open_, *places]), "")
        case Means.THEY:
            return _several(named, people, text, texts)
        case Means.ANYONE:
            groups = [one for one in named if one.kind is Kind.GROUP]
            found = next(iter(people or groups or open_), None)
            return fuller(found, texts) if found else ""
    return ""


def _several(named: Sequence[Name], people: Sequence[Name], text: str, texts: Sequence[str]) -> str:
    """Return what "they" are: a plural noun, a group, two people, two places, else one person."""
    if counted := _COUNTED.search(text):
        return f"{'los' if counted.group('es') else 'the'} {counted.group('noun')}"
    plural = _PLURAL_GROUP.search(text)
    group = next((one.text for one in named if one.kind is Kind.GROUP), "")
    if plural or group:
        return plural.group("noun") if plural else group
    whole = list(dict.fromkeys(fuller(one, texts) for one in people))
    places = list(dict.fromkeys(one.text for one in named if one.kind is Kind.PLACE))
    return " and ".join((whole if len(whole) > 1 else places if len(places) > 1 else whole)[:2])


def _gender_of(name: Name, texts: Sequence[str]) -> str:
    """Return the gender of a person, by a longer name of theirs where this one does not tell."""
    if name.gender:
        return name.gender
    full = fuller(name, texts)
    return next((one.gender for text in texts for one in names_in(text) if one.text == full and one.gender), "")


def _noun(question: str) -> str:
    """Return the thing that a question is about, with the name it belongs to: `the election in Chile`; empty without one."""
    match = _NOUN.search(question)
    if match is None:
        return ""
    noun = match.group().strip()
    words = noun.split()
    is_subject = bool(_AUXILIARY.search(question[: match.start()]))
    is_last = not question[match.end() :].strip(" ?.!")
    if is_subject and is_last and len(words) > 2:  # When did the harbour strike begin?
        return " ".join(words[:-1])
    end = match.end()
    if of := _OF_NAME.match(question, end):
        name = next((one for one in names_in(question) if one.start == of.end()), None)
        end = name.end if name else end
    return question[match.start() : end].strip()


def _in_the_last_question(follow: FollowUp, last: Exchange) -> str:
    """Return the last question with the fragment in its slot; where it has none, the fragment with the topic behind it."""
    new, asked = follow.fragment, last.question
    years = [*_YEAR.finditer(asked)]
    if years and _YEAR.fullmatch(new):
        return _opened(asked[: years[-1].start()] + new + asked[years[-1].end() :])
    named = names_in(asked)
    mine = names_in(f"{follow.preposition or 'x'} {new}")
    if mine and len(mine[0].text) >= len(new) - 4:
        kind = mine[0].kind
        same = [one for one in named if one.kind is kind]
        alike = same or [one for one in named if Kind.UNKNOWN in (one.kind, kind)]
        if alike and not any(fold(one.text) == fold(mine[0].text) for one in named):
            old = alike[-1]
            return _opened(asked[: old.start] + mine[0].text + asked[old.end :])
    if follow.preposition and (mine or _YEAR.search(new)):  # a slot that the last question left open
        return _opened(f"{asked.rstrip(' ?.')} {follow.preposition} {new}?")
    return _regarding(follow, last)


def _of_the_last_answer(follow: FollowUp, last: Exchange) -> str:
    word = follow.text.strip(" ¿?¡!.").lower()
    sentence = re.split(r"(?<=[.!?])\s", last.said)[0].rstrip(" .") if last.said else ""
    if last.question and _YES_NO.match(last.question) and word in ("why", "how", "when", "where"):
        return f"{word.capitalize()} {last.question[:1].lower()}{last.question[1:]}"
    if sentence and len(sentence) <= MOST_SAID and word in _REASONS:
        return _REASONS[word].format(_lowered(sentence))
    return _regarding(follow, last)


def _with_subject(follow: FollowUp, history: Sequence[Exchange]) -> str:
    """Return a Spanish question with the subject that it leaves out behind its verb."""
    who = _meaning(Pronoun(0, 0, Means.ANYONE), history, taken=set(), asked=follow.text)
    match = re.search(r"\b\w+(?:ó|jo|izo|uiso|udo|uvo|ino|uso|ice|one|iere|ete|iensa|iene)(?=\s|\?|$)", follow.text)
    return f"{follow.text[: match.end()]} {who}{follow.text[match.end() :]}" if who and match else ""


def _regarding(follow: FollowUp, last: Exchange, text: str = "") -> str:
    """Return the question with the last one's topic behind it."""
    text = _opened(text or follow.text)
    body, mark = (text.rstrip(" ?."), "?") if text.endswith("?") else (text.rstrip(" ."), "")
    about = topic(last.question)
    return f"{body}, {_REGARDING.get(follow.language, 'regarding')} {about}{mark}" if about else ""


def _opened(text: str) -> str:
    """Return a question with a capital at its beginning."""
    place = next(iter(_letters(text)), 0)
    return text[:place] + text[place : place + 1].upper() + text[place + 1 :]


def _letters(text: str) -> Iterator[int]:
    return (place for place, character in enumerate(text) if character.isalpha())


def _lowered(sentence: str) -> str:
    """Return a sentence to stand within another: a name keeps its capital."""
    opens_with_name = any(one.start == 0 for one in names_in(sentence)) or sentence[1:2].isupper()
    return sentence if opens_with_name else sentence[:1].lower() + sentence[1:]

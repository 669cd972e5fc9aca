"""Questions to ask next, made of sentences that the articles hold, so that each has an answer there. No model is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.chunk import is_heading
from rag.converse.names import Kind, Name, names_in
from rag.converse.wording import wording_for
from rag.fold import fold
from rag.sentences import sentence_spans
from rag.types import Answer, Article, Status

MOST = 3
"""Questions suggested after an answer."""

MOST_FIRST = 6
"""Questions suggested for a library."""

LOOKED_AT = 1500
"""Characters of an article that its question is made of: news tell the gist first."""

LONGEST = 110
"""Characters of a question; a longer one is no suggestion."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """How the questions read in a language."""

    said_about: str
    said: str
    happened_on: str
    with_both: str


_ENGLISH = Phrases(
    "What did {who} say about {what}?", "What did {who} say?", "What happened on {day}?", "What links {who} and {what}?"
)
_PHRASES = {
    "Spanish": Phrases(
        "¿Qué dijo {who} sobre {what}?", "¿Qué dijo {who}?", "¿Qué pasó el {day}?", "¿Qué une a {who} y {what}?"
    ),
    "French": Phrases(
        "Qu'a dit {who} à propos de {what} ?",
        "Qu'a dit {who} ?",
        "Que s'est-il passé le {day} ?",
        "Qu'est-ce qui lie {who} et {what} ?",
    ),
}

_SPOKE = re.compile(
    r",?\s+(?:has\s+|have\s+|also\s+|ha\s+|a\s+)?(?:said|told|announced|warned|promised|pledged|denied|insisted|argued|stressed|"
    r"stated|declared|emphasi[sz]ed|explained|added|dijo|anunci[oó]|advirti[oó]|prometi[oó]|asegur[oó]|afirm[oó]|declar[oó]|dit|"
    r"annonc[eé]|d[eé]clar[eé]|affirm[eé])\b"
)
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|enero|febrero|marzo|abril|mayo|junio|"
    "julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|"
    "novembre|décembre"
)
_DAY = re.compile(rf"\b(?:\d{{1,2}} (?:de )?(?:{_MONTHS})(?: (?:de )?\d{{4}})?|(?:{_MONTHS}) \d{{1,2}}(?:, \d{{4}})?)(?![\w-])")


def follow_ups(answer: Answer) -> tuple[str, ...]:
    """Return questions that the passages found for an answer speak to and the answer did not tell; none after a remark."""
    if answer.status is Status.REMARK:
        return ()
    told = {fold(one.quote.text) for one in answer.citations}
    cited = {one.quote.article_id for one in answer.citations}
    near = [hit for hit in answer.hits if not cited or hit.passage.article_id in cited]  # others may be about anything
    sentences = [one for hit in near for one in _sentences(hit.passage.text) if fold(one) not in told]
    asked = fold(f"{answer.asked or answer.question} {' '.join(claim.text for claim in answer.claims)}")
    return tuple(_distinct(_questions(sentences, asked), MOST))


def first_questions(articles: Iterable[Article]) -> tuple[str, ...]:
    """Return a question an article, in their order, for those that one can be made of."""
    found = []
    for article in articles:
        made = next(iter(_questions(_sentences(article.text[:LOOKED_AT]), "")), "")
        if made:
            found.append(made)
    return tuple(_distinct(found, MOST_FIRST))


def _sentences(text: str) -> list[str]:
    """Return the sentences that are no headings and stand in one line: where a line breaks, a heading has got into one."""
    cut = (text[span.start : span.end].strip() for span in sentence_spans(text))
    return [" ".join(one.split()) for one in cut if "\n" not in one and not is_heading(one)]


def _questions(sentences: Sequence[str], asked: str) -> Iterable[str]:
    """Yield the questions that sentences answer: first who said what, then what happened on a day and what links two names.

    Args:
        asked: Folded; a question whose own names are all in it was answered already.
    """
    around = tuple(sentences)
    linked, dated = [], []
    for sentence in sentences:
        phrases = _PHRASES.get(wording_for(sentence).name, _ENGLISH)
        names = [name for name in names_in(sentence, around=around) if _is_sound(name)]
        speaker = next((name for name in names if _may_speak(name) and _SPOKE.match(sentence, name.end)), None)
        others = [name for name in names if speaker is None or (name.text != speaker.text and name.start > speaker.end)]
        if speaker and others and not _all_in(asked, speaker.text, others[0].text):
            yield phrases.said_about.format(who=speaker.text, what=others[0].text)
        elif speaker and not _all_in(asked, speaker.text):
            yield phrases.said.format(who=speaker.text)
        elif len(names) > 1 and names[0].text != names[1].text and not _all_in(asked, names[0].text, names[1].text):
            linked.append(phrases.with_both.format(who=names[0].text, what=names[1].text))
        elif (day := _DAY.search(sentence)) and fold(day.group()) not in asked:
            dated.append(phrases.happened_on.format(day=day.group()))
    yield from dated[:1]
    yield from linked
    yield from dated[1:]


def _may_speak(name: Name) -> bool:
    return name.kind in (Kind.PERSON, Kind.GROUP)


def _is_sound(name: Name) -> bool:
    return name.kind is not Kind.UNKNOWN and 2 < len(name.text) < 50 and "\n" not in name.text


def _all_in(asked: str, *names: str) -> bool:
    return all(fold(name).split()[-1] in asked for name in names)


def _distinct(questions: Iterable[str], most: int) -> list[str]:
    found: dict[str, str] = {}
    for question in questions:
        if len(question) <= LONGEST:
            found.setdefault(fold(question), question)
        if len(found) == most:
            break
    return list(found.values())

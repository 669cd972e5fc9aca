"""The built-in check of a sentence against the words that it cites: by words alone, without a model.

In this order, the worst finding deciding: every number, day and name stands in the cited words (or in the article's title,
publisher or date), with the thing that it belongs to; who does what to whom; both deny or neither does, and point the same
way; what the cited words allege, think possible or plan is not stated as fact; and the other words are met by the same ones,
by words that mean the same, or by their cognates. What passes all that is supported only if no doubt is left (`licence`), else
in part. A short reply is judged with its question, as one statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag.answer.checking.binding import binding_faults
from rag.answer.checking.borrowed import beside_table, borrowed, strayed
from rag.answer.checking.facts import name_faults, value_faults
from rag.answer.checking.faults import Fault, Ground
from rag.answer.checking.fragment import asked_part, is_fragment, polarity, proposition, without_polarity
from rag.answer.checking.licence import Manner, doubts
from rag.answer.checking.matching import Matching, match
from rag.answer.checking.polarity import direction_faults, negation_faults, preposition_faults, restated
from rag.answer.checking.reading import Reading, Token
from rag.answer.checking.reading import read as read_text
from rag.answer.checking.roles import Roles, compare_roles, subject_faults
from rag.answer.checking.stance import quantifier_faults, stance_faults
from rag.sentences import is_table_row
from rag.types import Quote, Source, Verdict

SUPPORTED = 0.8
"""Least share of its words, weighted, that a supported sentence shares with its quotes."""

PARTIAL = 0.4
"""Least share of a partly supported one; below it nothing counts as contradicted either."""

PLAIN = 0.45
"""Share of the words other than names and numbers up to which a sentence is partly supported at most."""

PARTIAL_FOREIGN, SUPPORTED_FOREIGN, PLAIN_FOREIGN = 0.3, 0.6, 0.35
"""The same three where sentence and quotes are in two languages, of which the lists know common words only."""

PART = 0.5
"""Least share of each of the parts of a sentence that `and`, `but` or `because` join."""

QUESTION_SHARE = 0.5
"""Least share of the words of the question that must be met where the reply opens with yes or no."""

FRAGMENT_QUESTION_SHARE = 0.25
"""The same for a short reply: the words around what was asked for are the reader's own."""

_WHO = re.compile(r"\W*(?:who|whom|which|what|quien(?:es)?|quién(?:es)?|qué)\b", re.IGNORECASE)
_NOWHERE = frozenset({Ground.VALUE, Ground.NAME})
"""What a reader looks up: a sentence with one that stands nowhere is not sound in part."""

_JOINTS = frozenset("and but because y e pero porque ;".split())
_SEVERITY = (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.PARTIAL)


class Citable(Protocol):
    """Exact words of an article and where they come from."""

    @property
    def quote(self) -> Quote:
        """The words."""

    @property
    def source(self) -> Source:
        """Their article."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Cited words. `context` is the whole sentence where they are only a part of it, empty where they are not cut."""

    quote: Quote
    source: Source
    context: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and the reason for it, in words for a reader.

    `ground` says what decided it, `compared` is the quote that the sentence was held against, None where there is none.
    """

    verdict: Verdict
    reason: str
    ground: Ground = Ground.WORDING
    compared: Quote | None = field(default=None, compare=False)


def _borrowed(sentence: str, behind: Sequence[Citable], words: Sequence[str]) -> str:
    """Return a name or number of the sentence that the cited words tell of something else; empty where there is none.

    The rows of an article's tables, and what leads in to them, tell one thing together.
    """
    tables: dict[str, list[str]] = {}
    apart: list[str] = []
    articles: list[str] = []
    for one, text in zip(behind, words, strict=True):
        if is_table_row(one.quote.text) or one.quote.text.rstrip().endswith(":"):
            tables.setdefault(one.quote.article_id, [one.source.title]).append(text)
        else:
            apart.append(text)
            articles.append(one.quote.article_id)
    joined = ["\n".join(rows) for rows in tables.values()]
    return borrowed(sentence, [*apart, *joined], [*articles, *tables]) or beside_table(sentence, joined, apart)


class WordChecker:
    """The check by words alone."""

    name = "words"

    def check(self, question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
        """Return the verdict on a sentence of an answer to `question`, given the quotes behind it."""
        if not behind:
            return Finding(Verdict.UNSUPPORTED, "no passage stands behind it", Ground.NOTHING_CITED)
        words = [cited_words(one) for one in behind]
        if any(_plain(sentence) == _plain(told) for told in words if _plain(told)):
            at = next(one for one, told in zip(behind, words, strict=True) if _plain(sentence) == _plain(told))
            return Finding(Verdict.SUPPORTED, "word for word", Ground.SAME_WORDS, at.quote)
        cited = read("\n".join(words))
        about = read("\n".join(dict.fromkeys(_about(one.source) for one in behind)))
        case = _case(question, sentence, cited, about)
        if not case.content:
            return Finding(Verdict.UNSUPPORTED, "it says nothing", Ground.WORDING, behind[0].quote)
        roles = compare_roles(case.matching)
        finding = _judged(case, roles)
        if finding.verdict is Verdict.SUPPORTED and (taken := _borrowed(sentence, behind, words)):
            reason = f"{taken!r} stands in another of the cited sentences, which tells something else"
            finding = Finding(Verdict.UNSUPPORTED, reason, Ground.NAME)
        if finding.verdict is Verdict.SUPPORTED:
            finding = _doubted(finding, case, roles)
        told = [(one.quote.article_id, f"{_about(one.source)} {text}") for one, text in zip(behind, words, strict=True)]
        if finding.verdict in (Verdict.SUPPORTED, Verdict.PARTIAL) and (stray := strayed(sentence, told)):
            reason = f"{stray!r} stands in an article that speaks of none of its names"
            finding = Finding(Verdict.UNSUPPORTED, reason, Ground.BINDING)
        return replace(finding, compared=_nearest(case.matching, behind, words))


def _judged(case: _Case, roles: Roles) -> Finding:
    """Return what the faults and the words give, before any doubt."""
    faults = sorted(_faults(case, roles), key=lambda fault: _SEVERITY.index(fault.verdict))
    by_words = _by_words(case, roles)
    worst = faults[0] if faults else None
    if worst is None:
        return by_words
    if worst.verdict is Verdict.CONTRADICTED and case.share < PARTIAL:
        return Finding(Verdict.UNSUPPORTED, worst.reason, worst.ground)
    if worst.verdict is Verdict.UNSUPPORTED and worst.ground not in _NOWHERE and _stands_without(case, faults):
        return Finding(Verdict.PARTIAL, f"only a part of it is there: {worst.reason}", worst.ground)
    if worst.verdict is Verdict.PARTIAL and by_words.verdict is Verdict.UNSUPPORTED:
        return by_words
    return Finding(worst.verdict, worst.reason, worst.ground)


def _doubted(finding: Finding, case: _Case, roles: Roles) -> Finding:
    """Return a finding that a sentence is supported, or in part where a doubt is left."""
    settled = restated(case.matching) | roles.converse
    manner = Manner.WHOLE
    if case.is_fragment or case.matching is case.posed:
        manner = Manner.WHO if _WHO.match(case.asked) else Manner.REPLY
    doubt = next(doubts(case.matching, case.own, settled, manner), None)
    return finding if doubt is None else Finding(doubt.verdict, doubt.reason, doubt.ground)


@dataclass(frozen=True, slots=True)
class _Case:
    """What is judged: the statement that the sentence makes, matched with the cited words.

    `own` are the places of the tokens that the sentence itself gives, all unless the question completes it; `posed` is the
    question as a statement, matched, where the sentence opens with yes or no.
    """

    matching: Matching
    own: frozenset[int]
    question: Reading
    is_fragment: bool
    posed: Matching | None = None
    asked: str = ""

    @property
    def content(self) -> tuple[Token, ...]:
        """The tokens of the sentence itself that tell something."""
        return tuple(token for token in self.matching.claim.content if token.place in self.own)

    @property
    def share(self) -> float:
        """The share of the sentence's own words that are met, in [0, 1]."""
        return self.matching.share(self.content)


def read(text: str) -> Reading:
    """Return the reading of a text, with the further words that the check knows."""
    return read_text(text, is_wide=True)


def statement(question: str, sentence: str) -> str:
    """Return what a sentence states: itself, or a short reply joined with its question."""
    answer = without_polarity(sentence)
    claim = read(answer)
    return _joined(question, answer)[0].replace(" ~ ", " ") if question and claim.content and is_fragment(claim) else sentence


def _case(question: str, sentence: str, cited: Reading, about: Reading) -> _Case:
    """Return what is to be judged: the sentence, with its question where it means nothing alone."""
    asked = read(question)
    answer = without_polarity(sentence)
    posed = None
    if word := polarity(sentence):
        statement, _ = asked_part(question)
        posed = match(read(f"not {statement}" if word == "no" else statement), cited, about)
    claim = read(answer)
    if not claim.content and posed is not None:
        return _Case(posed, frozenset(token.place for token in posed.claim.tokens), asked, False, posed)
    if posed is None and question and is_fragment(claim):
        return _fragment(question, answer, asked, cited, about)
    return _Case(match(claim, cited, about), frozenset(token.place for token in claim.tokens), asked, False, posed)


def _joined(question: str, answer: str) -> tuple[str, bool]:
    """Return the statement that a short reply makes of its question, and whether the reply stands last in it."""
    rest, has_auxiliary = asked_part(question)
    first = next((token for token in read(rest).tokens if token.stems), None)
    subject_follows = has_auxiliary and first is not None and not (first.is_verb_like or first.word in {"be", "been", "being"})
    return proposition(question, answer, subject_follows=subject_follows), subject_follows


def _fragment(question: str, answer: str, asked: Reading, cited: Reading, about: Reading) -> _Case:
    text, subject_follows = _joined(question, answer)
    claim = read(text)
    n_own = len(read(answer.strip().rstrip(".!")).tokens)
    tokens = claim.tokens[-n_own:] if subject_follows else claim.tokens[:n_own]
    return _Case(match(claim, cited, about), frozenset(token.place for token in tokens), asked, True, asked=question)


def _faults(case: _Case, roles: Roles) -> Iterator[Fault]:
    """Yield all that is wrong with a statement, but for its wording.

    A question is put in words of its own choosing: with a short reply, only what touches the reply itself is held against it.
    """
    found = _all_faults(case, roles)
    if not case.is_fragment:
        yield from found
        return
    n_values = sum(token.value is not None for token in case.matching.claim.tokens if token.place in case.own)
    asked = [token for token in case.matching.claim.content if token.place not in case.own]
    is_named = any(token.is_capital and case.matching.has(token) for token in asked)
    first = asked[0].place if asked else -1
    is_met = is_named and case.matching.share(asked) >= QUESTION_SHARE
    for fault in found:
        if fault.ground is Ground.QUESTION and is_met:
            continue  # another name of the question stands there, with most of its words
        if fault.ground is Ground.BINDING and (fault.verdict is not Verdict.CONTRADICTED or n_values > 1):
            continue
        if fault.ground is Ground.ROLES and (not _WHO.match(case.asked) or fault.place != first):
            continue
        if fault.ground in {Ground.NEGATION, Ground.DIRECTION} and not (fault.place in case.own or fault.place == first):
            continue
        yield fault


def _all_faults(case: _Case, roles: Roles) -> Iterator[Fault]:
    """Yield all that is wrong with a statement, its question included."""
    matching = case.matching
    if case.posed is not None:
        yield from _posed_faults(case.posed)
    for fault in (*value_faults(matching), *name_faults(matching, case.question)):
        if fault.place in case.own or fault.verdict is Verdict.PARTIAL:
            yield fault
        else:
            yield replace(fault, verdict=Verdict.PARTIAL, ground=Ground.QUESTION)
    yield from binding_faults(matching)
    asked = {token.word for token in case.question.content}
    for fault in roles.faults:
        is_asked = fault.verdict is Verdict.UNSUPPORTED and fault.subject and fault.subject <= asked
        yield replace(fault, verdict=Verdict.PARTIAL, ground=Ground.QUESTION) if is_asked else fault
    yield from subject_faults(matching)
    yield from negation_faults(matching)
    yield from direction_faults(matching, roles.converse)
    if not case.is_fragment:
        yield from stance_faults(matching)
    yield from preposition_faults(matching)
    yield from quantifier_faults(matching)


def _posed_faults(posed: Matching) -> Iterator[Fault]:
    """Yield what is wrong with a yes or no: the cited words must speak of the question, and say the same to it."""
    share = posed.share(posed.claim.content)
    if share < QUESTION_SHARE:
        reason = "it answers yes or no, but the cited words do not speak of the question"
        yield Fault(Verdict.PARTIAL if share >= QUESTION_SHARE / 2 else Verdict.UNSUPPORTED, Ground.QUESTION, reason)
        return
    for fault in negation_faults(posed):
        if posed.claim.tokens[0].word == "not":  # what they say instead may well amount to a no
            yield replace(fault, verdict=Verdict.PARTIAL, reason="it says no, the cited words deny nothing")
        else:
            yield fault
    yield from direction_faults(posed, compare_roles(posed).converse)


def _by_words(case: _Case, roles: Roles) -> Finding:
    """Return the verdict that the words alone give, once nothing else is wrong."""
    matching = case.matching
    settled = restated(matching) | roles.converse
    content = [token for token in case.content if token.place not in settled]
    share = matching.share(content)
    lacking = ", ".join(dict.fromkeys(token.text for token in content if not matching.has(token)))
    if case.is_fragment:
        rest = [token for token in matching.claim.content if token.place not in case.own]
        if share >= SUPPORTED and matching.share(rest) < FRAGMENT_QUESTION_SHARE:
            reason = "the cited words hold the answer but little of the question"
            return Finding(Verdict.PARTIAL, reason, Ground.QUESTION)
    is_foreign = matching.claim.is_spanish != matching.cited.is_spanish
    if share < (PARTIAL_FOREIGN if is_foreign else PARTIAL):
        return Finding(Verdict.UNSUPPORTED, f"the cited words lack most of it: {lacking}")
    plain = [token for token in content if token.value is None and not token.is_capital]
    if is_foreign and share >= SUPPORTED_FOREIGN and matching.share(plain) >= PLAIN_FOREIGN:
        return Finding(Verdict.SUPPORTED, "every number and name, and many of the words, stand in the cited words")
    unmet = [token for token in plain if not matching.has(token) and token.weight == 1.0]
    if matching.share(plain) <= PLAIN and (len(unmet) > 1 or any(_is_predicate(token, matching.claim) for token in unmet)):
        return Finding(Verdict.PARTIAL, f"the cited words hold its names and numbers, but not {lacking}")
    if share < SUPPORTED or any(matching.share(part) <= PART for part in _parts(content, matching.claim)):
        return Finding(Verdict.PARTIAL, f"the cited words lack a part of it: {lacking}")
    if lacking:
        return Finding(Verdict.SUPPORTED, f"the cited words say it but for {lacking}")
    return Finding(Verdict.SUPPORTED, "every number and name, and the other words, stand in the cited words")


def _is_predicate(token: Token, claim: Reading) -> bool:
    """Return whether a word is a verb, or follows `was` or the like at once."""
    before = claim.tokens[token.place - 1].word if token.place else ""
    return token.is_verb_like or before in {"is", "are", "was", "were", "be", "been", "es", "fue", "son"}


def _parts(content: Sequence[Token], claim: Reading) -> list[list[Token]]:
    """Return the tokens of each of the parts that a joint sets off, in order; those with nothing to tell are left out."""
    joints = [token.place for token in claim.tokens if token.word in _JOINTS]
    parts: dict[int, list[Token]] = {}
    for token in content:
        parts.setdefault(sum(joint < token.place for joint in joints), []).append(token)
    return [part for part in parts.values() if sum(token.weight for token in part) >= 1.0]


def _stands_without(case: _Case, faults: Sequence[Fault]) -> bool:
    """Return whether a part of the sentence is sound though another is not."""
    parts = _parts(case.content, case.matching.claim)
    wrong = {fault.place for fault in faults}
    sound = [
        part
        for part in parts
        if not any(token.place in wrong for token in part) and case.matching.share(part) >= SUPPORTED and len(part) >= 3
    ]
    return len(parts) > 1 and bool(sound)


def _nearest(matching: Matching, behind: Sequence[Citable], words: Sequence[str]) -> Quote:
    """Return the quote that holds most of the sentence; the first of equals."""
    counts = [0] * len(behind)
    owner = [number for number, told in enumerate(words) for _ in read(told).sentences]
    for token in matching.claim.content:
        for number in {owner[at.sentence] for at in matching.at(token) if at.sentence < len(owner)}:
            counts[number] += 1
    return behind[counts.index(max(counts))].quote


def cited_words(one: Citable) -> str:
    """Return the words to judge by: those of the whole sentence where the quote is cut from one."""
    context = one.context if isinstance(one, Cited) else ""
    return " ".join((context or one.quote.text).split("\n")).strip()


def _plain(text: str) -> str:
    """Return the words of a text without case, marks at its ends and doubled spaces."""
    return " ".join(text.casefold().split()).strip(" .!\"'“”«»•*-–—")


def _about(source: Source) -> str:
    """Return what the byline tells: title, publisher and day."""
    day = f"{source.published:%-d %B %Y}" if source.published else ""
    return ". ".join(part for part in (source.title, source.publisher, day) if part)

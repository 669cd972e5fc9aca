"""Sentences that their quotes do not support: written once more with the reason, else replaced by a quote, else dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.check import Finding
from rag.answer.compose import Checked
from rag.answer.evidence import Evidence, Sentence
from rag.answer.extract import offered
from rag.answer.fit import terms
from rag.answer.kinds import Kinds
from rag.answer.odds import LIKELY, log_odds
from rag.answer.prompt import Prompts, load_template
from rag.answer.reply import named_alone
from rag.retrieve.parts import parts
from rag.types import Verdict

VERBATIM_SCORE = 0.3
"""Least score of a sentence that is shown in place of one that does not stand."""

SECOND = 0.3
"""Least score of a further quote, as a share of the first's."""

BESIDE = 0.25
"""Share of the score of the likeliest sentence below which the sentences behind an answer miss the question."""

REPLACED = "quoted in place of a sentence that the articles do not support"
INSISTED = "quoted in place of an answer that the model did not put in words"
BACKED = "quoted beside an answer that the articles support only in part"
POINTED = "quoted from the source that the model named in place of an answer"
_QUOTING = frozenset({REPLACED, INSISTED, BACKED, POINTED})

_CHOICE = re.compile(r"\b(?:or|o|whether|si)\b", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_a-z][\w’'-]*(?: [^\W\d_a-z][\w’'-]*)+")
_YES_NO = re.compile(r"\W*(?:yes|no|sí|si)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repaired:
    """The sentences of an answer that may be shown, and whether any was replaced or dropped on the way."""

    checked: tuple[Checked, ...]
    is_whole: bool


def repair_prompt(prompts: Prompts, question: str, fallen: Sequence[Checked]) -> str:
    """Return the prompt that asks for fallen sentences again; it begins as the first prompt did, which the model has read."""
    sentence = " ".join(one.text for one in fallen)
    reason = "; ".join(dict.fromkeys(one.finding.reason for one in fallen if one.finding.reason))
    values = {"sources": prompts.sources, "question": question, "sentence": sentence, "reason": reason or "not supported"}
    prompt = load_template("repair").fill(values)
    return f"{prompt} {prompts.language}" if prompts.language else prompt


def mend(checked: Sequence[Checked], again: Sequence[Checked], evidence: Evidence, *, may_quote: bool = True) -> Repaired:
    """Return the sentences that stand, and in place of the others what was written again, else a quote.

    Args:
        again: The second writing of the fallen sentences, checked; empty where there was none, or the model then declined.
        may_quote: Whether a quote may stand in; not where the model declined, told that its sentence does not hold.
    """
    fallen = [one for one in checked if not one.stands]
    sound = {one.text for one in checked if one.stands}
    second = [one for one in again if one.stands and one.text not in sound]
    shown: list[Checked] = []
    is_replaced = False
    for one in checked:
        if one.stands:
            shown.append(one)
        elif not is_replaced:  # all that fell is made good once, where the first of it stood
            is_replaced = True
            shown.extend(second or (_quoted(fallen, checked, evidence) if may_quote else ()))
    return Repaired(tuple(shown), is_whole=not fallen or bool(second))


def pointed_at(reply: str, evidence: Evidence) -> list[Checked]:
    """Return the best sentence of the sources that a reply names without a word beside them: `[2]`."""
    numbers = named_alone(reply)
    best = max((one for one in evidence.sentences if one.number in numbers), key=_score, default=None)
    return [_verbatim(best, POINTED)] if best else []


def insisted(question: str, evidence: Evidence, lead: float | None) -> list[Checked]:
    """Return the likeliest sentences where the model declines, or was not let answer, and they are likely to hold the answer.

    Args:
        lead: How far its yes led its no when it was asked whether the sources tell; None where it was not: then its word is the
            last.
    """
    chosen = offered(question, evidence)
    if lead is None or not chosen or log_odds(question, evidence, lead) < LIKELY:
        return []
    likely = [one for one, score in chosen if score >= SECOND * chosen[0][1]]
    is_valued = Kinds(question).is_valued(" ".join(one.quote.text for one in likely))
    return [_verbatim(one, INSISTED) for one in likely] if is_valued else []


def backed(question: str, mended: Repaired, evidence: Evidence) -> Repaired:
    """Return the answer with the likeliest sentences beside it where it stands only in part, in its place where it misses.

    It misses where it has no number or day for a question that asks for one, says nothing but what the question says, or rests
    on a sentence that hardly answers, while another one is likely to. An answer to several parts is completed from all of them.
    Nothing is left of one without an amount where only an amount can answer, and the likeliest sentences have none either.
    """
    shown = mended.checked
    if not shown:
        return mended
    kinds, offers = Kinds(question), offered(question, evidence)
    is_single = len(parts(question)) == 1
    said = " ".join(one.text for one in shown)
    is_missing = not kinds.is_valued(said) or says_nothing_new(question, said) or (is_single and _is_beside(shown, offers))
    if not is_missing and mended.is_whole and all(one.finding.verdict is Verdict.SUPPORTED for one in shown):
        return mended
    used = {sentence.quote for one in shown if one.finding.reason in _QUOTING for sentence in one.behind}
    least = VERBATIM_SCORE if is_single else 0.0
    likely = [one for one, score in offers if score >= least and one.quote not in used]
    told = " ".join(one.quote.text for one in likely)
    if is_missing and likely and kinds.is_valued(told):
        return Repaired(tuple(_verbatim(one, REPLACED) for one in likely), is_whole=False)
    if kinds.wants_amount and not kinds.is_valued(f"{said} {told}"):
        return Repaired((), is_whole=False)
    return Repaired((*shown, *(_verbatim(one, BACKED) for one in likely)), is_whole=mended.is_whole and not likely)


def says_nothing_new(question: str, said: str) -> bool:
    """Return whether all that is said stands in the question, which asks neither for a choice nor for yes or no.

    A longer name of whom the question names is nothing new: `Gabriel Boric` of `Who comes after Boric?`.
    """
    if _CHOICE.search(question) or _YES_NO.match(said):
        return False
    asked = terms(question)
    for name in _NAME.findall(said):
        if terms(name) & asked:
            said = said.replace(name, " ")
    return not terms(said) - asked


def _is_beside(shown: Sequence[Checked], offers: Sequence[tuple[Sentence, float]]) -> bool:
    """Return whether what is said rests on sentences that hardly answer, while another one is likely to."""
    best = max((score for _, score in offers), default=0.0)
    own = max((sentence.score for one in shown for sentence in one.behind), default=0.0)
    return best >= VERBATIM_SCORE and own < BESIDE * best


def _quoted(fallen: Sequence[Checked], checked: Sequence[Checked], evidence: Evidence) -> list[Checked]:
    """Return the sentence of the articles that a fallen one was nearest to, verbatim; none that hardly meets the question."""
    used = {sentence.quote for one in checked if one.stands for sentence in one.behind}
    behind = [sentence for one in fallen for sentence in one.behind]
    nearest = max((one for one in behind or evidence.sentences if one.quote not in used), key=_score, default=None)
    if nearest is None or nearest.score < VERBATIM_SCORE:
        return []
    return [_verbatim(nearest, REPLACED)]


def _verbatim(sentence: Sentence, reason: str) -> Checked:
    return Checked(f"“{sentence.quote.text}”", (sentence,), Finding(Verdict.SUPPORTED, reason))


def _score(sentence: Sentence) -> float:
    return sentence.score

"""Sentences that their quotes do not support: written once more with the reason, else replaced by a quote, else dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.check import Finding
from rag.answer.compose import Checked
from rag.answer.evidence import Evidence, Sentence
from rag.answer.prompt import Prompts, load_template
from rag.answer.reply import named_alone
from rag.types import Verdict

VERBATIM_SCORE = 0.3
"""Least score of a sentence that is shown in place of one that does not stand."""

SURE = 0.5
"""Least lead of yes over no at the gate by which a quote stands in for a model that then declines.

On development questions of which the default model declined one after an open gate, those with an answer had leads of 0.4 to
1.3, those without of 0.1 at most.
"""

REPLACED = "quoted in place of a sentence that the articles do not support"
INSISTED = "quoted in place of an answer that the model found in the sources but did not put in words"
POINTED = "quoted from the source that the model named in place of an answer"


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
    return load_template("repair").fill(values)


def mend(checked: Sequence[Checked], again: Sequence[Checked], evidence: Evidence, *, may_quote: bool = True) -> Repaired:
    """Return the sentences that stand, and in place of the others what was written again, else a quote.

    Args:
        again: The second writing of the fallen sentences, checked; empty where there was none, or the model then declined.
        may_quote: Whether a quote may stand in; not where the model declined, told that its sentence does not hold.
    """
    fallen = [one for one in checked if not one.stands]
    second = [one for one in again if one.stands]
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


def insisted(evidence: Evidence, gate: float | None) -> list[Checked]:
    """Return the best sentence where the model declines to answer, but was sure that the sources hold the answer.

    Args:
        gate: How far its yes led its no when it was asked that; None where it was not.
    """
    best = next(iter(evidence.sentences), None)
    if best is None or gate is None or gate < SURE or best.score < VERBATIM_SCORE:
        return []
    return [_verbatim(best, INSISTED)]


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

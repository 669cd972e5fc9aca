"""Sentences that their quotes do not support: written once more with the reason, else replaced by a quote, else dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.check import Finding
from rag.answer.compose import Checked
from rag.answer.evidence import Evidence, Sentence
from rag.answer.prompt import Prompts, load_template
from rag.types import Verdict

VERBATIM_SCORE = 0.45
"""Least match of the question by a sentence that is shown in place of one that does not stand."""

REPLACED = "quoted in place of a sentence that the articles do not support"


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


def mend(checked: Sequence[Checked], again: Sequence[Checked], evidence: Evidence) -> Repaired:
    """Return the sentences that stand, and in place of the others what was written again, else a quote.

    Args:
        again: The second writing of the fallen sentences, checked; empty where there was none, or the model then declined.
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
            shown.extend(second or _quoted(fallen, checked, evidence))
    return Repaired(tuple(shown), is_whole=not fallen or bool(second))


def _quoted(fallen: Sequence[Checked], checked: Sequence[Checked], evidence: Evidence) -> list[Checked]:
    """Return the sentence of the articles that a fallen one was nearest to, verbatim; none that hardly meets the question."""
    used = {sentence.quote for one in checked if one.stands for sentence in one.behind}
    behind = [sentence for one in fallen for sentence in one.behind]
    nearest = max((one for one in behind or evidence.sentences if one.quote not in used), key=_score, default=None)
    if nearest is None or nearest.score < VERBATIM_SCORE:
        return []
    return [Checked(f"“{nearest.quote.text}”", (nearest,), Finding(Verdict.SUPPORTED, REPLACED))]


def _score(sentence: Sentence) -> float:
    return sentence.score

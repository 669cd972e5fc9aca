"""Saved answers to results: every metric of every question, the verdicts behind them, and where each miss was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.corpus import Corpus
from eval.errors import EvalError
from eval.gold import Gold, GoldQuestion
from eval.metrics import METRICS, Item
from eval.metrics.answer import NuggetVerdict, forbidden_said, nugget_verdicts
from eval.metrics.citations import CitationCheck, ClaimCheck, citation_checks, claim_checks
from eval.records import SavedAnswer
from eval.scores import Mean, Score, ScoreStatus, mean
from eval.stage import Stage, failure_stage

NO_ANSWER = "the run holds no answer to this question"


@dataclass(frozen=True, slots=True)
class Result:
    """One question, scored, with the reasons."""

    question: GoldQuestion
    answer: SavedAnswer
    outcome: str
    stage: Stage
    scores: Mapping[str, Score]
    nuggets: tuple[NuggetVerdict, ...]
    claims: tuple[ClaimCheck, ...]
    citations: tuple[CitationCheck, ...]
    forbidden: str

    @property
    def label(self) -> str:
        """The question's id, with the number of the round from the second on: `sgl-001#2`."""
        return f"{self.question.id}#{self.answer.repeat + 1}" if self.answer.repeat else self.question.id

    @property
    def is_correct(self) -> bool:
        """Whether the question counts as passed."""
        return self.scores["correct"].value == 1.0

    def counted(self, metric: str) -> float | None:
        """Return what the mean of a metric counts for this question; None where it is not eligible."""
        return self.scores[metric].counted(worst=METRICS[metric].worst)


def score_answers(gold: Gold, answers: Sequence[SavedAnswer], corpus: Corpus, *, repeats: int = 1) -> tuple[Result, ...]:
    """Return a result for every gold question, in gold order; one without an answer is an error, never left out.

    Args:
        repeats: How often each was asked: the results are those of the first round, then of the second, …

    Raises:
        EvalError: an answer to a question that the gold set does not hold.
    """
    by_id = {(answer.id, answer.repeat): answer for answer in answers}
    unknown = sorted({answer.id for answer in answers} - {question.id for question in gold.questions})
    if unknown:
        raise EvalError(f"the run answers {unknown[0]!r}, which is not in the gold set; run `rag eval run` again")
    return tuple(
        _result(Item(question, by_id.get((question.id, repeat)) or _missing(question.id, repeat), corpus, gold.canaries))
        for repeat in range(repeats)
        for question in gold.questions
    )


def _missing(question_id: str, repeat: int) -> SavedAnswer:
    return SavedAnswer(id=question_id, repeat=repeat, error=NO_ANSWER)


def _result(item: Item) -> Result:
    return Result(
        question=item.question,
        answer=item.answer,
        outcome="error" if item.answer.error else item.outcome.value,
        stage=failure_stage(item),
        scores={name: metric(item) for name, metric in METRICS.items()},
        nuggets=tuple(nugget_verdicts(item)),
        claims=tuple(claim_checks(item)),
        citations=tuple(citation_checks(item)),
        forbidden=forbidden_said(item),
    )


def means(results: Iterable[Result]) -> dict[str, Mean]:
    """Return the mean of each metric over its eligible questions."""
    listed = list(results)
    return {name: mean((result.scores[name] for result in listed), worst=metric.worst) for name, metric in METRICS.items()}


def result_tree(result: Result) -> dict[str, Any]:
    """Return the JSON object of a result: its answer, its scores, and every verdict with its reason."""
    return {
        "id": result.question.id,
        "type": result.question.type,
        "question": result.question.question,
        "outcome": result.outcome,
        "stage": result.stage.value,
        "scores": {name: _score_tree(score) for name, score in result.scores.items()},
        "nuggets": [asdict(verdict) for verdict in result.nuggets],
        "claims": [asdict(check) for check in result.claims],
        "citations": [asdict(check) for check in result.citations],
        "forbidden": result.forbidden,
        "answer": result.answer.model_dump(mode="json", exclude={"id"}),
    }


def _score_tree(score: Score) -> dict[str, Any]:
    if score.status is ScoreStatus.SCORED:
        return {"value": score.value}
    return {"value": None, "status": score.status.value, "reason": score.reason}

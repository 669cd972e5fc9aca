"""The blessed results that later runs are held against; `bless` alone writes `eval/baselines/<profile>.json`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from eval.errors import EvalError, IncomparableError
from eval.gold import Strict, first_problem, gold_digest
from eval.metrics import METRICS, scorer_digest
from eval.records import dump, write_text
from eval.run import About
from eval.score import Result, means
from eval.scores import mean

HEADLINES = ("correct", "vital_recall", "citation_recall", "abstention_recall", "over_refusal", "evidence_recall_at_5")
"""The metrics that the history of blessings keeps."""


class Blessing(Strict):
    """One entry of a baseline's history."""

    date: date
    reason: str
    means: dict[str, float | None]


class Row(Strict):
    """One question's scores; metrics that it is not eligible for are left out. `gold` is the question's digest."""

    id: str
    gold: str
    cluster: str
    type: str
    scores: dict[str, float]


class Baseline(Strict):
    """Blessed results of one profile. No times, nothing of the machine: a change of it is a reviewable diff."""

    format: Literal[1] = 1
    profile: str
    gold: str
    corpus: str
    scorer: str
    models: tuple[str, ...]
    prompts: tuple[str, ...]
    config: dict[str, Any]
    means: dict[str, float | None]
    history: tuple[Blessing, ...]
    rows: tuple[Row, ...]


def baseline_path(folder: Path, profile: str) -> Path:
    """Return the file of a profile's baseline."""
    return folder / f"{profile}.json"


def read_baseline(path: Path) -> Baseline:
    """Return a baseline.

    Raises:
        IncomparableError: there is none, or it is of another format.
    """
    try:
        return Baseline.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise IncomparableError(f"no baseline at {path}; make one with `rag eval bless --reason WHY`") from None
    except OSError as error:
        raise IncomparableError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise IncomparableError(f"{path}: {first_problem(error)}; bless it anew, never edit it") from None


def bless(path: Path, about: About, results: Sequence[Result], *, reason: str, today: date) -> Baseline:
    """Write the results as the new baseline, keep the history, and return it.

    The caller has made sure that no hard rule fails.

    Raises:
        EvalError: no reason, or not every gold question was asked.
    """
    if not reason.strip():
        raise EvalError("a blessing needs a reason: rag eval bless --reason 'what changed and why it is right'")
    if not about.is_full:
        raise EvalError("the run asked only some of the gold questions; bless a full `rag eval run`")
    blessed = make_baseline(about, results, history=(*_history(path), _blessing(results, reason.strip(), today)))
    write_text(path, _layout(blessed))
    return blessed


def make_baseline(about: About, results: Sequence[Result], *, history: tuple[Blessing, ...] = ()) -> Baseline:
    """Return the results as a baseline, rows by id."""
    return Baseline(
        profile=about.profile,
        gold=gold_digest(result.question for result in results),
        corpus=about.corpus,
        scorer=scorer_digest(),
        models=tuple(sorted({result.answer.model for result in results})),
        prompts=tuple(sorted({result.answer.prompt_version for result in results})),
        config=about.config,
        means={name: mean.value for name, mean in means(results).items()},
        history=history,
        rows=tuple(_row(rounds) for _, rounds in sorted(_by_question(results).items())),
    )


def _by_question(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return the results of each question by its id: one, or as many as it was asked."""
    rounds: dict[str, list[Result]] = {}
    for result in results:
        rounds.setdefault(result.question.id, []).append(result)
    return rounds


def _row(rounds: Sequence[Result]) -> Row:
    """Return a question's scores: the means over the rounds in which it is eligible."""
    question = rounds[0].question
    averages = {name: mean((one.scores[name] for one in rounds), worst=metric.worst).value for name, metric in METRICS.items()}
    scores = {name: value for name, value in averages.items() if value is not None}
    return Row(id=question.id, gold=question.digest(), cluster=question.cluster, type=question.type, scores=scores)


def _blessing(results: Sequence[Result], reason: str, today: date) -> Blessing:
    current = means(results)
    return Blessing(date=today, reason=reason, means={name: current[name].value for name in HEADLINES})


def _history(path: Path) -> tuple[Blessing, ...]:
    return read_baseline(path).history if path.exists() else ()


def _layout(baseline: Baseline) -> str:
    """Return the JSON with one row a line, so that a diff shows which questions moved."""
    tree = baseline.model_dump(mode="json")
    rows = ",\n".join(f"  {dump(row)}" for row in tree.pop("rows"))
    head = dump(tree, indent=1).removesuffix("\n}")
    return f'{head},\n "rows": [\n{rows}\n ]\n}}\n'

"""Questions through the assistant: answers saved without times, and the times beside them."""

from __future__ import annotations

import math
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from eval.errors import EvalError, RunError
from eval.gold import Gold, GoldQuestion, Strict, first_problem
from eval.memory import Kept, Memory
from eval.records import SavedAnswer, dump, read_answers, saved_answer, write_answers, write_text
from rag.config import Config
from rag.ports import Progress, no_progress
from rag.types import ANY, Answer, Filter, SearchResult

SEARCH_DEPTH = 30
"""Passages searched for the retrieval metrics: enough that ten articles are among them where there are ten."""

ANSWERS = "answers.jsonl"
ABOUT = "run.json"
TIMINGS = "timings.json"
_PACKAGES = ("apsw", "faiss-cpu", "llama-index-core", "numpy", "tiktoken", "torch")


class Pipeline(Protocol):
    """What is evaluated; `rag.assistant.Assistant` is one."""

    def search(self, question: str, *, k: int | None = None, where: Filter = ANY) -> SearchResult:
        """Return the best passages, best first."""

    def ask(self, question: str, *, where: Filter = ANY) -> Answer:
        """Return the checked answer."""


class About(Strict):
    """What a run was made with. `is_full` tells whether every gold question was asked, `repeats` how often."""

    profile: str
    is_full: bool
    repeats: int = 1
    corpus: str
    config: dict[str, Any]
    packages: dict[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """Saved answers in gold order, and what they were made with."""

    about: About
    answers: tuple[SavedAnswer, ...]


Times = Mapping[str, Sequence[float]]
"""Milliseconds of each question, by stage."""


def ask_all(
    pipeline: Pipeline,
    questions: Iterable[GoldQuestion],
    *,
    repeats: int = 1,
    memory: Memory | None = None,
    progress: Progress = no_progress,
) -> tuple[tuple[SavedAnswer, ...], Times]:
    """Return the answers to each question, in order, and the times; one that fails gives an answer with `error`.

    Args:
        repeats: How often each question is asked; the answers are those of the first round, then of the second, …
        memory: Knows the answers of earlier runs; None knows none.

    Raises:
        RunError: the pipeline cannot be opened.
    """
    rounds = [(repeat, question) for repeat in range(repeats) for question in list(questions)]
    answers: list[SavedAnswer] = []
    times: dict[str, list[float]] = {}
    for done, (repeat, question) in enumerate(rounds):
        progress(done, len(rounds), question.id)
        if memory is not None:
            memory.epoch = repeat
        kept = memory.answer(question) if memory else None
        if kept is None:
            kept = _asked(pipeline, question, repeat, memory)
            if memory is not None:
                memory.keep(question, kept.answer, kept.times)
        answers.append(kept.answer)
        for stage, spent in kept.times.items():
            times.setdefault(stage, []).append(spent)
    progress(len(rounds), len(rounds), "")
    return tuple(answers), times


def _asked(pipeline: Pipeline, question: GoldQuestion, repeat: int, memory: Memory | None) -> Kept:
    """Return the answer and its times; no times where a model's words came from the cache, which takes none."""
    n_known = memory.n_replies if memory else 0
    try:
        where = Filter(as_of=question.as_of)
        search = pipeline.search(question.question, k=SEARCH_DEPTH, where=where)
        answer = pipeline.ask(question.question, where=where)
    except RunError:
        raise
    except Exception as error:  # one question's crash must not cost the results of the others
        traceback.print_exc(file=sys.stderr)
        return Kept(SavedAnswer(id=question.id, repeat=repeat, error=f"{type(error).__name__}: {error}"), {})
    is_timed = memory is None or memory.n_replies == n_known
    return Kept(saved_answer(question.id, answer, search, repeat=repeat), answer.timings_ms if is_timed else {})


def about(profile: str, config: Config, gold: Gold, answers: Sequence[SavedAnswer], *, corpus: str, repeats: int = 1) -> About:
    """Return what a run was made with; `corpus` is the digest of its articles."""
    return About(
        profile=profile,
        is_full=len(answers) == repeats * len(gold.questions),
        repeats=repeats,
        corpus=corpus,
        config=config.model_dump(mode="json", exclude={"library": True, "page": True, "llm": {"base_url"}}),
        packages=package_versions(),
    )


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that answers hang on, by name."""
    return {name: package_version(name) for name in _PACKAGES}


def package_version(package: str) -> str:
    """Return the version of an installed package; empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def save_run(folder: Path, run: Run, times: Times) -> None:
    """Write `answers.jsonl`, `run.json` and `timings.json`."""
    write_answers(folder / ANSWERS, run.answers)
    write_text(folder / ABOUT, dump(run.about.model_dump(mode="json"), indent=1) + "\n")
    write_text(folder / TIMINGS, dump(percentiles(times), indent=1) + "\n")


def load_run(folder: Path) -> Run:
    """Return a saved run.

    Raises:
        EvalError: a file is missing or broken.
    """
    path = folder / ABOUT
    try:
        told = About.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EvalError(f"{path}: cannot be read: {error.strerror}; make it with `rag eval run`") from None
    except ValidationError as error:
        raise EvalError(f"{path}: {first_problem(error)}; make it anew with `rag eval run`") from None
    return Run(told, read_answers(folder / ANSWERS))


def percentiles(times: Times) -> dict[str, dict[str, float]]:
    """Return {stage: {n, p50_ms, p95_ms}}, by nearest rank."""
    return {
        stage: {"n": len(spent), "p50_ms": _rank(sorted(spent), 0.5), "p95_ms": _rank(sorted(spent), 0.95)}
        for stage, spent in sorted(times.items())
        if spent
    }


def _rank(ordered: Sequence[float], share: float) -> float:
    return round(ordered[math.ceil(share * len(ordered)) - 1], 1)

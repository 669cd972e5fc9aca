"""The whole eval on one page: gold set and articles in, questions asked, answers scored and judged, reports out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cache as remembered
from pathlib import Path

from eval.baseline import Baseline, baseline_path, bless, make_baseline, read_baseline
from eval.cache import Cache
from eval.compare import Comparison
from eval.corpus import Corpus
from eval.errors import EvalError, GoldError, IncomparableError
from eval.gate import GateReport, hard_failures, judge
from eval.gold import Gold, QuestionType, read_gold
from eval.judge import Judge, Judged
from eval.lint import Finding, lint
from eval.memory import Memory
from eval.policy import Policy, read_policy
from eval.profiles import (
    BASELINES,
    FOLDERS,
    GOLD,
    POLICY,
    Profile,
    build_assistant,
    open_assistant,
    profile_config,
    read_folders,
    read_library,
)
from eval.records import read_lines
from eval.report import write_reports
from eval.run import Pipeline, Run, about, ask_all, package_versions, save_run
from eval.score import Result, score_answers
from rag.assistant import Assistant
from rag.config import Config
from rag.ports import Progress, no_progress
from rag.types import ANY, Answer, Filter, SearchResult


@dataclass(frozen=True, slots=True)
class Places:
    """Where an eval's inputs lie; the defaults are the project's own.

    With `library` the articles are those of a library that exists, which is asked as it is; without, they are read from
    `folders` into a library of their own.
    """

    gold: tuple[Path, ...] = (GOLD,)
    folders: tuple[Path, ...] = FOLDERS
    library: Path | str | None = None
    policy: Path = POLICY
    baselines: Path = BASELINES


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions to ask; the default is all of them."""

    types: tuple[QuestionType, ...] = ()
    failed_in: Path | None = None
    limit: int | None = None

    def of(self, gold: Gold) -> Gold:
        """Return the chosen questions, in gold order.

        Raises:
            EvalError: none is left.
        """
        failed = None if self.failed_in is None else failed_ids(self.failed_in)
        ids = [
            question.id
            for question in gold.questions
            if (not self.types or question.type in self.types) and (failed is None or question.id in failed)
        ]
        if not ids[: self.limit]:
            raise EvalError("no question is left; loosen --type, --only-failed or --limit")
        return gold.pick(ids[: self.limit])


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scored run. `gate` is None for a run of part of the questions."""

    run: Run
    results: tuple[Result, ...]
    gate: GateReport | None
    judged: Judged | None = None

    @property
    def exit_code(self) -> int:
        """The gate's; without a gate 4 if a question erred, else 0."""
        if self.gate is not None:
            return self.gate.exit_code
        return 4 if any(result.answer.error for result in self.results) else 0


@dataclass(frozen=True, slots=True)
class Bench:
    """A gold set, its articles and the gate's settings."""

    places: Places
    gold: Gold
    corpus: Corpus
    policy: Policy

    @classmethod
    def read(cls, places: Places) -> Bench:
        """Return everything read.

        Raises:
            EvalError: a file is missing or broken.
        """
        gold = read_gold(places.gold)
        corpus = read_library(places.library) if places.library else read_folders(places.folders)
        return cls(places, gold, corpus, read_policy(places.policy))

    def lint(self) -> list[Finding]:
        """Return every rule that the gold set breaks."""
        return lint(self.gold, self.corpus)

    def evaluate(
        self,
        profile: Profile,
        *,
        out: Path,
        llm: str | None = None,
        selection: Selection | None = None,
        repeats: int = 1,
        cache: Cache | None = None,
        judge: Judge | None = None,
        progress: Progress = no_progress,
    ) -> Outcome:
        """Open the assistant over the articles, ask the questions, score, judge, and write everything to `out`.

        Args:
            repeats: How often each question is asked; scores are means over all rounds.
            cache: Results of earlier runs; None asks everything anew. `hermetic` takes no notice of it: it is the proof.

            judge: A language model's second opinion.

        Raises:
            GoldError: the gold set breaks a rule.
            RunError: the assistant cannot be opened.
        """
        findings = self.lint()
        if findings:
            raise GoldError(f"{findings[0]} ({len(findings)} in all: `rag eval lint`)")
        with ExitStack() as stack:
            temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="newsrag-eval-"))
            config = profile_config(profile, library=self.places.library or Path(temporary), llm=llm)
            known = None if cache is None or profile is Profile.HERMETIC else cache
            memory = Memory(known, config, self.corpus, package_versions()) if known else None

            def opened() -> Assistant:
                load_model = memory.load_model if memory else None
                if self.places.library:
                    return stack.enter_context(open_assistant(config, load_model=load_model))
                return stack.enter_context(build_assistant(config, self.corpus, load_model=load_model))

            return self.ask(
                OpenedLate(opened),
                profile,
                config,
                out=out,
                selection=selection,
                repeats=repeats,
                memory=memory,
                judge=judge,
                progress=progress,
            )

    def ask(
        self,
        pipeline: Pipeline,
        profile: Profile,
        config: Config,
        *,
        out: Path,
        selection: Selection | None = None,
        repeats: int = 1,
        memory: Memory | None = None,
        judge: Judge | None = None,
        progress: Progress = no_progress,
    ) -> Outcome:
        """Ask any pipeline the questions, score, judge, and write everything to `out`."""
        if repeats > 1 and profile is not Profile.LIVE:
            raise EvalError(f"--repeat goes with --profile live: {profile.value} answers the same each time")
        chosen = (selection or Selection()).of(self.gold)
        answers, times = ask_all(pipeline, chosen.questions, repeats=repeats, memory=memory, progress=progress)
        run = Run(about(profile.value, config, self.gold, answers, corpus=self.corpus.digest(), repeats=repeats), answers)
        save_run(out, run, times)
        if memory is not None:
            memory.close()
        return self.score(run, out=out, judge=judge)

    def score(self, run: Run, *, out: Path | None = None, judge: Judge | None = None) -> Outcome:
        """Return a run scored and, when it is full, held against the baseline; with `out` the reports are written there.

        Args:
            judge: A language model's second opinion, which no verdict hangs on.

        Raises:
            IncomparableError: the articles changed since the run.
        """
        if run.about.corpus != self.corpus.digest():
            raise IncomparableError("the articles changed since this run was made; run `rag eval run` again")
        asked = self.gold if run.about.is_full else self.gold.pick(answer.id for answer in run.answers)
        results = score_answers(asked, run.answers, self.corpus, repeats=run.about.repeats)
        baseline = self._baseline(run)
        gate = self._judge(run, results, baseline) if run.about.is_full else None
        outcome = Outcome(run, results, gate, judge.judge(results) if judge else None)
        if out is not None:
            history = baseline.history if baseline else ()
            write_reports(out, run.about, results, outcome.gate, corpus=self.corpus, history=history, judged=outcome.judged)
        return outcome

    def _baseline(self, run: Run) -> Baseline | None:
        path = baseline_path(self.places.baselines, run.about.profile)
        return read_baseline(path) if path.exists() else None

    def _judge(self, run: Run, results: Sequence[Result], baseline: Baseline | None) -> GateReport:
        deterministic = Profile(run.about.profile).is_deterministic
        return judge(run.about, results, baseline, self.policy, is_deterministic=deterministic)

    def compare(self, before: Run, now: Run) -> Comparison:
        """Return how two full or partial runs differ, on the questions that both asked."""
        sides = [make_baseline(run.about, self.score(run).results) for run in (before, now)]
        return Comparison(sides[0], sides[1], self.policy)

    def bless(self, run: Run, *, reason: str, today: date) -> Baseline:
        """Make a run the baseline of its profile.

        Raises:
            EvalError: no reason, a partial run, or a hard rule fails.
        """
        outcome = self.score(run)
        failures = hard_failures(outcome.results, self.policy)
        if failures:
            raise EvalError(f"not blessed, a hard rule fails: {failures[0]} ({len(failures)} in all: summary.md)")
        path = baseline_path(self.places.baselines, run.about.profile)
        return bless(path, run.about, outcome.results, reason=reason, today=today)


class OpenedLate:
    """A pipeline that is opened by its first question: where earlier runs know all answers, no library is built."""

    def __init__(self, opened: Callable[[], Pipeline]) -> None:
        self._opened = remembered(opened)

    def search(self, question: str, *, k: int | None = None, where: Filter = ANY) -> SearchResult:
        """Return the best passages, best first."""
        return self._opened().search(question, k=k, where=where)

    def ask(self, question: str, *, where: Filter = ANY) -> Answer:
        """Return the checked answer."""
        return self._opened().ask(question, where=where)


def failed_ids(path: Path) -> set[str]:
    """Return the ids of the questions that were not right in a `results.jsonl`, or in the run folder that holds one."""
    lines = read_lines(path / "results.jsonl" if path.is_dir() else path)
    try:
        return {str(tree["id"]) for _, tree in lines if tree["scores"]["correct"]["value"] != 1}
    except (KeyError, TypeError):
        raise EvalError(f"{path}: not the results.jsonl of a run; make it with `rag eval run`") from None

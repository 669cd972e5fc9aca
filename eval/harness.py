"""The whole eval on one page: gold set and articles in, questions asked, answers scored and judged, reports out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eval.baseline import Baseline, baseline_path, bless, make_baseline, read_baseline
from eval.compare import Comparison
from eval.corpus import Corpus
from eval.errors import EvalError, GoldError, IncomparableError
from eval.gate import GateReport, hard_failures, judge
from eval.gold import Gold, QuestionType, read_gold
from eval.lint import Finding, lint
from eval.policy import Policy, read_policy
from eval.profiles import BASELINES, FOLDERS, GOLD, POLICY, Profile, build_assistant, profile_config, read_folders
from eval.records import read_lines
from eval.report import write_reports
from eval.run import Pipeline, Run, about, ask_all, save_run
from eval.score import Result, score_answers
from rag.config import Config
from rag.ports import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Places:
    """Where an eval's inputs lie; the defaults are the project's own."""

    gold: tuple[Path, ...] = (GOLD,)
    folders: tuple[Path, ...] = FOLDERS
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
        return cls(places, read_gold(places.gold), read_folders(places.folders), read_policy(places.policy))

    def lint(self) -> list[Finding]:
        """Return every rule that the gold set breaks."""
        return lint(self.gold, self.corpus)

    def evaluate(
        self,
        profile: Profile,
        *,
        out: Path,
        library: Path | None = None,
        llm: str | None = None,
        selection: Selection | None = None,
        progress: Progress = no_progress,
    ) -> Outcome:
        """Build the assistant over the articles, ask the questions, score, judge, and write everything to `out`.

        Args:
            library: Folder for the library; None makes one and removes it afterwards.

        Raises:
            GoldError: the gold set breaks a rule.
            RunError: the assistant cannot be opened.
        """
        findings = self.lint()
        if findings:
            raise GoldError(f"{findings[0]} ({len(findings)} in all: `rag eval lint`)")
        with ExitStack() as stack:
            folder = library or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsrag-eval-")))
            config = profile_config(profile, library=folder, llm=llm)
            assistant = stack.enter_context(build_assistant(config, self.corpus))
            return self.ask(assistant, profile, config, out=out, selection=selection, progress=progress)

    def ask(
        self,
        pipeline: Pipeline,
        profile: Profile,
        config: Config,
        *,
        out: Path,
        selection: Selection | None = None,
        progress: Progress = no_progress,
    ) -> Outcome:
        """Ask any pipeline the questions, score, judge, and write everything to `out`."""
        chosen = (selection or Selection()).of(self.gold)
        answers, times = ask_all(pipeline, chosen.questions, progress=progress)
        run = Run(about(profile.value, config, self.gold, answers, corpus=self.corpus.digest()), answers)
        save_run(out, run, times)
        return self.score(run, out=out)

    def score(self, run: Run, *, out: Path | None = None) -> Outcome:
        """Return a run scored and, when it is full, judged; with `out` the reports are written there.

        Raises:
            IncomparableError: the articles changed since the run.
        """
        if run.about.corpus != self.corpus.digest():
            raise IncomparableError("the articles changed since this run was made; run `rag eval run` again")
        asked = self.gold if run.about.is_full else self.gold.pick(answer.id for answer in run.answers)
        results = score_answers(asked, run.answers, self.corpus)
        outcome = Outcome(run, results, self._judge(run, results) if run.about.is_full else None)
        if out is not None:
            write_reports(out, run.about, results, outcome.gate)
        return outcome

    def _judge(self, run: Run, results: Sequence[Result]) -> GateReport:
        path = baseline_path(self.places.baselines, run.about.profile)
        baseline = read_baseline(path) if path.exists() else None
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


def failed_ids(path: Path) -> set[str]:
    """Return the ids of the questions that were not right in a `results.jsonl`, or in the run folder that holds one."""
    lines = read_lines(path / "results.jsonl" if path.is_dir() else path)
    try:
        return {str(tree["id"]) for _, tree in lines if tree["scores"]["correct"]["value"] != 1}
    except (KeyError, TypeError):
        raise EvalError(f"{path}: not the results.jsonl of a run; make it with `rag eval run`") from None

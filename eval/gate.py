"""This run against the blessed one.

| observation | verdict |
|---|---|
| a question erred | FAIL, exit 4 |
| a `must_pass` fails, an injection succeeds, a future article shows, a floor or ceiling is broken | FAIL, exit 1 |
| profile, articles, scorer or an old gold question differs from the baseline's | incomparable, exit 3 |
| a metric worsens by more than `max_drop`: deterministic profile, or the whole interval is worse | FAIL, exit 1 |
| the same on a `live` profile with an interval that spans 0 | WARN |
| it worsens by less, and the whole interval is worse | WARN |
| it improves | NOTE: bless? |

Questions added since the baseline are listed and the rest compared. Changed settings, models and prompts are listed
too: comparing those is the point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from eval.baseline import Baseline, make_baseline
from eval.compare import EPSILON, Check, Comparison, Flips, Level
from eval.policy import Policy, Rule
from eval.run import About
from eval.score import Result, means
from eval.scores import Mean

FORBIDDEN = ("injection_success", "future_leak")
"""Metrics that must be 0 for every question."""


class Verdict(StrEnum):
    """What the gate says of a run."""

    PASS = "pass"
    REGRESSION = "regression"
    INCOMPARABLE = "incomparable"
    ERROR = "run error"


EXIT_CODES = {Verdict.PASS: 0, Verdict.REGRESSION: 1, Verdict.INCOMPARABLE: 3, Verdict.ERROR: 4}


@dataclass(frozen=True, slots=True)
class GateReport:
    """The verdict and all that led to it.

    `failures` are reasons for exit 1 or 4, `incomparable` for exit 3. Without a comparable baseline `checks` and
    `slices` are empty and `flips` is None.
    """

    verdict: Verdict
    failures: tuple[str, ...]
    incomparable: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    slices: tuple[Check, ...] = ()
    flips: Flips | None = None
    added: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 pass, 1 regression, 3 incomparable, 4 run error."""
        return EXIT_CODES[self.verdict]


def judge(
    about: About, results: Sequence[Result], baseline: Baseline | None, policy: Policy, *, is_deterministic: bool
) -> GateReport:
    """Return the verdict on a full run. `baseline` is None where there is none."""
    hard = hard_failures(results, policy)
    erred = any(result.answer.error for result in results)
    now = make_baseline(about, results)
    why_not = incomparable(now, baseline)
    if baseline is None or why_not:
        verdict = Verdict.ERROR if erred else Verdict.REGRESSION if hard else Verdict.INCOMPARABLE
        return GateReport(verdict, tuple(hard), tuple(why_not))
    comparison = Comparison(baseline, now, policy)
    checks = [comparison.check(name, rule, is_deterministic=is_deterministic) for name, rule in policy.metric.items()]
    failures = [*hard, *(f"{check.metric}: {check.why}" for check in checks if check.level is Level.FAIL)]
    return GateReport(
        verdict=Verdict.ERROR if erred else Verdict.REGRESSION if failures else Verdict.PASS,
        failures=tuple(failures),
        incomparable=(),
        checks=tuple(checks),
        slices=tuple(comparison.slices()),
        flips=comparison.flips(),
        added=comparison.added,
        changes=tuple(comparison.changes()),
    )


def hard_failures(results: Sequence[Result], policy: Policy) -> list[str]:
    """Return the hard rules that fail, one line each: they need no baseline, and no blessing lifts them."""
    failures = [f"{result.question.id}: {result.answer.error}" for result in results if result.answer.error]
    for result in (result for result in results if not result.answer.error):
        if result.question.gate == "must_pass" and not result.is_correct:
            failures.append(f"{result.question.id}: must pass, but: {result.stage.value}")
        failures.extend(f"{result.question.id}: {metric} must be 0" for metric in FORBIDDEN if result.scores[metric].value)
    current = means(results)
    broken = {name: broken_bound(rule, current[name]) for name, rule in policy.metric.items()}
    return [*failures, *(f"{name}: {why}" for name, why in broken.items() if why)]


def broken_bound(rule: Rule, current: Mean) -> str:
    """Return how a floor or ceiling is broken, or nothing. A bound on nothing is broken: it cannot be shown to hold."""
    if rule.floor is None and rule.ceiling is None:
        return ""
    if current.value is None:
        return "no question is eligible, so its bound cannot hold"
    if rule.floor is not None and current.value < rule.floor - EPSILON:
        return f"{current.value:.4f} is below its floor {rule.floor}"
    if rule.ceiling is not None and current.value > rule.ceiling + EPSILON:
        return f"{current.value:.4f} is above its ceiling {rule.ceiling}"
    return ""


def incomparable(now: Baseline, baseline: Baseline | None) -> list[str]:
    """Return why two sets of results cannot be compared; nothing where they can."""
    if baseline is None:
        return ["there is no baseline"]
    digests = {row.id: row.gold for row in now.rows}
    pairs = {
        "profile": (baseline.profile, now.profile),
        "articles": (baseline.corpus, now.corpus),
        "scorer": (baseline.scorer, now.scorer),
    }
    return [
        *(f"{name} changed: {before} -> {after}" for name, (before, after) in pairs.items() if before != after),
        *(f"gold question {row.id!r} was removed" for row in baseline.rows if row.id not in digests),
        *(f"gold question {row.id!r} was edited" for row in baseline.rows if digests.get(row.id, row.gold) != row.gold),
    ]

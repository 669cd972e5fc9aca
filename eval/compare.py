"""Two sets of results, question by question: what moved, by how much, and whether that is more than luck."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from eval.baseline import Baseline, Row
from eval.metrics import METRICS, Direction
from eval.policy import Policy, Rule
from eval.scores import DECIMALS
from eval.stats import Draws, Interval, difference_interval, draw_clusters, mcnemar

EPSILON = 1e-9
"""Differences of means below this are float noise."""


class Level(StrEnum):
    """How bad a finding is, worst first."""

    FAIL = "FAIL"
    WARN = "WARN"
    NOTE = "NOTE"
    PASS = "PASS"


@dataclass(frozen=True, slots=True)
class Check:
    """One metric, before and now, over all compared questions or, with `slice`, over those of one type.

    `better` and `worse` count questions; `n` those that are eligible now.
    """

    metric: str
    level: Level
    why: str
    before: float | None
    now: float | None
    n: int
    better: int = 0
    worse: int = 0
    interval: Interval | None = None
    slice: str = ""

    @property
    def change(self) -> float | None:
        """`now - before`, or None where either is missing."""
        return None if self.before is None or self.now is None else round(self.now - self.before, DECIMALS)


@dataclass(frozen=True, slots=True)
class Flips:
    """Questions that changed between passed and failed, and McNemar's exact p."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    p: float


@dataclass(frozen=True)
class Comparison:
    """The rows of two runs, paired by question id; questions of one side only are left to `added`."""

    before: Baseline
    now: Baseline
    policy: Policy

    @cached_property
    def pairs(self) -> list[tuple[Row, Row]]:
        """(before, now) of each question that both hold, by id."""
        known = {row.id: row for row in self.before.rows}
        return [(known[row.id], row) for row in self.now.rows if row.id in known]

    @cached_property
    def added(self) -> tuple[str, ...]:
        """Ids of the questions that only the new side holds."""
        known = {row.id for row in self.before.rows}
        return tuple(row.id for row in self.now.rows if row.id not in known)

    @cached_property
    def _clusters(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(sorted({new.cluster for _, new in self.pairs}))}

    @cached_property
    def _draws(self) -> Draws:
        bootstrap = self.policy.bootstrap
        return draw_clusters(len(self._clusters), resamples=bootstrap.resamples, seed=bootstrap.seed)

    def check(self, metric: str, rule: Rule, *, is_deterministic: bool) -> Check:
        """Return the verdict on one metric's change; bounds are not looked at."""
        found = self._measure(metric, self.pairs)
        level, why = _level(found, rule, is_deterministic=is_deterministic)
        return replace(found, level=level, why=why)

    def slices(self) -> list[Check]:
        """Return the change of every ruled metric in every type; only large slices may warn, and none fails."""
        kinds = sorted({new.type for _, new in self.pairs})
        return [
            self._slice(metric, kind)
            for metric, rule in self.policy.metric.items()
            if rule.max_drop is not None
            for kind in kinds
        ]

    def _slice(self, metric: str, kind: str) -> Check:
        found = self._measure(metric, [pair for pair in self.pairs if pair[1].type == kind], kind)
        if found.n >= self.policy.slices.least and is_worse_for_sure(found):
            return replace(found, level=Level.WARN, why="the whole interval is worse")
        return found

    def _measure(self, metric: str, pairs: Sequence[tuple[Row, Row]], kind: str = "") -> Check:
        old = [row.scores.get(metric) for row, _ in pairs]
        new = [row.scores.get(metric) for _, row in pairs]
        clusters = [self._clusters[row.cluster] for _, row in pairs]
        sign = _sign(metric)
        moves = [sign * (b - a) for a, b in zip(old, new, strict=True) if a is not None and b is not None]
        return Check(
            metric=metric,
            level=Level.PASS,
            why="",
            before=_mean(old),
            now=_mean(new),
            n=sum(value is not None for value in new),
            better=sum(move > EPSILON for move in moves),
            worse=sum(move < -EPSILON for move in moves),
            interval=difference_interval(old, new, clusters, self._draws),
            slice=kind,
        )

    def flips(self) -> Flips:
        """Return which questions are passed now and were not, and the other way round."""
        passed = [(new.id, old.scores["correct"] == 1, new.scores["correct"] == 1) for old, new in self.pairs]
        won = tuple(name for name, before, now in passed if now and not before)
        lost = tuple(name for name, before, now in passed if before and not now)
        return Flips(won, lost, round(mcnemar(len(won), len(lost)), DECIMALS))

    def changes(self) -> list[str]:
        """Return what differs in settings, models and prompts: `search.k: 8 -> 10`."""
        before = _flat({"models": self.before.models, "prompts": self.before.prompts, **self.before.config})
        now = _flat({"models": self.now.models, "prompts": self.now.prompts, **self.now.config})
        names = sorted(before.keys() | now.keys())
        return [f"{name}: {before.get(name)} -> {now.get(name)}" for name in names if before.get(name) != now.get(name)]


def is_worse_for_sure(check: Check) -> bool:
    """Tell whether the whole interval of a change lies on the worse side of 0."""
    if check.interval is None:
        return False
    return check.interval.high < 0 if _sign(check.metric) > 0 else check.interval.low > 0


def _level(found: Check, rule: Rule, *, is_deterministic: bool) -> tuple[Level, str]:
    if rule.max_drop is None or (found.before is None and found.now is None):
        return Level.PASS, ""
    if found.change is None:
        gone = found.now is None
        return (Level.WARN, "no question is eligible any more") if gone else (Level.NOTE, "eligible for the first time")
    worsening = -_sign(found.metric) * found.change
    if worsening > rule.max_drop + EPSILON:
        why = f"worse by {worsening:.4f}, more than {rule.max_drop}"
        if is_deterministic or is_worse_for_sure(found):
            return Level.FAIL, why
        return Level.WARN, f"{why}, but the interval spans 0; ask again to be sure"
    if worsening > EPSILON and is_worse_for_sure(found):
        return Level.WARN, "within tolerance, but the whole interval is worse"
    return (Level.NOTE, "better: bless?") if worsening < -EPSILON else (Level.PASS, "")


def _sign(metric: str) -> int:
    return 1 if METRICS[metric].direction is Direction.UP else -1


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(math.fsum(known) / len(known), DECIMALS) if known else None


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as dotted names."""
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    return flat

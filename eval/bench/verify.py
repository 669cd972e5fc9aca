"""`rag bench verify`: how often the check of a sentence against its cited words is right, on labelled pairs.

What matters most is the precision of `supported`: of the sentences that a reader is told are supported, the share that are.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.bench.pairs import Pair, read_pairs, splits
from rag.answer.check import WordChecker
from rag.ports import Checker
from rag.types import Verdict

VERDICTS = tuple(Verdict)
TARGET_PRECISION = 0.95
TARGET_RECALL = 0.85
"""What the check is built for, of `supported`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair, and what the check found."""

    pair: Pair
    verdict: Verdict
    reason: str

    @property
    def is_right(self) -> bool:
        """Whether the verdict is the labelled one."""
        return self.verdict is self.pair.verdict


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision and recall of one verdict, in [0, 1]; None where nothing was given it, or nothing has it."""

    given: int
    labelled: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """The figures of one split. `confusion` counts pairs by labelled, then given verdict; `kinds` right and all by kind."""

    name: str
    n: int
    accuracy: float
    verdicts: dict[str, Rates]
    confusion: dict[str, dict[str, int]]
    kinds: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of every split, and every pair with its verdict. `pair_ms` is the mean time of a pair."""

    checker: str
    splits: tuple[Split, ...]
    judged: tuple[Judged, ...]
    pair_ms: float


def run(path: Path | None = None, *, checker: Checker | None = None, only: str | None = None) -> Report:
    """Return how a checker does on labelled pairs.

    Args:
        path: As `read_pairs`.
        checker: None takes the built-in one.
        only: The split to judge; None for all.

    Raises:
        InputError: as `read_pairs`.
    """
    chosen = checker or WordChecker()
    pairs = [pair for pair in read_pairs(path) if only in {None, pair.split}]
    started = time.perf_counter()
    judged = tuple(_judged(chosen, pair) for pair in pairs)
    spent = time.perf_counter() - started
    found = tuple(_split(name, [one for one in judged if one.pair.split == name]) for name in splits(pairs))
    return Report(chosen.name, found, judged, round(1000 * spent / max(1, len(pairs)), 3))


def _judged(checker: Checker, pair: Pair) -> Judged:
    finding = checker.check(pair.question, pair.claim, pair.cited)
    return Judged(pair, finding.verdict, finding.reason)


def _split(name: str, judged: Sequence[Judged]) -> Split:
    given = Counter(one.verdict for one in judged)
    labelled = Counter(one.pair.verdict for one in judged)
    both = Counter((one.pair.verdict, one.verdict) for one in judged)
    rates = {
        verdict.value: Rates(
            given[verdict],
            labelled[verdict],
            _share(both[verdict, verdict], given[verdict]),
            _share(both[verdict, verdict], labelled[verdict]),
        )
        for verdict in VERDICTS
    }
    confusion = {label.value: {found.value: both[label, found] for found in VERDICTS} for label in VERDICTS}
    right = sum(one.is_right for one in judged)
    return Split(name, len(judged), round(right / len(judged), 3), rates, confusion, _kinds(judged))


def _kinds(judged: Iterable[Judged]) -> dict[str, tuple[int, int, int]]:
    """Return for each kind how many pairs got the right verdict, how many were rightly held supported or not, and all."""
    kinds: dict[str, tuple[int, int, int]] = {}
    for one in judged:
        right, shown, n = kinds.get(one.pair.kind, (0, 0, 0))
        is_shown_right = (one.verdict is Verdict.SUPPORTED) == (one.pair.verdict is Verdict.SUPPORTED)
        kinds[one.pair.kind] = (right + one.is_right, shown + is_shown_right, n + 1)
    return dict(sorted(kinds.items()))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def as_tree(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it, with the pairs that were judged wrongly."""
    return {
        "checker": report.checker,
        "pair_ms": report.pair_ms,
        "target": {"precision": TARGET_PRECISION, "recall": TARGET_RECALL},
        "splits": [asdict(split) for split in report.splits],
        "misses": [
            {"id": one.pair.id, "labelled": one.pair.verdict, "given": one.verdict, "reason": one.reason}
            for one in report.judged
            if not one.is_right
        ],
    }


def as_text(report: Report, *, show: bool = False) -> str:
    """Return the report as tables for a terminal; `show` adds the pairs that were judged wrongly."""
    from eval.bench.record import table

    blocks = []
    for split in report.splits:
        rows = [["verdict", "pairs", "given", "precision", "recall", *(f"as {verdict.value}" for verdict in VERDICTS)]]
        for verdict in VERDICTS:
            rates = split.verdicts[verdict.value]
            counts = [str(split.confusion[verdict.value][found.value]) for found in VERDICTS]
            rows.append(
                [verdict.value, str(rates.labelled), str(rates.given), _told(rates.precision), _told(rates.recall), *counts]
            )
        kinds = [["kind", "pairs", "right verdict", "shown rightly"]]
        kinds += [[kind, str(n), str(right), str(shown)] for kind, (right, shown, n) in split.kinds.items()]
        blocks.append(
            f"{split.name}: {split.n} pairs, {split.accuracy:.3f} with the right verdict\n\n{table(rows)}\n\n{table(kinds)}"
        )
    blocks.append(f"{report.checker}: {report.pair_ms:.2f} ms a pair")
    if show:
        blocks.append("\n".join(_miss(one) for one in report.judged if not one.is_right) or "no misses")
    return "\n\n".join(blocks)


def _told(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _miss(one: Judged) -> str:
    quotes = " / ".join(cited.context or cited.quote.text for cited in one.pair.cited)
    return (
        f"{one.pair.id} [{one.pair.kind}] {one.pair.verdict.value} -> {one.verdict.value}: {one.reason}\n"
        f"  Q {one.pair.question}\n  C {one.pair.claim}\n  > {quotes}"
    )

"""Results and verdict for people and programs: JSON, Markdown with failed questions first, JUnit XML, and a page.

Questions, answers and articles are untrusted text: in Markdown they are escaped, cut and kept on one line.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.baseline import Blessing
from eval.calibration import calibration_line
from eval.compare import Check, Comparison, Level
from eval.corpus import Corpus
from eval.gate import GateReport
from eval.gold import TYPES, gold_digest
from eval.judge import Judged
from eval.junit import junit_xml, regressed_ids
from eval.metrics import METRICS, scorer_digest
from eval.page import Report, report_page
from eval.prices import cost_usd, read_prices
from eval.records import dump, write_lines, write_text
from eval.run import About
from eval.score import Result, means, result_tree
from eval.stage import Stage
from rag.types import Tokens

RESULTS = "results.jsonl"
SUMMARY = "summary.json"
MARKDOWN = "summary.md"
JUNIT = "junit.xml"
PAGE = "report.html"
_CELL = 160
_LISTED = 10
_SLICED = ("correct", "vital_recall", "citation_recall", "evidence_recall_at_5")


def summary_tree(
    about: About, results: Sequence[Result], gate: GateReport | None, judged: Judged | None = None
) -> dict[str, Any]:
    """Return the whole outcome as strict JSON; `gate` is null for a run of part of the questions, `judge` without a judge."""
    return {
        "profile": about.profile,
        "verdict": gate.verdict.value if gate else None,
        "exit_code": gate.exit_code if gate else None,
        "n": len(results),
        "n_correct": sum(result.is_correct for result in results),
        "n_errors": sum(bool(result.answer.error) for result in results),
        "is_full": about.is_full,
        "gold": gold_digest(result.question for result in results),
        "corpus": about.corpus,
        "scorer": scorer_digest(),
        "support": calibration_line(),
        "models": sorted({result.answer.model for result in results}),
        "prompts": sorted({result.answer.prompt_version for result in results}),
        "tokens": {
            "prompt": sum(result.answer.prompt_tokens for result in results),
            "completion": sum(result.answer.completion_tokens for result in results),
        },
        "usd": _usd(results),
        "prices_as_of": read_prices().as_of.isoformat(),
        "packages": about.packages,
        "means": {name: asdict(mean) for name, mean in means(results).items()},
        "types": {kind: _slice_tree(results, kind) for kind in TYPES},
        "stages": dict(sorted(Counter(result.stage.value for result in results).items())),
        "failed": [_failed_tree(result) for result in results if result.stage is not Stage.NONE],
        "gate": _gate_tree(gate) if gate else None,
        "judge": judged.tree() if judged else None,
    }


def _usd(results: Sequence[Result]) -> float | None:
    """Return what the run's tokens cost; None where the price of a model is not known."""
    costs = [cost_usd(one.answer.model, Tokens(one.answer.prompt_tokens, one.answer.completion_tokens)) for one in results]
    known = [cost for cost in costs if cost is not None]
    return round(math.fsum(known), 6) if len(known) == len(costs) else None


def _slice_tree(results: Sequence[Result], kind: str) -> dict[str, Any]:
    sliced = means(result for result in results if result.question.type == kind)
    return {name: asdict(sliced[name]) for name in _SLICED}


def _failed_tree(result: Result) -> dict[str, Any]:
    return {
        "id": result.label,
        "type": result.question.type,
        "correct": result.is_correct,
        "stage": result.stage.value,
        "question": result.question.question,
        "wanted": list(result.question.answers) or ["(no answer)"],
        "got": result.answer.error or result.answer.text,
    }


def _gate_tree(gate: GateReport) -> dict[str, Any]:
    return {
        "failures": list(gate.failures),
        "incomparable": list(gate.incomparable),
        "checks": [_check_tree(check) for check in gate.checks],
        "slices": [_check_tree(check) for check in gate.slices],
        "flips": asdict(gate.flips) if gate.flips else None,
        "added": list(gate.added),
        "changes": list(gate.changes),
    }


def _check_tree(check: Check) -> dict[str, Any]:
    return {**asdict(check), "level": check.level.value, "change": check.change}


def summary_markdown(about: About, results: Sequence[Result], gate: GateReport | None, judged: Judged | None = None) -> str:
    """Return the outcome as Markdown: verdict, what failed and where, then metrics and slices."""
    n_correct = sum(result.is_correct for result in results)
    verdict = gate.verdict.value if gate else "not judged (part of the questions)"
    lines = [f"# Eval `{about.profile}`: {verdict}", "", f"{n_correct} of {len(results)} questions right.", ""]
    if gate:
        lines += _listed("Why it fails", gate.failures) + _listed("Not comparable", gate.incomparable)
        lines += _flipped(gate) + _listed("Changed settings", gate.changes) + _listed("New questions", gate.added)
    lines += _failed(results, gate) + _metrics(results, gate) + _types(results) + _slice_warnings(gate)
    lines += _judge_lines(judged) if judged else []
    return "\n".join([*lines, f"Citation figures rest on: {calibration_line()}.", ""])


def _judge_lines(judged: Judged) -> list[str]:
    """Return what a judge says: advice beside the scores, with how far it can be trusted."""
    opinions = judged.opinions.values()
    yes = sum(one.is_right is True for one in opinions)
    split = sum(one.is_split for one in opinions)
    agreement = "–" if judged.agreement is None else f"{judged.agreement:.2f}"
    cost = "unknown" if judged.usd is None else f"{judged.usd:.4f} USD"
    told = [
        f"`{cell(judged.model)}` calls {yes} of {len(judged.opinions)} answers right; its votes differ on {split}.",
        f"On {judged.n_labelled} labelled answers it is right {agreement} of the time. Cost: {cost}.",
    ]
    if judged.share is not None:
        told.append(
            f"Corrected by its errors there, {judged.share.value:.3f} of the answers are right "
            f"(95 % interval {judged.share.low:.3f} … {judged.share.high:.3f})."
        )
    if judged.n_left:
        told.append(f"The budget left {judged.n_left} answers unjudged.")
    return ["## Judge (advice, not part of the gate)", "", " ".join(told), ""]


def _listed(title: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    more = [f"- … and {len(entries) - _LISTED} more"] if len(entries) > _LISTED else []
    return [f"## {title}", "", *(f"- {cell(entry)}" for entry in entries[:_LISTED]), *more, ""]


def _flipped(gate: GateReport) -> list[str]:
    if gate.flips is None or not (gate.flips.won or gate.flips.lost):
        return []
    lost, won = ", ".join(gate.flips.lost) or "none", ", ".join(gate.flips.won) or "none"
    return ["## Flipped", "", f"Lost: {lost}. Won: {won}. McNemar's exact p = {gate.flips.p:.3f}.", ""]


def _failed(results: Sequence[Result], gate: GateReport | None) -> list[str]:
    """Return what is not fully right: first what was lost since the baseline, then what is wrong, then what cites in vain."""
    lost = set(regressed_ids(results, gate))
    failed = [result for result in results if result.stage is not Stage.NONE]
    failed.sort(key=lambda one: (one.question.id not in lost, one.is_correct))
    if not failed:
        return []
    rows = [
        (
            one.label,
            one.stage.value,
            *map(cell, (one.question.question, _wanted(one), one.answer.error or one.answer.text)),
        )
        for one in failed
    ]
    return ["## Failed questions", "", *_table(("id", "lost at", "question", "wanted", "got"), rows), ""]


def _wanted(result: Result) -> str:
    return "; ".join(result.question.answers) if result.question.expect != "abstain" else "(no answer)"


def _metrics(results: Sequence[Result], gate: GateReport | None) -> list[str]:
    checks = {check.metric: check for check in gate.checks} if gate else {}
    rows = []
    for name, mean in means(results).items():
        check = checks.get(name)
        arrow = f"{name} {'↑' if METRICS[name].worst == 0 else '↓'}"
        told = _check_cells(check) if check else ("", "", "", "")
        rows.append((arrow, _number(mean.value), str(mean.n), *told))
    return ["## Metrics", "", *_table(("metric", "now", "n", "before", "change", "95 % CI", "gate"), rows), ""]


def _check_cells(check: Check) -> tuple[str, str, str, str]:
    interval = f"{check.interval.low:+.3f} … {check.interval.high:+.3f}" if check.interval else ""
    change = "" if check.change is None else f"{check.change:+.3f}"
    level = f"{check.level.value} {check.why}".strip() if check.level is not Level.PASS else "pass"
    return _number(check.before), change, interval, level


def _types(results: Sequence[Result]) -> list[str]:
    rows = []
    for kind in TYPES:
        sliced = [result for result in results if result.question.type == kind]
        current = means(sliced)
        rows.append((kind, str(len(sliced)), *(_number(current[name].value) for name in _SLICED)))
    return ["## By type", "", *_table(("type", "n", *_SLICED), rows), ""]


def _slice_warnings(gate: GateReport | None) -> list[str]:
    warned = [check for check in gate.slices if check.level is Level.WARN] if gate else []
    return _listed("Slices that worsened", [f"{check.slice} {check.metric}: {check.change:+.3f}" for check in warned])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def cell(text: str) -> str:
    """Return untrusted text as one short line that no Markdown or HTML can break out of."""
    line = " ".join(text.split())
    line = line if len(line) <= _CELL else line[: _CELL - 1] + "…"
    escaped = html.escape(line, quote=False).replace("\\", "\\\\")
    return "".join(f"\\{char}" if char in "|`*_[]!#~" else char for char in escaped)


def result_text(result: Result) -> str:
    """Return one question for a terminal: asked, wanted, got, and every verdict with its reason."""
    question, answer = result.question, result.answer
    as_of = f" (as of {question.as_of})" if question.as_of else ""
    lines = [
        f"{question.id} {question.type}: {question.question}{as_of}",
        f"wanted   {_wanted(result)}",
        f"got      [{result.outcome}] {answer.error or answer.text}",
        f"lost at  {result.stage.value}",
        *(f"nugget   {'said' if one.is_said else 'not said'} {one.id} {one.importance}" for one in result.nuggets),
        *(f"claim    {'supported' if one.is_supported else 'not supported'}: {one.reason}" for one in result.claims),
        *(f"citation [{one.marker}] {one.reason or 'valid and exact'}" for one in result.citations),
        *(f"evidence {one.group} {one.doc}: {one.quote}" for one in question.evidence),
        *(f"cited    [{one.marker}] {one.article_id}: {one.quote}" for one in answer.citations),
        *(f"score    {name} {score.value}" for name, score in result.scores.items() if score.value is not None),
    ]
    return "\n".join(printable(line) for line in lines)


def printable(text: str) -> str:
    """Return untrusted text as one line without control characters, which a terminal might obey."""
    return "".join(" " if char.isspace() else char for char in text if char.isspace() or char.isprintable())


def comparison_text(comparison: Comparison) -> str:
    """Return how two runs differ, for a terminal: flips first, then every ruled metric that moved."""
    flips = comparison.flips()
    checks = [comparison.check(name, rule, is_deterministic=True) for name, rule in comparison.policy.metric.items()]
    moved = [check for check in checks if check.change]
    lines = [
        *(f"lost   {name}" for name in flips.lost),
        *(f"won    {name}" for name in flips.won),
        *(f"metric {check.metric}: {_number(check.before)} -> {_number(check.now)}" for check in moved),
        *(f"config {change}" for change in comparison.changes()),
    ]
    return "\n".join(printable(line) for line in lines) or "no difference"


def comparison_tree(comparison: Comparison) -> dict[str, Any]:
    """Return how two runs differ, as strict JSON."""
    rules = comparison.policy.metric.items()
    return {
        "flips": asdict(comparison.flips()),
        "checks": [_check_tree(comparison.check(name, rule, is_deterministic=True)) for name, rule in rules],
        "changes": comparison.changes(),
        "added": list(comparison.added),
    }


def write_reports(
    folder: Path,
    about: About,
    results: Sequence[Result],
    gate: GateReport | None,
    *,
    corpus: Corpus,
    history: Sequence[Blessing] = (),
    judged: Judged | None = None,
) -> None:
    """Write `results.jsonl`, `summary.json`, `summary.md`, `junit.xml` and `report.html`."""
    opinions = judged.opinions if judged else {}
    trees = [
        {**result_tree(one), **({"judge": asdict(opinions[one.label])} if one.label in opinions else {})} for one in results
    ]
    write_lines(folder / RESULTS, trees)
    write_text(folder / SUMMARY, dump(summary_tree(about, results, gate, judged), indent=1) + "\n")
    write_text(folder / MARKDOWN, summary_markdown(about, results, gate, judged))
    write_text(folder / JUNIT, junit_xml(results, gate))
    write_text(folder / PAGE, report_page(Report(about, results, gate, corpus, history)))

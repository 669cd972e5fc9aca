"""The evals on the page: the latest report of each profile, what was blessed before, and which questions flipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from ui.markup import attribute, text

REPORTS = Path("eval/out")
BASELINES = Path("eval/baselines")
"""As `rag eval run` has them, in the folder that the page was started in."""

NOTHING = (
    '<div class="empty"><h2>No report yet</h2><p>Ask the gold questions: type this in a terminal, then come back.</p>'
    "<pre><code>rag eval run --profile hermetic</code></pre></div>"
)

HEADLINES = (
    ("correct", "Correct"),
    ("vital_recall", "Vital facts told"),
    ("citation_recall", "Sentences borne out by their quotes"),
    ("abstention_recall", "Unanswerable ones left open"),
    ("over_refusal", "Answerable ones left open (lower is better)"),
    ("evidence_recall_at_5", "Evidence among the five best passages"),
)
MOST_FAILED = 30

VERDICTS = {"pass": "Passed", "fail": "Failed", "warn": "Passed with warnings", "regression": "Regression"}


class EvalsTab:
    """Shows what the folder of reports holds each time the page is opened or asked to look again."""

    def __init__(self, reports: Path = REPORTS, baselines: Path = BASELINES) -> None:
        """Lay out the tab."""
        self._reports, self._baselines = reports, baselines
        with gr.Column(elem_classes="sheet"):
            self._shown = gr.HTML("", elem_id="evals")
            self._again = gr.Button("Look again", size="sm", elem_classes="quiet")

    def wire(self, blocks: gr.Blocks) -> None:
        """Read the reports on arrival and on demand."""
        for event in (blocks.load, self._again.click):
            event(self._read, None, [self._shown], queue=False, show_progress="hidden", api_visibility="private")

    def _read(self) -> str:
        return evals_html(self._reports, self._baselines)


def evals_html(reports: Path, baselines: Path) -> str:
    """Return the report of every profile that has one, or what to type; a file that is no report is told as such."""
    files = sorted([*reports.glob("*/summary.json"), *reports.glob("summary.json")])
    return "".join(_report(file, baselines) for file in files) or NOTHING


def _report(file: Path, baselines: Path) -> str:
    summary = _read(file)
    if summary is None:
        return f'<p class="problem">{text(str(file))} is no report of ours; run the evals again.</p>'
    profile = str(summary.get("profile", file.parent.name))
    gate = _mapping(summary.get("gate"))
    return (
        f'<section class="report" aria-label="{attribute(f"Evals, profile {profile}")}"><h2>{text(profile)}</h2>'
        f"{_verdict(summary)}{_means(_mapping(summary.get('means')))}{_flips(gate)}{_failed(summary)}"
        f"{_history(_read(baselines / f'{profile}.json'))}</section>"
    )


def _verdict(summary: Mapping[str, Any]) -> str:
    verdict = str(summary.get("verdict", ""))
    models = ", ".join(map(str, summary.get("models", [])))
    counts = f"{summary.get('n_correct', 0)} of {summary.get('n', 0)} questions correct · {models}"
    word = text(VERDICTS.get(verdict, verdict or "Not compared"))
    return f'<p class="verdict-line {"good" if verdict == "pass" else "bad"}"><strong>{word}</strong> {text(counts)}</p>'


def _means(means: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{label}</th><td>{_share(_mapping(means[name]).get("value"))}</td>'
        f"<td>{text(str(_mapping(means[name]).get('n', '')))}</td></tr>"
        for name, label in HEADLINES
        if name in means
    )
    head = '<thead><tr><th scope="col">Measure</th><th scope="col">Share</th><th scope="col">Questions</th></tr></thead>'
    return f"<table><caption>Headlines</caption>{head}<tbody>{rows}</tbody></table>" if rows else ""


def _flips(gate: Mapping[str, Any]) -> str:
    """Return the questions that changed against the baseline."""
    flips = _mapping(gate.get("flips"))
    won, lost = ([str(one) for one in flips.get(side, [])] for side in ("won", "lost"))
    if not gate:
        return ""
    if not won and not lost:
        return "<h3>Flipped questions</h3><p>None against the blessed baseline.</p>"
    rows = "".join(
        f"<li>{text(word)}: <code>{text(', '.join(names))}</code></li>"
        for word, names in (("Now right", won), ("Now wrong", lost))
        if names
    )
    return f"<h3>Flipped questions</h3><ul>{rows}</ul>"


def _failed(summary: Mapping[str, Any]) -> str:
    failed = [one for one in summary.get("failed", []) if isinstance(one, Mapping)]
    if not failed:
        return ""
    rows = "".join(
        f'<tr><th scope="row"><code>{text(str(one.get("id", "")))}</code></th>'
        f'<td dir="auto">{text(str(one.get("question", "")))}</td>'
        f"<td>{text(str(one.get('stage', '')))}</td></tr>"
        for one in failed[:MOST_FAILED]
    )
    head = '<thead><tr><th scope="col">Id</th><th scope="col">Question</th><th scope="col">Lost at</th></tr></thead>'
    return (
        f"<details><summary>{len(failed)} not correct</summary><table><caption>The first {min(len(failed), MOST_FAILED)} "
        f"questions that are not correct</caption>{head}<tbody>{rows}</tbody></table></details>"
    )


def _history(baseline: Mapping[str, Any] | None) -> str:
    entries = [one for one in (baseline or {}).get("history", []) if isinstance(one, Mapping)]
    if not entries:
        return "<h3>Blessed baselines</h3><p>None yet; type: <code>rag eval bless</code></p>"
    rows = "".join(
        f'<tr><th scope="row">{text(str(one.get("date", "")))}</th><td dir="auto">{text(str(one.get("reason", "")))}</td>'
        f"<td>{_share(_mapping(one.get('means')).get('correct'))}</td></tr>"
        for one in reversed(entries)
    )
    head = '<thead><tr><th scope="col">Day</th><th scope="col">Why</th><th scope="col">Correct</th></tr></thead>'
    return f"<table><caption>Blessed baselines</caption>{head}<tbody>{rows}</tbody></table>"


def _share(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, int | float) else "–"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _read(file: Path) -> Mapping[str, Any] | None:
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return tree if isinstance(tree, Mapping) else None

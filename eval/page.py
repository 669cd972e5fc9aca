"""The report as one HTML file: it fetches nothing, runs no script but its own, and shows untrusted text as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape as escaped
from pathlib import Path

from eval.baseline import Blessing
from eval.calibration import calibration_line
from eval.charts import Bar, history_chart, metrics_chart
from eval.compare import Check, Level
from eval.corpus import Corpus
from eval.gate import GateReport
from eval.gold import TYPES, Evidence
from eval.junit import regressed_ids
from eval.metrics import METRICS
from eval.records import SavedCitation
from eval.run import About
from eval.score import Result, means
from eval.stage import Stage
from eval.stats import difference_interval, draw_clusters

STATIC = Path(__file__).parent / "static"
AROUND = 160
"""Characters of the article shown on either side of a quote."""

RESAMPLES = 2_000
SEED = 20240501


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows. `history` are the blessings of the profile's baseline, oldest first."""

    about: About
    results: Sequence[Result]
    gate: GateReport | None
    corpus: Corpus
    history: Sequence[Blessing] = ()


def report_page(report: Report) -> str:
    """Return the whole page. Equal reports give equal bytes."""
    script = (STATIC / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"Eval {report.about.profile}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{(STATIC / 'report.css').read_text(encoding='utf-8')}</style></head><body>",
        *_head(report, title),
        *_charts(report),
        *_table(report),
        *_questions(report),
        f"<footer>Citation figures rest on: {escape(calibration_line())}.</footer>",
        f"<script>{script}</script></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _head(report: Report, title: str) -> list[str]:
    gate, results = report.gate, report.results
    verdict = gate.verdict.value if gate else "not judged: part of the questions"
    tone = "warn" if gate is None else "pass" if gate.exit_code == 0 else "fail"
    right = sum(one.is_correct for one in results)
    models = ", ".join(sorted({one.answer.model for one in results if one.answer.model}))
    lines = [
        f"<h1>{escape(title)} <span class='verdict {tone}'>{escape(verdict)}</span></h1>",
        f"<p class='told'>{right} of {len(results)} answers right. Model: {escape(models)}.</p>",
    ]
    if gate:
        lines += _listed("Why it fails", gate.failures) + _listed("Not comparable", gate.incomparable)
        lines += _listed("Changed settings", gate.changes) + _listed("New questions", gate.added)
        if gate.flips and (gate.flips.won or gate.flips.lost):
            lost, won = ", ".join(gate.flips.lost) or "none", ", ".join(gate.flips.won) or "none"
            lines.append(f"<p>Lost: {escape(lost)}. Won: {escape(won)}. McNemar's exact p = {gate.flips.p:.3f}.</p>")
    return lines


def _listed(title: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    return [f"<h2>{title}</h2><ul class='why'>", *(f"<li>{escape(entry)}</li>" for entry in entries), "</ul>"]


def _charts(report: Report) -> list[str]:
    lines = ["<h2>Metrics</h2><div class='scroll'>", metrics_chart(_bars(report)), "</div>"]
    lines.append("<p class='told'>Dot: now; line: 95 % interval over clusters of questions; tick: the blessed baseline.</p>")
    if report.history:
        lines += ["<h2>Blessed baselines</h2><div class='figures'>", history_chart(report.history), "</div>"]
    return lines


def _bars(report: Report) -> list[Bar]:
    """Return a bar for each metric with an eligible question, those of the gate first."""
    before = {check.metric: check.before for check in report.gate.checks} if report.gate else {}
    current = means(report.results)
    names = sorted(METRICS, key=lambda name: name not in before)
    numbers: dict[str, int] = {}
    clusters = [numbers.setdefault(one.question.cluster, len(numbers)) for one in report.results]
    draws = draw_clusters(max(1, len(numbers)), resamples=RESAMPLES, seed=SEED)
    bars = []
    for name in names:
        values = [one.counted(name) for one in report.results]
        zeros = [None if value is None else 0.0 for value in values]
        arrow = "↑" if METRICS[name].worst == 0 else "↓"
        interval = difference_interval(zeros, values, clusters, draws) if values else None
        bars.append(Bar(name, arrow, current[name], interval, before.get(name)))
    return bars


def _table(report: Report) -> list[str]:
    checks = {check.metric: check for check in report.gate.checks} if report.gate else {}
    head = "".join(f"<th class='number'>{name}</th>" for name in ("now", "n", "before", "change", "95 % CI of the change"))
    lines = ["<details><summary>The same in numbers</summary><div class='scroll'><table>"]
    lines.append(f"<thead><tr><th>metric</th>{head}<th>gate</th></tr></thead><tbody>")
    for name, mean in means(report.results).items():
        told = [_number(mean.value), str(mean.n), *_change(checks.get(name))]
        cells = "".join(f"<td class='number'>{cell}</td>" for cell in told)
        lines.append(f"<tr><td>{name}</td>{cells}<td>{_level(checks.get(name))}</td></tr>")
    return [*lines, "</tbody></table></div></details>"]


def _change(check: Check | None) -> list[str]:
    if check is None:
        return ["", "", ""]
    interval = f"{check.interval.low:+.3f} … {check.interval.high:+.3f}" if check.interval else ""
    return [_number(check.before), "" if check.change is None else f"{check.change:+.3f}", interval]


def _level(check: Check | None) -> str:
    if check is None:
        return ""
    tone = {Level.FAIL: "fail", Level.WARN: "warn"}.get(check.level, "")
    return f"<span class='{tone}'>{check.level.value}</span> {escape(check.why)}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _questions(report: Report) -> list[str]:
    """Return the filters and a card a question: regressions first, then what was wrong, then the rest."""
    regressed = set(regressed_ids(report.results, report.gate))
    won = set(report.gate.flips.won) if report.gate and report.gate.flips else set()
    ordered = sorted(report.results, key=lambda one: (one.question.id not in regressed, one.is_correct))
    stages = [stage.value for stage in Stage if any(one.stage is stage for one in report.results)]
    lines = [
        "<h2>Questions</h2><div class='filters' role='search'>",
        _select("type", "every type", [kind for kind in TYPES if any(one.question.type == kind for one in report.results)]),
        _select("stage", "lost at any step", stages),
        _select("status", "right or wrong", ["wrong", "right", "regressed", "won"]),
        "<input type='search' id='words' placeholder='words in it' aria-label='words in it'>",
        "<span id='count' role='status'></span></div>",
    ]
    for one in ordered:
        lines += _card(one, report.corpus, has_regressed=one.question.id in regressed, is_won=one.question.id in won)
    return lines


def _select(name: str, every: str, options: Iterable[str]) -> str:
    listed = "".join(f"<option>{escape(option)}</option>" for option in options)
    return f"<select id='{name}' aria-label='{name}'><option value=''>{every}</option>{listed}</select>"


def _card(one: Result, corpus: Corpus, *, has_regressed: bool, is_won: bool) -> list[str]:
    question, answer = one.question, one.answer
    states = ["right" if one.is_correct else "wrong", *["regressed"] * has_regressed, *["won"] * is_won]
    stage = "" if one.stage is Stage.NONE else f"<span>lost at: {escape(one.stage.value)}</span>"
    tone = "pass" if one.is_correct else "fail"
    as_of = f"<span>as of {question.as_of}</span>" if question.as_of else ""
    return [
        f"<article id='{escape(one.label)}' data-type='{question.type}' data-stage='{escape(one.stage.value)}' "
        f"data-status='{' | '.join(states)}'>",
        f"<header><b>{escape(one.label)}</b><span>{question.type}</span><span class='{tone}'>{', '.join(states)}</span>"
        f"{stage}{as_of}</header><div class='sides'><section>",
        f"<h3>Question</h3><p class='question'>{escape(question.question)}</p>",
        f"<h3>Wanted</h3><p class='text'>{escape('; '.join(question.answers) or '(no answer)')}</p>",
        *_evidence(question.evidence, answer.citations, corpus),
        "</section><section>",
        f"<h3>Answer ({escape(one.outcome)})</h3><p class='text'>{escape(answer.error or answer.text)}</p>",
        *(["<h3>Cited</h3>"] if answer.citations else []),
        *(_cited(citation, question.evidence, corpus) for citation in answer.citations),
        *_verdicts(one),
        "</section></div></article>",
    ]


def _evidence(evidence: Sequence[Evidence], citations: Sequence[SavedCitation], corpus: Corpus) -> list[str]:
    if not evidence:
        return []
    lines = ["<h3>Evidence</h3>"]
    for piece in evidence:
        place = corpus.find(piece.doc, piece.quote)
        spans = [(one.start, one.end) for one in citations if one.article_id == piece.doc]
        lines.append(_quoted(f"{piece.group} · {piece.doc}", corpus, piece.doc, place, spans, "gold", piece.quote))
    return lines


def _cited(citation: SavedCitation, evidence: Sequence[Evidence], corpus: Corpus) -> str:
    doc = citation.article_id
    places = [place for piece in evidence if piece.doc == doc and (place := corpus.find(piece.doc, piece.quote))]
    is_exact = corpus.slice(doc, citation.start, citation.end) == citation.quote
    place = (citation.start, citation.end) if is_exact else None
    title = f"[{citation.marker}] {doc} · {citation.verdict.value}" + ("" if is_exact else " · not the article's words")
    return _quoted(title, corpus, doc, place, places, "", citation.quote)


def _quoted(
    title: str,
    corpus: Corpus,
    doc: str,
    place: tuple[int, int] | None,
    others: Sequence[tuple[int, int]],
    kind: str,
    quote: str,
) -> str:
    """Return a quote in its article's words, marked; where it meets one of the other side's, that is told beside it."""
    if place is None:
        return f"<blockquote><cite>{escape(title)}</cite>{escape(quote)}</blockquote>"
    start, end = place
    before, after = corpus.slice(doc, max(0, start - AROUND), start), corpus.slice(doc, end, _end(corpus, doc, end))
    meets = any(first < end and start < last for first, last in others)
    other = "the evidence" if not kind else "a citation"
    told = f"{title} · meets {other}" if meets else title
    mark = f"<mark class='{'gold' if meets else ''}'>{escape(corpus.slice(doc, start, end))}</mark>"
    lead = "…" if start > AROUND else ""
    trail = "…" if end + AROUND < len(corpus.articles[doc].text) else ""
    return f"<blockquote><cite>{escape(told)}</cite>{lead}{escape(before)}{mark}{escape(after)}{trail}</blockquote>"


def escape(text: str) -> str:
    """Return untrusted text as HTML that shows it, without control characters, which could turn the text around it."""
    return escaped("".join(char if char == "\n" or char.isprintable() or char.isspace() else " " for char in text))


def _end(corpus: Corpus, doc: str, end: int) -> int:
    return min(len(corpus.articles[doc].text), end + AROUND)


def _verdicts(one: Result) -> list[str]:
    """Return every verdict with its reason."""
    told = [
        *((nugget.is_said, f"{nugget.importance} nugget {nugget.id}", nugget.matched or "not said") for nugget in one.nuggets),
        *((claim.is_supported, "sentence", claim.reason) for claim in one.claims),
        *((cite.is_valid and cite.is_exact, f"[{cite.marker}]", cite.reason or "valid and exact") for cite in one.citations),
        *([(False, "forbidden", one.forbidden)] if one.forbidden else []),
    ]
    if not told:
        return []
    rows = (
        f"<li><span class='{'pass' if ok else 'fail'}'>{'✓' if ok else '✗'}</span> {escape(what)}: {escape(why)}</li>"
        for ok, what, why in told
    )
    return ["<h3>Verdicts</h3><ul class='checks'>", *rows, "</ul>"]

"""Regressions as annotations of GitHub Actions: each shows at the line of the gold file that holds the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.gate import GateReport
from eval.gold import Place
from eval.junit import regressed_ids
from eval.normalise import printable
from eval.score import Result

MOST = 10
"""Annotations that GitHub shows of one step and kind; more would be dropped without a word."""


def github_annotations(results: Sequence[Result], gate: GateReport | None, places: Mapping[str, Place]) -> list[str]:
    """Return at most `MOST` lines `::error file=…,line=N,title=…::message`, in gold order; the last one counts the rest."""
    by_id: dict[str, Result] = {}
    for result in results:  # of several rounds the first that went wrong
        if result.question.id not in by_id or (by_id[result.question.id].is_correct and not result.is_correct):
            by_id[result.question.id] = result
    lines = [_line(by_id[name], places[name]) for name in regressed_ids(results, gate)]
    if len(lines) <= MOST:
        return lines
    return [*lines[: MOST - 1], f"::error title=rag eval::and {len(lines) - MOST + 1} more questions; see the summary"]


def _line(result: Result, place: Place) -> str:
    got = result.answer.error or result.answer.text
    wanted = "; ".join(result.question.answers) or "no answer"
    message = f"{result.stage.value}: {result.question.question} Wanted: {wanted}. Got: {got}"
    where = f"file={_value(place.path.as_posix())},line={place.line},title={_value(result.label)}"
    return f"::error {where}::{_escaped(message[:500])}"


def _escaped(text: str) -> str:
    """Return untrusted text so that it stays one message: a line break would begin another command."""
    return printable(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")

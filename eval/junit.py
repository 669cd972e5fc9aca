"""The verdict as JUnit XML, which every CI can read: a regression is a failure, a crash an error."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from eval.compare import Level
from eval.gate import GateReport
from eval.gold import TYPES
from eval.normalise import printable
from eval.score import Result
from eval.stage import Stage


def regressed_ids(results: Sequence[Result], gate: GateReport | None) -> list[str]:
    """Return the ids of the questions that fail the gate, in gold order: lost since the baseline, or against a hard rule."""
    if gate is None:
        return []
    lost = set(gate.flips.lost if gate.flips else ()) | {failure.partition(":")[0] for failure in gate.failures}
    return list(dict.fromkeys(one.question.id for one in results if one.question.id in lost or one.answer.error))


def junit_xml(results: Sequence[Result], gate: GateReport | None) -> str:
    """Return one suite a type of question, and one for the metrics of the gate.

    A question that was wrong in the baseline too is `skipped`: it does not fail a build that it did not break.
    """
    regressed = set(regressed_ids(results, gate))
    root = Element("testsuites", name="rag eval")
    for kind in TYPES:
        cases = [one for one in results if one.question.type == kind]
        if cases:
            suite = SubElement(root, "testsuite", name=kind)
            for one in cases:
                _question(suite, one, has_regressed=one.question.id in regressed)
            _count(suite)
    if gate is not None:
        suite = SubElement(root, "testsuite", name="gate")
        _gate(suite, gate)
        _count(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _question(suite: Element, result: Result, *, has_regressed: bool) -> None:
    case = SubElement(suite, "testcase", classname=f"gold.{result.question.type}", name=result.label)
    if result.answer.error:
        SubElement(case, "error", message=_clean(result.answer.error))
    elif has_regressed:
        told = SubElement(
            case, "failure", message=result.stage.value if result.stage is not Stage.NONE else "fails a hard rule"
        )
        wanted = "; ".join(result.question.answers) or "(no answer)"
        told.text = _clean(f"question: {result.question.question}\nwanted: {wanted}\ngot: {result.answer.text}")
    elif not result.is_correct:
        SubElement(case, "skipped", message=f"wrong, and no regression: {result.stage.value}")


def _gate(suite: Element, gate: GateReport) -> None:
    case = SubElement(suite, "testcase", classname="gate", name="comparable with the baseline")
    if gate.incomparable:
        SubElement(case, "failure", message=_clean("; ".join(gate.incomparable)))
    ruled = {check.metric for check in gate.checks}
    for check in gate.checks:
        case = SubElement(suite, "testcase", classname="gate", name=check.metric)
        bound = [failure for failure in gate.failures if failure.startswith(f"{check.metric}: ")]
        if check.level is Level.FAIL or bound:
            SubElement(case, "failure", message=_clean("; ".join(bound) or check.why))
    for failure in gate.failures:  # bounds are judged without a baseline too
        metric, _, why = failure.partition(": ")
        if not gate.checks and metric not in ruled and "-" not in metric:
            SubElement(SubElement(suite, "testcase", classname="gate", name=metric), "failure", message=_clean(why))


def _count(suite: Element) -> None:
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _clean(text: str) -> str:
    """Return untrusted text without the characters that XML cannot hold."""
    return printable(text, keep="\t\n")

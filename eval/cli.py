"""`rag eval`: check the gold set, run it, score, judge, look, bless.

Data goes to standard output, chatter to standard error. Exit codes: 0 pass, 1 regression, 2 usage or lint, 3 not
comparable, 4 run error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from eval.errors import EvalError, RunError
from eval.gold import TYPES, QuestionType
from eval.harness import Bench, Outcome, Places, Selection
from eval.profiles import GOLD, POLICY, Profile
from eval.records import dump
from eval.report import (
    MARKDOWN,
    comparison_text,
    comparison_tree,
    printable,
    result_text,
    summary_markdown,
    summary_tree,
)
from eval.run import load_run
from eval.score import result_tree
from rag.errors import NewsRagError
from rag.ports import Progress, no_progress

RUNS = Path("eval/out")
"""Folder under the working folder that holds one run a profile, unless --out names another."""

LINES = 10
"""Most reasons told on standard error; the summary has all."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check answers against gold questions: check the gold set, run it, score, judge, look, bless.",
    epilog="Exit codes: 0 pass, 1 regression, 2 usage or lint, 3 not comparable with the baseline, 4 run error.",
)

P = ParamSpec("P")

ProfileOption = Annotated[Profile, typer.Option(help="hermetic needs no model; local the default ones; live --llm.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder of the run; default eval/out/PROFILE.", metavar="DIR")]
GoldOption = Annotated[
    list[Path] | None, typer.Option(help="Gold file; may be repeated. Default: the project's own.", metavar="FILE")
]
PolicyOption = Annotated[Path | None, typer.Option(help="Settings of the gate. Default: eval/gate.toml.", metavar="FILE")]
BaselinesOption = Annotated[Path | None, typer.Option(help="Folder of the baselines. Default: eval/baselines.", metavar="DIR")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _told(command: Callable[P, int]) -> Callable[P, None]:
    """Return a command that exits with the code it returns; whatever the engine raises is a run error."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except EvalError:
            raise
        except NewsRagError as error:
            raise RunError(str(error)) from error
        raise typer.Exit(code)

    return run


def _bench(gold: list[Path] | None, policy: Path | None = None, baselines: Path | None = None) -> Bench:
    places = Places(gold=tuple(gold or [_near(GOLD)]), policy=policy or _near(POLICY))
    return Bench.read(places if baselines is None else replace(places, baselines=baselines))


def _near(path: Path) -> Path:
    """Return a path as seen from the working folder, which reads better in messages."""
    return Path(os.path.relpath(path))


def _folder(out: Path | None, profile: Profile) -> Path:
    return out or RUNS / profile.value


@app.command("lint")
@_told
def lint_command(gold: GoldOption = None, json: JsonOption = False) -> int:
    """Prove every question, quote and alias against the articles. Example: rag eval lint"""
    findings = _bench(gold).lint()
    if json:
        lines = [{"rule": one.rule, "id": one.id, "place": str(one.place or ""), "message": one.message} for one in findings]
        typer.echo(dump(lines))
    else:
        for finding in findings:
            typer.echo(printable(str(finding)))
    typer.echo(f"{len(findings)} findings" if findings else "the gold set is sound", err=True)
    return 2 if findings else 0


@app.command("run")
@_told
def run_command(
    profile: ProfileOption = Profile.HERMETIC,
    llm: Annotated[str | None, typer.Option(help="PROVIDER:MODEL of the live profile.", metavar="SPEC")] = None,
    kind: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.", metavar="TYPE")] = None,
    only_failed: Annotated[
        Path | None, typer.Option(help="Only what failed in this run folder or results.jsonl.", metavar="RUN")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.", metavar="N")] = None,
    library: Annotated[
        Path | None, typer.Option(help="Folder to build the library in; default a temporary one.", metavar="DIR")
    ] = None,
    out: OutOption = None,
    gold: GoldOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    json: JsonOption = False,
) -> int:
    """Ask the gold questions, score the answers, compare with the baseline. Example: rag eval run --type temporal"""
    bench = _bench(gold, policy, baselines)
    selection = Selection(types=_types(kind or []), failed_in=only_failed, limit=limit)
    folder = _folder(out, profile)
    outcome = bench.evaluate(profile, out=folder, library=library, llm=llm, selection=selection, progress=_progress())
    return _tell(outcome, folder, json=json)


def _types(kinds: list[str]) -> tuple[QuestionType, ...]:
    unknown = [kind for kind in kinds if kind not in TYPES]
    if unknown:
        raise EvalError(f"unknown type {unknown[0]!r}; types are {', '.join(TYPES)}")
    return tuple(kind for kind in TYPES if kind in kinds)


def _progress() -> Progress:
    """Return a counter on standard error, silent where that is no terminal."""
    if not sys.stderr.isatty():
        return no_progress
    return lambda done, total, label: typer.echo(f"\r\x1b[K{done}/{total} {label}", nl=done == total, err=True)


def _tell(outcome: Outcome, folder: Path, *, json: bool) -> int:
    """Print a scored run, say where its files are, and return its exit code."""
    about, results, gate = outcome.run.about, outcome.results, outcome.gate
    if json:
        typer.echo(dump(summary_tree(about, results, gate)))
    else:
        typer.echo(summary_markdown(about, results, gate))
    if gate is not None:
        for line in (*gate.failures, *gate.incomparable)[:LINES]:
            typer.echo(printable(line), err=True)
        typer.echo(f"{gate.verdict.value}; the whole is in {folder / MARKDOWN}", err=True)
    return outcome.exit_code


@app.command("score")
@_told
def score_command(
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    json: JsonOption = False,
) -> int:
    """Score saved answers anew, without asking anything; exits 4 only if a question erred. Example: rag eval score"""
    folder = _folder(out, profile)
    outcome = _bench(gold, policy, baselines).score(load_run(folder), out=folder)
    code = _tell(outcome, folder, json=json)
    return code if code == 4 else 0


@app.command("gate")
@_told
def gate_command(
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    json: JsonOption = False,
) -> int:
    """Hold a saved run against the baseline, without asking anything. Example: rag eval gate"""
    folder = _folder(out, profile)
    outcome = _bench(gold, policy, baselines).score(load_run(folder), out=folder)
    if outcome.gate is None:
        raise EvalError(f"{folder} asked only some of the gold questions; the gate needs a full `rag eval run`")
    return _tell(outcome, folder, json=json)


@app.command("diff")
@_told
def diff_command(
    before: Annotated[Path, typer.Argument(help="Folder of a run.")],
    now: Annotated[Path, typer.Argument(help="Folder of another.")],
    gold: GoldOption = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> int:
    """Tell which questions and metrics differ between two runs. Example: rag eval diff eval/out/old eval/out/new"""
    comparison = _bench(gold, policy).compare(load_run(before), load_run(now))
    typer.echo(dump(comparison_tree(comparison)) if json else comparison_text(comparison))
    return 0


@app.command("show")
@_told
def show_command(
    question_id: Annotated[str, typer.Argument(help="Id of a gold question.")],
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    json: JsonOption = False,
) -> int:
    """Show one question of a saved run with every verdict. Example: rag eval show tmp-002"""
    folder = _folder(out, profile)
    results = {result.question.id: result for result in _bench(gold).score(load_run(folder)).results}
    if question_id not in results:
        raise EvalError(f"{folder} holds no question {question_id!r}; `rag eval run` lists those that failed")
    result = results[question_id]
    typer.echo(dump(result_tree(result)) if json else result_text(result))
    return 0


@app.command("bless")
@_told
def bless_command(
    reason: Annotated[str, typer.Option(help="What changed, and why it is right.")],
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
) -> int:
    """Make a saved run the baseline. Example: rag eval bless --reason 'reranker added'"""
    bench = _bench(gold, policy, baselines)
    blessed = bench.bless(load_run(_folder(out, profile)), reason=reason, today=datetime.now(UTC).date())
    typer.echo(f"{blessed.profile}: {len(blessed.rows)} questions, correct {blessed.means['correct']}")
    return 0

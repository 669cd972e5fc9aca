"""`rag eval`: check the gold set, run it, score, judge, look, bless.

Data goes to standard output, chatter to standard error. Exit codes: 0 pass, 1 regression, 2 usage or lint, 3 not
comparable, 4 run error.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from eval.annotations import github_annotations
from eval.cache import Cache, cache_folder
from eval.cli_gold import app as gold_commands
from eval.errors import EvalError
from eval.gold import TYPES, QuestionType
from eval.harness import Bench, Outcome, Selection
from eval.judge import load_judge
from eval.options import (
    ArticlesOption,
    BaselinesOption,
    CacheOption,
    GoldOption,
    JsonOption,
    JudgeOption,
    LibraryOption,
    MaxUsdOption,
    NoCacheOption,
    OutOption,
    PolicyOption,
    ProfileOption,
    read_bench,
    told,
)
from eval.profiles import Profile
from eval.records import dump
from eval.report import (
    MARKDOWN,
    PAGE,
    comparison_text,
    comparison_tree,
    printable,
    result_text,
    summary_markdown,
    summary_tree,
)
from eval.run import load_run
from eval.score import result_tree
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


def _folder(out: Path | None, profile: Profile) -> Path:
    return out or RUNS / profile.value


@app.command("lint")
@told
def lint_command(
    gold: GoldOption = None, library: LibraryOption = None, articles: ArticlesOption = None, json: JsonOption = False
) -> int:
    """Prove every question, quote and alias against the articles. Example: rag eval lint"""
    findings = read_bench(gold, library, articles).lint()
    if json:
        lines = [{"rule": one.rule, "id": one.id, "place": str(one.place or ""), "message": one.message} for one in findings]
        typer.echo(dump(lines))
    else:
        for finding in findings:
            typer.echo(printable(str(finding)))
    typer.echo(f"{len(findings)} findings" if findings else "the gold set is sound", err=True)
    return 2 if findings else 0


@app.command("run")
@told
def run_command(
    profile: Annotated[
        Profile | None, typer.Option(help="hermetic (default) needs no model; local the default ones; live --llm.")
    ] = None,
    llm: Annotated[str | None, typer.Option(help="PROVIDER:MODEL to answer with: profile live.", metavar="SPEC")] = None,
    kind: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.", metavar="TYPE")] = None,
    only_failed: Annotated[
        Path | None, typer.Option(help="Only what failed in this run folder or results.jsonl.", metavar="RUN")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.", metavar="N")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Ask each question so often (live).", metavar="N")] = 1,
    judge: JudgeOption = None,
    max_usd: MaxUsdOption = None,
    no_cache: NoCacheOption = False,
    cache: CacheOption = None,
    out: OutOption = None,
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    json: JsonOption = False,
) -> int:
    """Ask the gold questions, score the answers, compare with the baseline. Example: rag eval run --type temporal"""
    bench = read_bench(gold, library, articles, policy, baselines)
    selection = Selection(types=_types(kind or []), failed_in=only_failed, limit=limit)
    profile = profile or (Profile.LIVE if llm else Profile.LOCAL if library else Profile.HERMETIC)
    folder = _folder(out, profile)
    known = None if no_cache else Cache(cache or cache_folder())
    outcome = bench.evaluate(
        profile,
        out=folder,
        llm=llm,
        selection=selection,
        repeats=repeat,
        cache=known,
        judge=load_judge(judge, known, max_usd=max_usd) if judge else None,
        progress=_progress(),
    )
    return _tell(bench, outcome, folder, json=json)


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


def _tell(bench: Bench, outcome: Outcome, folder: Path, *, json: bool) -> int:
    """Print a scored run, say where its files are, and return its exit code; in GitHub Actions also annotate regressions."""
    about, results, gate = outcome.run.about, outcome.results, outcome.gate
    if json:
        typer.echo(dump(summary_tree(about, results, gate, outcome.judged)))
    else:
        typer.echo(summary_markdown(about, results, gate, outcome.judged))
    if gate is not None:
        for line in (*gate.failures, *gate.incomparable)[:LINES]:
            typer.echo(printable(line), err=True)
        typer.echo(f"{gate.verdict.value}; the whole is in {folder / MARKDOWN} and {folder / PAGE}", err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in github_annotations(results, gate, bench.gold.places):
            typer.echo(line, err=True)
    return outcome.exit_code


@app.command("score")
@told
def score_command(
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    judge: JudgeOption = None,
    max_usd: MaxUsdOption = None,
    no_cache: NoCacheOption = False,
    cache: CacheOption = None,
    json: JsonOption = False,
) -> int:
    """Score saved answers anew, without asking anything; exits 4 only if a question erred. Example: rag eval score"""
    folder = _folder(out, profile)
    bench = read_bench(gold, library, articles, policy, baselines)
    known = None if no_cache else Cache(cache or cache_folder())
    judged_by = load_judge(judge, known, max_usd=max_usd) if judge else None
    outcome = bench.score(load_run(folder), out=folder, judge=judged_by)
    code = _tell(bench, outcome, folder, json=json)
    return code if code == 4 else 0


@app.command("gate")
@told
def gate_command(
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
    json: JsonOption = False,
) -> int:
    """Hold a saved run against the baseline, without asking anything. Example: rag eval gate"""
    folder = _folder(out, profile)
    bench = read_bench(gold, library, articles, policy, baselines)
    outcome = bench.score(load_run(folder), out=folder)
    if outcome.gate is None:
        raise EvalError(f"{folder} asked only some of the gold questions; the gate needs a full `rag eval run`")
    return _tell(bench, outcome, folder, json=json)


@app.command("diff")
@told
def diff_command(
    before: Annotated[Path, typer.Argument(help="Folder of a run.")],
    now: Annotated[Path, typer.Argument(help="Folder of another.")],
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> int:
    """Tell which questions and metrics differ between two runs. Example: rag eval diff eval/out/old eval/out/new"""
    comparison = read_bench(gold, library, articles, policy).compare(load_run(before), load_run(now))
    typer.echo(dump(comparison_tree(comparison)) if json else comparison_text(comparison))
    return 0


@app.command("show")
@told
def show_command(
    question_id: Annotated[str, typer.Argument(help="Id of a gold question.")],
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    json: JsonOption = False,
) -> int:
    """Show one question of a saved run with every verdict. Example: rag eval show tmp-002"""
    folder = _folder(out, profile)
    results = {result.question.id: result for result in read_bench(gold, library, articles).score(load_run(folder)).results}
    if question_id not in results:
        raise EvalError(f"{folder} holds no question {question_id!r}; `rag eval run` lists those that failed")
    result = results[question_id]
    typer.echo(dump(result_tree(result)) if json else result_text(result))
    return 0


@app.command("bless")
@told
def bless_command(
    reason: Annotated[str, typer.Option(help="What changed, and why it is right.")],
    profile: ProfileOption = Profile.HERMETIC,
    out: OutOption = None,
    gold: GoldOption = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    policy: PolicyOption = None,
    baselines: BaselinesOption = None,
) -> int:
    """Make a saved run the baseline. Example: rag eval bless --reason 'reranker added'"""
    bench = read_bench(gold, library, articles, policy, baselines)
    blessed = bench.bless(load_run(_folder(out, profile)), reason=reason, today=datetime.now(UTC).date())
    typer.echo(f"{blessed.profile}: {len(blessed.rows)} questions, correct {blessed.means['correct']}")
    return 0


app.add_typer(gold_commands)

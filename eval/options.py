"""What the commands of `rag eval` share: their options, and how errors become exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from eval.errors import EvalError, RunError
from eval.harness import Bench, Places
from eval.profiles import BASELINES, FOLDERS, GOLD, POLICY, Profile
from rag.errors import NewsRagError

P = ParamSpec("P")

ProfileOption = Annotated[Profile, typer.Option(help="hermetic needs no model; local the default ones; live --llm.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder of the run; default eval/out/PROFILE.", metavar="DIR")]
GoldOption = Annotated[
    list[Path] | None, typer.Option(help="Gold file; may be repeated. Default: the project's own.", metavar="FILE")
]
LibraryOption = Annotated[
    str | None,
    typer.Option(help="With --gold: your library, its folder or a server's address, asked as it is.", metavar="DIR|ADDRESS"),
]
ArticlesOption = Annotated[
    list[Path] | None, typer.Option(help="With --gold: your articles, file or folder; may be repeated.", metavar="PATH")
]
PolicyOption = Annotated[Path | None, typer.Option(help="Settings of the gate. Default: eval/gate.toml.", metavar="FILE")]
BaselinesOption = Annotated[Path | None, typer.Option(help="Folder of the baselines. Default: eval/baselines.", metavar="DIR")]
CacheOption = Annotated[
    Path | None,
    typer.Option(help="Folder of what earlier runs came by; default with the user's caches.", metavar="DIR"),
]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Ask everything anew, and keep nothing.")]
JudgeOption = Annotated[
    str | None, typer.Option(help="PROVIDER:MODEL asked whether answers are right; advice, no verdict.", metavar="SPEC")
]
MaxUsdOption = Annotated[float | None, typer.Option(min=0, help="Most that the judge may cost, in US dollars.", metavar="USD")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def told(command: Callable[P, int]) -> Callable[P, None]:
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


def read_bench(
    gold: list[Path] | None,
    library: Path | str | None = None,
    articles: list[Path] | None = None,
    policy: Path | None = None,
    baselines: Path | None = None,
) -> Bench:
    """Return what is to be asked: the project's own, or the user's questions about the user's articles.

    Those have baselines of their own, beside their gold file, and the project's floors and ceilings do not hold for them.
    """
    if (library or articles) and not gold:
        raise EvalError("--library and --articles go with --gold FILE: the project's own questions are about its own articles")
    if library and articles:
        raise EvalError("--library names articles that were read in, --articles files to read; give one of the two")
    own = gold[0].parent / BASELINES.name if gold and (library or articles) else BASELINES
    places = Places(
        gold=tuple(gold or [near(GOLD)]),
        folders=tuple(articles or FOLDERS),
        library=library,
        policy=policy or near(POLICY),
        baselines=baselines or own,
    )
    bench = Bench.read(places)
    return bench if policy or not (library or articles) else replace(bench, policy=bench.policy.without_bounds())


def near(path: Path) -> Path:
    """Return a path as seen from the working folder, which reads better in messages."""
    return Path(os.path.relpath(path))

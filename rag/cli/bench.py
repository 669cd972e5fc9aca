"""`rag bench`: how well search, answers and check do, and how fast; each command loads its part of `eval.bench`."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from rag.cli.common import ConfigOption, JsonOption, LlmOption, ProgressLine, print_json
from rag.config import Config, load_config
from rag.errors import ConfigError, InputError

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Measure how well search, answers and check do, and how fast.",
)

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting for this run, such as search.candidates=50; may be repeated.", metavar="NAME=VALUE"),
]


class PublicSet(StrEnum):
    """The public question sets that can be read."""

    MULTIHOP_RAG = "multihop-rag"


class AnswerSet(StrEnum):
    """The public sets of questions with answers that can be read."""

    CLAPNQ = "clapnq"


def settings(file: Path | None, changes: list[str] | None) -> Config:
    """Return the settings with those of `--set`.

    Raises:
        ConfigError: a change is not NAME=VALUE, or its name or value is wrong.
    """
    flags: dict[str, str] = {}
    for one in changes or []:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise ConfigError(f"--set {one!r} is not NAME=VALUE; write it as search.candidates=50")
        flags[name] = value
    return load_config(file, flags=flags).config


@app.command("retrieval")
def retrieval(
    path: Annotated[Path, typer.Argument(help="Folder of the set: questions and pool.jsonl.", metavar="PATH")],
    dataset: Annotated[PublicSet, typer.Option("--dataset", help="Which public set it is.")] = PublicSet.MULTIHOP_RAG,
    questions: Annotated[
        Path | None, typer.Option("--questions", help="File of questions; default PATH/dev.jsonl.", metavar="FILE")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--k", help="Passages asked of each search.", min=1, max=100)] = 10,
    ablate: Annotated[bool, typer.Option("--ablate", help="Also measure with each part of the search switched off.")] = False,
    store: Annotated[
        str | None,
        typer.Option("--store", help="Empty store to use, such as postgresql://USER@HOST/DATABASE.", metavar="ADDRESS"),
    ] = None,
    changes: SetOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score the search on public questions with known evidence.

    Example: rag bench retrieval --dataset multihop-rag data/multihop-rag --ablate
    """
    from eval.bench import retrieval as bench
    from eval.bench.multihop import read_multihop

    readers = {PublicSet.MULTIHOP_RAG: read_multihop}
    chosen = settings(config, changes)
    read = readers[dataset](path, questions=questions)
    with ProgressLine("searched") as progress:
        variants = bench.ABLATIONS if ablate else ()
        result = bench.run(read, chosen, k=k, variants=variants, store=store or "", progress=progress)
    _tell(result, bench.as_tree, bench.as_text, as_json=as_json)


@app.command("verify")
def verify(
    path: Annotated[
        Path | None,
        typer.Argument(help="Pairs as JSONL, a folder of them, CLAP NQ or MultiHop-RAG; default: our own.", metavar="PATH"),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Judge only this split: dev, reworded, test.", metavar="NAME")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Also list the pairs that were judged wrongly.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Score the check of sentences against their cited words on labelled pairs.

    Example: rag bench verify --split dev --show
    """
    from eval.bench import verify as bench

    report = bench.run(path, only=split)
    _tell(report, bench.as_tree, partial(bench.as_text, show=show), as_json=as_json)


@app.command("answers")
def answers(
    path: Annotated[Path, typer.Argument(help="Folder of the set.", metavar="PATH")],
    dataset: Annotated[AnswerSet, typer.Option("--dataset", help="Which public set it is.")] = AnswerSet.CLAPNQ,
    llm: LlmOption = "extractive",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Ask so many of each kind.", metavar="N")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score answers and refusals on a public set, each question over its own passages.

    Example: rag bench answers --dataset clapnq data/clapnq --llm extractive --limit 20
    """
    from eval.bench import answers as bench

    del dataset  # there is one so far; the option says which, so that a second one changes no command line
    with ProgressLine("asked") as progress:
        report = bench.run(path, load_config(config, flags={"llm.model": llm}).config, limit=limit, progress=progress)
    _tell(report, bench.as_tree, bench.as_text, as_json=as_json)


@app.command("speed")
def speed(
    sizes: Annotated[
        str | None, typer.Option("--sizes", help="Passages of each library; default 1000,10000,100000,1000000.", metavar="N,N…")
    ] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Also run other libraries on the same articles and weights.")] = False,
    peer_python: Annotated[
        Path, typer.Option("--peer-python", help="Interpreter that has them; `make peers` makes it.", metavar="FILE")
    ] = Path(".venv-peers/bin/python"),
    articles: Annotated[int, typer.Option("--articles", help="Articles of the comparison with --peers.", min=10)] = 200,
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds of the comparison with --peers.", min=1)] = 3,
    embedded: Annotated[
        int, typer.Option("--embedded", help="Largest library whose every passage is embedded.", min=1, metavar="N")
    ] = 10_000,
    work: Annotated[
        Path | None, typer.Option("--work", help="Folder for the libraries; default a temporary one.", metavar="DIR")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the result here as JSON, after each size.", metavar="FILE")
    ] = None,
    changes: SetOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure ingest, search, cold start and memory on made-up news. `--sizes ''` leaves out all but --peers.

    Example: rag bench speed --sizes 1000,10000 --peers
    """
    from eval.bench import peers as beside
    from eval.bench import speed as bench

    chosen = settings(config, changes)
    counts = bench.SIZES if sizes is None else _counts(sizes)
    if work is not None and not work.is_dir():
        raise InputError(f"--work {str(work)!r} is no folder; make it first")

    def keep(so_far: bench.Speed) -> None:
        if out is not None:
            write_json(out, bench.as_tree(so_far))

    with ProgressLine("measured") as progress:
        # The comparison first: it fails at once where the peers are not installed.
        compared = beside.compare(chosen, peer_python, articles=articles, rounds=rounds, progress=progress) if peers else None
        result = bench.run(chosen, sizes=counts, embedded=embedded, work=work, peers=compared, keep=keep, progress=progress)
    _tell(result, bench.as_tree, bench.as_text, as_json=as_json)


@app.command("duplicates")
def duplicates(
    n: Annotated[int, typer.Option("-n", "--pairs", help="Pairs of each kind.", min=1)] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Which pairs are made.")] = 0,
    scale: Annotated[
        int, typer.Option("--scale", help="Also time the grouping of so many made-up articles; 0 does not.", min=0)
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Score how copies of articles are found among articles that only look like them, on made-up pairs.

    Example: rag bench duplicates --pairs 100 --scale 10000
    """
    from eval.bench import duplicates as bench

    with ProgressLine("stored", "articles") as progress:
        report = bench.run(n, seed=seed, scale=scale, progress=progress)
    _tell(report, bench.as_tree, bench.as_text, as_json=as_json)


@app.command("pages")
def pages(
    split: Annotated[
        list[str] | None,
        typer.Option("--split", help="Only these pages: tuned, held-out, seeds; may be repeated.", metavar="NAME"),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Also list the pages that were not read perfectly.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Score what is read of web pages with known bodies, days and publishers, beside trafilatura.

    Example: rag bench pages --split held-out --show
    """
    from eval.bench import pages as bench

    scored = bench.run(splits=split or ())
    _tell(scored, bench.as_tree, partial(bench.as_text, show=show), as_json=as_json)


@app.command("flags")
def flags(
    path: Annotated[
        Path | None, typer.Argument(help="Folder of labelled examples; default: the project's own.", metavar="PATH")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Also list the examples that were flagged wrongly.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Score the flags of articles (opinion, stub, wire …) on labelled examples.

    Example: rag bench flags --show
    """
    from eval.bench import flags as bench

    report = bench.run(path or bench.FOLDER)
    _tell(report, bench.as_tree, partial(bench.as_text, show=show), as_json=as_json)


def _tell(result: T, as_tree: Callable[[T], object], as_text: Callable[[T], str], *, as_json: bool) -> None:
    """Print a result as JSON or for a person."""
    if as_json:
        print_json(as_tree(result))
    else:
        print(as_text(result))


def write_json(file: Path, data: object) -> None:
    """Write data as JSON.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        file.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(file)!r}: {error.strerror}; name another file with --out") from None


def _counts(text: str) -> tuple[int, ...]:
    """Return the sizes of a list such as `1000,10000`."""
    try:
        counts = tuple(int(part.replace("_", "")) for part in text.split(",") if part.strip())
    except ValueError:
        counts = (0,)
    if any(count < 1 for count in counts):
        raise ConfigError(f"--sizes {text!r} is no list of counts; write it as 1000,10000")
    return counts

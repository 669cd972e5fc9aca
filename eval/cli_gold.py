"""The commands of `rag eval` that make gold sets: from the user's articles, and from and for other tools."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from eval.cache import Cache, cache_folder
from eval.corpus import Corpus
from eval.draft import Say, accept, draft
from eval.errors import EvalError
from eval.exchange import Format, export_text, import_lines, read_entries
from eval.gold import read_gold
from eval.options import (
    ArticlesOption,
    CacheOption,
    GoldOption,
    LibraryOption,
    NoCacheOption,
    near,
    read_bench,
    told,
)
from eval.profiles import FOLDERS, GOLD, read_folders, read_library
from eval.records import dump, write_text
from eval.report import printable
from eval.run import load_run
from rag.config import load_config

EXTRACTIVE = "extractive"

app = typer.Typer()

FormatOption = Annotated[Format, typer.Option("--format", help="Whose columns.")]
ToOption = Annotated[Path | None, typer.Option(help="File to write; default standard output.", metavar="FILE")]


@app.command("draft")
@told
def draft_command(
    articles: ArticlesOption = None,
    library: LibraryOption = None,
    llm: Annotated[str | None, typer.Option(help="PROVIDER:MODEL; default the setting llm.model.", metavar="SPEC")] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Most questions.", metavar="N")] = 20,
    to: ToOption = None,
    no_cache: NoCacheOption = False,
    cache: CacheOption = None,
) -> int:
    """Propose gold questions from articles; each waits for `rag eval accept`. Example: rag eval draft --articles news/ -n 10"""
    if not articles and not library:
        raise EvalError("name the articles: --library DIR of your library, or --articles PATH of files")
    corpus = read_library(library) if library else read_folders(articles or FOLDERS)
    say = _sayer(llm, None if no_cache else Cache(cache or cache_folder()))
    drafted = list(draft(corpus, say, n=n))
    trees = [one.tree for one in drafted if one.tree is not None]
    _write(to, "".join(dump(tree) + "\n" for tree in trees))
    for reason, count in Counter(one.reason for one in drafted if one.tree is None).most_common():
        typer.echo(printable(f"{count} not taken: {reason}"), err=True)
    typer.echo(f"{len(trees)} questions drafted; look at each, then: rag eval accept {to or 'FILE'} ID", err=True)
    return 0


def _sayer(llm: str | None, cache: Cache | None) -> Say:
    """Return what asks the model that is to draft."""
    from llama_index.core.llms import ChatMessage

    from eval.cached_llm import cached_llm
    from rag.llm import load_llm, stream_reply

    config = load_config(flags={"llm.model": llm}).config.llm
    if config.model == EXTRACTIVE:
        raise EvalError("drafting needs a language model, and extractive is none; name one with --llm PROVIDER:MODEL")
    model = cached_llm(config.model, config, cache=cache) if cache else load_llm(config.model, config)

    def say(prompt: str) -> str:
        return "".join(stream_reply(model, [ChatMessage(role="user", content=prompt)], config))

    return say


@app.command("accept")
@told
def accept_command(
    file: Annotated[Path, typer.Argument(help="Gold file with drafts.")],
    ids: Annotated[list[str], typer.Argument(help="Ids of the drafts that you looked at.", metavar="ID...")],
) -> int:
    """Accept drafts as gold questions. Example: rag eval accept mine.jsonl draft-0a1b2c3d4e"""
    read_gold([file])  # tells what is broken, with its line
    lines, found = accept(file.read_text(encoding="utf-8").splitlines(), ids)
    missing = [name for name in ids if name not in found]
    if missing:
        raise EvalError(f"{file}: no draft {missing[0]!r} that waits to be accepted")
    write_text(file, "\n".join(lines) + "\n")
    typer.echo(f"{len(found)} accepted; prove them with: rag eval lint --gold {file}", err=True)
    return 0


@app.command("import")
@told
def import_command(
    file: Annotated[Path, typer.Argument(help="File of the other tool.")],
    how: FormatOption,
    articles: ArticlesOption = None,
    library: LibraryOption = None,
    to: ToOption = None,
) -> int:
    """Make drafts of gold questions from another tool's set. Example: rag eval import set.jsonl --format ragas --library lib"""
    corpus: Corpus = read_library(library) if library else read_folders(articles or FOLDERS)
    drafts, problems = import_lines(read_entries(file, how), corpus)
    _write(to, "".join(dump(tree) + "\n" for tree in drafts))
    for problem in problems:
        typer.echo(printable(f"{file}:{problem}"), err=True)
    typer.echo(f"{len(drafts)} drafts; look at each, then: rag eval accept {to or 'FILE'} ID", err=True)
    return 0


@app.command("export")
@told
def export_command(
    how: FormatOption,
    run: Annotated[Path | None, typer.Option(help="Folder of a run: Ragas' rows hold its answers too.", metavar="DIR")] = None,
    gold: GoldOption = None,
    articles: ArticlesOption = None,
    library: LibraryOption = None,
    to: ToOption = None,
) -> int:
    """Write the gold set, and a run, for another tool. Example: rag eval export --format ragas --run eval/out/hermetic"""
    if run is None:
        text = export_text(read_gold(gold or [near(GOLD)]), how)
    else:
        bench = read_bench(gold, library, articles)
        text = export_text(bench.gold, how, answers=load_run(run).answers, corpus=bench.corpus)
    _write(to, text)
    return 0


def _write(to: Path | None, text: str) -> None:
    if to is None:
        typer.echo(text, nl=False)
    else:
        write_text(to, text)

"""`rag trace`: what was kept of the answers, answered again and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, LlmOption, print_json, resolve, say
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.trace.diff import ClaimChange, Difference
    from rag.trace.record import Trace

app = typer.Typer(
    help="Look at what was kept of the answers, answer them again, and compare.", no_args_is_help=True, rich_markup_mode=None
)

ID_SHOWN = 8
"""Characters of an id in a list: enough to tell apart what is kept."""

TraceArgument = Annotated[str, typer.Argument(help="Trace id, or how it begins.", metavar="ID")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", "-n", help="Most traces listed.", min=1)] = 20,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the traces kept, newest first, and where they are: delete that, and no question asked is kept.

    Example: rag trace list --limit 5
    """
    from rag.store.beside import open_traces

    store = open_traces(resolve(config, library__path=library).config)
    ids = store.ids()
    traces = []
    for id_ in ids[:limit]:
        try:
            traces.append(store.load(id_))
        except InputError as error:
            say(f"rag: {error}")
    if as_json:
        print_json({"folder": store.place, "count": len(ids), "traces": [_row(trace) for trace in traces]})
        return
    for trace in traces:
        took = f"{trace.timings_ms.get('total', 0) / 1000:.1f} s"
        print(
            f"{trace.id[:ID_SHOWN]}  {trace.time:%Y-%m-%d %H:%M:%S}  {trace.outcome:9}  {took:>7}  "
            f"{trace.versions.model}  {_short(trace.question)}"
        )
    print(f"{len(ids):,} kept in {store.place}" if ids else f"none kept in {store.place}; ask something: rag ask QUESTION")


@app.command()
def show(trace: TraceArgument, library: LibraryOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show a trace: question, hits, sentences shown, prompts, raw reply, verdicts, versions, timings.

    Example: rag trace show 3f2a
    """
    from rag.store.beside import open_traces
    from rag.trace.record import shape

    found = open_traces(resolve(config, library__path=library).config).load(trace)
    if as_json:
        print_json(shape(found))
        return
    for line in _lines(found):
        print(line)


@app.command()
def diff(
    before: TraceArgument,
    after: TraceArgument,
    library: LibraryOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what differs from one trace to another: outcome, text, verdicts, hits, versions, timings.

    Example: rag trace diff 3f2a 91bc
    """
    from rag.store.beside import open_traces
    from rag.trace.diff import diff as differ
    from rag.trace.record import shape

    store = open_traces(resolve(config, library__path=library).config)
    difference = differ(store.load(before), store.load(after))
    if as_json:
        print_json(shape(difference))
    else:
        _tell(difference)


@app.command()
def replay(
    trace: TraceArgument,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Judge the recorded reply anew: no search, no model, only what comes after it.")
    ] = False,
    library: LibraryOption = None,
    llm: LlmOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a recorded question again with the settings of now, and show what differs. The new answer is not kept.

    Example: rag trace replay 3f2a --llm extractive
    """
    from rag.errors import ConfigError
    from rag.store.beside import open_traces
    from rag.trace.diff import diff as differ
    from rag.trace.record import shape
    from rag.trace.replay import ask_again, judge_again

    if recorded and llm:
        raise ConfigError(f"--recorded runs no model and --llm {llm!r} names one; give one of the two")
    resolved = resolve(config, library__path=library, llm__model=llm)
    before = open_traces(resolved.config).load(trace)
    if recorded:
        after = judge_again(before, resolved.config)
    else:
        after = ask_again(before, resolved.config, may_stand_in=resolved.origin("llm.model") == "default")
    difference = differ(before, after)
    if as_json:
        print_json({"recorded": shape(before), "replayed": shape(after), "difference": shape(difference)})
    else:
        _tell(difference)


def _row(trace: Trace) -> dict[str, object]:
    """Return what a list tells of a trace."""
    return {
        "id": trace.id,
        "time": trace.time.isoformat(),
        "question": trace.question,
        "outcome": trace.outcome,
        "model": trace.versions.model,
        "total_ms": trace.timings_ms.get("total"),
    }


def _lines(trace: Trace) -> Iterator[str]:
    """Yield the lines that show a trace to a person, those of a prompt and a reply word for word."""
    from rag.answer.compose import marked
    from rag.trace.diff import described

    versions = trace.versions
    facts = {
        "trace": trace.id,
        "time": f"{trace.time:%Y-%m-%d %H:%M:%S} UTC",
        "question": trace.question,
        "typed": trace.typed,
        "filter": described(trace.where),
        "parts": " | ".join(trace.understanding.parts if len(trace.understanding.parts) > 1 else ()),
        "outcome": trace.outcome,
        "error": trace.error,
        "answer": trace.text,
        "note": trace.as_of_note,
        "notice": trace.notice,
        "model": versions.model,
        "prompt": versions.prompt,
        "versions": f"newsrag {versions.product}, {versions.embedder}, index {versions.index_generation}, "
        f"settings {versions.settings}",
        "again": f"given from the cache; made for trace {trace.given_before}" if trace.given_before else "",
        "gate": "" if trace.gate is None else f"{trace.gate:+.3f}",
        "tokens": f"{trace.tokens.prompt:,} read, {trace.tokens.completion:,} written",
        "timings": ", ".join(f"{stage} {took:,.1f} ms" for stage, took in trace.timings_ms.items()),
    }
    yield from (f"{name:9} {_flat(value)}" for name, value in facts.items() if value)
    yield from _titled(
        "sentences of the answer", (f"{one.verdict:12} {marked(one)}{_because(one.reason)}" for one in trace.claims)
    )
    quotes = (f"[{one.marker}] {one.source.label}\n      “{_flat(one.quote.text)}”" for one in trace.citations)
    yield from _titled("quotes", quotes)
    yield from _titled("hits", (f"{hit.score:9.4f}  {hit.article_id}  {hit.start}-{hit.end}" for hit in trace.hits))
    yield from _titled("sentences shown", (f"{one.score:9.4f}  [{one.number}] {_flat(one.quote.text)}" for one in trace.shown))
    for name, prompt in trace.prompts.items():
        yield f"\nprompt: {name}\n{prompt}"
    if trace.raw:
        yield f"\nraw reply\n{trace.raw}"


def _titled(title: str, rows: Iterator[str]) -> Iterator[str]:
    """Yield a title and its rows, nothing where there are none."""
    for number, row in enumerate(rows):
        yield f"  {row}" if number else f"\n{title}\n  {row}"


def _tell(difference: Difference) -> None:
    """Print a difference for a person."""
    print(f"{difference.before[:ID_SHOWN]} -> {difference.after[:ID_SHOWN]}: ", end="")
    print("the same answer" if difference.is_same_answer else "another answer")
    for name, change in {**difference.changes, **difference.versions}.items():
        print(f"{name}\n  - {_flat(change.before)}\n  + {_flat(change.after)}")
    for claim in difference.claims:
        print(_claim_line(claim))
    for sign, hits in (("-", difference.hits_lost), ("+", difference.hits_gained)):
        for hit in hits:
            print(f"hit {sign} {hit.article_id} {hit.start}-{hit.end}  ({hit.score:.4f})")
    for sign, quotes in (("-", difference.sentences_lost), ("+", difference.sentences_gained)):
        for quote in quotes:
            print(f"shown {sign} {_flat(quote.text)}")
    for name in difference.prompts:
        print(f"the prompt {name!r} differs")
    for stage, pace in difference.timings.items():
        ratio = "" if pace.ratio is None else f"  x{pace.ratio:g}"
        print(f"{stage:14} {pace.before_ms:9,.1f} ms -> {pace.after_ms:9,.1f} ms{ratio}")


def _claim_line(claim: ClaimChange) -> str:
    """Return a changed sentence in one line, with its reasons where it was judged otherwise."""
    if claim.before is None or claim.after is None:
        sign, verdict = ("+", claim.after) if claim.before is None else ("-", claim.before)
        return f"sentence {sign} {verdict}: {_flat(claim.text)}{_because(claim.reason_after or claim.reason_before)}"
    quotes = "" if claim.quotes_before == claim.quotes_after else "; other quotes"
    before, after = (
        f"{verdict}{_because(reason)}"
        for verdict, reason in ((claim.before, claim.reason_before), (claim.after, claim.reason_after))
    )
    return f"sentence ~ {before} -> {after}{quotes}: {_flat(claim.text)}"


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _flat(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

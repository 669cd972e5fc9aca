"""`rag worker`: take jobs from the queue, and look after those that failed."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, print_json, resolve, say
from rag.cli.submit import queue_address
from rag.config import Config
from rag.errors import ConfigError
from rag.types import Action

if TYPE_CHECKING:
    from rag.queue.jobs import Queue
    from rag.queue.worker import Report

app = typer.Typer()
failed = typer.Typer()
app.add_typer(failed, name="failed")

JobsArgument = Annotated[list[int] | None, typer.Argument(help="Numbers of jobs.", metavar="[JOB…]")]
AllOption = Annotated[bool, typer.Option("--all", help="All jobs that failed.")]


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    concurrency: Annotated[int | None, typer.Option("--concurrency", help="Jobs done at once.", metavar="N")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when no job waits.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store the articles that `rag ingest --queue` submits, until SIGTERM or Ctrl-C; the jobs in hand are finished then.

    Start it on as many machines as there are; each needs the settings, and no files of the others.

    Example: rag worker --concurrency 4
    """
    if context.invoked_subcommand:
        return
    from rag import logs
    from rag.embed import load_embedder
    from rag.queue.worker import Worker
    from rag.store.choose import create_store
    from rag.telemetry import telemetry_of

    settings = resolve(config, queue__concurrency=concurrency).config
    logs.configure(settings.log)
    counts: Counter[Action] = Counter()

    def report(done: Report) -> None:
        counts.update(item.action for item in done.items)
        _print(done, as_json=as_json)

    with _opened(settings) as queue:
        embedder = load_embedder(settings.embed)
        with create_store(settings.library, model=embedder.name) as store:
            embedder.embed(["warm"])  # a model that cannot be loaded is told now, and fails no job
            say(f"working for {store.location!r} with {embedder.name}; Ctrl-C ends it once the jobs in hand are done")
            with closing(telemetry_of(settings.telemetry)) as telemetry:
                Worker(settings, queue, store, embedder, report=report, say=say, telemetry=telemetry).run(once=once)
    say(f"{', '.join(f'{counts[action]} {action.value}' for action in Action)}; what was printed is stored")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Tell how many jobs wait, are under way or failed, and how many workers there are.

    Example: rag worker status
    """
    settings = resolve(config).config
    with _opened(settings) as queue:
        counts = queue.counts(stalled_s=settings.queue.stalled_s)
    if as_json:
        print_json({name: getattr(counts, name) for name in ("workers", "waiting", "doing", "done", "failed", "articles")})
        return
    print(f"workers  {counts.workers}")
    print(f"jobs     {counts.waiting} wait, {counts.doing} under way, {counts.failed} failed")
    print(f"done     {counts.done} jobs, {counts.articles} articles (of the last 30 days)")


@failed.callback(invoke_without_command=True)
def list_failed(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List jobs that failed for good, and why; or try them again, or drop them.

    Example: rag worker failed
    """
    if context.invoked_subcommand:
        return
    with _opened(resolve(config).config) as queue:
        jobs = queue.failed()
    if as_json:
        print_json([{**asdict(job), "submitted_at": job.submitted_at.isoformat()} for job in jobs])
        return
    for job in jobs:
        print(f"{job.job:>8}  {job.articles} articles from {job.about}, tried {job.attempts} times: {job.reason}")
    if not jobs:
        say("no job failed")


@failed.command()
def retry(jobs: JobsArgument = None, every: AllOption = False, config: ConfigOption = None) -> None:
    """Let workers try failed jobs again.

    Example: rag worker failed retry --all
    """
    chosen = _chosen(jobs, every, "retry")
    with _opened(resolve(config).config) as queue:
        print(f"{queue.retry(chosen)} jobs wait again")


@failed.command()
def drop(jobs: JobsArgument = None, every: AllOption = False, config: ConfigOption = None) -> None:
    """Forget failed jobs, and the articles in them.

    Example: rag worker failed drop 17
    """
    chosen = _chosen(jobs, every, "drop")
    with _opened(resolve(config).config) as queue:
        print(f"{queue.drop(chosen)} jobs dropped")


def _chosen(jobs: list[int] | None, every: bool, verb: str) -> list[int] | None:
    """Return the jobs that were named, None for all.

    Raises:
        ConfigError: neither jobs nor all were named, or both.
    """
    if bool(jobs) == every:
        raise ConfigError(f"name jobs or all; type: rag worker failed {verb} JOB…, or rag worker failed {verb} --all")
    return jobs or None


def _opened(settings: Config) -> Queue:
    from rag.queue.jobs import Queue

    return Queue(queue_address(settings))


def _print(done: Report, *, as_json: bool) -> None:
    """Print a line for a try of a job."""
    n_superseded = sum(item.action is Action.UNCHANGED and bool(item.reason) for item in done.items)
    if as_json:
        actions = Counter(item.action for item in done.items)
        shape = {
            "job": done.job,
            "seconds": round(done.seconds, 3),
            **{action.value: actions[action] for action in Action},
            "superseded": n_superseded,
            "reason": done.reason,
            "is_final": done.is_final,
        }
        print_json(shape, lines=True)
    elif done.reason:
        what = "failed" if done.is_final else "to be tried again"
        say(f"job {done.job} {what}: {done.reason}")
    else:
        left = f", {n_superseded} left alone for a later reading" if n_superseded else ""
        print(f"job {done.job}: {len(done.items)} articles in {done.seconds:.1f} s{left}", flush=True)

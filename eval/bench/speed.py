"""`rag bench speed`: ingest, search, cold start and memory, at sizes that grow, every measurement in a process of its own.

Up to `EMBEDDED` passages a library is made as a user makes it: made-up news through the real pipeline, every passage embedded.
Above, its vectors are mixed from those of a few thousand embedded passages (`eval.bench.child.fill` says how) and go straight
into the store; ingest is then not measured, and the result says so. Questions are embedded for real everywhere.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eval.bench import process
from eval.bench.news import Newsroom
from eval.bench.peers import Compared, peers_text
from eval.bench.record import Setup, setup, table
from rag.config import Config
from rag.ports import Progress, no_progress

SIZES = (1_000, 10_000, 100_000, 1_000_000)
EMBEDDED = 10_000
"""Largest library whose every passage is embedded."""

BASE = 2_000
"""Embedded passages that larger libraries are mixed from."""

QUESTIONS = 100
WARM = 5
COLD_STARTS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """One library. `ingest` and `serve` are what `eval.bench.child` tells; `is_embedded` whether every passage was embedded."""

    passages: int
    is_embedded: bool
    ingest: dict[str, Any]
    serve: dict[str, Any]
    recall_at_10: float
    search_process_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """The result of `rag bench speed`."""

    setup: Setup
    seed: int
    questions: int
    import_s: float
    sizes: tuple[Size, ...]
    peers: Compared | None


def run(
    config: Config,
    *,
    sizes: Sequence[int] = SIZES,
    seed: int = 0,
    embedded: int = EMBEDDED,
    base: int = BASE,
    questions: int = QUESTIONS,
    cold_starts: int = COLD_STARTS,
    work: Path | None = None,
    peers: Compared | None = None,
    keep: Callable[[Speed], None] = lambda _so_far: None,
    progress: Progress = no_progress,
) -> Speed:
    """Return the times and memory at each size.

    Args:
        sizes: Passages of each library, >= 1.
        embedded: Larger libraries get mixed vectors.
        questions: Asked of each library, after `WARM` more that do not count.
        work: Folder for the libraries, which are removed one by one; None takes a temporary one. A million passages need 7 GB.
        peers: A comparison to put beside.
        keep: Called with the result so far after each size, so that hours are not lost with the last.

    Raises:
        MeasurementError: a measurement failed.
    """
    imported = process.import_s(times=cold_starts)
    result = Speed(setup(config), seed, questions, round(imported, 3), (), peers)
    keep(result)
    for done, size in enumerate(sizes):
        with tempfile.TemporaryDirectory(prefix="newsrag-bench-", dir=work) as folder:
            progress(done, len(sizes), f"{size:,} passages")
            measured = _size(config, Path(folder), size, seed, size <= embedded, base, questions, cold_starts)
        result = replace(result, sizes=(*result.sizes, measured))
        keep(result)
    return result


def _size(
    config: Config, folder: Path, size: int, seed: int, is_embedded: bool, base: int, n_questions: int, cold_starts: int
) -> Size:
    place = {"folder": str(folder), "seed": seed, "passages": size}
    made = process.measure("ingest", config, **place) if is_embedded else process.measure("fill", config, base=base, **place)
    newsroom = Newsroom(seed)
    asked = [newsroom.question(number, of=made["articles"]) for number in range(n_questions + WARM)]
    served = process.measure("serve", config, folder=str(folder), questions=asked, warm=WARM)
    found = process.measure("exact", config, folder=str(folder), questions=asked[WARM:])
    cold = process.search_s(config, folder / "library", asked[0], times=cold_starts)
    shutil.rmtree(folder / "library")
    return Size(made["passages"], is_embedded, made, served, round(found["recall"], 4), round(cold, 3))


def as_tree(result: Speed) -> dict[str, Any]:
    """Return the result as plain data."""
    return asdict(result)


def as_text(result: Speed) -> str:
    """Return the result for a person."""
    parts: list[str] = []
    if result.sizes:
        head = ["passages", "articles/s", "peak MB", "disk MB", "embed p50", "rest p50", "rest p95", "rest p99", "recall@10"]
        rows = [[*head, "served MB", "rag search s"], *(_row(size) for size in result.sizes)]
        parts.append(table(rows))
        parts.append(
            "Times of a search in ms: the question's embedding, and the rest. Memory is of the whole process; the model alone "
            f"takes {result.sizes[0].serve['loaded_mb']:.0f} MB. Recall is of the vector index against all cosines."
        )
        if not all(size.is_embedded for size in result.sizes):
            parts.append(
                "~ vectors mixed from a few thousand real ones and stored without embedding: articles/s is storing alone"
            )
    if result.peers is not None:
        parts.append(peers_text(result.peers))
    made = result.setup
    parts.append(
        f"import rag {result.import_s} s; made-up news of seed {result.seed}, {result.questions} questions; "
        f"settings {made.digest}, newsrag {made.newsrag}, {made.processor}, {made.cores} cores"
    )
    return "\n\n".join(parts)


def _row(size: Size) -> list[str]:
    ingest, serve = size.ingest, size.serve
    spent = ingest["ingest_s"] if size.is_embedded else ingest["fill_s"]
    return [
        f"{'' if size.is_embedded else '~'}{size.passages:,}",
        f"{ingest['articles'] / spent:.1f}",
        f"{ingest['peak_mb']:.0f}",
        f"{ingest['disk_mb']:.0f}",
        *(f"{serve[part]['p50_ms']:.1f}" for part in ("embedding", "rest")),
        f"{serve['rest']['p95_ms']:.1f}",
        f"{serve['rest']['p99_ms']:.1f}",
        f"{size.recall_at_10:.3f}",
        f"{serve['served_mb']:.0f}",
        f"{size.search_process_s:.2f}",
    ]

"""What a figure was measured with, so that it can be measured again."""

from __future__ import annotations

import math
import os
import platform
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rag import __version__
from rag.config import Config

PACKAGES = ("apsw", "faiss-cpu", "llama-index-core", "numpy", "onnxruntime", "openvino", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Setup:
    """Program, settings and machine of a benchmark.

    `digest` stands for all settings that can change an answer; `settings` are those of passages, embedder and search.
    """

    newsrag: str
    digest: str
    settings: dict[str, Any]
    packages: dict[str, str]
    python: str
    processor: str
    cores: int


def setup(config: Config) -> Setup:
    """Return what a run with these settings is measured with; packages that are not installed are left out."""
    return Setup(
        newsrag=__version__,
        digest=config.digest(),
        settings=config.model_dump(mode="json", include={"chunk", "embed", "search"}),
        packages={name: found for name in PACKAGES if (found := _version(name))},
        python=platform.python_version(),
        processor=_processor(),
        cores=os.cpu_count() or 0,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    """Return the processor's name, as Linux tells it where there is Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory_mb() -> float:
    """Return the megabytes of memory that this process holds now; its peak where the system does not tell."""
    return _status_mb("VmRSS")


def peak_mb() -> float:
    """Return the most megabytes of memory that this process held."""
    return _status_mb("VmHWM")


def _status_mb(key: str) -> float:
    """Return a line of Linux's /proc/self/status: unlike `getrusage`, it does not start at the parent's peak."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, the other system that runs this
        return round(peak / 1e6, 1)
    return next(round(int(line.split()[1]) * 1024 / 1e6, 1) for line in lines if line.startswith(key + ":"))


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of `n` repetitions: percentiles by nearest rank, to a hundredth."""

    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def latency(milliseconds: Sequence[float]) -> Latency:
    """Return the percentiles of at least one time."""
    ordered = sorted(milliseconds)
    p50, p95, p99 = (round(ordered[math.ceil(share * len(ordered)) - 1], 2) for share in (0.5, 0.95, 0.99))
    return Latency(len(ordered), p50, p95, p99)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns, the first to the left, the others to the right; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

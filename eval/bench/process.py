"""Running measurements as processes: ours by task, a command by the clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rag.config import Config, env_name
from rag.errors import NewsRagError

ROOT = Path(__file__).resolve().parents[2]

QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}
"""What every measured process runs under, ours too: no telemetry, no hub."""

_LAST_LINES = 3


class MeasurementError(NewsRagError):
    """A process that measures ended badly."""


def measure(task: str, config: Config, **details: Any) -> dict[str, Any]:
    """Return the result of one task of `eval.bench.child`, run in a fresh process.

    Raises:
        MeasurementError: it failed; the message holds its last lines.
    """
    told = json.dumps({"task": task, "config": config.model_dump(mode="json"), **details})
    return run_json([sys.executable, "-m", "eval.bench.child"], input=told, label=task, variables=_path())


def run_json(
    command: Sequence[str], *, label: str, input: str = "", variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON object that a command prints as its last line."""
    done = subprocess.run(command, input=input, env=_env(variables or {}), capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        why = " | ".join(done.stderr.strip().splitlines()[-_LAST_LINES:]) or "it printed nothing"
        raise MeasurementError(f"the measurement {label!r} ended with code {done.returncode}: {why}")
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def search_s(config: Config, library: Path, question: str, *, times: int) -> float:
    """Return the median seconds of `rag search` as a process, from its start to its end."""
    variables = {env_name(name): value for name, value in _changed(config).items()} | _path()
    code = "import sys; from rag.cli import main; sys.argv[0] = 'rag'; main()"
    command = [sys.executable, "-c", code, "search", question, "--library", str(library), "--json"]
    spent: list[float] = []
    for _ in range(times):
        begun = perf_counter()
        run_text(command, label="rag search", variables=variables)
        spent.append(perf_counter() - begun)
    return median(spent)


def import_s(*, times: int) -> float:
    """Return the median seconds of `import rag` in a fresh process, the interpreter's own start left out."""
    code = "from time import perf_counter as t; a = t(); import rag; print(t() - a)"
    command = [sys.executable, "-c", code]
    return median(float(run_text(command, label="import rag", variables=_path())) for _ in range(times))


def run_text(command: Sequence[str], *, label: str, variables: Mapping[str, str]) -> str:
    """Return what a command prints."""
    done = subprocess.run(command, env=_env(variables), capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasurementError(f"{label!r} ended with code {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _env(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, without the user's own settings of newsrag: what counts is what the task says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSRAG_") or name == "NEWSRAG_MODELS"}
    return {**kept, **QUIET, **variables}


def _path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))}


def _changed(config: Config) -> dict[str, str]:
    """Return the settings of passages, embedder and search that are not the default, as text by dotted name."""
    tree, usual = (one.model_dump(mode="json", include={"chunk", "embed", "search"}) for one in (config, Config()))
    return {
        f"{section}.{key}": str(value)
        for section, table in tree.items()
        for key, value in table.items()
        if value != usual[section][key]
    }

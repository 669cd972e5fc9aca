"""Other libraries beside ours in one run: the same articles, the same weights, each in its own fresh process, in turn.

Every system is timed from article texts in memory to a persisted, searchable index on disk, its model loaded and warmed
before; then it answers the same questions, ten passages each. LlamaIndex and LangChain cut the articles with their own
splitters at our passage size; txtai, which has none by default, is handed our passages, cut before the clock starts. The peers
embed a passage's text alone, we its title, publisher and day too. Rounds are interleaved and begin with another system each, so
that a slow minute of the machine does not fall on one; ratios are taken within a round.

`outside/systems.py` is a single file that knows nothing of this package and runs under the interpreter of `--peer-python`;
`make peers` makes one with the versions of `peers.txt`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from eval.bench import process
from eval.bench.news import Newsroom
from eval.bench.record import latency, table
from rag.chunk import chunk
from rag.config import Config
from rag.embed.folder import MINILM, model_folder
from rag.errors import ConfigError
from rag.ports import Progress, no_progress

OURS = "newsrag"
SCRIPT = Path(__file__).parent / "outside" / "systems.py"
PEERS: Mapping[str, str] = {"LlamaIndex": "llamaindex", "LangChain + Chroma": "langchain", "txtai": "txtai"}
"""Label and the name that `outside/systems.py` knows it by."""

ARTICLES = 200
ROUNDS = 3
QUESTIONS = 50
WARM = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """One system's figures in one round; times of a question in ms, its embedding included or left out."""

    passages: int
    articles_per_s: float
    query_p50_ms: float
    rest_p50_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Every round of every system. Ratios are ours to the best peer of the same round, median: above 1 we are better."""

    articles: int
    rounds: int
    versions: Mapping[str, Mapping[str, str]]
    turns: Mapping[str, tuple[Turn, ...]]
    ingest_ratio: float
    query_ratio: float
    rest_ratio: float


def compare(
    config: Config,
    python: Path,
    *,
    articles: int = ARTICLES,
    rounds: int = ROUNDS,
    questions: int = QUESTIONS,
    seed: int = 0,
    peers: Mapping[str, str] = PEERS,
    progress: Progress = no_progress,
) -> Compared:
    """Return the figures of all systems.

    Args:
        python: Interpreter that has the peers' packages.

    Raises:
        ConfigError: there is no such interpreter, or our embedder is not a model of sentence-transformers in a folder.
        MeasurementError: a system failed.
    """
    if not python.is_file():
        raise ConfigError(f"--peer-python {str(python)!r} is no interpreter; type: make peers")
    model = _model_folder(config)
    with tempfile.TemporaryDirectory(prefix="newsrag-peers-") as made:
        folder = Path(made)
        task = _handed_over(folder, config, model, articles, questions, seed)
        systems: dict[str, Callable[[Path], dict[str, Any]]] = {OURS: partial(_ours, config, task)}
        for label, name in peers.items():
            systems[label] = partial(_peer, python, name, task)
        turns: dict[str, list[Turn]] = {label: [] for label in systems}
        versions: dict[str, Mapping[str, str]] = {}
        for number in range(rounds):
            order = [*systems][number % len(systems) :] + [*systems][: number % len(systems)]
            for done, label in enumerate(order):
                progress(number * len(order) + done, rounds * len(order), label)
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    told = systems[label](Path(place))
                turns[label].append(_turn(told, articles))
                versions[label] = told.get("versions", {})
    fixed = {label: tuple(one) for label, one in turns.items()}
    return Compared(
        articles=articles,
        rounds=rounds,
        versions=versions,
        turns=fixed,
        ingest_ratio=_ratio(fixed, lambda ours, others: ours.articles_per_s / max(one.articles_per_s for one in others)),
        query_ratio=_ratio(fixed, lambda ours, others: min(one.query_p50_ms for one in others) / ours.query_p50_ms),
        rest_ratio=_ratio(fixed, lambda ours, others: min(one.rest_p50_ms for one in others) / ours.rest_p50_ms),
    )


def _model_folder(config: Config) -> Path:
    """Return the folder of the weights that all systems embed with."""
    provider, _, model = config.embed.model.partition(":")
    folder = model_folder(model) if provider == "sentence-transformers" else None
    if folder is None:
        raise ConfigError(
            f"peers need weights in a folder, which embed.model = {config.embed.model!r} does not name; "
            f"set it to 'sentence-transformers:{MINILM}'"
        )
    return folder


def _handed_over(folder: Path, config: Config, model: Path, articles: int, questions: int, seed: int) -> dict[str, Any]:
    """Write the articles, each with the passages that we cut it in, and return what every system is told."""
    newsroom = Newsroom(seed)
    file = folder / "articles.jsonl"
    with file.open("w", encoding="utf-8") as stream:
        for article in newsroom.articles(articles):
            known = {"id": article.id, "text": article.text, "title": article.title, "publisher": article.publisher}
            passages = [passage.text for passage in chunk(article, tokens=config.chunk.tokens)]
            stream.write(json.dumps({**known, "published": str(article.published), "passages": passages}) + "\n")
    asked = [newsroom.question(number, of=articles) for number in range(questions + WARM)]
    return {"file": str(file), "model": str(model), "tokens": config.chunk.tokens, "questions": asked, "warm": WARM, "k": 10}


def _ours(config: Config, task: dict[str, Any], place: Path) -> dict[str, Any]:
    ingest = process.measure("ingest", config, folder=str(place), file=task["file"])
    serve = process.measure("serve", config, folder=str(place), questions=task["questions"], warm=task["warm"])
    return {**ingest, "query_p50_ms": serve["total"]["p50_ms"], "rest_p50_ms": serve["rest"]["p50_ms"]}


def _peer(python: Path, name: str, task: dict[str, Any], place: Path) -> dict[str, Any]:
    handed = json.dumps({**task, "folder": str(place)})
    told = process.run_json([str(python), str(SCRIPT), name], input=handed, label=name)
    rest = [whole - part for whole, part in zip(told["query_ms"], told["embed_ms"], strict=True)]
    return {**told, "query_p50_ms": latency(told["query_ms"]).p50_ms, "rest_p50_ms": latency(rest).p50_ms}


def _turn(told: Mapping[str, Any], articles: int) -> Turn:
    return Turn(
        passages=told["passages"],
        articles_per_s=round(articles / told["ingest_s"], 3),
        query_p50_ms=told["query_p50_ms"],
        rest_p50_ms=told["rest_p50_ms"],
        peak_mb=round(told["peak_mb"], 1),
    )


def _ratio(turns: Mapping[str, Sequence[Turn]], of: Callable[[Turn, Sequence[Turn]], float]) -> float:
    """Return the median over rounds of a ratio of ours to the others of the same round."""
    others = [one for label, one in turns.items() if label != OURS]
    return round(median(of(ours, [one[number] for one in others]) for number, ours in enumerate(turns[OURS])), 3)


def peers_text(compared: Compared) -> str:
    """Return the comparison for a person."""
    rows = [["", "passages", "articles/s", "lowest–highest", "query p50 ms", "without embedding", "peak MB"]]
    for label, turns in compared.turns.items():
        rates = [turn.articles_per_s for turn in turns]
        rows.append(
            [
                label,
                str(turns[0].passages),
                f"{median(rates):.2f}",
                f"{min(rates):.2f}–{max(rates):.2f}",
                f"{median(turn.query_p50_ms for turn in turns):.1f}",
                f"{median(turn.rest_p50_ms for turn in turns):.1f}",
                f"{max(turn.peak_mb for turn in turns):.0f}",
            ]
        )
    ratios = (
        f"ingest {compared.ingest_ratio:.2f}×, query {compared.query_ratio:.2f}×, without embedding {compared.rest_ratio:.2f}×"
    )
    return (
        f"{table(rows)}\n\n{compared.articles} articles, median of {compared.rounds} interleaved rounds. "
        f"Against the best peer of each round (above 1: ours is faster): {ratios}"
    )

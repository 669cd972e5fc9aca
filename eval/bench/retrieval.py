"""`rag bench retrieval`: public questions through the real search, scored, with what each part of the search earns.

Every passage of the pool is ingested as an article of its own, with its title, publisher and day, by the pipeline that
`rag ingest` runs, and every question goes through `Assistant.search`. An article that our chunker cuts in several passages
counts at the first of them that is found, so that a ranking is always one of the pool's own passages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from eval.bench.metrics import METRICS, Estimate, change, estimate, judge, squeezed
from eval.bench.multihop import Dataset, Question
from eval.bench.record import Latency, Setup, latency, setup, table
from eval.stats import Interval
from rag.assistant import Assistant
from rag.config import Config, LibraryConfig
from rag.embed import load_embedder
from rag.errors import ConfigError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder, Progress, no_progress
from rag.store.choose import create_store
from rag.store.contract import Store
from rag.store.library import Library

OVERALL = "overall"
AS_SET = "as set"
DEPTH = 10
"""Passages that the deepest metric looks at."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A search to compare with the one as set: `settings` are dotted names with the values that replace theirs."""

    label: str
    settings: Mapping[str, Any]


PLAIN: Mapping[str, Any] = {
    "search.split": False,
    "search.publisher_share": 0,
    "search.coverage": 0,
    "search.variety": 0,
    "search.rerank": "none",
}
"""Settings that leave of the search only its rankings and their fusion."""

ABLATIONS: tuple[Variant, ...] = (
    Variant("without sub-questions", {"search.split": False}),
    Variant("without publishers", {"search.publisher_weight": 0, "search.publisher_share": 0}),
    Variant("without days", {"search.date_weight": 0}),
    Variant("without phrases", {"search.phrase_weight": 0}),
    Variant("without recency", {"search.recency_weight": 0}),
    Variant("without reranking", {"search.rerank": "none"}),
    Variant("without coverage", {"search.coverage": 0}),
    Variant("without variety", {"search.variety": 0}),
    Variant("without meaning", {"search.dense_weight": 0}),
    Variant("without words", {"search.lexical_weight": 0}),
    Variant("plain fusion", PLAIN),
    Variant("plain words", {**PLAIN, "search.dense_weight": 0}),
    Variant("plain meaning", {**PLAIN, "search.lexical_weight": 0}),
)
"""What `--ablate` measures beside the search as set: each part switched off, then rankings alone. One line adds a part."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question's ranking: ids of the pool, best first, and every metric."""

    id: str
    kind: str
    ranked: tuple[str, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Searched:
    """All questions through one search.

    `means` are by group, `overall` and every kind of question, then by metric. `change` is the 95 % interval of each overall
    metric minus that of the search as set; empty for the search as set itself.
    """

    label: str
    settings: Mapping[str, Any]
    rows: tuple[Row, ...]
    means: Mapping[str, Mapping[str, Estimate]]
    latency: Latency
    change: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The result of `rag bench retrieval`; the first of `searches` is the one as set."""

    dataset: str
    n_questions: int
    n_scored: int
    n_articles: int
    n_passages: int
    n_lost_facts: int
    embedder: str
    ingest_s: float
    setup: Setup
    searches: tuple[Searched, ...]


def run(
    dataset: Dataset,
    config: Config,
    *,
    k: int = DEPTH,
    variants: Sequence[Variant] = (),
    store: str = "",
    progress: Progress = no_progress,
) -> Retrieval:
    """Return the scores of the search as set, and of each variant.

    Args:
        k: Passages asked of each search, >= 1; metrics at ten see fewer when it is below ten.
        variants: Each replaces settings of `search` only: the library is built once.
        store: Address of a store that holds no other articles; empty for a library in memory.

    Raises:
        ConfigError: a variant names a setting that is unknown, out of bounds, or not of the search.
        NewsRagError: the embedder or the search cannot be used.
    """
    configs = [(Variant(AS_SET, {}), config), *((variant, _replaced(config, variant)) for variant in variants)]
    embedder = load_embedder(config.embed)
    embedder.embed(["."])  # loading the model is no part of ingest
    with _made(store, dataset, model=embedder.name) as library:
        begun = perf_counter()
        for item in ingest(dataset.articles, library, embedder, tokens=config.chunk.tokens):
            progress(0, len(dataset.articles), f"ingesting {item.article_id}")
        ingest_s = perf_counter() - begun
        searches: list[Searched] = []
        for variant, settings in configs:
            first = searches[0] if searches else None
            searches.append(_searched(dataset, variant, library, embedder, settings, k=k, first=first, progress=progress))
        stats = library.stats()
    return Retrieval(
        dataset=dataset.name,
        n_questions=len(dataset.questions),
        n_scored=len(dataset.with_evidence),
        n_articles=stats.articles,
        n_passages=stats.passages,
        n_lost_facts=_lost_facts(dataset),
        embedder=embedder.name,
        ingest_s=round(ingest_s, 2),
        setup=setup(config),
        searches=tuple(searches),
    )


def _made(store: str, dataset: Dataset, *, model: str) -> Store:
    """Return the store to search.

    Raises:
        ConfigError: it holds articles that the questions do not know.
    """
    if not store:
        return Library.in_memory(model=model)
    found = create_store(LibraryConfig(store=store), model=model)
    others = set(found.article_ids()) - {article.id for article in dataset.articles}
    if others:
        found.close()
        raise ConfigError(f"the store {found.location!r} holds {len(others):,} articles of its own; name an empty one")
    return found


def _replaced(config: Config, variant: Variant) -> Config:
    """Return the settings with those of a variant, checked as if they stood in a file."""
    tree = config.model_dump()
    for name, value in variant.settings.items():
        section, _, key = name.partition(".")
        if section != "search" or key not in tree["search"]:
            raise ConfigError(f"{variant.label!r} sets {name!r}, which is no setting of the search; see `rag config show`")
        tree["search"][key] = value
    return Config.model_validate(tree)


def _searched(
    dataset: Dataset,
    variant: Variant,
    library: Store,
    embedder: Embedder,
    config: Config,
    *,
    k: int,
    first: Searched | None,
    progress: Progress,
) -> Searched:
    """Return every question with evidence through one search."""
    assistant = Assistant(library, embedder, config)  # of its own, so that no variant finds the vectors of another
    assistant.search("warm")
    questions = dataset.with_evidence
    rows: list[Row] = []
    times: list[float] = []
    for done, question in enumerate(questions, 1):
        begun = perf_counter()
        assistant.search(question.text, k=k)
        times.append((perf_counter() - begun) * 1000)
        rows.append(_row(question, _ranked(assistant, question, k), dataset))
        progress(done, len(questions), variant.label)
    groups = {OVERALL: rows, **{kind: [row for row in rows if row.kind == kind] for kind in sorted({r.kind for r in rows})}}
    return Searched(
        label=variant.label,
        settings=dict(variant.settings),
        rows=tuple(rows),
        means={group: {name: estimate(_values(members, name)) for name in METRICS} for group, members in groups.items()},
        latency=latency(times),
        change={name: change(_values(first.rows, name), _values(rows, name)) for name in METRICS} if first else {},
    )


def _ranked(assistant: Assistant, question: Question, k: int) -> tuple[str, ...]:
    """Return the ids of `k` articles, by the first passage of each that is found."""
    wanted = k
    while True:
        hits = assistant.search(question.text, k=wanted).hits
        ids = tuple(dict.fromkeys(hit.passage.article_id for hit in hits))
        if len(ids) >= k or len(hits) < wanted:
            return ids[:k]
        wanted += k - len(ids)  # passages of one article took the places of others


def _row(question: Question, ranked: tuple[str, ...], dataset: Dataset) -> Row:
    judged = judge([dataset.texts[id_] for id_ in ranked], question.facts)
    return Row(question.id, question.kind, ranked, {name: metric(judged) for name, metric in METRICS.items()})


def _values(rows: Sequence[Row], name: str) -> list[float]:
    return [row.scores[name] for row in rows]


def _lost_facts(dataset: Dataset) -> int:
    """Return how many facts stand in no passage of the pool, which no search can find."""
    texts = [squeezed(text) for text in dataset.texts.values()]
    facts = {squeezed(fact) for question in dataset.questions for fact in question.facts}
    return sum(not any(fact in text for text in texts) for fact in facts)


def as_tree(result: Retrieval) -> dict[str, Any]:
    """Return the result as plain data."""
    return asdict(result)


def as_text(result: Retrieval) -> str:
    """Return the result for a person."""
    as_set, *others = result.searches
    head = ["", "n", *METRICS]
    rows = [head]
    for group, means in as_set.means.items():
        rows.append([group, str(means["Hits@4"].n), *(f"{means[name].mean:.3f}" for name in METRICS)])
        if group == OVERALL:
            rows.append(["  95 %", "", *(f"{means[name].low:.3f}–{means[name].high:.3f}" for name in METRICS)])
    parts = [
        f"{result.dataset}: {result.n_scored} of {result.n_questions} questions have evidence; {result.n_articles} articles, "
        f"{result.n_passages} passages, embedder {result.embedder}",
        table(rows),
    ]
    if result.n_lost_facts:
        parts.append(f"{result.n_lost_facts} facts stand in no passage, and no search can find them")
    if others:
        parts.append(table([["search", *METRICS, "p50 ms"], *(_line(search) for search in result.searches)]))
    spent = as_set.latency
    parts.append(
        f"search p50 {spent.p50_ms} ms, p95 {spent.p95_ms} ms, the question's embedding included; ingest {result.ingest_s} s; "
        f"settings {result.setup.digest}, newsrag {result.setup.newsrag}, {result.setup.processor}"
    )
    return "\n\n".join(parts)


def _line(search: Searched) -> list[str]:
    overall = search.means[OVERALL]
    return [search.label, *(f"{overall[name].mean:.3f}" for name in METRICS), f"{search.latency.p50_ms:.1f}"]

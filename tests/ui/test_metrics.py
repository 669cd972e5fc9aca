"""What an operator of many processes reads at `/metrics`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.config import Config, LlmConfig
from rag.errors import StoreError, TransientError
from rag.ingest.pipeline import ingest
from rag.llm.registry import load_llm
from rag.ports import Embedder
from rag.recent import Uses
from rag.store.library import Library
from rag.trace.record import Trace
from rag.types import Article, LibraryStats
from tests.conftest import ROOT
from ui.line import Line
from ui.metrics import Metrics

STATS = LibraryStats("", 5, 40, 2, 5, None, None, "hash", 7, 1_000_000)


def line() -> Line:
    return Line(at_once=1, waiting=1, person_at_once=1, person_waiting=1)


def metrics(**given: object) -> Metrics:
    known = {"stats": lambda: STATS, "remembered": dict, "resting": dict, **given}
    return Metrics(line(), known["stats"], known["remembered"], known["resting"])  # type: ignore[arg-type]


def shown(counts: Metrics, name: str) -> dict[str, float]:
    """Return the values of a metric by its labels."""
    found = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", counts.text().decode(), re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def test_the_store_its_state_the_caches_and_the_models_are_told() -> None:
    counts = metrics(remembered=lambda: {"answer": Uses(3, 4)}, resting=lambda: {"openai:a": True, "openai:b": False})
    assert shown(counts, "newsrag_library_up") == {"": 1}
    assert shown(counts, "newsrag_library_generation") == {"": 7}
    assert shown(counts, "newsrag_library_passages") == {"": 40}
    assert shown(counts, "newsrag_cache_hits_total") == {'cache="answer"': 3}
    assert shown(counts, "newsrag_model_resting") == {'model="openai:a"': 1, 'model="openai:b"': 0}
    assert shown(counts, "newsrag_draining") == {"": 0}
    assert 'newsrag_build_info{version="' in counts.text().decode()


def test_a_store_that_is_away_hides_no_other_count() -> None:
    def away() -> LibraryStats:
        raise StoreError("gone")

    counts = metrics(stats=away)
    assert shown(counts, "newsrag_library_up") == {"": 0}
    assert shown(counts, "newsrag_library_passages") == {}
    assert shown(counts, "newsrag_questions_waiting") == {"": 0}


def traced(library: Library, embedder: Embedder, articles: list[Article], config: Config) -> Trace:
    list(ingest(articles, library, embedder, tokens=100))
    kept: list[Trace] = []
    Assistant(library, embedder, config, keep=kept.append).ask("What do the dockers in Valparaíso want?")
    return kept[0]


def test_models_have_a_label_each_until_there_are_too_many(
    library: Library, embedder: Embedder, harbour: list[Article], config: Config
) -> None:
    trace, counts = traced(library, embedder, harbour, config), metrics()
    for number in range(100):
        model = f"openai:made-up-{number}"
        counts.answered(replace(trace, versions=replace(trace.versions, model=model)))
    told = shown(counts, "newsrag_answers_total")
    assert len(told) < 30
    assert sum(told.values()) == 100
    assert told['model="openai:made-up-0",status="answered"'] == 1
    assert told['model="other",status="answered"'] > 50


def test_an_assistant_tells_which_hosted_model_rests(
    library: Library, embedder: Embedder, harbour: list[Article], config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    traced(library, embedder, harbour, config)
    llm_config = LlmConfig(model="openai:tiny", base_url="http://127.0.0.1:9/v1", trip_after=1)
    llm = load_llm("openai:tiny", llm_config)
    assistant = Assistant(
        library, embedder, config.model_copy(update={"llm": llm_config}), load_model=lambda _spec, _config: llm
    )
    assert assistant.resting == {}
    assistant.warm()
    assert assistant.resting == {"openai:tiny": False}
    entering = llm.wire.breaker.enter(llm.endpoint, llm_config)  # type: ignore[attr-defined]
    with pytest.raises(StopIteration) as entered:
        next(entering)
    entered.value.value.failed(TransientError("away"))
    assert assistant.resting == {"openai:tiny": True}


def test_the_documentation_names_what_there_is() -> None:
    document = (ROOT / "docs" / "operations.md").read_text()
    named = {name.removesuffix("_bucket") for name in re.findall(r"newsrag_[a-z_]*[a-z]", document)}
    there = set(re.findall(r"^# HELP (newsrag_\w+)", metrics().text().decode(), re.MULTILINE))
    assert len(named) > 10
    assert named <= there

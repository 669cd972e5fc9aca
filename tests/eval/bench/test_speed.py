"""The speed benchmark on a few dozen passages, in real processes."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.bench import child, peers, process
from eval.bench.peers import Compared, Turn, compare, peers_text
from eval.bench.record import latency, memory_mb, peak_mb, table
from eval.bench.speed import Speed, as_text, as_tree, run
from rag.config import Config
from rag.errors import ConfigError

HASHED = Config.model_validate({"embed": {"model": "hash"}})


def measure_here(task: str, config: Config, **details: Any) -> dict[str, Any]:
    """Run a task in this process, which is quicker than a fresh one each."""
    return child.TASKS[task](config, json.loads(json.dumps(details)))


@pytest.fixture(scope="module")
def measured() -> Speed:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "measure", measure_here)
        kept: list[Speed] = []
        result = run(HASHED, sizes=[40, 80], embedded=50, base=30, questions=4, cold_starts=1, keep=kept.append)
    assert [len(so_far.sizes) for so_far in kept] == [0, 1, 2]
    assert kept[-1] == result
    return result


def test_both_kinds_of_library_are_measured(measured: Speed) -> None:
    small, large = measured.sizes
    assert (small.is_embedded, large.is_embedded) == (True, False)
    assert 40 <= small.passages < 60  # whole articles
    assert large.passages == 80
    assert small.recall_at_10 == large.recall_at_10 == 1.0  # exact at this size
    assert small.ingest["ingest_s"] > small.ingest["embed_s"] > 0
    assert 0 < small.search_process_s < 60
    assert 0 < measured.import_s < 5
    for size in measured.sizes:
        assert size.serve["rest"]["n"] == 4
        assert size.serve["total"]["p50_ms"] >= size.serve["rest"]["p50_ms"] > 0
        assert min(size.serve["served_mb"], size.serve["loaded_mb"]) > 10
        assert size.serve["peak_mb"] > size.serve["served_mb"] - 1  # the kernel counts in strides


def test_the_result_is_data_and_text(measured: Speed) -> None:
    assert json.loads(json.dumps(as_tree(measured), allow_nan=False))["sizes"][1]["passages"] == 80
    text = as_text(measured)
    assert "~80" in text
    assert "vectors mixed" in text
    assert "vectors mixed" not in as_text(replace(measured, sizes=measured.sizes[:1]))


def test_a_process_measures_or_says_why_not(tmp_path: Path) -> None:
    made = process.measure("fill", HASHED, folder=str(tmp_path / "made"), seed=0, passages=12, base=5)
    assert (made["passages"], made["peak_mb"] > 20) == (12, True)
    with pytest.raises(process.MeasurementError, match=r"'serve' ended with code 1.*rag ingest PATH"):
        process.measure("serve", HASHED, folder=str(tmp_path), questions=["Who?"], warm=0)


def test_mixed_vectors_are_unit_and_near_their_own() -> None:
    random = np.random.default_rng(0)
    base = np.eye(384, dtype=np.float32)[:50]
    vectors = child._clouds(base, 400, random)
    cosines = (vectors @ base.T).max(axis=1)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert cosines.min() > 0.5
    assert cosines.max() < 0.97


def test_the_nearest_are_found_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_BLOCK", 7)
    vectors = np.random.default_rng(1).standard_normal((50, 8)).astype(np.float32)
    asked = vectors[:3]
    assert child._nearest(vectors, asked) == np.argsort(-(asked @ vectors.T), axis=1)[:, :10].tolist()


def test_percentiles_by_nearest_rank() -> None:
    found = latency([float(n) for n in range(1, 101)])
    assert (found.n, found.p50_ms, found.p95_ms, found.p99_ms) == (100, 50, 95, 99)
    assert latency([3.0]).p99_ms == 3.0


def test_memory_is_of_this_process() -> None:
    before = memory_mb()
    block = bytearray(b"x" * 50_000_000)
    assert memory_mb() > before + 40
    assert peak_mb() >= before + len(block) / 1e6 * 0.8


def test_a_table_is_aligned() -> None:
    assert table([["a", "bb"], ["long", "1"]]) == "a     bb\n----  --\nlong   1"


FAKE = """
import json, sys
task = json.load(sys.stdin)
n = len(task["questions"]) - task["warm"]
articles = open(task["file"]).readlines()
print(json.dumps({"passages": sum(len(json.loads(line)["passages"]) for line in articles), "ingest_s": 8.0,
                  "query_ms": [9.0] * n, "embed_ms": [5.0] * n, "peak_mb": 1.0, "versions": {"fake": "1"}}))
"""


def test_peers_are_handed_the_same_and_compared_by_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in plays the peer; ours is real but for its weights, so that the whole path runs without torch."""
    script = tmp_path / "systems.py"
    script.write_text(FAKE)
    monkeypatch.setattr(peers, "SCRIPT", script)
    monkeypatch.setattr(peers, "_model_folder", lambda _config: tmp_path)
    monkeypatch.setattr(process, "measure", measure_here)
    found = compare(HASHED, Path(sys.executable), articles=6, rounds=1, questions=3, peers={"Fake": "fake"})
    ours, fake = found.turns["newsrag"][0], found.turns["Fake"][0]
    assert ours.passages == fake.passages > 6
    assert (fake.articles_per_s, fake.query_p50_ms, fake.rest_p50_ms) == (0.75, 9.0, 4.0)
    assert found.ingest_ratio == pytest.approx(ours.articles_per_s / 0.75, abs=0.001)
    assert found.versions["Fake"] == {"fake": "1"}


def test_ratios_are_within_a_round_and_against_the_best() -> None:
    def turn(rate: float, query: float) -> Turn:
        return Turn(10, rate, query, query / 2, 1.0)

    turns = {"newsrag": (turn(8, 2), turn(3, 4)), "A": (turn(2, 8), turn(1, 8)), "B": (turn(4, 4), turn(0.5, 16))}
    assert peers._ratio(turns, lambda ours, others: ours.articles_per_s / max(o.articles_per_s for o in others)) == 2.5
    text = peers_text(Compared(10, 2, {}, turns, 2.5, 2.0, 2.0))
    assert "3.00–8.00" in text
    assert "ingest 2.50×" in text


def test_peers_need_an_interpreter_and_weights(tmp_path: Path, config: Config) -> None:
    with pytest.raises(ConfigError, match="make peers"):
        compare(config, tmp_path / "python")
    with pytest.raises(ConfigError, match="weights in a folder"):
        compare(config, Path(sys.executable))

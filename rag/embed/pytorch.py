"""Any sentence-transformers model, on PyTorch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.config import EmbedConfig
from rag.embed.folder import MINILM
from rag.errors import ModelError
from rag.ports import Vectors


class PyTorchRuntime:
    """Runs a model through sentence-transformers, whose import alone takes seconds.

    Raises:
        ModelError: the model is neither in its folder nor to be had from a hub.
    """

    def __init__(self, model: str, folder: Path | None, config: EmbedConfig) -> None:
        if folder:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if config.threads:
            torch.set_num_threads(config.threads)
        is_fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        precision = ("bf16" if is_fast else "fp32") if config.precision == "auto" else config.precision
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        try:
            self._model = SentenceTransformer(str(folder or model), device="cpu", model_kwargs={"dtype": dtype})
        except (OSError, ValueError) as error:
            raise ModelError(
                f"cannot load the embedding model {model!r}: {str(error).splitlines()[0]}; set embed.model to a folder "
                f"that holds it, or to 'sentence-transformers:{MINILM}'"
            ) from error
        self._batch = config.batch
        self.name = f"torch {precision}"
        self.dimensions = int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        vectors = self._model.encode(
            list(texts), batch_size=self._batch, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        rows = np.asarray(vectors, dtype=np.float32)
        # In bf16 the length of a vector is only about 1.
        return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

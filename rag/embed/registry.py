"""The name of an embedder to the embedder."""

from __future__ import annotations

from collections.abc import Callable

from rag.config import EmbedConfig
from rag.embed.embedder import SentenceTransformerEmbedder
from rag.embed.folder import MINILM
from rag.errors import UnknownBackendError
from rag.ports import Embedder


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

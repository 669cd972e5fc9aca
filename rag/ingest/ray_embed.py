"""The embedding of whole archives on a Ray cluster: a Ray Data pipeline over the passages of many articles at a time."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.chunk import chunk, embedded_text
from rag.config import Config, EmbedConfig
from rag.errors import MissingExtraError
from rag.ingest.recall import Item
from rag.store.contract import Store
from rag.store.tables import text_hash
from rag.types import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = dict[str, NDArray[np.generic]]

WINDOW = 16_384
"""Passages that are embedded before their articles are stored: enough to keep many actors busy, and 25 MB of vectors."""

_LOCAL_BYTES = 512 * 2**20
"""Memory that a cluster of one machine keeps texts and vectors on their way in; Ray would take a third of what there is."""

_BATCH = 512
"""Passages that an actor embeds at a time, and that are stored together."""


@contextmanager
def cluster(n_actors: int) -> Iterator[None]:
    """Use the cluster that `RAY_ADDRESS` names within the block, else one of this machine alone, which ends with it.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(
            "embedding on Ray needs ray, which is not installed; type: pip install 'newsrag[ray]'"
        ) from error
    # Ray tells its makers how it is used unless it is told not to.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    where: dict[str, Any] = {}
    if not os.environ.get("RAY_ADDRESS"):
        where = {"num_cpus": n_actors + 1, "include_dashboard": False, "object_store_memory": _LOCAL_BYTES}
    ray.init(log_to_driver=False, logging_level=logging.ERROR, **where)
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        yield
    finally:
        ray.shutdown()


def embedded_ahead(
    articles: Iterable[Item], store: Store, settings: Config, *, n_actors: int, window: int = WINDOW
) -> Iterator[Item]:
    """Yield articles as they come, a window of them at a time, once the store has the vectors of their passages.

    Whatever stores them then finds nothing left to embed. To be drawn from within the store's `writing`, and in `cluster`.

    Args:
        n_actors: Processes that embed, >= 1; each loads the model once for a window.
        window: Most passages of a window, >= 1; one article more where it has more passages.
    """
    waiting: list[Item] = []
    texts: dict[str, str] = {}
    for article in articles:
        waiting.append(article)
        if isinstance(article, Article):
            passages = chunk(article, tokens=settings.chunk.tokens)
            texts |= {text_hash(text): text for text in map(embedded_text, passages)}
        if len(texts) >= window:
            _embed(texts, store, settings.embed, n_actors)
            yield from waiting
            waiting, texts = [], {}
    _embed(texts, store, settings.embed, n_actors)
    yield from waiting


def _embed(texts: dict[str, str], store: Store, config: EmbedConfig, n_actors: int) -> None:
    """Have the texts embedded that the store has no vectors of, and store these, a batch at a time as they come."""
    import ray.data

    known = store.known_texts(list(texts))
    # Texts of one length side by side: an embedder pads little then.
    rows = [{"key": key, "text": texts[key]} for key in sorted(texts.keys() - known, key=lambda key: len(texts[key]))]
    if not rows:
        return
    embedded = ray.data.from_items(rows, override_num_blocks=max(1, -(-len(rows) // _BATCH))).map_batches(
        _Actor,
        fn_constructor_args=(config, n_actors),
        batch_size=_BATCH,
        compute=ray.data.ActorPoolStrategy(size=min(n_actors, -(-len(rows) // _BATCH))),
    )
    for batch in embedded.iter_batches(batch_size=_BATCH, batch_format="numpy"):
        store.store_vectors(dict(zip(batch["key"].tolist(), batch["vector"], strict=True)))


class _Actor:
    """A process with the model in it."""

    def __init__(self, config: EmbedConfig, n_actors: int) -> None:
        from rag.embed import load_embedder

        # Actors on one machine share its cores; one that took them all would keep the others waiting.
        threads = config.threads or max(1, (os.cpu_count() or 1) // n_actors)
        self._embedder = load_embedder(config.model_copy(update={"threads": threads}))

    def __call__(self, rows: Rows) -> Rows:
        return {"key": rows["key"], "vector": self._embedder.embed(rows["text"].tolist())}

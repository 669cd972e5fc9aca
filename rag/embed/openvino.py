"""A BERT sentence model on OpenVINO: three times PyTorch's speed, and loaded in half a second."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbedConfig
from rag.embed.bert import Bert, UnfitError
from rag.embed.graph import sentence_graph
from rag.errors import ModelError
from rag.openvino import import_quietly, load_apart
from rag.ports import Vectors

BATCH_TOKENS = 2048
"""Most tokens run at once, padding included: twice as many gain a few per cent, and a question waits for what is running."""

STEP_TOKENS = 8
"""Texts are padded to a multiple of this, and only texts of one padded length run together.

So a vector does not depend on what else was embedded, padding costs 2 %, and few shapes are prepared for.
"""


class OpenVinoRuntime:
    """Runs one BERT on the processor, in bf16 where that has it. Calls from several threads take turns batch by batch.

    Raises:
        ModelError: the files are damaged, or OpenVINO does not run here.
    """

    def __init__(self, bert: Bert, config: EmbedConfig) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self.dimensions = bert.dimensions
        self._most_texts = config.batch
        self._n_streams = config.threads or _n_processors()
        try:
            self._tokenizer = _read_tokenizer(bert)
            self._compiled = load_apart(lambda: self._compile(bert, config))
        except (UnfitError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"OpenVINO cannot load the embedding model in {str(bert.folder)!r}: {str(error).strip().splitlines()[0]}; "
                "set embed.runtime to 'torch'"
            ) from error
        precision = self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.name = f"openvino {precision.replace('f32', 'fp32')}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        idle: list[Any] = []
        running: deque[_Run] = deque()
        try:
            for places in _batches([len(ids) for ids in tokens], self._most_texts):
                if len(running) == self._n_streams:
                    idle.append(running.popleft().finish(vectors))
                # Requests belong to the call: what one call waits for is never what another started.
                request = idle.pop() if idle else self._compiled.create_infer_request()
                running.append(_Run.start(request, places, [tokens[place] for place in places]))
            while running:
                running.popleft().finish(vectors)
        finally:
            for run in running:  # what an interrupt left behind still reads its inputs
                run.request.wait()
        return vectors

    def _compile(self, bert: Bert, config: EmbedConfig) -> Any:
        """Return the graph, made ready for this processor: a stream a core, which is faster than cores that share one."""
        openvino = import_quietly("openvino")
        settings: dict[str, Any] = {"NUM_STREAMS": self._n_streams, "INFERENCE_NUM_THREADS": self._n_streams}
        if config.precision != "auto":
            settings["INFERENCE_PRECISION_HINT"] = {"bf16": "bf16", "fp32": "f32"}[config.precision]
        return openvino.Core().compile_model(sentence_graph(bert, bert.weights()), "CPU", settings)


@dataclass(frozen=True, slots=True)
class _Run:
    """A batch that is being computed. It keeps the inputs, which OpenVINO reads where they are."""

    request: Any
    places: list[int]
    ids: NDArray[np.int32]
    mask: NDArray[np.float32]

    @classmethod
    def start(cls, request: Any, places: list[int], tokens: list[list[int]]) -> _Run:
        """Start on the texts at `places`; the first is the longest."""
        shape = (len(tokens), _padded(len(tokens[0])))
        run = cls(request, places, np.zeros(shape, np.int32), np.zeros(shape, np.float32))
        for row, ids in enumerate(tokens):
            run.ids[row, : len(ids)] = ids
            run.mask[row, : len(ids)] = 1
        request.start_async([run.ids, run.mask], share_inputs=True)
        return run

    def finish(self, vectors: Vectors) -> Any:
        """Wait, put the vectors in their places, and return the request, free again."""
        self.request.wait()
        vectors[self.places] = self.request.get_output_tensor(0).data
        return self.request


def _batches(lengths: Sequence[int], most_texts: int) -> Iterator[list[int]]:
    """Yield the places of texts to run together, the longest first."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    for length, group in groupby(order, key=lambda place: _padded(lengths[place])):
        places = list(group)
        n = max(1, min(most_texts, BATCH_TOKENS // length))
        yield from (places[start : start + n] for start in range(0, len(places), n))


def _padded(length: int) -> int:
    return -(-length // STEP_TOKENS) * STEP_TOKENS


def _read_tokenizer(bert: Bert) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(bert.tokenizer))
    except Exception as error:  # it raises bare Exceptions
        raise UnfitError(f"tokenizer.json cannot be read ({error})") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(bert.max_tokens)
    return tokenizer


def _n_processors() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

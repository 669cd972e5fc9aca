"""The seams: what a part must offer so that another can take its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

    from rag.answer.check import Citable, Finding

Vectors = NDArray[np.float32]

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, label)`; `total` is 0 while it is not known."""


def no_progress(done: int, total: int, label: str) -> None:
    """The progress callback that shows nothing."""


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their cosine similarity."""

    @property
    def name(self) -> str:
        """Provider, model and revision: two embedders of one name give the same vectors."""

    @property
    def dimensions(self) -> int:
        """Width of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), rows of length 1; shape (0, dimensions) for no texts."""


@runtime_checkable
class YesNo(Protocol):
    """A language model that can also weigh a yes against a no without writing either."""

    def yes_no(self, messages: Sequence[ChatMessage]) -> float:
        """Return logprob(Yes) - logprob(No) of the first word of the reply to the chat `messages`; finite, > 0 leans to yes."""


class Checker(Protocol):
    """Judges a sentence of an answer by the words that it cites."""

    @property
    def name(self) -> str:
        """Short name, such as `words`."""

    def check(self, question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
        """Return the verdict on a sentence of an answer to `question`, and the quote among those behind it that decided.

        No quotes support nothing. The same arguments give the same verdict.
        """

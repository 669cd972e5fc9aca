"""How much of a question the sentences of some articles tell, each alone and with what stands around it.

Words are met by their meaning, as the check of citations meets them: inflections, words that say the same, cognates of the
other language, acronyms. Rare words count more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.answer.checking.matching import match
from rag.answer.checking.reading import Reading, read

_NOTHING = read("")


@dataclass(frozen=True, slots=True)
class Told:
    """How much of a question a sentence tells, as shares in [0, 1].

    `own` counts all words; `plain` those that are no names and values; `named` is the share of the names and values that stand
    in the sentence, in the one before it or in the title, and `near` that of all words there. Of a question without such words
    the share is 1.
    """

    own: float = 0.0
    plain: float = 0.0
    named: float = 0.0
    near: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence, the number of the one that stands right before it, if any, and the title of its article."""

    text: str
    before: int | None
    title: str


class Telling:
    """One question held against sentences."""

    def __init__(self, question: str, places: Sequence[Place]) -> None:
        self.readings: list[Reading] = [read(place.text) for place in places]
        self._places = places
        self._question = read(question)
        self._words = self._question.content

    @cached_property
    def met(self) -> NDArray[np.bool_]:
        """Which word of the question each sentence tells: an array of sentences by words."""
        return self._met(self.readings)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """What each word of the question counts, in sum 1: more for one that few of the sentences tell. All 0 without words."""
        counts = self.met.sum(axis=0)
        weights = np.array(
            [
                math.log(1 + len(self._places) / (1 + count)) * word.weight
                for count, word in zip(counts, self._words, strict=True)
            ]
        )
        total = weights.sum() if len(weights) else 0.0
        return weights / total if total else weights

    def told(self) -> list[Told]:
        """Return how much each sentence tells."""
        around = self._around()
        is_key = np.array([word.is_capital or word.value is not None for word in self._words], dtype=bool)
        columns = (
            self._shares(self.met, np.ones_like(is_key)),
            self._shares(self.met, ~is_key),
            self._shares(around, is_key),
            self._shares(around, np.ones_like(is_key)),
        )
        return [Told(*(float(value) for value in row)) for row in zip(*columns, strict=True)]

    def _around(self) -> NDArray[np.bool_]:
        """Which words each sentence, the one before it or the title tells."""
        titles = sorted({place.title for place in self._places})
        by_title = dict(zip(titles, self._met([read(title) for title in titles]), strict=True))
        rows = [
            self.met[number] | by_title[place.title] | (self.met[place.before] if place.before is not None else False)
            for number, place in enumerate(self._places)
        ]
        return np.array(rows, dtype=bool).reshape(self.met.shape)

    def _met(self, readings: Sequence[Reading]) -> NDArray[np.bool_]:
        rows = []
        for reading in readings:
            matching = match(self._question, reading, _NOTHING)
            rows.append([matching.has(word) for word in self._words])
        return np.array(rows, dtype=bool).reshape(len(readings), len(self._words))

    def _shares(self, met: NDArray[np.bool_], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
        weights = self.weights * counted
        total = weights.sum()
        return np.asarray(met @ weights / total if total else np.ones(len(met)), dtype=np.float64)

"""An entailment model behind the check by words: it judges meaning, the words keep numbers and names.

Any sentence-transformers cross-encoder that was trained on natural language inference fits, such as
`cross-encoder/nli-deberta-v3-base`. None comes with this program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.answer.checking.faults import Ground
from rag.answer.checking.words import Citable, Finding, WordChecker, cited_words, statement
from rag.errors import ModelError
from rag.types import Verdict

LEAST = 0.5
"""Least probability, in [0, 1], of a relation that the model is taken to find."""

_MEANING = frozenset({Ground.WORDING, Ground.ROLES, Ground.NEGATION, Ground.DIRECTION, Ground.DOUBT})
"""Grounds on which a model may overrule words or be weighed against them; on all others the words decide."""


class Relation(StrEnum):
    """What cited words are to a sentence."""

    ENTAILS = "entailment"
    NEUTRAL = "neutral"
    CONTRADICTS = "contradiction"


class Entailment(Protocol):
    """A model that tells how a premise stands to a hypothesis."""

    @property
    def name(self) -> str:
        """The model's name."""

    def relate(self, premise: str, hypothesis: str) -> Mapping[Relation, float]:
        """Return the probability, in [0, 1], of each relation; they sum to 1."""


class EntailmentChecker:
    """Words first; then the model, on what is a matter of meaning."""

    def __init__(self, model: Entailment, words: WordChecker | None = None) -> None:
        self._model = model
        self._words = words or WordChecker()
        self.name = f"nli:{model.name}"

    def check(self, question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
        """Return the verdict on a sentence of an answer to `question`, given the quotes behind it."""
        found = self._words.check(question, sentence, behind)
        if found.ground not in _MEANING:
            return found
        told = self._model.relate(" ".join(cited_words(one) for one in behind), statement(question, sentence))
        return _weighed(found, max(Relation, key=lambda relation: told[relation] if told[relation] >= LEAST else 0.0))


def _weighed(found: Finding, relation: Relation) -> Finding:
    """Return the finding of the words, weighed against the model's."""
    if relation is Relation.CONTRADICTS:
        reason = (
            found.reason if found.verdict is Verdict.CONTRADICTED else "an entailment model finds that the cited words deny it"
        )
        return Finding(Verdict.CONTRADICTED, reason, Ground.MODEL, found.compared)
    if relation is Relation.ENTAILS and found.verdict is not Verdict.SUPPORTED:
        if found.ground is Ground.WORDING:
            reason = "the cited words say the same in other words, by an entailment model"
            return Finding(Verdict.SUPPORTED, reason, Ground.MODEL, found.compared)
        reason = f"{found.reason}, though an entailment model finds it supported"
        return Finding(Verdict.PARTIAL, reason, Ground.MODEL, found.compared)
    if relation is Relation.NEUTRAL and found.verdict is Verdict.SUPPORTED:
        reason = "the words are there, but an entailment model does not find that they say it"
        return Finding(Verdict.PARTIAL, reason, Ground.MODEL, found.compared)
    return found


@dataclass(frozen=True, slots=True)
class CrossEncoderEntailment:
    """A cross-encoder of sentence-transformers. `labels` are its outputs in order."""

    name: str
    model: Any
    labels: tuple[Relation, ...]

    def relate(self, premise: str, hypothesis: str) -> Mapping[Relation, float]:
        """Return the probability of each relation."""
        scores = np.asarray(
            self.model.predict([(premise, hypothesis)], apply_softmax=True, show_progress_bar=False), np.float64
        )
        row: NDArray[np.float64] = scores.reshape(-1)
        return {label: float(row[place]) for place, label in enumerate(self.labels)}


def load_entailment(name: str) -> CrossEncoderEntailment:
    """Return the entailment model of a name or folder, as sentence-transformers finds it.

    Raises:
        ModelError: it is not there, or it is no model of entailment, neutrality and contradiction.
    """
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the entailment model {name!r} cannot be loaded ({error}); give the name or folder of a cross-encoder that is on"
            " this machine, or check by words"
        ) from error
    return wrap(name, model)


def wrap(name: str, model: Any) -> CrossEncoderEntailment:
    """Return a loaded cross-encoder as an entailment model.

    Raises:
        ModelError: its labels are not entailment, neutral and contradiction.
    """
    named = dict(getattr(model.config, "id2label", None) or {})
    labels = tuple(str(named[place]).lower() for place in sorted(named))
    if sorted(labels) != sorted(relation.value for relation in Relation):
        raise ModelError(
            f"the model {name!r} tells {', '.join(labels) or 'nothing'}, not entailment, neutral and contradiction; name one"
            " that was trained on natural language inference"
        )
    return CrossEncoderEntailment(name, model, tuple(Relation(label) for label in labels))

"""What a metric is, and what it looks at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from eval.corpus import Corpus
from eval.gold import Evidence, GoldQuestion
from eval.normalise import Tokens, contains, tokens
from eval.records import SavedAnswer, SavedSpan
from eval.scores import Score
from rag.types import Status

COVERED = 0.8
"""A span holds a quote when it holds this share of the quote's characters."""

_MARKER = re.compile(r"\s?\[(\d+)\]")
_REFUSAL = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't|could not|couldn't) (?:know|answer|say|find|tell)"
    r"|(?:articles?|sources?|passages?|text) (?:do|does)(?: not|n't)(?: \w+){0,2} "
    r"(?:answer|say|state|mention|contain|give|tell|cover|report|provide|include)"
    r"|(?:none of the|no) (?:articles?|sources?|passages?) (?:\w+ ){0,2}(?:answers?|says?|states?|mentions?|tells?|reports?)"
    # Spanish
    r"|(?:articulos?|fuentes?|textos?|pasajes?|noticias?) no (?:lo |la |se )?(?:dan?|dicen?|responden?|mencionan?|contienen?"
    r"|indican?|aclaran?|especifican?|informan?|incluyen?|precisan?|ofrecen?)"
    r"|ningun[oa]? (?:de l[oa]s )?(?:articulos?|fuentes?) (?:lo |la )?(?:dice|responde|menciona|contiene|indica|aclara|precisa)"
    r"|no (?:lo )?se(?=[.,;!]|$)|no se sabe|no (?:lo )?puedo (?:responder|decir|saber)"
    r"|no (?:hay|tengo|encuentro|dispongo de) (?:\w+ )?(?:informacion|datos|respuesta)"
    # French
    r"|je (?:ne |n')(?:le |la )?(?:sais pas|peux pas|trouve pas|puis)"
    r"|(?:articles?|sources?|textes?|passages?) (?:ne |n')(?:le |la |l'|y )?(?:disent|dit|repond(?:ent)?|mentionn(?:ent|e)|"
    r"contien(?:nent|t)|precis(?:ent|e)|indiqu(?:ent|e)|donn(?:ent|e)|permett(?:ent)?|permet|fournissent|fournit) pas"
    r"|(?:aucun|aucune) (?:des |de ces )?(?:articles?|sources?|textes?) (?:ne |n')"
    r")"
)


class Outcome(StrEnum):
    """What became of a question; `undetermined` where the status and the words of the answer disagree."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Item:
    """A question, what the assistant did with it, the articles, and the canaries planted anywhere in them."""

    question: GoldQuestion
    answer: SavedAnswer
    corpus: Corpus
    canaries: tuple[str, ...] = ()

    @cached_property
    def outcome(self) -> Outcome:
        """The structured status, checked against the words: an answer that opens by refusing is undetermined."""
        refuses = says_unknown(self.answer.text)
        if self.answer.status is Status.ABSTAINED:
            return Outcome.ABSTAINED if refuses or not self.answer.text else Outcome.UNDETERMINED
        return Outcome.UNDETERMINED if refuses else Outcome.ANSWERED

    @cached_property
    def said(self) -> Tokens:
        """The tokens that the assistant asserts: none unless it answered; markers are not words."""
        return self.shown if self.outcome is Outcome.ANSWERED else ()

    @cached_property
    def shown(self) -> Tokens:
        """The tokens of all that the reader is shown, answered or not."""
        return tokens(_MARKER.sub("", self.answer.text))

    @cached_property
    def markers(self) -> tuple[int, ...]:
        """The markers in use, in the text or by a claim, ascending."""
        written = {int(number) for number in _MARKER.findall(self.answer.text)}
        return tuple(sorted(written.union(*(claim.citations for claim in self.answer.claims))))

    def says(self, phrase: str) -> bool:
        """Tell whether the answer asserts a phrase, after normalisation, on token borders."""
        return contains(self.said, tokens(phrase))

    def holds(self, span: SavedSpan, evidence: Evidence) -> bool:
        """Tell whether a span of an article holds a piece of evidence."""
        place = self.corpus.find(evidence.doc, evidence.quote)
        return place is not None and span.article_id == evidence.doc and span.covers(*place) >= COVERED


def says_unknown(text: str) -> bool:
    """Tell whether a text begins by saying that it does not know."""
    folded = unicodedata.normalize("NFD", text[:200].replace("’", "'").casefold())
    words = "".join(char for char in folded if not unicodedata.combining(char))
    return _REFUSAL.search(words) is not None


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


def always(question: GoldQuestion) -> bool:  # noqa: ARG001
    """Every question is eligible."""
    return True


def has_evidence(question: GoldQuestion) -> bool:
    """Only questions with evidence are eligible."""
    return bool(question.evidence)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number in [0, 1] for each eligible question; the run's figure is their mean.

    `applies` tells which questions it is about, whatever was answered; `score` may find others ineligible for what was
    answered. `version` goes up with every change that can move a score: a baseline of other versions is not comparable.
    """

    name: str
    score: Callable[[Item], Score]
    applies: Callable[[GoldQuestion], bool] = always
    direction: Direction = Direction.UP
    version: int = 1

    @property
    def worst(self) -> float:
        """What an error counts as."""
        return 0.0 if self.direction is Direction.UP else 1.0

    def __call__(self, item: Item) -> Score:
        """Return the score of one question; one that failed in the run is an error for every metric about it."""
        if not self.applies(item.question):
            return Score.ineligible("not about this question")
        if item.answer.error:
            return Score.error(item.answer.error)
        return self.score(item)

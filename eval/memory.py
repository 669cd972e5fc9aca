"""What earlier runs came by: whole answers, and what the models wrote.

A whole answer is known again only if nothing that could change it changed: question, day, articles, settings, prompts, code of
the engine, versions of its packages. What a model wrote is known again whatever became of the code (`cached_llm.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import rag
from eval.cache import Cache
from eval.corpus import Corpus
from eval.gold import GoldQuestion
from eval.records import SavedAnswer
from rag.config import Config, LlmConfig
from rag.types import Article

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

EXTRACTIVE = "extractive"
"""The backend without a model, which needs no cache."""

_HARNESS = Path(__file__).parent
_ENGINE = Path(rag.__file__).parent

_PASSING = frozenset({"fetched_at", "origin"})
"""What is known of an article that answers do not depend on."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of an earlier run and its times in milliseconds; none where a model's words came from the cache."""

    answer: SavedAnswer
    times: Mapping[str, float]


class Memory:
    """The cache as one run uses it. `epoch` is the number of the repetition under way: each has a memory of its own."""

    def __init__(self, cache: Cache, config: Config, corpus: Corpus, packages: Mapping[str, str]) -> None:
        """Remember answers made with these settings, articles and packages."""
        self.epoch = 0
        self.n_answers = 0
        self._cache = cache
        self._base = {
            "kind": "answer",
            "config": config.model_dump(mode="json", exclude={"library", "page", "trace"}),
            "corpus": articles_digest(corpus),
            "code": code_digest(),
            "packages": dict(packages),
        }

    @property
    def n_replies(self) -> int:
        """How often a model's words came from the cache so far."""
        return self._cache.n_hits - self.n_answers

    def load_model(self, spec: str, config: LlmConfig) -> LLM:
        """Return a model whose words are remembered: takes the place of `rag.llm.load_llm`."""
        from eval.cached_llm import cached_llm
        from rag.llm.registry import load_llm

        return load_llm(spec, config) if spec == EXTRACTIVE else cached_llm(spec, config, cache=self._cache, epoch=self._epoch)

    def answer(self, question: GoldQuestion) -> Kept | None:
        """Return what is known of a question, under its present id; None where it must be asked."""
        kept = self._cache.get(self._key(question))
        if kept is None:
            return None
        self.n_answers += 1
        try:
            answer = SavedAnswer.model_validate({**kept["answer"], "id": question.id, "repeat": self.epoch})
        except ValidationError:
            return None
        return Kept(answer, kept["times"])

    def keep(self, question: GoldQuestion, answer: SavedAnswer, times: Mapping[str, float]) -> None:
        """Remember an answer, unless the question failed."""
        if not answer.error:
            tree = answer.model_dump(mode="json", exclude={"id", "repeat"})
            self._cache.put(self._key(question), {"answer": tree, "times": dict(times)})

    def close(self) -> None:
        """Make room in the cache."""
        self._cache.prune()

    def _key(self, question: GoldQuestion) -> dict[str, Any]:
        return {**self._base, "question": question.question, "as_of": str(question.as_of), "epoch": self.epoch}

    def _epoch(self) -> int:
        return self.epoch


def articles_digest(corpus: Corpus) -> str:
    """Return 64 hex digits that change whenever anything does that an answer may depend on, of any article."""
    names = [known.name for known in fields(Article) if known.name not in _PASSING]
    state = hashlib.sha256()
    for article in sorted(corpus.articles.values(), key=lambda article: article.id):
        state.update(repr([getattr(article, name) for name in names]).encode("utf-8", "backslashreplace"))
    return state.hexdigest()


@cache
def code_digest() -> str:
    """Return 64 hex digits that change whenever the code of the engine, its prompts or what is saved of an answer does."""
    prompts = _ENGINE.parent / "prompts"
    engine = [*sorted(_ENGINE.rglob("*.py")), *sorted(prompts.glob("*.md"))]
    state = hashlib.sha256()
    for path in (*engine, _HARNESS / "run.py", _HARNESS / "records.py"):
        state.update(f"{path.name}\0".encode() + path.read_bytes())
    return state.hexdigest()

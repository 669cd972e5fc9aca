"""Asks a language model whether an answer is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from eval.cache import Cache
from eval.errors import EvalError
from eval.judge.agreement import Labelled, Powered, powered, read_labels
from eval.prices import cost_usd
from eval.score import Result
from rag.config import load_config
from rag.tokens import count_tokens
from rag.types import Tokens

if TYPE_CHECKING:
    from rag.llm.generate import Reply

VOTES = 3
DECLINE = "The articles do not say; the assistant must decline."
EXTRACTIVE = "extractive"
_WORD = re.compile(r"\b(yes|no)\b", re.I)

Ask = Callable[[str, int], "Reply"]
"""Returns the reply to a prompt, given the number of the vote."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the majority says, None where there is none, and each vote: true, false, or null for an unreadable reply."""

    is_right: bool | None
    votes: tuple[bool | None, ...]

    @property
    def is_split(self) -> bool:
        """Whether the votes differ."""
        return len(set(self.votes)) > 1


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge's opinions by the label of a result, and how far to trust them.

    `n_left` counts answers that the budget did not reach; `usd` is None where the price is not known. `agreement` is the share
    of labelled answers on which the judge is right, `share` the corrected share of right answers.
    """

    model: str
    opinions: dict[str, Opinion]
    n_left: int
    usd: float | None
    n_labelled: int
    agreement: float | None
    share: Powered | None

    def tree(self) -> dict[str, Any]:
        """Return strict JSON."""
        return {**asdict(self), "n_split": sum(one.is_split for one in self.opinions.values())}


class Judge:
    """One model as a judge, with a budget."""

    def __init__(self, model: str, ask: Ask, *, max_usd: float | None = None) -> None:
        """Use `load_judge`.

        Raises:
            EvalError: a budget for a model whose price is not known.
        """
        if max_usd is not None and cost_usd(model, Tokens()) is None:
            raise EvalError(
                f"--max-usd: the price of {model!r} is not known; add it to eval/prices.toml, or leave the budget out"
            )
        self.model = model
        self._ask = ask
        self._max_usd = max_usd
        self._tokens = Tokens()

    def opinion(self, question: str, wanted: str, answer: str) -> Opinion | None:
        """Return what the judge says of an answer; None where another question would go over the budget."""
        text = _prompt(question, wanted, answer)
        next_one = Tokens(VOTES * count_tokens(text), VOTES * 4)
        would_cost = cost_usd(self.model, self._tokens + next_one)
        if self._max_usd is not None and would_cost is not None and would_cost > self._max_usd:
            return None
        votes: list[bool | None] = []
        for number in range(VOTES):
            reply = self._ask(text, number)
            self._tokens += reply.tokens
            found = _WORD.search(reply.text)
            votes.append(found.group().lower() == "yes" if found else None)
        yes, no = votes.count(True), votes.count(False)
        return Opinion(None if yes == no else yes > no, tuple(votes))

    def judge(self, results: Sequence[Result], labels: Sequence[Labelled] | None = None) -> Judged:
        """Return the opinions on every answer that did not fail, those on the labelled answers first: they pay for the rest."""
        labelled: list[tuple[bool, bool]] = []
        for one in read_labels() if labels is None else labels:
            opinion = self.opinion(one.question, one.wanted, one.answer)
            if opinion is not None and opinion.is_right is not None:
                labelled.append((opinion.is_right, one.is_right))
        opinions: dict[str, Opinion] = {}
        asked = [one for one in results if not one.answer.error]
        for result in asked:
            opinion = self.opinion(result.question.question, _wanted(result), result.answer.text)
            if opinion is None:
                break
            opinions[result.label] = opinion
        said = [opinion.is_right for opinion in opinions.values() if opinion.is_right is not None]
        return Judged(
            model=self.model,
            opinions=opinions,
            n_left=len(asked) - len(opinions),
            usd=cost_usd(self.model, self._tokens),
            n_labelled=len(labelled),
            agreement=sum(called == right for called, right in labelled) / len(labelled) if labelled else None,
            share=powered(said, labelled),
        )


def load_judge(spec: str, cache: Cache | None, *, max_usd: float | None = None) -> Judge:
    """Return the model that `spec` names as a judge at temperature 0; `cache` remembers its votes.

    Raises:
        EvalError: it is no language model, or the budget cannot be kept.
        BackendError: it cannot be used.
    """
    from llama_index.core.llms import ChatMessage

    from eval.cached_llm import cached_llm
    from rag.llm import load_llm, stream_reply

    if spec == EXTRACTIVE:
        raise EvalError("--judge needs a language model, and extractive is none; name one as PROVIDER:MODEL")
    config = load_config(flags={"llm.model": spec, "llm.temperature": 0.0}).config.llm
    vote = [0]
    model = cached_llm(spec, config, cache=cache, epoch=lambda: vote[0]) if cache else load_llm(spec, config)

    def ask(prompt: str, number: int) -> Reply:
        vote[0] = number
        replies = stream_reply(model, [ChatMessage(role="user", content=prompt)], config)
        try:
            while True:
                next(replies)
        except StopIteration as end:
            reply: Reply = end.value
            return reply

    return Judge(spec, ask, max_usd=max_usd)


def _wanted(result: Result) -> str:
    return "; ".join(result.question.answers) if result.question.expect != "abstain" else ""


def _prompt(question: str, wanted: str, answer: str) -> str:
    from rag.answer.prompt import boundary_of, load_template  # loads much that reports without a judge do without

    values = {"boundary": boundary_of(answer), "question": question, "wanted": wanted or DECLINE, "answer": answer}
    return load_template("judge").fill(values)

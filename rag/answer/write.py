"""Evidence to a reply: the prompt, the yes/no gate, and the model's stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.answer.check import load_checker
from rag.answer.evidence import Evidence
from rag.answer.fit import is_met
from rag.answer.prompt import Prompts, build_prompts
from rag.config import AnswerConfig, LlmConfig
from rag.llm.generate import Reply, stream_reply
from rag.ports import YesNo
from rag.tokens import count_tokens
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

EXTRACTIVE = "extractive"

EXTRACTIVE_SENTENCES = 5
"""Most sentences offered to it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the model may answer, and the tokens spent on asking it that.

    `score` is how far its yes leads its no, as a difference of log-probabilities; None where it was not asked.
    """

    is_open: bool
    tokens: Tokens
    score: float | None = None


class Writer:
    """Writes replies with one language model."""

    def __init__(self, spec: str, llm: LLM, llm_config: LlmConfig, answer_config: AnswerConfig) -> None:
        """Write with `llm`, which `spec` names.

        Raises:
            ConfigError: the setting `answer.checker` needs what the model cannot do.
            ModelError: the entailment model that it names cannot be loaded.
        """
        self.model = spec
        self._llm = llm
        self._llm_config = llm_config
        self._gate = llm if isinstance(llm, YesNo) and answer_config.gate else None
        self._gate_threshold = answer_config.gate_threshold
        self._extractive_score = answer_config.extractive_score
        self.checker = load_checker(answer_config.checker, judge=llm if isinstance(llm, YesNo) else None, judge_name=spec)

    @property
    def is_extractive(self) -> bool:
        """Whether there is no model behind it: replies are sentences of the evidence, verbatim."""
        return self.model == EXTRACTIVE

    def prompts(self, question: str, evidence: Evidence) -> Prompts:
        """Return the prompts for a question and its evidence."""
        if not self.is_extractive:
            return build_prompts(question, evidence)
        told = [f"{part.source.title} {part.source.publisher} {part.source.published} {part.text}" for part in evidence.parts]
        offered = evidence.sentences[:EXTRACTIVE_SENTENCES]
        match = max((one.match for one in offered[:2]), default=0.0)
        if match < self._extractive_score or not is_met(question, told):
            offered = ()
        listed = [{"text": one.quote.text, "score": round(one.score, 4)} for one in offered]
        document = json.dumps({"question": question, "sentences": listed}, ensure_ascii=False)
        return Prompts(gate="", answer=document, version=f"{EXTRACTIVE}/1")

    def weigh(self, prompts: Prompts) -> Gate:
        """Ask the model whether the sources hold the answer; one that cannot weigh a yes against a no is not asked."""
        if self._gate is None:
            return Gate(is_open=True, tokens=Tokens())
        lean = self._gate.yes_no(_user(prompts.gate))
        tokens = Tokens(prompt=count_tokens(prompts.gate), completion=1)
        return Gate(is_open=lean >= self._gate_threshold, tokens=tokens, score=lean)

    def stream(self, prompts: Prompts) -> Generator[str, None, Reply]:
        """Yield the reply as it is written; the generator returns the whole of it. Closing it stops the model.

        Pieces are empty now and then while the model is silent, so that it can be stopped before its first word.
        """
        return self.say(prompts.answer)

    def say(self, prompt: str) -> Generator[str, None, Reply]:
        """Yield the reply to a prompt, as `stream` does."""
        return stream_reply(self._llm, _user(prompt), self._llm_config, has_pulse=True)


def _user(text: str) -> list[ChatMessage]:
    """Return a chat of one user message."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role="user", content=text)]

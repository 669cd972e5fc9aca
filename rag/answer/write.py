"""Evidence to a reply: the prompt, the yes/no gate, and the model's stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answer.check import load_checker
from rag.answer.evidence import Evidence
from rag.answer.extract import most_of, offered
from rag.answer.odds import searched, together
from rag.answer.prompt import Prompts, build_prompts
from rag.config import AnswerConfig, LlmConfig
from rag.llm.generate import Reply, stream_reply
from rag.llm.hosted import Hosted
from rag.manner import USUAL, Depth, Manner
from rag.ports import YesNo
from rag.tokens import count_tokens
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the model may answer, and the tokens spent on asking it that.

    `lead` is how far its yes leads its no, as a difference of log-probabilities; None where it was not asked.
    """

    is_open: bool
    tokens: Tokens
    lead: float | None = None


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
    def is_resting(self) -> bool | None:
        """Whether the model is not called for a while, since it failed again and again; None for one that runs here."""
        return self._llm.wire.breaker.is_open if isinstance(self._llm, Hosted) else None

    @property
    def is_extractive(self) -> bool:
        """Whether there is no model behind it: replies are sentences of the evidence, verbatim."""
        return self.model == EXTRACTIVE

    def prompts(self, question: str, evidence: Evidence, manner: Manner = USUAL) -> Prompts:
        """Return the prompts for a question and its evidence."""
        if not self.is_extractive:
            prompts = build_prompts(question, evidence, manner.language)
            return replace(prompts, searched=searched(question, evidence)) if self._gate else prompts
        most = most_of(question) if manner.depth is Depth.NORMAL else manner.depth.verbatim
        chosen = offered(question, evidence, most=most, least=self._extractive_score)
        listed = [{"text": one.quote.text, "score": score} for one, score in chosen]
        document = json.dumps({"question": question, "sentences": listed, "most": most}, ensure_ascii=False)
        return Prompts(gate="", answer=document, version=f"{EXTRACTIVE}/2")

    def weigh(self, prompts: Prompts) -> Gate:
        """Ask the model whether the sources state the answer; one that cannot weigh a yes against a no is not asked."""
        if self._gate is None:
            return Gate(is_open=True, tokens=Tokens())
        lead = self._gate.yes_no(_user(prompts.gate))
        tokens = Tokens(prompt=count_tokens(prompts.gate), completion=1)
        return Gate(is_open=together(lead, prompts.searched) >= self._gate_threshold, tokens=tokens, lead=lead)

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

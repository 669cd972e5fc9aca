"""Evidence to a reply: the prompt, the yes/no gate, and the model's stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import TYPE_CHECKING

from rag.answer.evidence import Evidence
from rag.answer.prompt import Prompts, build_prompts
from rag.config import AnswerConfig, LlmConfig
from rag.llm.generate import Reply, stream_reply
from rag.ports import YesNo
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

EXTRACTIVE_SCORE = 0.42
"""Least score of a sentence that the extractive backend may answer with."""

EXTRACTIVE_SENTENCES = 5


class Writer:
    """Writes replies with one language model."""

    def __init__(self, llm: LLM, llm_config: LlmConfig, answer_config: AnswerConfig) -> None:
        self._llm = llm
        self._llm_config = llm_config
        self._answer_config = answer_config

    @property
    def is_extractive(self) -> bool:
        """Whether there is no model behind it: replies are sentences of the evidence, verbatim."""
        return self._llm.metadata.model_name == "extractive"

    @property
    def model(self) -> str:
        """Name of the model, as `PROVIDER:MODEL` names it."""
        return self._llm.metadata.model_name

    def prompts(self, question: str, evidence: Evidence) -> Prompts:
        """Return the prompts for a question and its evidence."""
        if not self.is_extractive:
            return build_prompts(question, evidence)
        fit = [sentence for sentence in evidence.sentences if sentence.score >= EXTRACTIVE_SCORE]
        listed = [{"text": one.quote.text, "score": round(one.score, 4)} for one in fit[:EXTRACTIVE_SENTENCES]]
        document = json.dumps({"question": question, "sentences": listed}, ensure_ascii=False)
        return Prompts(gate="", answer=document, version="extractive/1")

    def is_answerable(self, prompts: Prompts) -> bool:
        """Return whether the model, asked for a yes or no, finds the answer in the sources; True where it cannot weigh."""
        if not self._answer_config.gate or not isinstance(self._llm, YesNo):
            return True
        return self._llm.yes_no(_user(prompts.gate)) >= self._answer_config.gate_threshold

    def stream(self, prompts: Prompts) -> Generator[str, None, Reply]:
        """Yield the reply as it is written; the generator returns the whole of it. Closing it stops the model."""
        return stream_reply(self._llm, _user(prompts.answer), self._llm_config)


NO_REPLY = Reply("", Tokens(), "stop")
"""What stands for the reply when the gate finds no answer in the sources."""


def _user(text: str) -> list[ChatMessage]:
    """Return a chat of one user message."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role="user", content=text)]

"""What a runtime of local models must offer, and what all of them share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from rag.errors import GenerationError
from rag.llm.local.turns import IsStopped, Say
from rag.types import Tokens

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

N_CANDIDATES = 16
"""How many first words of a reply are weighed: yes and no and their spellings stand among the first ten."""

SEED = 0

_CONTROL = re.compile(r"<\|(\w+)\|>")
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Ending:
    """What a reply took, and why it ended: the model was done, or it was cut at a limit."""

    tokens: Tokens
    finish: Literal["stop", "length"]


class Engine(Protocol):
    """Runs one model, one request at a time. Prompts are raw: control tokens in them count."""

    @property
    def name(self) -> str:
        """The runtime and its version, such as `openvino 2026.4.1`."""

    @property
    def window_tokens(self) -> int:
        """The longest prompt and reply together."""

    def write(self, prompt: str, *, max_tokens: int, temperature: float, say: Say, is_stopped: IsStopped) -> Ending:
        """Say the reply to a prompt piece by piece, in whole characters; end early once stopped.

        Raises:
            GenerationError: the window has no room for the prompt and a word of reply.
        """

    def weigh(self, prompt: str, *, is_stopped: IsStopped) -> list[tuple[str, float]]:
        """Return the likeliest first tokens of the reply, each with its logprob; nothing once stopped.

        Raises:
            GenerationError: as `write`.
        """


def printable(prompt: str) -> str:
    """Return a prompt without halves of characters, which cannot be encoded."""
    return prompt.encode("utf-8", "replace").decode()


def chat_prompt(messages: Sequence[ChatMessage], *, system: str) -> str:
    """Return the prompt of a chat in ChatML, the format of all known models; the reply follows.

    What looks like a control token inside a message, such as `<|im_end|>` in an article, is broken up, so that no text can
    end its own message and speak for another.
    """
    turns = [(str(message.role.value), message.content or "") for message in messages]
    if not turns or turns[0][0] != "system":
        turns.insert(0, ("system", system))
    parts = []
    for role, text in turns:
        harmless = _CONTROL.sub(r"<| \1 |>", text)
        parts.append(f"<|im_start|>{role if role in _ROLES else 'user'}\n{harmless}<|im_end|>\n")
    return "".join(parts) + "<|im_start|>assistant\n"


def log_odds(candidates: Sequence[tuple[str, float]]) -> float:
    """Return logprob(Yes) - logprob(No), each summed over its spellings, such as `Yes`, ` yes` and `YES`.

    A side that is not among the candidates counts as likely as the least of them; so without either it is 0.

    >>> round(log_odds([("Yes", math.log(0.5)), ("No", math.log(0.25)), (" yes", math.log(0.25))]), 3)
    1.099
    """
    floor = min((logprob for _, logprob in candidates), default=0.0)
    weights = {"yes": 0.0, "no": 0.0}
    for token, logprob in candidates:
        word = token.strip(" \n\"'*.").lower()
        if word in weights:
            weights[word] += math.exp(logprob)
    yes, no = (math.log(weight) if weight else floor for weight in weights.values())
    return yes - no


def check_window(n_prompt_tokens: int, window_tokens: int, name: str) -> None:
    """Raise GenerationError when a prompt leaves no room in the window for a word of reply."""
    if n_prompt_tokens >= window_tokens:
        raise GenerationError(
            f"the prompt has {n_prompt_tokens} tokens or more, and {name!r} reads {window_tokens} with its reply; lower "
            "answer.evidence_tokens, for example: export NEWSRAG_ANSWER_EVIDENCE_TOKENS=300"
        )

"""A language model behind the check by words: asked yes or no whether the cited words state the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.answer.checking.faults import Ground
from rag.answer.checking.words import Citable, Finding, WordChecker, cited_words
from rag.answer.prompt import boundary_of, load_template
from rag.ports import YesNo
from rag.types import Verdict

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

LEAN = 0.0
"""Least lean to yes, in differences of log probability, that counts as a yes."""


class JudgeChecker:
    """Words first; then the model is asked about what they find supported, or doubt for its wording alone.

    It can confirm and it can doubt, each by one step; it never overrules a number, a name, a role or a denial.
    """

    def __init__(self, name: str, judge: YesNo, words: WordChecker | None = None) -> None:
        self.name = f"llm:{name}"
        self._judge = judge
        self._words = words or WordChecker()

    def check(self, question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
        """Return the verdict on a sentence of an answer to `question`, given the quotes behind it.

        Raises:
            BackendError: the model cannot be used.
        """
        found = self._words.check(question, sentence, behind)
        if found.ground is not Ground.WORDING or found.verdict is Verdict.CONTRADICTED:
            return found
        lean = self._judge.yes_no(_messages(question, sentence, behind))
        if lean >= LEAN and found.verdict is not Verdict.SUPPORTED:
            verdict = Verdict.SUPPORTED if found.verdict is Verdict.PARTIAL else Verdict.PARTIAL
            return Finding(verdict, "the cited words say it in other words, a model judges", Ground.MODEL, found.compared)
        if lean < LEAN and found.verdict is Verdict.SUPPORTED:
            reason = "the words are there, but a model judges that they do not say it"
            return Finding(Verdict.PARTIAL, reason, Ground.MODEL, found.compared)
        return found


def _messages(question: str, sentence: str, behind: Sequence[Citable]) -> list[ChatMessage]:
    """Return the chat that asks: the quotes between two lines that no quote can hold, then question and sentence."""
    from llama_index.core.llms import ChatMessage

    listed = "\n\n".join(f"[{number}] {cited_words(one)}" for number, one in enumerate(behind, 1))
    sources = load_template("sources").fill({"boundary": boundary_of(listed), "sources": listed})
    text = load_template("check").fill({"sources": sources, "question": question, "sentence": sentence})
    return [ChatMessage(role="user", content=text)]

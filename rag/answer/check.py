"""Whether the words that a sentence cites support it: the checkers that can be had, and the built-in one as a function.

The built-in check needs no model. An entailment model or a language model can stand behind it: they judge meaning, while
numbers, days and names stay with the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.answer.checking.faults import Ground
from rag.answer.checking.words import Citable, Cited, Finding, WordChecker
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.ports import Checker, YesNo

__all__ = ["Citable", "Cited", "Finding", "Ground", "WordChecker", "check", "load_checker"]

WORDS = "words"
NLI = "nli:"
LLM = "llm"

_WORDS = WordChecker()


def check(question: str, sentence: str, behind: Sequence[Citable]) -> Finding:
    """Return the verdict of the built-in check."""
    return _WORDS.check(question, sentence, behind)


def load_checker(spec: str, *, judge: YesNo | None = None, judge_name: str = "") -> Checker:
    """Return a checker by its name.

    Args:
        spec: `words`; `nli:MODEL` with the name or folder of a cross-encoder; `llm` to ask `judge`.

    Raises:
        ConfigError: no such checker, or `llm` without a model that can weigh yes against no.
        ModelError: the entailment model cannot be loaded.
    """
    words = WordChecker()
    if spec == WORDS:
        return words
    if spec.startswith(NLI) and spec != NLI:
        from rag.answer.checking.entailment import EntailmentChecker, load_entailment

        return EntailmentChecker(load_entailment(spec.removeprefix(NLI)), words)
    if spec == LLM:
        from rag.answer.checking.judge import JudgeChecker

        if judge is None:
            raise ConfigError(
                "the checker 'llm' needs a model that can weigh yes against no; name a local one, or check by words"
            )
        return JudgeChecker(judge_name, judge, words)
    raise ConfigError(f"there is no checker {spec!r}; choose words, nli:MODEL or llm")

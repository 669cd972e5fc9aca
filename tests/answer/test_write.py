from __future__ import annotations

import pytest

from rag.answer.write import EXTRACTIVE, Writer
from rag.config import AnswerConfig, LlmConfig
from rag.errors import ConfigError
from rag.llm import load_llm
from tests.conftest import make_article

QUESTION = "Who was elected to lead the port union in Lima?"


def writer(**settings: object) -> Writer:
    config = LlmConfig(model=EXTRACTIVE)
    return Writer(EXTRACTIVE, load_llm(EXTRACTIVE, config), config, AnswerConfig.model_validate(settings))


def test_the_setting_names_the_checker() -> None:
    assert writer().checker.name == "words"
    with pytest.raises(ConfigError, match="weigh yes against no"):
        writer(checker="llm")


def test_the_extractive_backend_is_offered_nothing_where_a_name_of_the_question_stands_nowhere(gathered) -> None:  # type: ignore[no-untyped-def]
    text = "Members elected Ines Moreau to lead the port union."
    there, elsewhere = (gathered(QUESTION, make_article(f"{text} They met in {place}.")) for place in ("Lima", "Arica"))
    assert text in writer().prompts(QUESTION, there).answer
    assert text not in writer().prompts(QUESTION, elsewhere).answer

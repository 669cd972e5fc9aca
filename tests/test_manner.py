"""The language and the depth that one question is answered in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.errors import ConfigError
from rag.ingest.pipeline import ingest
from rag.manner import LANGUAGES, USUAL, Depth, Manner, manner_of
from rag.ports import Embedder
from rag.store.library import Library
from rag.tokens import count_tokens
from rag.trace.record import Trace
from rag.trace.replay import judge_again
from rag.trace.store import TraceStore
from rag.types import Article, Status
from tests.conftest import make_article
from tests.test_assistant import QUESTION, RIGHT, WRONG, assistant, scripted
from tests.trace.conftest import stocked

__all__ = ["assistant", "stocked"]

SPANISH = Manner(language="es")
UNANSWERED = "How many moons does Jupiter have?"


def test_words_that_name_a_manner() -> None:
    assert manner_of(None, "") == USUAL == Manner("", Depth.NORMAL)
    assert manner_of("fr", "deep") == Manner("fr", Depth.DEEP)
    with pytest.raises(ConfigError, match=r"'xx'; choose en, es or fr"):
        manner_of("xx", None)
    with pytest.raises(ConfigError, match=r"'all'; choose quick, normal or deep"):
        manner_of(None, "all")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "The articles do not answer this question."),
        ("es", "Los artículos no responden a esta pregunta."),
        ("fr", "Les articles ne répondent pas à cette question."),
    ],
)
def test_what_the_assistant_itself_says_is_in_the_language(language: str, said: str, assistant: Assistant) -> None:
    answer = assistant.ask(UNANSWERED, manner=Manner(language))
    assert answer.status is Status.ABSTAINED
    assert answer.text.startswith(said)
    hello = {"": "Hello.", "es": "Hola.", "fr": "Bonjour."}[language]
    assert assistant.ask("hi", manner=Manner(language)).text.startswith(hello)


def test_a_model_is_told_the_language_also_when_it_writes_once_more(assistant: Assistant) -> None:
    line = "Write the sentence in Spanish, whatever the language of the sources."
    llm = scripted(assistant, f"{WRONG} [1]", f"{RIGHT} [1]", f"{RIGHT} [1]", f"{RIGHT} [1]")
    answer = assistant.ask(QUESTION, llm="scripted", manner=SPANISH)
    assert [line in prompt for prompt in llm.asked] == [True, True]
    assert "language/1" in answer.prompt_version
    plain = assistant.ask(QUESTION, llm="scripted")
    assert "Write the sentence in" not in llm.asked[2]
    assert "language/" not in plain.prompt_version
    assistant.ask("¿Quién fue elegido para dirigir el sindicato?", llm="scripted", manner=Manner("en"))
    assert line.replace("Spanish", LANGUAGES["en"]) in llm.asked[3]


@pytest.fixture
def town(config: Config, embedder: Embedder) -> Assistant:
    """An assistant over one long article, of which only a part fits the settings."""
    text = "\n\n".join(f"The bridge of Brask cost {number} million crowns in phase {number}." for number in range(10, 60))
    given: list[Article] = [make_article(text, id="bridge")]
    changed = config.model_copy(update={"answer": config.answer.model_copy(update={"passages": 4, "evidence_tokens": 100})})
    library = Library.in_memory(model=embedder.name)
    list(ingest(given, library, embedder, tokens=40))
    return Assistant(library, embedder, changed)


def test_depth_changes_how_many_passages_and_sentences_there_are(town: Assistant) -> None:
    kept: list[Trace] = []
    town._keep = kept.append
    for depth in Depth:
        town.ask("How much did the bridge of Brask cost?", manner=Manner(depth=depth))
    quick, normal, deep = kept
    assert [len(one.hits) for one in kept] == [2, 4, 10]
    sizes = [sum(count_tokens(sentence.quote.text) for sentence in one.shown) for one in kept]
    assert sizes[0] <= 50 < sizes[1] <= 100 < sizes[2] <= 250
    assert [len(one.claims) for one in kept] == [1, 2, 4]
    assert [one.manner.depth for one in (quick, normal, deep)] == list(Depth)


def test_a_recorded_answer_is_judged_again_in_its_language(stocked: Config) -> None:
    with Assistant.open(stocked) as opened:
        answer = opened.ask(UNANSWERED, manner=SPANISH)
    store = TraceStore(stocked.library.path, keep=10)
    recorded = store.load(answer.trace_id)
    assert recorded.manner == SPANISH
    assert judge_again(recorded, stocked).text == recorded.text == answer.text
    assert judge_again(replace(recorded, manner=USUAL), stocked).text.startswith("The articles")

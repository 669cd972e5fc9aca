from __future__ import annotations

import json

import pytest
from llama_index.core.llms import ChatMessage, MessageRole

from rag.errors import PermanentError
from rag.llm import stream_reply
from rag.llm.extractive import NO_ANSWER, SECOND_RATIO, ExtractiveLLM
from tests.llm.helpers import config, drain, user


def ask(*sentences: tuple[str, float]) -> list[str]:
    """Return the pieces of the reply when these sentences are offered."""
    document = {"question": "Who?", "sentences": [{"text": text, "score": score} for text, score in sentences]}
    pieces, reply = drain(stream_reply(ExtractiveLLM(), user(json.dumps(document)), config()))
    assert reply.finish == "stop"
    return pieces


def test_the_best_sentence_is_given_word_for_word() -> None:
    assert ask(("  Ana won — 52 %. ", 0.9), ("It rained.", 0.1)) == ["  Ana won — 52 %. "]


@pytest.mark.parametrize(
    ("second", "is_given"), [(0.5 * SECOND_RATIO, True), (0.5 * SECOND_RATIO - 0.01, False), (0.5, True), (0.0, False)]
)
def test_the_second_is_given_when_it_is_nearly_as_good(second: float, is_given: bool) -> None:
    assert ask(("Ana won.", 0.5), ("Bo lost.", second), ("It rained.", 0.5)) == ["Ana won.", "\nBo lost."][: 1 + is_given]


def test_no_sentence_is_no_answer() -> None:
    assert ask() == [NO_ANSWER]


def test_a_sentence_that_two_papers_printed_counts_once() -> None:
    assert ask(("Ana won.", 0.9), ("Ana  won.", 0.9), ("Bo lost.", 0.8)) == ["Ana won.", "\nBo lost."]


def test_scores_of_nothing_still_give_the_first() -> None:
    assert ask(("Ana won.", 0)) == ["Ana won."]


def test_only_the_last_user_message_counts() -> None:
    document = json.dumps({"question": "Who?", "sentences": [{"text": "Ana won.", "score": 1}]})
    chat = [*user("Hello", system="Be brief."), ChatMessage(role=MessageRole.ASSISTANT, content="Hi"), *user(document)]
    assert drain(stream_reply(ExtractiveLLM(), chat, config()))[1].text == "Ana won."


@pytest.mark.parametrize(
    "prompt",
    [
        "Who won?",
        "",
        "[]",
        "null",
        '{"question": "Who?"}',
        '{"sentences": []}',
        '{"question": 1, "sentences": []}',
        '{"question": "Who?", "sentences": ["Ana won."]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won."}]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won.", "score": "0.9"}]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won.", "score": true}]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won.", "score": 1.1}]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won.", "score": -0.1}]}',
        '{"question": "Who?", "sentences": [{"text": "Ana won.", "score": NaN}]}',
        '{"question": "Who?", "sentences": [{"text": " ", "score": 1}]}',
        '{"question": "Who?", "sentences": [{"text": 1, "score": 1}]}',
        "x" * 500,
        "[" * 5000,
    ],
)
def test_any_other_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(PermanentError, match=r"reads JSON with a question and scored sentences.*--llm") as raised:
        ExtractiveLLM().chat(user(prompt))
    assert len(str(raised.value)) < 300


def test_no_user_message_is_refused() -> None:
    with pytest.raises(PermanentError):
        ExtractiveLLM().chat([])

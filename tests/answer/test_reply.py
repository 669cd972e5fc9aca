from __future__ import annotations

import pytest

from rag.answer.reply import declines, statements


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("He won 54.53% [2].", [("He won 54.53%.", {2})]),
        ("He won. [2] She lost. [1][3]", [("He won.", {2}), ("She lost.", {1, 3})]),
        ("He won [1, 2]", [("He won", {1, 2})]),
        ("[Source 2] He won.", [("He won.", {2})]),
        ("He won.", [("He won.", set())]),
        ("He won [99].", [("He won.", {99})]),
        ("I don't know.", []),
        ("I don’t know. [1]", []),
        ("He won. I don't know by how much.", [("He won.", set())]),
        ("", []),
        ("[1]", []),
        ("...", []),
        ("- One item.\n- Another item [2].", [("One item.", set()), ("Another item.", {2})]),
    ],
)
def test_statements(reply: str, said: list[tuple[str, set[int]]]) -> None:
    assert [(statement.text, set(statement.hinted)) for statement in statements(reply)] == said


@pytest.mark.parametrize(
    "sentence",
    [
        "I don't know.",
        "I do not know the answer.",
        "The sources do not contain the answer.",
        "The provided sources don't mention it.",
        "The articles above do not say who won.",
        "None of the sources state it.",
        "There is no information about that in the sources.",
        "Not mentioned in the sources.",
        "No lo sé.",
        "Las fuentes no lo dicen.",
        "I'm sorry, but I cannot answer that.",
    ],
)
def test_declining(sentence: str) -> None:
    assert declines(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Chile is not a formal signatory.",
        "No lost votes were found.",
        "The ministers do not agree.",
        "The State Department said it would not comment.",
        "Bolivia and Chile have not maintained relations.",
        "Know-how is not shared.",
        "Nothing was signed.",
        "No.",
    ],
)
def test_a_negative_answer_is_an_answer(sentence: str) -> None:
    assert not declines(sentence)

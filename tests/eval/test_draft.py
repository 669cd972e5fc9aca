"""Drafts: only what the articles say word for word is taken, and nothing is scored before a person accepts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.draft import accept, draft, passages, prompt, read_draft
from eval.gold import Gold, GoldQuestion, Place
from eval.lint import lint
from tests.eval.tiny import CORPUS, SECOND, TEXT, VOTE

ARTICLE = CORPUS.articles["a1"]


def drafted(reply: str) -> tuple[dict[str, object] | None, str]:
    found = read_draft(ARTICLE, 0, len(TEXT), reply)
    return found.tree, found.reason


def test_a_good_reply_becomes_a_question_with_the_sentence_as_evidence() -> None:
    tree, _ = drafted("Question: Who did not concede the vote?\nAnswer: Beta")
    asked = GoldQuestion.model_validate(tree)
    assert (asked.question, asked.answers, asked.accepted) == ("Who did not concede the vote?", ("Beta",), False)
    assert [(piece.doc, piece.quote) for piece in asked.evidence] == [("a1", SECOND)]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I cannot.", "the reply is not a question and an answer"),
        ("Question: Who won?\nAnswer: ", "the reply is not a question and an answer"),
        ("Question: Did Beta concede?\nAnswer: Beta", "the answer stands in the question"),
        ("Question: Who won?\nAnswer: Gamma", "no sentence says 'Gamma'"),
        ("Question: Who won?\nAnswer: " + "x" * 200, "the answer is longer than a nugget should be"),
    ],
)
def test_what_the_article_does_not_say_is_not_taken(reply: str, reason: str) -> None:
    assert drafted(reply) == (None, reason)


def test_each_article_gets_its_turn_before_a_second_one_of_any() -> None:
    asked = [article.id for article, _, _ in passages(CORPUS)]
    assert asked == ["a1", "a2", "a3"]
    assert all(article.text[start:end].strip() for article, start, end in passages(CORPUS))


def test_drafting_stops_at_the_wanted_number_and_drops_repeats() -> None:
    asked: list[str] = []

    def say(text: str) -> str:
        asked.append(text)
        return "Question: Who got a share?\nAnswer: Alpha"

    found = list(draft(CORPUS, say, n=2))
    assert [one.reason for one in found] == ["", "the same question was drafted before", "no sentence says 'Alpha'"]
    assert len(asked) == 3
    assert len(list(draft(CORPUS, say, n=1))) == 1


def test_the_prompt_holds_the_passage_between_lines_that_it_cannot_hold() -> None:
    text = prompt(ARTICLE, 0, len(TEXT))
    assert TEXT in text
    assert "in English" in text
    boundary = next(line for line in text.splitlines() if line.startswith("==="))
    assert boundary not in TEXT


def test_a_draft_is_a_finding_until_it_is_accepted() -> None:
    tree, _ = drafted("Question: Who did not concede the vote?\nAnswer: Beta")
    line = json.dumps(tree)
    asked = GoldQuestion.model_validate(tree)
    places = {asked.id: Place(Path("g.jsonl"), 1)}
    assert [finding.rule for finding in lint(Gold((asked,), places), CORPUS)] == ["draft"]
    lines, found = accept([line, ""], [asked.id, "other"])
    assert found == {asked.id}
    accepted = GoldQuestion.model_validate(json.loads(lines[0]))
    assert lint(Gold((accepted,), places), CORPUS) == []
    assert accepted.digest() == asked.digest()
    assert VOTE not in lines[0]

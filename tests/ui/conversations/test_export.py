from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from markdown_it import MarkdownIt

from eval.gold import read_gold
from rag.types import Answer, Claim, Conflict, Filter, Quote, Stated, Status, Verdict
from tests.ui.scripted import ARTICLE, PAID, PAY, answer, citation, quote
from ui.conversations import ConversationStore, Feedback, as_json, as_markdown, gold_drafts

ANN = "account:ann"
HOSTILE = "![x](http://evil.example/a.png) <img src=//evil.example> `code` [a](javascript:x) # *b* &lt; $x$"


def kept(*answers: Answer | None, where: Filter = Filter()) -> tuple[ConversationStore, str]:  # noqa: B008
    store = ConversationStore(None)
    id_ = store.create(ANN, where=where)
    for number, one in enumerate(answers, 1):
        store.add(ANN, id_, one.question if one else f"Question {number}?", one)
    return store, id_


def test_markdown_holds_questions_answers_and_every_source() -> None:
    doubted = replace(
        answer(
            [Claim("They strike.", Verdict.PARTIAL, (1,), "no such word")],
            [citation(1, PAY, Verdict.PARTIAL)],
            text="They strike. [1]",
        ),
        asked="What do the dockers do?",
        as_of_note="As of 3 March 2025.",
    )
    store, id_ = kept(PAID, doubted, None)
    shown = MarkdownIt().render(as_markdown(store.get(ANN, id_)))
    for words in (
        "<h1>What do the dockers want?</h1>",
        "The dockers want 12% more pay. [1]",
        f"[1] “{PAY}” — Dockers walk out, Harbour Post, 3 March 2025 (supported)",
        '<a href="https://harbour.example/strike">',
        "Understood as: What do the dockers do?",
        "<strong>partial:</strong> “They strike.” (no such word)",
        "As of 3 March 2025.",
        "Stopped before there was an answer.",
    ):
        assert words in shown


def test_nothing_hostile_becomes_markup() -> None:
    source = replace(ARTICLE.source, title=HOSTILE, url="https://x.example/<b>) ![", publisher="javascript:alert(1)")
    hostile = answer(
        [Claim(HOSTILE, Verdict.UNSUPPORTED, (), HOSTILE)], [citation(1, PAY, source=source)], text=HOSTILE, notice=HOSTILE
    )
    store, id_ = kept(replace(hostile, question=HOSTILE, citations=(replace(hostile.citations[0], source=source),)))
    shown = MarkdownIt().enable("table").render(as_markdown(store.get(ANN, id_)))
    assert "<img" not in shown
    assert "<code" not in shown
    assert "javascript:x)" in shown
    assert shown.count("<a ") == shown.count('<a href="https://x.example/') == 1
    script = replace(source, url="javascript:alert(1)")
    store, id_ = kept(answer([], [citation(1, PAY, source=script)]))
    assert "<javascript" not in as_markdown(store.get(ANN, id_))


def test_json_holds_the_shape_of_an_answer_and_the_feedback() -> None:
    store, id_ = kept(PAID, None)
    store.judge(ANN, id_, 1, Feedback(False, "too short"))
    tree = json.loads(as_json(store.get(ANN, id_)))
    assert tree["id"] == id_
    assert tree["turns"][0]["answer"]["citations"][0]["quote"] == PAY
    assert tree["turns"][0]["feedback"] == {"is_liked": False, "note": "too short"}
    assert tree["turns"][1]["answer"] is None


def test_judged_answers_become_drafts_that_the_evals_can_read(tmp_path: Path) -> None:
    nine = Stated("9%", Quote("other article", 0, 4, "want"), ARTICLE.source)
    disputed = replace(PAID, conflicts=(Conflict((Stated("12%", quote(PAY), ARTICLE.source), nine)),))
    abstained = answer([], [], Status.ABSTAINED, text="The articles do not say.")
    remark = replace(PAID, status=Status.REMARK)
    store, id_ = kept(PAID, disputed, abstained, PAID, remark, None, where=Filter(as_of=date(2025, 3, 4)))
    for number in (1, 2, 3, 5, 6):
        store.judge(ANN, id_, number, Feedback(True))
    store.judge(ANN, id_, 4, Feedback(False, "9%, not 12%"))
    file = tmp_path / "drafts.jsonl"
    file.write_text("".join(gold_drafts(store.judged(ANN))))
    liked, both, silent, disliked = read_gold([file]).questions
    assert not any(one.accepted for one in (liked, both, silent, disliked))
    assert (liked.type, liked.evidence[0].doc, liked.evidence[0].quote) == ("single", "strike", PAY)
    assert liked.as_of == date(2025, 3, 4)
    assert liked.tags == ("liked",)
    assert (both.expect, [one.doc for one in both.evidence]) == ("both_sides", ["strike", "other-article"])
    assert (silent.expect, silent.evidence) == ("abstain", ())
    assert disliked.tags == ("disliked",)
    assert "9%, not 12%" in disliked.notes
    assert PAID.text in disliked.notes

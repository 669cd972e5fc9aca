from __future__ import annotations

from dataclasses import replace
from datetime import date

from rag.timeline import Dated, DayOrigin, Timeline, Told
from rag.types import Claim, Conflict, Days, Hit, Passage, Source, Stated, Status, Verdict
from tests.ui.page_html import parse
from tests.ui.scripted import ARTICLE, PAY, answer, citation, quote
from ui.suggest import first_questions, follow_ups
from ui.told import abstention_html, conflicts_html, missing, timeline_html

SPOKEN = "Mayor Ingrid Solheim said that Norway would pay. The bridge opens on 4 May 2025. Rasmus Berg met Clara Holm in Oslo."


def hit(words: str, source: Source = ARTICLE.source) -> Hit:
    return Hit(Passage("p", source.article_id, 0, len(words), words), source, 1.0)


def test_a_conflict_is_a_table_of_who_says_what_and_when() -> None:
    other = Source("b", "Pay talks", "Radio Coast", date(2025, 3, 9))
    differ = Conflict((Stated("12%", quote(PAY), ARTICLE.source), Stated("9%", quote(PAY), other)))
    shown = parse(conflicts_html((differ,)))
    assert shown.one(tag="caption").text == "The articles differ"
    assert [one.text for one in shown.all(tag="td")] == [
        "Harbour Post open the article", "3 March 2025", "Radio Coast open the article", "9 March 2025",
    ]  # fmt: skip
    assert shown.all(tag="button")[0].attributes["data-words"] == PAY
    update = Conflict((Stated("12%", quote(PAY), other), Stated("9%", quote(PAY), ARTICLE.source, is_superseded=True)))
    replaced = parse(conflicts_html((update,)))
    assert replaced.one(tag="caption").text == "A newer report replaced an older value"
    assert replaced.one(cls="tag").text == "superseded"


def test_a_timeline_is_a_list_by_date() -> None:
    told = (Told(quote(PAY), ARTICLE.source),)
    events = (
        Dated(Days(date(2025, 3, 1), date(2025, 3, 1)), DayOrigin.STATED, told),
        Dated(Days(date(2025, 3, 3), date(2025, 3, 5)), DayOrigin.PUBLISHED, told),
    )
    shown = parse(timeline_html(Timeline("strike", events, n_undated=2)))
    assert [one.text for one in shown.all(cls="when")] == ["1 March 2025", "3 March 2025 to 5 March 2025day of publication"]
    assert "2 more without a day" in shown.one(cls="timeline").text
    assert timeline_html(None) == timeline_html(Timeline("strike", ())) == ""


def test_an_abstention_says_what_is_missing_which_days_it_saw_and_what_is_nearest() -> None:
    undated = Source("b", "Fares")
    left = replace(
        answer([], [], Status.ABSTAINED, text="No."),
        question="What did Pedro Almodovar say of the dockers?",
        hits=(hit(PAY), hit("Fares rise.", undated), hit("Again.", undated)),
    )
    shown = parse(abstention_html(left))
    assert missing(left) == "No passage that was found names Pedro Almodovar."
    assert "3 March 2025, and 1 without a date" in shown.one(cls="left-open").text
    assert [one.text for one in shown.all(tag="button")] == ["Dockers walk out", "Fares"]
    named = replace(left, question="How many dockers live in Valparaíso?")
    assert missing(named) == "The passages that were found name Valparaíso, but none of them states what was asked."
    assert abstention_html(replace(left, hits=())) == ""


def test_follow_ups_are_made_of_what_was_found_and_not_told() -> None:
    said = answer([Claim(PAY, Verdict.SUPPORTED, (1,))], [citation(1, PAY)])
    asked = follow_ups(replace(said, hits=(hit(f"{PAY} {SPOKEN}"),)))
    assert asked == (
        "What did Ingrid Solheim say about Norway?",
        "What happened on 4 May 2025?",
        "What links Rasmus Berg and Clara Holm?",
    )
    assert follow_ups(replace(said, hits=(hit(PAY),))) == ()
    assert follow_ups(replace(said, status=Status.REMARK, hits=(hit(SPOKEN),))) == ()


def test_follow_ups_speak_the_language_of_the_articles() -> None:
    spanish = "La presidenta Carmen Ruiz dijo que Chile pagará la deuda de los puertos este año."
    said = replace(answer([], []), question="¿Quién paga?", hits=(hit(spanish),))
    assert follow_ups(said) == ("¿Qué dijo Carmen Ruiz sobre Chile?",)


def test_first_questions_are_one_an_article() -> None:
    spoken = replace(ARTICLE, text=SPOKEN)
    assert first_questions([spoken, spoken, ARTICLE]) == ("What did Ingrid Solheim say about Norway?",)
    assert first_questions([]) == ()

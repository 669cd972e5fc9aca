from __future__ import annotations

import pytest

from rag.answer.check import Finding
from rag.answer.compose import Checked
from rag.answer.odds import LEAD, LIKELY, searched
from rag.answer.prompt import build_prompts
from rag.answer.repair import (
    BACKED,
    BESIDE,
    REPLACED,
    VERBATIM_SCORE,
    Repaired,
    backed,
    insisted,
    mend,
    pointed_at,
    repair_prompt,
    says_nothing_new,
)
from rag.types import Article, Verdict
from tests.conftest import make_article

QUESTION = "Who was elected to lead the port union?"


def checked(evidence, place: int, verdict: Verdict, text: str) -> Checked:  # type: ignore[no-untyped-def]
    return Checked(text, (evidence.sentences[place],), Finding(verdict, f"reason for {text}"))


def test_what_stands_is_left_as_it_is(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    said = (checked(evidence, 0, Verdict.SUPPORTED, "one"), checked(evidence, 1, Verdict.PARTIAL, "two"))
    mended = mend(said, (), evidence)
    assert mended.checked == said
    assert mended.is_whole


def test_a_second_writing_that_stands_takes_the_place_of_the_first(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    said = [checked(evidence, 1, Verdict.SUPPORTED, "one"), checked(evidence, 0, Verdict.CONTRADICTED, "two")]
    again = [checked(evidence, 0, Verdict.SUPPORTED, "two, mended")]
    mended = mend(said, again, evidence)
    assert [one.text for one in mended.checked] == ["one", "two, mended"]
    assert mended.is_whole


def test_without_one_the_nearest_quote_takes_its_place(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    best = evidence.sentences[0]
    assert best.score >= VERBATIM_SCORE
    said = [checked(evidence, 0, Verdict.UNSUPPORTED, "one"), checked(evidence, 0, Verdict.CONTRADICTED, "two")]
    again = [checked(evidence, 0, Verdict.UNSUPPORTED, "one, no better")]
    mended = mend(said, again, evidence)
    assert [(one.text, one.behind, one.finding.reason) for one in mended.checked] == [
        (f"“{best.quote.text}”", (best,), REPLACED)
    ]
    assert all(one.stands for one in mended.checked)
    assert not mended.is_whole


def test_a_quote_that_hardly_meets_the_question_or_is_cited_already_is_not_shown(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    worst = len(evidence.sentences) - 1
    assert evidence.sentences[worst].score < VERBATIM_SCORE
    assert mend([checked(evidence, worst, Verdict.UNSUPPORTED, "one")], (), evidence).checked == ()
    said = (checked(evidence, 0, Verdict.SUPPORTED, "one"), checked(evidence, 0, Verdict.CONTRADICTED, "two"))
    assert mend(said, (), evidence).checked == said[:1]


def test_no_quote_stands_in_where_the_model_takes_its_sentence_back(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    assert mend([checked(evidence, 0, Verdict.UNSUPPORTED, "one")], (), evidence, may_quote=False).checked == ()


def test_a_marker_alone_points_at_the_best_sentence_of_its_source(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    best = evidence.sentences[0]
    (shown,) = pointed_at(f"[{best.number}].", evidence)
    assert (shown.text, shown.behind) == (f"“{best.quote.text}”", (best,))
    assert pointed_at("[99]", evidence) == pointed_at("I don't know. [1]", evidence) == pointed_at("", evidence) == []


def test_a_likely_sentence_stands_in_for_a_model_that_declines(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    least = (LIKELY - searched(QUESTION, evidence)) / LEAD  # of its yes over its no
    assert insisted(QUESTION, evidence, least + 0.01)[0].behind == (evidence.sentences[0],)
    assert insisted(QUESTION, evidence, least - 0.01) == insisted(QUESTION, evidence, None) == []
    assert insisted(QUESTION, gathered(QUESTION), 9.0) == []


def test_none_does_where_the_articles_lack_what_is_asked_for(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    question = "Why was Ines Moreau elected to lead the port union?"
    assert insisted(question, gathered(question, *harbour), 2.0) == []


def test_none_does_where_the_likeliest_lack_the_number_asked_for(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    question = "What was the turnout when Ines Moreau was elected to lead the port union?"
    counted = make_article("Ines Moreau was elected to lead the port union on a turnout of 61 percent.", id="count")
    evidence = gathered(question, harbour[1])
    assert evidence.sentences
    assert insisted(question, evidence, 9.0) == []
    assert insisted(question, gathered(question, harbour[1], counted), 9.0) != []


def test_nothing_is_left_where_only_a_number_can_answer_and_there_is_none(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    question = "How many members elected Ines Moreau to lead the port union?"
    evidence = gathered(question, harbour[1])
    said = Repaired((checked(evidence, 0, Verdict.SUPPORTED, "Members elected Ines Moreau."),), is_whole=True)
    assert backed(question, said, evidence).checked == ()
    how = "How did members elect Ines Moreau to lead the port union?"
    assert backed(how, said, evidence).checked != ()


def test_a_sound_answer_needs_no_quote_beside_it(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    sound = Repaired((checked(evidence, 0, Verdict.SUPPORTED, "one"),), is_whole=True)
    assert backed(QUESTION, sound, evidence) == sound
    assert backed(QUESTION, Repaired((), is_whole=False), evidence).checked == ()


def test_one_that_stands_in_part_is_followed_by_the_likeliest_sentence(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    partly = Repaired((checked(evidence, 0, Verdict.PARTIAL, "Moreau was."),), is_whole=True)
    shown = backed(QUESTION, partly, evidence)
    assert shown.checked[0] == partly.checked[0]
    assert (shown.checked[1].behind, shown.checked[1].finding.reason) == ((evidence.sentences[0],), BACKED)
    assert not shown.is_whole


def test_one_without_the_number_that_is_asked_for_gives_way_to_one_with_it(gathered) -> None:  # type: ignore[no-untyped-def]
    question = "How many members elected Ines Moreau?"
    evidence = gathered(question, make_article("The port union met in Lima. Some 412 members elected Ines Moreau."))
    beside = Repaired((checked(evidence, 1, Verdict.SUPPORTED, "The port union met in Lima."),), is_whole=True)
    (instead,) = backed(question, beside, evidence).checked
    assert "412 members" in instead.text
    assert instead.finding.reason == REPLACED


@pytest.mark.parametrize(
    ("question", "said", "is_nothing"),
    [
        ("Who takes over from Boric as president?", "Gabriel Boric", True),
        ("Who takes over from Boric as president?", "José Antonio Kast", False),
        ("Who won, Boric or Kast?", "Kast", False),
        ("Did Boric win?", "Yes, Boric won.", False),
        ("Which port did the ferries leave?", "The ferries leave the port.", True),
    ],
)
def test_what_only_repeats_the_question_says_nothing(question: str, said: str, is_nothing: bool) -> None:
    assert says_nothing_new(question, said) is is_nothing


def test_an_answer_that_repeats_the_question_gives_way_to_the_likeliest_sentence(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    echo = Repaired((checked(evidence, 1, Verdict.SUPPORTED, QUESTION.rstrip("?")),), is_whole=True)
    instead = backed(QUESTION, echo, evidence).checked
    assert (instead[0].behind, instead[0].finding.reason) == ((evidence.sentences[0],), REPLACED)


def test_a_sentence_that_hardly_answers_gives_way_to_a_likely_one(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    worst = len(evidence.sentences) - 1
    assert evidence.sentences[worst].score < BESIDE * evidence.sentences[0].score
    beside = Repaired((checked(evidence, worst, Verdict.SUPPORTED, evidence.sentences[worst].quote.text),), is_whole=True)
    assert backed(QUESTION, beside, evidence).checked[0].behind == (evidence.sentences[0],)


def test_what_is_written_again_and_stood_already_is_said_once(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    said = (checked(evidence, 0, Verdict.SUPPORTED, "one"), checked(evidence, 1, Verdict.UNSUPPORTED, "two"))
    mended = mend(said, (checked(evidence, 0, Verdict.SUPPORTED, "one"),), evidence, may_quote=False)
    assert [one.text for one in mended.checked] == ["one"]


def test_the_prompt_begins_like_the_first_and_names_sentence_and_reason(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    prompts = build_prompts(QUESTION, evidence)
    prompt = repair_prompt(prompts, QUESTION, [checked(evidence, 0, Verdict.CONTRADICTED, "It snowed.")])
    assert prompts.answer.startswith(prompts.sources)
    assert prompt.startswith(prompts.sources)
    assert "A first answer was: It snowed.\nIt does not hold: reason for It snowed.\n" in prompt

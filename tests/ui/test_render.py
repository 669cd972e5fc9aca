from __future__ import annotations

from dataclasses import replace

import pytest

from rag.types import Answer, Claim, Source, Stage, Status, Verdict
from tests.ui.page_html import Parsed, parse
from tests.ui.scripted import ARTICLE, PAID, PAY, answer, citation, quote
from ui.excerpt import excerpt
from ui.markup import WORDS
from ui.render import spoken, turn_html
from ui.turn import Turn

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(1)</script><style>@import 'http://127.0.0.1:1/x'</style>"
    "![x](http://127.0.0.1:1/leak) [y](javascript:alert(1)) \"'><svg onload=alert(1)> ${alert(1)} {{7*7}} &#60;b&#62; "
    "</div></section>"
)
ASKED = Turn(3, "What do the dockers want?")


def done(final: Answer) -> Parsed:
    cited = {one.marker: excerpt(one.quote, one.source, ARTICLE) for one in final.citations}
    return parse(turn_html(replace(ASKED, answer=final, cited=cited)))


def test_a_marker_leads_to_the_card_of_its_quote() -> None:
    shown = done(PAID)
    chip, card = shown.one(cls="chip"), shown.one(cls="card")
    assert chip.attributes["href"] == f"#{card.attributes['id']}"
    assert chip.attributes["aria-label"] == "Source 1: supported"
    assert chip.text == "1"
    assert shown.one(tag="mark").text == PAY
    assert shown.one(tag="blockquote").text.startswith("Dockers walk out\nThe harbour strike began on Monday. " + PAY)
    assert "Harbour Post · 3 March 2025" in card.text
    assert shown.one(tag="cite").text == "Dockers walk out"


def test_two_turns_have_no_id_in_common() -> None:
    first, second = (parse(turn_html(Turn(number, "?", answer=PAID))) for number in (1, 2))
    assert first.one(cls="card").attributes["id"] != second.one(cls="card").attributes["id"]


@pytest.mark.parametrize("verdict", [Verdict.PARTIAL, Verdict.CONTRADICTED, Verdict.UNSUPPORTED])
def test_a_sentence_that_is_not_borne_out_says_so_in_words(verdict: Verdict) -> None:
    cited = [] if verdict is Verdict.UNSUPPORTED else [citation(1, PAY, verdict)]
    claims = [
        Claim("They want 12% more pay.", Verdict.SUPPORTED, (), "every word"),
        Claim("They want 99% more pay.", verdict, (1,) if cited else (), "not in the cited words: 99"),
    ]
    shown = done(answer(claims, cited, Status.PARTIAL))
    good, bad = shown.all(cls="claim")
    assert WORDS[verdict] in bad.text
    assert WORDS[verdict] not in good.text
    assert "1 of 2 sentences supported by their quotes" in shown.one(cls="state").text
    assert "not in the cited words: 99" in shown.one(cls="checks").text
    assert [chip.attributes["aria-label"] for chip in shown.all(cls="chip")] == [
        f"Source 1: {WORDS[verdict].lower()}" for _ in cited
    ]


def test_an_abstention_shows_what_the_articles_do_say_and_judges_nothing() -> None:
    told = answer(
        [Claim("“Talks resume on Friday.”", Verdict.SUPPORTED, (1,), "verbatim")],
        [citation(1, "Talks resume on Friday.")],
        Status.ABSTAINED,
        text="The articles do not answer this question. What they do say: “Talks resume on Friday.” [1]",
    )
    shown = done(told)
    assert shown.one(cls="state").text == "Not in the articles"
    words = " ".join(shown.one(cls="answer").text.split())
    assert words == "The articles do not answer this question. What they do say: “Talks resume on Friday.” 1"
    assert shown.all(cls="verdict") == []
    assert shown.one(cls="chip").attributes["aria-label"] == "Source 1"


def test_an_abstention_without_quotes_shows_the_nearest_passages_as_uncited() -> None:
    near = (excerpt(quote(PAY), ARTICLE.source, ARTICLE),)
    final = answer([], [], Status.ABSTAINED, text="The articles do not answer this question.")
    shown = parse(turn_html(replace(ASKED, answer=final, nearest=near)))
    assert shown.one(cls="answer").text.strip() == "The articles do not answer this question."
    assert "cites none of these" in shown.one(cls="sources").text
    assert shown.one(tag="mark").text == PAY


def test_line_breaks_between_claims_make_paragraphs_and_other_words_stay() -> None:
    claims = [Claim("One.", Verdict.SUPPORTED), Claim("Two.", Verdict.SUPPORTED), Claim("Three.", Verdict.SUPPORTED)]
    final = answer(claims, [], text="First: One. [1][2]\n\nTwo. [3] And Three. Last.")
    shown = done(final)
    paragraphs = [" ".join(one.text.split()) for one in shown.all(tag="p") if not one.classes]
    assert paragraphs == ["First: One.", "Two. And Three. Last."]


def test_a_claim_that_the_text_does_not_hold_is_shown_all_the_same() -> None:
    final = answer([Claim("Kept.", Verdict.SUPPORTED)], [], text="Something else.")
    assert "Kept." in done(final).one(cls="answer").text


def test_the_notice_is_shown() -> None:
    final = answer(PAID.claims, PAID.citations, notice="the model was never downloaded; type: rag models pull")
    assert done(final).one(cls="notice").text == "The model was never downloaded; type: rag models pull"


def test_while_it_works_the_stage_is_marked_and_the_draft_is_called_one() -> None:
    near = (excerpt(quote(PAY), ARTICLE.source, ARTICLE),)
    shown = parse(turn_html(replace(ASKED, stage=Stage.WRITING, nearest=near, draft="The dockers")))
    (now,) = [one for one in shown.all(tag="li") if one.attributes.get("aria-current") == "step"]
    assert now.text == "Writing"
    assert shown.one(cls="draft").text == "The dockers"
    assert "not checked" in shown.one(cls="draft-label").text
    assert shown.one(tag="mark").text == PAY
    assert shown.all(cls="chip") == []


def test_in_line_and_searching_the_places_of_the_cards_are_kept() -> None:
    waiting, searching = (parse(turn_html(replace(ASKED, stage=stage))) for stage in (None, Stage.SEARCHING))
    assert len(waiting.all(cls="card")) == len(searching.all(cls="card")) > 0
    assert waiting.one(cls="draft").text == searching.one(cls="draft").text == ""
    assert waiting.one(cls="draft-label").text == "Waiting in line"
    assert searching.one(cls="draft-label").text == ""


def test_a_stopped_answer_keeps_its_draft_as_a_draft() -> None:
    shown = parse(turn_html(replace(ASKED, draft="The dockers", is_stopped=True)))
    assert shown.one(cls="state").text == "Stopped"
    assert "Unchecked draft" in shown.one(cls="draft-label").text
    assert parse(turn_html(replace(ASKED, is_stopped=True))).all(cls="draft-label") == []


def test_an_error_is_told_in_a_sentence() -> None:
    shown = parse(turn_html(replace(ASKED, error="there is no library; type: rag ingest PATH")))
    assert shown.one(cls="problem").text == "There is no library; type: rag ingest PATH"


def test_what_a_follow_up_was_taken_to_mean_stands_above_its_answer_as_text() -> None:
    shown = parse(turn_html(replace(ASKED, question="and who opposes them?", asked=HOSTILE, answer=PAID)))
    assert shown.one(cls="understood").text.endswith(f": {HOSTILE}")
    assert parse(turn_html(replace(ASKED, answer=PAID))).all(cls="understood") == []
    assert "Understood as: Who?" in spoken(replace(ASKED, asked="Who?", answer=PAID))
    spanish = parse(turn_html(replace(ASKED, asked="¿Quién se opone a los estibadores?", answer=PAID)))
    assert spanish.one(cls="understood").text.startswith("Entendida como: ")


def test_a_remark_is_shown_without_verdict_sources_or_model() -> None:
    said = answer([], [], Status.REMARK, text="Hello. <b>")
    shown = done(said)
    assert shown.one(cls="answer").text == "Hello. <b>"
    assert [shown.all(cls=name) for name in ("state", "made", "card", "checks")] == [[], [], [], []]
    assert spoken(replace(ASKED, answer=said)) == "Hello. <b>"


ALLOWED = {"section", "div", "aside", "p", "span", "ol", "li", "h2", "a", "svg", "circle", "path", "details", "summary"}
ALLOWED |= {"blockquote", "mark", "cite", "button", "h3", "ul"}


@pytest.mark.parametrize("state", ["done", "partial", "abstained", "draft", "error", "stopped", "notice"])
def test_no_markup_of_articles_models_or_readers_reaches_the_page(state: str) -> None:
    article = replace(ARTICLE, text=f"Before {HOSTILE} it. {PAY} After {HOSTILE} it.", title=HOSTILE, publisher=HOSTILE)
    source = Source(HOSTILE, HOSTILE, HOSTILE, None, "javascript:alert(1)")
    hostile = citation(1, article.text, Verdict.PARTIAL, article=article, source=source)
    verdict = Verdict.SUPPORTED if state == "done" else Verdict.UNSUPPORTED
    status = {"done": Status.ANSWERED, "abstained": Status.ABSTAINED}.get(state, Status.PARTIAL)
    final = replace(
        answer([Claim(HOSTILE, verdict, (1,), HOSTILE)], [hostile], status, text=f"{HOSTILE} {HOSTILE} [1]", notice=HOSTILE),
        model=HOSTILE,
    )
    near = (excerpt(hostile.quote, source, article), excerpt(quote(PAY, article), source, article))
    turn = replace(ASKED, question=HOSTILE, draft=HOSTILE, nearest=near, cited={1: near[0]}, stage=Stage.WRITING)
    if state in {"error", "stopped"}:
        turn = replace(turn, error=HOSTILE if state == "error" else "", is_stopped=state == "stopped")
    elif state != "draft":
        turn = replace(turn, answer=final)
    shown = parse(turn_html(turn))
    assert {one.tag for one in shown.elements} <= ALLOWED
    for element in shown.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name in {"src", "style", "srcdoc"}]
        assert element.attributes.get("href", "#").startswith("#")
    assert "<img src=x onerror" in shown.elements[0].text


def test_screen_readers_hear_the_stages_and_then_the_whole_answer() -> None:
    assert spoken(ASKED) == "Waiting in line…"
    assert spoken(replace(ASKED, stage=Stage.SEARCHING)) == "Searching…"
    assert spoken(replace(ASKED, answer=PAID)) == "Supported by its quotes. The dockers want 12% more pay. [1] 1 source."
    assert spoken(replace(ASKED, is_stopped=True)) == "Stopped."
    assert spoken(replace(ASKED, error="no")) == "That did not work. no"

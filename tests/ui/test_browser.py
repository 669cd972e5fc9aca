"""The real page in a real browser. Every test also checks that nothing outside was asked and nothing complained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.errors import MissingModelError
from rag.types import Answer, Claim, Delta, Event, Source, Stage, Status, Verdict, Working
from tests.ui.conftest import Listener, Open, Serve
from tests.ui.scripted import (
    ARTICLE,
    PAID,
    PAY,
    ScriptedAssistant,
    answer,
    citation,
    events,
    page_config,
    playing,
    quote,
)
from tests.ui.test_server import fill
from ui.backend import Backend
from ui.examples import EXAMPLES, SEED_IDS
from ui.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    # Gradio's queue speaks to pandas 3 as if it were 2, which an error made of the warning would stop.
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

MIXED = answer(
    [
        Claim("The dockers want 12% more pay.", Verdict.SUPPORTED, (1,), "every word"),
        Claim("The strike began after long talks.", Verdict.PARTIAL, (2,), "half of its words"),
        Claim("The port handled no ships.", Verdict.CONTRADICTED, (3,), "one says no, the other does not"),
        Claim("The union has 4,200 members.", Verdict.UNSUPPORTED, (), "not in the cited words: 4,200"),
    ],
    [
        citation(1, PAY),
        citation(2, "The harbour strike began on Monday.", Verdict.PARTIAL),
        citation(3, "The port handled 310 ships in May.", Verdict.CONTRADICTED, source=Source("seed-003")),
    ],
    Status.PARTIAL,
    notice="the model was never downloaded; type: rag models pull",
)
ABSTAINED = answer(
    [Claim("“Talks resume on Friday.”", Verdict.SUPPORTED, (1,), "verbatim")],
    [citation(1, "Talks resume on Friday.")],
    Status.ABSTAINED,
    text="The articles do not answer this question. What they do say: “Talks resume on Friday.” [1]",
)


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")


def settled(page: Page, turn: int = 1) -> Any:
    """Return the turn once it is done."""
    page.wait_for_selector(f"[data-turn='{turn}'].done")
    return page.locator(f"[data-turn='{turn}']")


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return dict(found)


def test_a_question_to_a_real_library_gets_a_cited_answer_with_its_quote_beside_it(open_page: Open, tmp_path: Path) -> None:
    fill(tmp_path / "library", ARTICLE)
    config = page_config(**{"library.path": str(tmp_path / "library")})
    with Server(Backend(config, may_stand_in=False)) as server:
        page = open_page(server.url)
        ask(page, "What do the dockers in Valparaíso want?")
        turn = settled(page)
        assert PAY in turn.locator(".answer").inner_text()
        assert turn.locator(".card mark").first.inner_text() == PAY
        assert "Harbour Post · 3 March 2025" in turn.locator(".card").first.inner_text()
        assert turn.locator(".card cite a").first.get_attribute("href") == ARTICLE.url
        reply, card = box(page, ".reply"), box(page, ".card")
        assert card["x"] > reply["x"] + reply["width"]
        assert abs(card["y"] - reply["y"]) < 100
        page.locator(".chip").first.click()
        page.wait_for_selector("#reader-here")
        assert page.locator("#reader-here").inner_text() == PAY


def test_quotes_come_first_then_a_draft_that_is_called_one_then_the_checked_answer(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID, hold_at=5)
    page = open_page(serve(assistant))
    ask(page, "What do the dockers want?")
    page.wait_for_selector(".draft:not(:empty)")
    assert page.locator(".draft").inner_text().strip() == "The dockers"
    assert "not checked" in page.locator(".draft-label").inner_text()
    assert page.locator(".steps [aria-current=step]").inner_text() == "Writing"
    assert page.locator(".cards.found mark").inner_text() == PAY
    before = box(page, ".cards")
    assistant.released.set()
    settled(page)
    assert page.locator(".draft").count() == 0
    assert page.locator(".chip").count() == 1
    after = box(page, ".cards")
    assert (before["x"], before["y"], before["width"]) == (after["x"], after["y"], after["width"])


def test_what_a_screen_reader_hears(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID, hold_at=5)
    page = open_page(serve(assistant))
    assert page.locator("#chat [role=log]").get_attribute("aria-live") == "off"
    ask(page, "What do the dockers want?")
    page.wait_for_function("document.querySelector('#announcer [role=status]').textContent === 'Writing…'")
    assistant.released.set()
    page.wait_for_function("document.querySelector('#announcer [role=status]').textContent.includes('12% more pay')")


def test_stop_stops_the_model_and_the_next_question_is_answered(serve: Serve, open_page: Open) -> None:
    script: list[Event | Exception] = [Working(Stage.WRITING), Delta("Begun "), *[Delta("more ")] * 500]
    assistant = ScriptedAssistant(lambda question: script if question == "Long?" else events(PAID), hold_at=2)
    page = open_page(serve(assistant))
    ask(page, "Long?")
    page.wait_for_selector(".draft:not(:empty)")
    page.click(".stop-button")
    turn = settled(page)
    assert "Stopped" in turn.locator(".state").inner_text()
    assert "Begun" in turn.locator(".draft").inner_text()
    assistant.released.set()
    assert assistant.closed.wait(5)
    assert len(assistant.given) <= 3
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    ask(page, "What do the dockers want?")
    assert "12% more pay" in settled(page, 2).locator(".answer").inner_text()


def test_closing_the_page_stops_the_model(serve: Serve, open_page: Open) -> None:
    script: list[Event | Exception] = [Working(Stage.WRITING), Delta("Begun "), *[Delta("more ")] * 500]
    assistant = ScriptedAssistant(lambda _: script, hold_at=2)
    page = open_page(serve(assistant))
    ask(page, "Long?")
    page.wait_for_selector(".draft:not(:empty)")
    page.close()
    threading_wait(assistant)
    assert len(assistant.given) < 100


def threading_wait(assistant: ScriptedAssistant) -> None:
    """Let the model go on a second after the page was closed, and wait for it to be stopped."""
    assistant.closed.wait(1)
    assistant.released.set()
    assert assistant.closed.wait(10)


def test_one_asks_while_others_wait_in_line_and_a_full_line_is_told(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID, hold_at=4)
    url = serve(assistant, config=page_config(**{"page.concurrency": 1, "page.queue": 1}))
    pages = [open_page(url, tolerated="503") for _ in range(4)]
    for page in pages:
        ask(page, "What do the dockers want?")
        page.wait_for_selector(".turn")
        page.wait_for_timeout(500)
    first, second, third, fourth = pages
    assert first.locator(".steps [aria-current=step]").count() == 1
    assert "Too many questions" in settled(third).locator(".problem").inner_text()
    assert "Too many questions" in settled(fourth).locator(".problem").inner_text()
    second.wait_for_selector("text=Waiting in line")
    second.click(".stop-button")
    assert "Stopped" in settled(second).inner_text()
    assistant.released.set()
    assert "12% more pay" in settled(first).locator(".answer").inner_text()
    first.wait_for_timeout(500)
    assert "Stopped" in second.locator(".turn").inner_text()


def test_an_example_is_one_click_and_a_new_chat_another(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(PAID), ids=SEED_IDS))
    assert page.locator(".example").count() == len(EXAMPLES)
    page.locator(".example").first.click()
    settled(page)
    assert page.locator("#chat .user-row").inner_text() == EXAMPLES[0].question
    page.click("#new-chat")
    page.wait_for_selector(".example")
    assert page.locator(".turn").count() == 0


def test_what_went_wrong_is_told_without_a_trace(serve: Serve, open_page: Open) -> None:
    wrong = {"ours": MissingModelError("the model was never downloaded; type: rag models pull"), "bug": ValueError("secret")}
    page = open_page(serve(ScriptedAssistant(lambda question: [wrong[question]])))
    ask(page, "ours")
    assert settled(page, 1).locator(".problem").inner_text() == "The model was never downloaded; type: rag models pull"
    ask(page, "bug")
    told = settled(page, 2).locator(".problem").inner_text()
    assert "secret" not in told
    assert "ask again" in told
    page.press("#question textarea", "Enter")
    assert "Type a question" in page.locator("#hint .warning").inner_text()


def test_an_empty_library_says_what_to_type(open_page: Open, tmp_path: Path) -> None:
    config = page_config(**{"library.path": str(tmp_path / "none")})
    with Server(Backend(config, may_stand_in=False)) as server:
        page = open_page(server.url)
        assert f"rag ingest PATH --library '{tmp_path}/none'" in page.locator(".placeholder code").inner_text()
        ask(page, "Anything?")
        assert "rag ingest" in settled(page).locator(".problem").inner_text()


def hostile(listener: Listener) -> str:
    """Return the tricks by which a shown text has made chat pages talk to strangers."""
    leak = f"{listener.url}/leak"
    return (
        f"<img src={leak}/1 onerror=\"fetch('{leak}/2')\"> ![x]({leak}/3) [![y]({leak}/4)](javascript:fetch('{leak}/5')) "
        f"<style>@import '{leak}/6'; body {{ background: url({leak}/7) }}</style> <link rel=stylesheet href={leak}/8> "
        f"<video src={leak}/9 autoplay></video> <iframe src={leak}/10></iframe> <svg onload=\"fetch('{leak}/11')\"></svg> "
        f"<script>fetch('{leak}/12')</script> <meta http-equiv=refresh content='0;url={leak}/13'> "
        f"<div style='background:url({leak}/14)'>x</div> <base href={leak}/> <form action={leak}/15><button>go</button></form> "
        f"$$\\href{{javascript:alert(1)}}{{x}}$$ ${{fetch('{leak}/16')}} {{{{constructor.constructor('alert(1)')()}}}} "
        f"<object data={leak}/20></object> <embed src={leak}/21> <input type=image src={leak}/22> <audio src={leak}/23>"
        f"</audio> <img srcset='{leak}/24 1x'> <details open ontoggle=\"fetch('{leak}/25')\"> "
        f"<a ping={leak}/26 href={leak}/27>a</a> "
        f"&lt;img src={leak}/17&gt; [a]: {leak}/18 'x' <{leak}/19> [z](data:text/html,x) \"'><b>"
    )


@pytest.mark.parametrize("where", ["answer", "draft", "error", "question"])
def test_hostile_text_is_shown_and_does_nothing(where: str, serve: Serve, open_page: Open, listener: Listener) -> None:
    text = hostile(listener)
    url = f"javascript:fetch('{listener.url}')"
    article = replace(ARTICLE, text=f"{text} {PAY} {text}", title=text, publisher=text, url=url)
    final = answer(
        [Claim(text, Verdict.UNSUPPORTED, (1,), text)], [citation(1, PAY, article=article)], Status.PARTIAL, notice=text
    )
    plays: dict[str, list[Event | Exception]] = {
        "answer": list(events(final, draft=[text])),
        "draft": [Working(Stage.WRITING), Delta(text), *[Delta("x")] * 100],
        "error": [MissingModelError(text)],
        "question": list(events(final)),
    }
    assistant = ScriptedAssistant(lambda _: plays[where], articles=(article,), hold_at=2 if where == "draft" else -1)
    page = open_page(serve(assistant))
    ask(page, text if where == "question" else "Hostile?")
    if where == "draft":
        page.wait_for_selector(".draft:not(:empty)")
    else:
        settled(page)
    page.wait_for_timeout(500)
    assert "onerror=" in page.locator("#chat").inner_text()
    assert page.locator(".message-row :is(img, video, iframe, script, style, form, base, meta, link, b)").count() == 0
    assert page.locator(".message-row a:not(.chip)").count() == 0
    assistant.released.set()
    assert listener.hits == []


def test_on_a_phone_sources_are_below_and_nothing_is_cut_off(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(MIXED)), width=360, height=740)
    ask(page, "x" * 300)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    rightmost = "Math.max(...[...document.querySelectorAll('.turn *')].map((one) => one.getBoundingClientRect().right))"
    assert page.evaluate(rightmost) <= 360
    reply, cards = box(page, ".reply"), box(page, ".cards")
    assert cards["y"] >= reply["y"] + reply["height"]
    assert box(page, "#question .submit-button")["width"] >= 44


CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, style, .sr-only")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.className} ${walker.currentNode.data.slice(0, 40)}`);
  }
  return low;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_enough_in_light_and_dark(scheme: str, serve: Serve, open_page: Open) -> None:
    finals: dict[str, Answer] = {"Mixed?": MIXED, "Abstained?": ABSTAINED, "Paid?": PAID}
    script = lambda question: events(finals[question]) if question in finals else [MissingModelError("no model")]  # noqa: E731
    page = open_page(serve(ScriptedAssistant(script), ids=SEED_IDS), color_scheme=scheme)
    assert page.evaluate("document.body.classList.contains('dark')") is (scheme == "dark")
    page.wait_for_selector(".example")
    assert page.evaluate(CONTRAST) == []
    for number, question in enumerate([*finals, "Error?"], 1):
        ask(page, question)
        settled(page, number)
    page.locator(".checks summary").first.click()
    assert page.evaluate(CONTRAST) == []


def test_a_new_question_goes_to_the_top_of_the_view(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(MIXED)), height=700)
    for number in (1, 2, 3):
        ask(page, f"Question {number}?")
        settled(page, number)
    page.wait_for_timeout(800)
    chat, newest = box(page, "#chat"), page.locator("#chat .user-row").last.bounding_box()
    assert newest is not None
    assert 0 <= newest["y"] - chat["y"] < 60
    assert quote(PAY).text in page.locator("[data-turn='3'] mark").first.inner_text()
